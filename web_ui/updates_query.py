"""The query string of `/updates`, `/updates/sse` and `/updates/ws`, parsed strictly. Pure.

    channel=C[,C…]  cursor=<epoch>.<seq>  wait=S  html=0|1

Only `channel` must be there. Unknown parameters are passed over; one that comes twice is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, Self

from web_ui import channels
from web_ui.cursor import Cursor


class UpdatesQuery(NamedTuple):
    """What a visitor asks for. `wait` in seconds, None where it is not given."""

    channels: frozenset[str]
    cursor: Cursor | None
    wait: float | None
    html: bool

    @classmethod
    def read(cls, values_of: Callable[[str], list[str]], most_channels: int) -> Self:
        """`values_of` gives all values of a parameter. Raises ValueError: answer 400 with it;
        `TooManyChannels` is one."""
        cursor = _only(values_of, "cursor")
        wait = _only(values_of, "wait")
        return cls(
            channels.parse(_only(values_of, "channel"), most_channels),
            Cursor.parse(cursor) if cursor else None,
            _seconds(wait) if wait else None,
            _flag(_only(values_of, "html") or "1"),
        )


def _only(values_of: Callable[[str], list[str]], name: str) -> str:
    values = values_of(name)
    if len(values) > 1:
        raise ValueError(f"{name} is given more than once")
    return values[0] if values else ""


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError("wait must be a number of seconds, 0 or more")
    return seconds


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("html must be 0 or 1")
    return text == "1"
