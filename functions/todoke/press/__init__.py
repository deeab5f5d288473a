"""Catalogue -> {path: bytes}, pure."""
