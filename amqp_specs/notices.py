"""Notices: the messages that ring the doorbell, and their form on the wire.

A notice says that the event `seq` of the timeline exists. On the wire it is a persistent message
with a JSON object as its body:

    {"id": "<post id>", "seq": <int>, "celeb": "<slug>"}

Its type, on `celeb.tweet_ids`, is `tweet`, `edit` or `delete`; on `celeb.comment_ids` it is
`comment`, `edit` or `delete`, and the id is the comment's (`c` and a number), or `tag` or `untag`,
and the id is that of the post which got or lost a tag.

The sender uses `encode`, which refuses what a reader would refuse; the reader uses `decode`, which
ignores unknown keys and raises `BadNotice`, and nothing else, for what is no notice.
Pure; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

NoticeKind = Literal[
    "tweet", "edit", "delete", "comment", "comment_edit", "comment_delete", "tag", "untag"
]
"""The kinds of events. Each belongs to one exchange, where `type` may be a shorter word for it."""

Kinds = Mapping[str, NoticeKind]
"""What the types of an exchange's messages mean."""

POSTS: Kinds = MappingProxyType({"tweet": "tweet", "edit": "edit", "delete": "delete"})
"""On `celeb.tweet_ids`."""

COMMENTS: Kinds = MappingProxyType(
    {
        "comment": "comment",
        "edit": "comment_edit",
        "delete": "comment_delete",
        "tag": "tag",
        "untag": "untag",
    }
)
"""On `celeb.comment_ids`."""

LARGEST_BODY = 4096
"""Bytes. Ours have about 100; the rest is room for keys to come."""

LARGEST_SEQ = 2**63 - 1
"""What a database's big integer holds."""

# msgspec searches, and `$` would let a newline pass: hence \Z.
ID_PATTERN = r"^[A-Za-z0-9_~][A-Za-z0-9._~:-]{0,127}\Z"
"""URL-safe. X's ids are digits; those of other networks are `<network>:<id>`."""

COMMENT_ID_PATTERN = r"^c[1-9][0-9]{0,18}\Z"

CELEB_PATTERN = r"^[a-z0-9_-]{1,64}\Z"

CONTENT_TYPE = "application/json"
PERSISTENT = 2

_is_id = re.compile(ID_PATTERN).match
_is_comment_id = re.compile(COMMENT_ID_PATTERN).match
_is_celeb = re.compile(CELEB_PATTERN).match

_TYPES = {kind: type_ for types in (POSTS, COMMENTS) for type_, kind in types.items()}
_OF_COMMENTS = frozenset(("comment", "comment_edit", "comment_delete"))


class BadNotice(Exception):  # noqa: N818  (reads as what it is)
    """Not a notice. The text is a short reason, fit for a log; count it, drop it, go on."""


class Notice(msgspec.Struct, frozen=True):
    """Event `seq` of the timeline: what it did to the post or comment `id`, which is one of `celeb`
    or stands under a post or in the room of that celeb."""

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
    kind, id_, seq, celeb = notice.kind, notice.id, notice.seq, notice.celeb
    type_ = _TYPES.get(kind)
    if type_ is None:
        raise BadNotice(f"unknown kind {kind!r}")
    if not (_is_comment_id(id_) if kind in _OF_COMMENTS else _is_id(id_)):
        raise BadNotice(f"bad id {id_[:80]!r}")
    if not 1 <= seq <= LARGEST_SEQ:
        raise BadNotice(f"bad seq {seq}")
    if not _is_celeb(celeb):
        raise BadNotice(f"bad celeb {celeb[:80]!r}")
    properties: dict[str, str | int] = {
        "content-type": CONTENT_TYPE,
        "delivery-mode": PERSISTENT,
        "message-id": f"{type_}:{id_}",
        "timestamp": timestamp,
        "type": type_,
    }
    return Message(_encoder.encode(_Body(id_, seq, celeb)), properties)


def decode(body: bytes, type_: str | None, kinds: Kinds = POSTS) -> Notice:
    """The notice in a message with this body and `type` property; `kinds` are those of the exchange
    that it came by. Raises `BadNotice`."""
    kind = kinds.get(type_) if type_ else None
    if kind is None:
        raise BadNotice(f"unknown type {str(type_)[:80]!r}")
    if len(body) > LARGEST_BODY:
        raise BadNotice(f"body of {len(body)} bytes, at most {LARGEST_BODY} are allowed")
    try:
        read = _decoder.decode(body)
    except RecursionError:
        raise BadNotice("nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadNotice(str(error)[:200]) from None
    if kind in _OF_COMMENTS and not _is_comment_id(read.id):
        raise BadNotice(f"bad id of a comment {read.id[:80]!r}")
    return Notice(kind, read.id, read.seq, read.celeb)
