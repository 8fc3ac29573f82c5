"""What visitors write, as plain values: no database and no framework. All are immutable."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

RemovedBy = Literal["author", "moderator"]
SanctionKind = Literal["mute", "name", "address"]
"""A visitor may not write; nobody may bear a name; nobody may write from an address."""


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who chose a name. `id` is a secret between the visitor's cookie and the site;
    `generation` counts the times that all cookies of before became void."""

    id: str
    name: str
    generation: int = 0


class Sender(NamedTuple):
    """Who writes, and from where: `address_key` is a keyed hash of the address, never itself."""

    visitor: Visitor
    address_key: bytes


class StoredComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment as the store keeps it.

    `position` is the seq of its first event: the order of threads. It stands either under the post
    at position `thread`, whose first id is `post_id`, or in the room of `room`; `celeb` is whose
    post or room it is. `parent` is the position of the comment that it answers. Once removed, its
    text is empty.
    """

    position: int
    id: str
    celeb: str
    thread: int | None
    post_id: str | None
    room: str | None
    parent: int | None
    visitor: str
    name: str
    text: str
    created_at: datetime
    edited_at: datetime | None
    removed_by: RemovedBy | None


class Tag(msgspec.Struct, frozen=True):
    """`tag` is its form in paths and channels, `shown` the one that its first visitor wrote;
    `posts` counts the posts that have it, or of a post's tag, the visitors who gave it."""

    tag: str
    shown: str
    posts: int


class Report(msgspec.Struct, frozen=True):
    """What a visitor told the moderators. `target` is a comment's id, or `tag:<tag>`; `visitor` is
    the name of who reported it, where that was somebody with a name."""

    number: int
    target: str
    reason: str
    visitor: str | None
    created_at: datetime


class Sanction(msgspec.Struct, frozen=True):
    """Who may not write. `value` says it to moderators: the muted visitor's name, the banned name
    as it was written, or the first digits of an address's keyed hash. `until` None: for good."""

    number: int
    kind: SanctionKind
    value: str
    reason: str
    created_at: datetime
    until: datetime | None


class Rule(msgspec.Struct, frozen=True):
    """How a place is to be written in. `scope`: `everywhere`, `room:<celeb>` or `post:<position>`;
    `slow_seconds` must lie between two comments of one visitor there."""

    scope: str
    locked: bool = False
    slow_seconds: int = 0


class AuditEntry(msgspec.Struct, frozen=True):
    """Something that a moderator did."""

    number: int
    at: datetime
    action: str
    target: str
    detail: str
