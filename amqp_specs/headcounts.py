"""Headcounts: how many visitors a web process has in which thread and room, told to all others.

A JSON object, sent to `celeb.here` every few seconds; each takes the place of the one before:

    {"process": "<16 hex digits>", "here": {"room:ada": 12, "thread:1856…": 3}}

Nothing is kept of it anywhere: who misses one hears the next. `decode` raises `BadHeadcount`, and
nothing else, for what is none. Pure; any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

LARGEST_BODY = 128 * 1024
"""Bytes. The longest names of MOST_CHANNELS channels need about 80,000."""
MOST_CHANNELS = 500
"""Channels in one headcount: those with the most visitors."""
MOST_VISITORS = 10_000_000
"""Visitors that a process may say it has in one place."""

# msgspec searches, and `$` would let a newline pass: hence \Z.
PROCESS_PATTERN = r"^[0-9a-f]{16}\Z"
CHANNEL_PATTERN = r"^(?:room:[a-z0-9_-]{1,64}|thread:[A-Za-z0-9:._~-]{1,128})\Z"

CONTENT_TYPE = "application/json"


class BadHeadcount(Exception):  # noqa: N818  (reads as what it is)
    """Not a headcount. The text is a short reason, fit for a log; count it, drop it, go on."""


class Headcount(msgspec.Struct, frozen=True):
    """Who is where: visitors by channel, at most MOST_CHANNELS, none of them empty."""

    process: Annotated[str, Meta(pattern=PROCESS_PATTERN)]
    here: Annotated[
        dict[
            Annotated[str, Meta(pattern=CHANNEL_PATTERN)],
            Annotated[int, Meta(ge=1, le=MOST_VISITORS)],
        ],
        Meta(max_length=MOST_CHANNELS),
    ]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Headcount)


def encode(process: str, here: Mapping[str, int]) -> bytes:
    """The body for a headcount of `process`: 16 hex digits that no other has."""
    return _encoder.encode(Headcount(process, dict(here)))


def decode(body: bytes) -> Headcount:
    """The headcount in a message with this body. Raises `BadHeadcount`."""
    if len(body) > LARGEST_BODY:
        raise BadHeadcount(f"body of {len(body)} bytes, at most {LARGEST_BODY} are allowed")
    try:
        return _decoder.decode(body)
    except RecursionError:
        raise BadHeadcount("nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadHeadcount(str(error)[:200]) from None
