"""Why what a visitor wanted to write is not written: one exception, told apart by `reason`.

The texts are plain English for the visitor, without names or numbers in them, so that the site can
translate each by itself. `TEXTS` lists them all.
"""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "too_fast", "banned", "muted", "locked", "filtered", "bad_text", "bad_name", "name_taken",
    "not_yours", "too_late", "gone", "wrong_code", "too_many",
]  # fmt: skip

TOO_FAST = "You are too fast. Wait a moment, then try again."
BANNED = "You cannot write here."
MUTED = "You cannot write here for now."
LOCKED = "This discussion is closed."
FILTERED = "This has a word in it that is not allowed here."
EMPTY_TEXT = "Write something first."
LONG_TEXT = "This is too long. Up to 1,000 characters are possible."
MANY_LINES = "This has too many lines. Up to 20 are possible."
BAD_CHARACTERS = "This has characters in it that cannot be used."
BAD_FORM = "The form is not complete. Load the page again."
NO_NAME = "Choose a name first."
SHORT_NAME = "A name has at least 2 characters."
LONG_NAME = "A name has at most 30 characters."
EMPTY_NAME = "A name needs letters or digits."
BAD_NAME = "This name has characters in it that cannot be used."
NAME_TAKEN = "Somebody has this name, or one that looks like it. Choose another."
CELEB_NAME = "This is the name of a celeb. Choose another."
KEPT_NAME = "That name is kept for the site."
NOT_YOURS = "Only who wrote this can change it."
TOO_LATE = "A comment can be changed for 5 minutes only."
GONE = "This is not there any more."
WRONG_CODE = "Name and code do not belong together."
TOO_MANY = "There are too many already."
NO_LETTER = "A tag needs letters."
LONG_TAG = "A tag has at most 50 characters."

TEXTS: tuple[str, ...] = (
    TOO_FAST, BANNED, MUTED, LOCKED, FILTERED, EMPTY_TEXT, LONG_TEXT, MANY_LINES, BAD_CHARACTERS,
    BAD_FORM, NO_NAME, SHORT_NAME, LONG_NAME, EMPTY_NAME, BAD_NAME, NAME_TAKEN, CELEB_NAME,
    KEPT_NAME, NOT_YOURS, TOO_LATE, GONE, WRONG_CODE, TOO_MANY, NO_LETTER, LONG_TAG,
)  # fmt: skip


class Refused(Exception):  # noqa: N818  (reads as what it is)
    """Not written, for `reason`; the exception's text tells the visitor."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason


class TooFast(Refused):
    """More than is allowed in a time: again in `retry_after` seconds, at least 1."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too_fast", TOO_FAST)
        self.retry_after = retry_after
