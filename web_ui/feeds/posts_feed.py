"""A feed of posts, before it is Atom or JSON Feed: what it says, in its own terms. Pure.

    feed = posts_feed(FeedHead("Ada", "celeb/ada", "/feeds/ada", "/ada"), posts, root)
    atom(feed), json_feed(feed)

Ids name the posts and not their addresses here, so a reader shows a post once, whichever feeds of
the site it follows and by whatever name it knows the host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from tweet_store.model import Author, Media, StoredTweet
from web_ui.addresses import post_address, profile_address
from web_ui.feeds.post_html import content_of, title_of
from web_ui.outward import at_network, page_of, whole
from web_ui.tweet_text import language

NAMESPACE = UUID("5c1a3f0e-8f0b-5d0c-9a53-3f5e2f6f7a10")
"""Of the ids in feeds. Never to be changed: readers would show everything again."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without posts was last changed."""

_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
}

_FORMAT = re.compile(r"[?&]format=(\w+)")
_ENDING = re.compile(r"\.(\w+)(?::\w+)?(?:[?#]|$)")


class FeedHead(NamedTuple):
    """What a feed is about. `name` makes its id; `path` is its own without the ending; `page` is
    the page that shows the same, where there is one; `picture` is the celeb's."""

    title: str
    name: str
    path: str
    page: str | None = None
    picture: str | None = None


class Attached(NamedTuple):
    """A picture of a post."""

    url: str
    type: str
    title: str | None


class FeedItem(NamedTuple):
    """A post. `published` is when its first version was written."""

    id: str
    title: str
    html: str
    language: str | None
    published: datetime
    updated: datetime
    author: Author
    author_url: str
    author_picture: str | None
    url: str
    source_url: str | None
    attached: Sequence[Attached]
    tags: Sequence[str]


class PostsFeed(NamedTuple):
    """See the module."""

    id: str
    title: str
    path: str
    """Whole, but without its ending."""
    page: str | None
    picture: str | None
    updated: datetime
    items: Sequence[FeedItem]


def posts_feed(
    head: FeedHead,
    posts: Sequence[StoredTweet],
    root: str,
    first_written: Mapping[str, datetime],
) -> PostsFeed:
    """The feed of these posts. `first_written`: of those that were edited, by id, the time of the
    first version."""
    items = [_item(post, root, first_written.get(post.id, post.created_at)) for post in posts]
    return PostsFeed(
        id=_id(f"feed/{head.name}"),
        title=head.title,
        path=root + head.path,
        page=whole(head.page, root),
        picture=whole(head.picture, root),
        updated=max((item.updated for item in items), default=LONG_AGO),
        items=items,
    )


def _item(post: StoredTweet, root: str, published: datetime) -> FeedItem:
    author = post.author
    profile = profile_address(author, post.celeb)
    return FeedItem(
        id=_id(f"post/{author.network}/{post.edit_ids[0]}"),
        title=title_of(post),
        html=content_of(post, root),
        language=language(post.lang),
        published=min(published, post.created_at),
        updated=post.created_at,
        author=author,
        author_url=whole(profile, root) or root,
        author_picture=whole(author.avatar_url, root),
        url=page_of(post, root),
        source_url=at_network(post_address(author.network, author.handle, post.id, post.celeb)),
        attached=[_attached(one, root) for one in post.media],
        tags=list(dict.fromkeys(e.target for e in post.entities if e.kind == "hashtag")),
    )


def _attached(media: Media, root: str) -> Attached:
    return Attached(whole(media.url, root) or "", type_of(media.url), media.alt)


def type_of(url: str) -> str:
    """The media type of a picture, told from its address, as X writes them: `….jpg`,
    `…?format=jpg&name=large`."""
    named = _FORMAT.search(url) or _ENDING.search(url)
    return _TYPES.get(named[1].lower() if named else "", "image/jpeg")


def _id(name: str) -> str:
    return uuid5(NAMESPACE, name).urn
