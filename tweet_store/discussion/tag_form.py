"""The form of a tag, in which all spellings of it are one, and the one that is shown. Pure.

    tag_of("#Red Carpet") == tag_of("red-carpet") == "redcarpet"

A tag's form is what paths and channels hold: letters, marks and digits of any script.
"""

from __future__ import annotations

import re
import unicodedata

from tweet_store.discussion import refusals
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.text_forms import is_piled, visible

LONGEST_TAG = 50
"""Characters of a tag, both in its form and as it is shown."""

_JOINING = re.compile("[\\s_\u00b7\u2010-\u2015\u200c\u200d-]+")
"""What people put between the words of a tag, or some scripts between letters."""

_AROUND = "#\uff03 \t\r\n"
"""The sign, also as a Japanese keyboard writes it, and spaces."""


def tag_of(text: str) -> str:
    """The tag that a visitor wrote. Raises `Refused`, bad_text, for what is none."""
    if len(shown_form(text)) > LONGEST_TAG:
        raise Refused("bad_text", refusals.LONG_TAG)
    tag = _form(text)
    if not tag:
        raise Refused("bad_text", refusals.EMPTY_TEXT)
    if len(tag) > LONGEST_TAG:
        raise Refused("bad_text", refusals.LONG_TAG)
    kinds = {unicodedata.category(character)[0] for character in tag}
    if not kinds <= set("LMN") or is_piled(tag):
        raise Refused("bad_text", refusals.BAD_CHARACTERS)
    if "L" not in kinds:
        raise Refused("bad_text", refusals.NO_LETTER)
    return tag


def shown_form(text: str) -> str:
    """The tag as its visitor wrote it, without the sign, its spaces single."""
    return " ".join(unicodedata.normalize("NFC", visible(text)).strip(_AROUND).split())


def _form(text: str) -> str:
    # Unicode's NFKC_Casefold: twice, because folding undoes composing.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = unicodedata.normalize("NFKC", text.casefold())
    # Fillers and the like come out of the normal form, too, and what they held apart composes.
    return unicodedata.normalize("NFKC", _JOINING.sub("", visible(text).strip(_AROUND)))
