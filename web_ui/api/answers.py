"""What the API answers, as Structs: they are encoded, and the OpenAPI document is made from them.

Ids are strings; times are RFC 3339 in UTC; addresses are whole. A field is there even where it has
nothing to say: it is null, or empty. Pure.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from tweet_store.model import EntityKind, MediaKind, ReferenceKind

Time = Annotated[datetime, Meta(tz=True)]
Next = Annotated[
    str | None,
    Meta(
        description="Where the list goes on: the parameter for the next page. Null: it ends here."
    ),
]


class Error(Struct, frozen=True):
    """What was wrong, and what would do."""

    error: str


class Account(Struct, frozen=True):
    """An account on a network."""

    network: str
    account_id: str
    handle: str
    name: str
    url: Annotated[str | None, Meta(description="At its network, where that is known.")]
    avatar_url: str | None
    bio: str | None
    verified: bool


class Entity(Struct, frozen=True):
    """A stretch of the text that links somewhere. Offsets count code points, the end exclusive."""

    kind: EntityKind
    start: int
    end: int
    target: str
    display: Annotated[str | None, Meta(description="The short form that X shows for a url.")]


class Media(Struct, frozen=True):
    """A picture, or the preview picture of a moving one."""

    kind: MediaKind
    url: str
    width: int | None
    height: int | None
    alt: str | None


class Reference(Struct, frozen=True):
    """A post that this one answers, quotes or repeats. The author and the text are null where the
    source did not tell."""

    kind: ReferenceKind
    id: str
    author: Account | None
    text: str | None
    created_at: Time | None


class Post(Struct, frozen=True, kw_only=True):
    """A post, in its current version."""

    id: str
    edit_ids: Annotated[
        list[str], Meta(description="The ids of all versions, oldest first; any names the post.")
    ]
    celeb: str
    author: Account
    text: Annotated[str, Meta(description="Plain text, as the author wrote it.")]
    html: Annotated[str, Meta(description="The text as safe HTML, with its links.")]
    entities: list[Entity]
    media: list[Media]
    references: list[Reference]
    created_at: Annotated[Time, Meta(description="Of the current version.")]
    lang: Annotated[str | None, Meta(description="BCP 47.")]
    conversation_id: str | None
    reply_to_id: str | None
    url: Annotated[str, Meta(description="The post on this site.")]
    source_url: Annotated[str | None, Meta(description="The post at its network.")]


class Version(Struct, frozen=True):
    """An earlier version of a post."""

    id: str
    text: str
    created_at: Time


class TagUse(Struct, frozen=True):
    """A tag that visitors gave to posts."""

    tag: Annotated[str, Meta(description="Its form in addresses and channels.")]
    shown: Annotated[str, Meta(description="As its first visitor wrote it.")]
    posts: Annotated[
        int, Meta(description="Posts that have it; of a post's tag, visitors who gave it.")
    ]
    url: str


class PostDetail(Struct, frozen=True, kw_only=True):
    """A post with what belongs to it."""

    post: Post
    versions: Annotated[list[Version], Meta(description="Those before the current, oldest first.")]
    tags: list[TagUse]
    comment_count: int


class Posts(Struct, frozen=True):
    """A page of posts. It may hold fewer than the limit though more follow: `next` tells."""

    posts: list[Post]
    next: Next


class Comment(Struct, frozen=True, kw_only=True):
    """What a visitor wrote under a post or in a celeb's room."""

    id: str
    celeb: Annotated[str, Meta(description="Whose post or room it stands under.")]
    post_id: Annotated[str | None, Meta(description="Null in a room.")]
    parent: Annotated[str | None, Meta(description="The id of the comment that it answers.")]
    name: str
    text: Annotated[str, Meta(description="Empty once the comment is removed.")]
    created_at: Time
    edited_at: Time | None
    removed: bool
    url: str


class Comments(Struct, frozen=True):
    """A page of comments, oldest first."""

    comments: list[Comment]
    next: Next


class Celeb(Struct, frozen=True, kw_only=True):
    """A person who is followed here."""

    slug: Annotated[str, Meta(description="Names the celeb in addresses and channels.")]
    name: str
    accounts: list[Account]
    post_count: int
    last_post_at: Time | None
    url: str
    feed_url: str


class Celebs(Struct, frozen=True):
    """A page of the directory."""

    celebs: list[Celeb]
    next: Annotated[int | None, Meta(description="The next page. Null: this is the last one.")]


class CelebDetail(Struct, frozen=True):
    """A celeb with the tags that visitors gave most."""

    celeb: Celeb
    tags: list[TagUse]


class Tags(Struct, frozen=True):
    """Tags, the most used first."""

    tags: list[TagUse]


class Now(Struct, frozen=True):
    """Where the timeline is now."""

    cursor: Annotated[str, Meta(description="Opaque. What comes after it is news.")]
    updates_url: Annotated[
        str, Meta(description="A long poll from there on: see Listening in, in the README.")
    ]
