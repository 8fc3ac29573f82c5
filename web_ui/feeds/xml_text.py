"""XML that any reader takes: built as a tree, without the characters that XML 1.0 forbids. Pure."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
"""The attribute `xml:lang`."""

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """The text without what XML cannot have (W3C: XML 1.0, production 2)."""
    return _FORBIDDEN.sub("", text)


def add(parent: Element, tag: str, text: str | None = None, **attributes: str | None) -> Element:
    """A new child at the end. Attributes that are None are left out."""
    given = {name: allowed(value) for name, value in attributes.items() if value is not None}
    child = SubElement(parent, tag, given)
    if text is not None:
        child.text = allowed(text)
    return child


def document(root: Element) -> bytes:
    """The whole document, in UTF-8."""
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text
