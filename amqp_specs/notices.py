"""Notices: the messages that ring the doorbell, and their form on the wire.

A notice says that the event `seq` of the timeline exists. On the wire it is a persistent message of
type `tweet`, `edit` or `delete` with a JSON object as its body:

    {"id": "<post id>", "seq": <int>, "celeb": "<slug>"}

The sender uses `encode`, which refuses what a reader would refuse; the reader uses `decode`, which
ignores unknown keys and raises `BadNotice`, and nothing else, for what is no notice.
Pure; any thread.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec
from msgspec import Meta

NoticeKind = Literal["tweet", "edit", "delete"]
KINDS: frozenset[str] = frozenset(get_args(NoticeKind))

LARGEST_BODY = 4096
"""Bytes. Ours have about 100; the rest is room for keys to come."""

LARGEST_SEQ = 2**63 - 1
"""What a database's big integer holds."""

# msgspec searches, and `$` would let a newline pass: hence \Z.
ID_PATTERN = r"^[A-Za-z0-9_~][A-Za-z0-9._~:-]{0,127}\Z"
"""URL-safe. X's ids are digits; those of other networks are `<network>:<id>`."""

CELEB_PATTERN = r"^[a-z0-9_-]{1,64}\Z"

CONTENT_TYPE = "application/json"
PERSISTENT = 2

_is_id = re.compile(ID_PATTERN).match
_is_celeb = re.compile(CELEB_PATTERN).match


class BadNotice(Exception):  # noqa: N818  (reads as what it is)
    """Not a notice. The text is a short reason, fit for a log; count it, drop it, go on."""


class Notice(msgspec.Struct, frozen=True):
    """Event `seq` of the timeline: the post `id` of `celeb` was published, edited or deleted."""

    kind: NoticeKind
    id: str
    seq: int
    celeb: str


class Message(NamedTuple):
    """A notice on the wire: body, and properties by their names in the AMQP spec."""

    body: bytes
    properties: dict[str, str | int]


class _Body(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(pattern=ID_PATTERN)]
    seq: Annotated[int, Meta(ge=1, le=LARGEST_SEQ)]
    celeb: Annotated[str, Meta(pattern=CELEB_PATTERN)]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Body)


def encode(notice: Notice, timestamp: int) -> Message:
    """The message for a notice. `timestamp` is now, in seconds since 1970 UTC.

    Raises `BadNotice` for what `decode` would refuse, so that nothing gets on the wire that a
    reader drops or that the AMQP library cannot encode.
    """
    kind, post_id, seq, celeb = notice.kind, notice.id, notice.seq, notice.celeb
    if kind not in KINDS:
        raise BadNotice(f"unknown kind {kind!r}")
    if not _is_id(post_id):
        raise BadNotice(f"bad id {post_id[:80]!r}")
    if not 1 <= seq <= LARGEST_SEQ:
        raise BadNotice(f"bad seq {seq}")
    if not _is_celeb(celeb):
        raise BadNotice(f"bad celeb {celeb[:80]!r}")
    properties: dict[str, str | int] = {
        "content-type": CONTENT_TYPE,
        "delivery-mode": PERSISTENT,
        "message-id": f"{kind}:{post_id}",
        "timestamp": timestamp,
        "type": kind,
    }
    return Message(_encoder.encode(_Body(post_id, seq, celeb)), properties)


def decode(body: bytes, type_: str | None) -> Notice:
    """The notice in a message with this body and `type` property. Raises `BadNotice`."""
    if type_ not in KINDS:
        raise BadNotice(f"unknown type {str(type_)[:80]!r}")
    if len(body) > LARGEST_BODY:
        raise BadNotice(f"body of {len(body)} bytes, at most {LARGEST_BODY} are allowed")
    try:
        read = _decoder.decode(body)
    except RecursionError:
        raise BadNotice("nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadNotice(str(error)[:200]) from None
    return Notice(type_, read.id, read.seq, read.celeb)  # type: ignore[arg-type]
