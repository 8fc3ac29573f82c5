"""`<epoch>.<seq>`: a visitor's place on the timeline. Opaque to clients.

The epoch names the store, so that a place in another store is told from one in this. Pure.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Self

PATTERN = r"([0-9a-z]{1,32})\.(0|[1-9][0-9]{0,17})"
"""A cursor as a regular expression; its groups are epoch and seq."""

_FORM = re.compile(PATTERN)


class BadCursor(ValueError):  # noqa: N818
    """The text is no cursor. Answer 400; a client that gets it must reload its page."""


class Cursor(NamedTuple):
    """Everything up to and including `seq` has been seen."""

    epoch: str
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<epoch>.<seq>`. Raises `BadCursor`."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise BadCursor("the cursor must look like 5f3a9c01.1234, as an answer or page gave it")
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"


NOWHERE = Cursor("", 0)
"""Of no store: the cursor of whoever has none yet."""
