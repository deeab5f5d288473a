"""The card bridge: a local daemon that lets the browser use the My Number card in a PC/SC
reader for JPKI login and signature.

It is its own package on purpose: it runs on a citizen's PC, never imports ``todoke``, and
``todoke`` never imports it. This version neither logs in nor signs; what is here now is
the package, its lock and its entry point, which says so.
"""

__version__ = "0.1.0"
