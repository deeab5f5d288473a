"""The card bridge: a local daemon that lets a page of the city use the My Number card for a
login, without giving the page the card.

It is its own package on purpose: it runs on a citizen's PC, never imports ``todoke``, and
``todoke`` never imports it. Behind ``transport.Transport`` stand a card in a reader (``pcsc``) and
a pretend card (``pretend_card``). Protocol: docs/card-bridge.md.
"""

__version__ = "0.1.0"
