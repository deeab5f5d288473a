"""Text inside XML. Nothing is imported that a publication of one procedure would wait for:
``xml.sax.saxutils`` loads a whole web client."""

from __future__ import annotations

import re

#: characters XML 1.0 cannot hold even escaped (section 2.2)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fit(text: str) -> str:
    """Without what no XML document may hold."""
    return _NOT_XML.sub("", text)


def escaped(text: str) -> str:
    """For content and for an attribute in double quotes."""
    bare = fit(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return bare.replace('"', "&quot;")
