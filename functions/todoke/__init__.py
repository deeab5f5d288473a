"""Todoke (届け delivery, 届出 filing): a municipality's own citizen push service."""

__version__ = "0.1.0"
