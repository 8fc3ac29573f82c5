"""The words of a text, as the search index holds them and as a visitor's words are compared. Pure.

    indexed("Café del Mar 東京") == "cafe del mar  東  京 "

Case, accents and compatibility forms make no difference. A character of a script that is written
without spaces, an emoji too, is a word by itself, and a query for several is one for a phrase.
SQLite's tokenizer `ascii` then has nothing left to do but to split at what is no letter or digit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tweet_store.model import Entity

_SINGLY = (
    "CJK ",
    "IDEOGRAPHIC ",
    "HIRAGANA ",
    "KATAKANA",
    "BOPOMOFO ",
    "HANGUL ",
    "YI ",
    "THAI ",
    "LAO ",
    "KHMER ",
    "MYANMAR ",
    "TIBETAN ",
    "TAI ",
    "NEW TAI ",
    "JAVANESE ",
    "BALINESE ",
)
"""How Unicode's names of the characters begin that are indexed singly."""

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u20d0-\u20ff"
    "\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)
"""Latin, Greek and Cyrillic accents; points and signs of Hebrew and Arabic, often left out; the
frames around keycaps, and what chooses between two looks of a character."""

_words = re.compile("[0-9a-z\x80-\U0010ffff]+").findall

_PLAIN = str.maketrans("łøđðħŧ\u0131", "loddhti") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that Unicode does not take apart, and that people write without the stroke."""

REMEMBERED = 20_000
"""Characters whose place in words is kept in memory; past it the table starts anew."""


class _Separating(dict[int, str]):
    """For `str.translate`: what separates words becomes a space."""

    def __missing__(self, code: int) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        self[code] = _separated(chr(code))
        return self[code]


def _separated(character: str) -> str:
    kind = unicodedata.category(character)
    if unicodedata.name(character, "").startswith(_SINGLY):
        return f" {character} " if kind[0] in "LMN" else " "
    if kind[0] in "LMN":
        return character
    if kind == "Cf":
        return ""
    # Unassigned in this Python's Unicode: the next year's emoji.
    return f" {character} " if kind in ("So", "Cn") and not character.isascii() else " "


_SEPARATING = _Separating()


def folded(text: str) -> str:
    """The text without case, accents and compatibility forms."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", text).translate(_PLAIN))


def indexed(text: str) -> str:
    """The text as it is put into the index."""
    text = folded(text)
    return text if text.isascii() else text.translate(_SEPARATING)


def split(indexed_text: str) -> list[str]:
    """The words of what `indexed` gave, as the index tells them apart."""
    return _words(indexed_text)


def words_of(text: str) -> list[str]:
    """The same of any text."""
    return split(indexed(text))


def shown_text(text: str, entities: Iterable[Entity]) -> str:
    """A post's text as it is read: links as X shows them, and X's three escapes undone."""
    parts, done = [], 0
    for entity in entities:
        if entity.kind == "url" and done <= entity.start < entity.end:
            parts += [text[done : entity.start], entity.display or entity.target]
            done = entity.end
    parts.append(text[done:])
    shown = "".join(parts)
    if "&" in shown:
        shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return shown
