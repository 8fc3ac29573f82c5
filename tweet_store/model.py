"""What is stored and what the store gives back: plain values, no database and no framework.

A source (X, a replay, the demo) builds `Tweet`s and `Tombstone`s; `TweetStore.save` turns them into
`Event`s; the site reads `StoredEvent`s and `StoredTweet`s. All are immutable once built.

Ids are strings everywhere, because 64-bit numbers do not survive JavaScript. Times are aware, in
UTC. Offsets of entities count Unicode code points of `text`, end exclusive, as X's do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from tweet_store.discussion.model import StoredComment

PostEventKind = Literal["tweet", "edit", "delete"]
"""What the reader stores and announces."""
EventKind = (
    PostEventKind | Literal["comment", "comment_edit", "comment_delete"] | Literal["tag", "untag"]
)
"""All that is on the timeline. The others are what visitors do, stored and announced by the site: a
post got a tag that it did not have, or lost it."""
EntityKind = Literal["url", "hashtag", "mention", "cashtag"]
MediaKind = Literal["photo", "video", "animated_gif"]
ReferenceKind = Literal["replied_to", "quoted", "retweeted"]


class Author(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account on a network. A celeb is a person, who may have several of these.

    `known` is False where a source told only the account's id: the rest is made up, and what is
    stored of the account stays.
    """

    account_id: str
    handle: str
    name: str
    network: str = "x"
    avatar_url: str | None = None
    bio: str | None = None
    verified: bool = False
    known: bool = True


class Entity(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stretch of `text` that links somewhere.

    `target` is the expanded address of a url, or the tag, handle or symbol without its sign;
    `display` is the shortened form that X shows for a url.
    """

    kind: EntityKind
    start: int
    end: int
    target: str
    display: str | None = None


class Media(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture, or the preview picture of a moving one. Width and height are in pixels."""

    kind: MediaKind
    url: str
    width: int | None = None
    height: int | None = None
    alt: str | None = None


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """A post that this one answers, quotes or repeats, as far as the source told about it.

    Only `kind` and `id` are sure. Where `text` is None the source did not include the post.
    """

    kind: ReferenceKind
    id: str
    text: str | None = None
    author: Author | None = None
    created_at: datetime | None = None
    entities: tuple[Entity, ...] = ()
    media: tuple[Media, ...] = ()


class Tweet(msgspec.Struct, frozen=True, kw_only=True):
    """A post, as its source told it. `text` is unaltered, X's `&amp;` `&lt;` `&gt;` included.

    `edit_ids` is the edit chain, oldest first, this post's own id among them. `raw`
    is the JSON it was read from, kept for later questions.
    """

    id: str
    author: Author
    text: str
    created_at: datetime
    raw: bytes
    lang: str | None = None
    conversation_id: str | None = None
    reply_to_id: str | None = None
    entities: tuple[Entity, ...] = ()
    media: tuple[Media, ...] = ()
    references: tuple[Reference, ...] = ()
    edit_ids: tuple[str, ...] = ()


class Tombstone(msgspec.Struct, frozen=True):
    """The post `id` was deleted at its source, and with it its whole edit chain."""

    id: str


Post = Tweet | Tombstone
"""What a source yields."""


class Event(msgspec.Struct, frozen=True):
    """One fact on the timeline. `seq` counts from 1; commit order equals seq order. `id` is the
    post's, or of a comment's event the comment's."""

    seq: int
    kind: EventKind
    id: str
    celeb: str


class PostEvent(Event, frozen=True):
    """One that the reader stored, and announces."""

    kind: PostEventKind


class StoredTweet(msgspec.Struct, frozen=True, kw_only=True):
    """A post as the store keeps it.

    `position` is the seq of the first event of its edit chain: the order of timelines, and the
    same before and after an edit. A deleted post keeps its ids and nothing else.
    """

    id: str
    celeb: str
    position: int
    edit_ids: tuple[str, ...]
    author: Author
    text: str
    created_at: datetime
    lang: str | None
    conversation_id: str | None
    reply_to_id: str | None
    entities: tuple[Entity, ...]
    media: tuple[Media, ...]
    references: tuple[Reference, ...]


class Version(msgspec.Struct, frozen=True):
    """An earlier version of a post that was edited."""

    id: str
    text: str
    created_at: datetime


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event with what is needed to show it. `tweet` is None once the post is deleted, and for
    the events of comments, which have `comment`.

    `position` is the post's, whichever version the event is about, or the comment's. `thread_ids`
    are the posts on whose page this event is news: its edit chain and the post it answers; or the
    edit chain of the post that the comment stands under, empty in a room. `tag` is what the post
    got or lost, `shown` its form for the eye; `tags` are those on whose page an edit is news.
    (Before a delete come the events of the tags that go with the post.)
    """

    event: Event
    position: int
    thread_ids: tuple[str, ...]
    tweet: StoredTweet | None
    comment: StoredComment | None = None
    tag: str | None = None
    shown: str | None = None
    tags: tuple[str, ...] = ()


class Celeb(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is followed. `slug` names them in paths, channels and notices."""

    slug: str
    name: str
    accounts: tuple[Author, ...]
    tweet_count: int
    last_tweet_at: datetime | None
