"""What visitors type, brought into the form that is kept or compared. Pure.

A name's key is what is left of it when everything is taken away by which two names can differ and
still look alike. Two visitors never share a key, and bans and word filters go by it.
"""

from __future__ import annotations

import re
import unicodedata

from tweet_store.discussion import look_alikes, refusals
from tweet_store.discussion.refusals import Refused

LONGEST_TEXT = 1000
MOST_LINES = 20
SHORTEST_NAME, LONGEST_NAME = 2, 30
MOST_MARKS = 4
"""Marks on one letter: more are of no script in use, and grow over the lines around."""

_LINE_END = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_JOINERS = "\u200c\u200d"
"""Of the invisible format characters, emoji and several scripts need these two."""
_BIDI_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Invisible, and of categories in which most characters are not: fillers and variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


def clean_text(text: str) -> str:
    """A comment's text, trimmed, in NFC, with plain line ends. Raises `Refused`: bad_text."""
    text = unicodedata.normalize("NFC", _LINE_END.sub("\n", text)).replace("\t", " ").strip()
    if not any(map(_is_visible, _INVISIBLE.sub("", text))):
        raise Refused("bad_text", refusals.EMPTY_TEXT)
    if len(text) > LONGEST_TEXT:
        raise Refused("bad_text", refusals.LONG_TEXT)
    if text.count("\n") >= MOST_LINES:
        raise Refused("bad_text", refusals.MANY_LINES)
    if _BIDI_CONTROL.search(text) or any(map(_is_control, text.replace("\n", ""))):
        raise Refused("bad_text", refusals.BAD_CHARACTERS)
    if is_piled(text):
        raise Refused("bad_text", refusals.BAD_CHARACTERS)
    return text


def clean_name(name: str) -> str:
    """A visitor's name, in NFKC, its spaces single. Raises `Refused`: bad_name."""
    name = unicodedata.normalize("NFKC", name).strip(" ")
    if any(_is_control(one) or (_is_hidden(one) and one not in _JOINERS) for one in name):
        raise Refused("bad_name", refusals.BAD_NAME)
    if is_piled(name):
        raise Refused("bad_name", refusals.BAD_NAME)
    name = " ".join(name.split())
    if len(name) < SHORTEST_NAME:
        raise Refused("bad_name", refusals.SHORT_NAME)
    if len(name) > LONGEST_NAME:
        raise Refused("bad_name", refusals.LONG_NAME)
    if not name_key(name):
        raise Refused("bad_name", refusals.EMPTY_NAME)
    if look_alikes.misleads(name):
        raise Refused("bad_name", refusals.BAD_NAME)
    return name


def name_key(name: str) -> str:
    """The name without case, accents, punctuation, spaces and look-alikes; may be empty."""
    return "".join(words_of(name))


def is_official(name: str) -> bool:
    """Whether it would be taken for a name of the site's own."""
    words = words_of(name)
    return bool(words) and not _OFFICIAL.isdisjoint((words[0], words[-1], "".join(words)))


def words_of(text: str) -> list[str]:
    """The text's words, each in the form of name keys."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    # Once more: taking apart gives capitals now and then.
    plain = unicodedata.normalize("NFKD", _INVISIBLE.sub("", plain).casefold())
    letters = [
        one if unicodedata.category(one)[0] in "LNM" else " "
        for one in look_alikes.folded(plain)
        if not unicodedata.combining(one) and not _is_hidden(one)
    ]
    return "".join(letters).split()


def visible(text: str) -> str:
    """The text without fillers and variation selectors."""
    return _INVISIBLE.sub("", text)


def is_piled(text: str) -> bool:
    """Whether more than MOST_MARKS stand on one letter, however they are joined."""
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MOST_MARKS:
                return True
        elif category != "Cf":
            marks = 0
    return False


def _is_control(character: str) -> bool:
    """Or half of a pair, which no database takes."""
    return unicodedata.category(character) in ("Cc", "Cs")


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Zs", "Zl", "Zp", "Cc", "Cf", "Cs")


_OFFICIAL = frozenset(
    map(
        name_key,
        "admin administrator moderator moderation support staff official celebwire system".split(),
    )
)
