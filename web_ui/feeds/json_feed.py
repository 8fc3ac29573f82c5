"""A feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Pure.

Posts have no titles of their own, so items have none: that is the format's way with short posts.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from web_ui.feeds.posts_feed import FeedItem, PostsFeed

TYPE = "application/feed+json; charset=utf-8"


class _Author(Struct, omit_defaults=True):
    name: str
    url: str
    avatar: str | None = None


class _Attachment(Struct, omit_defaults=True):
    url: str
    mime_type: str
    title: str | None = None


class _Item(Struct, omit_defaults=True, kw_only=True):
    id: str
    url: str
    external_url: str | None = None
    content_html: str
    date_published: datetime
    date_modified: datetime
    language: str | None = None
    authors: list[_Author]
    tags: list[str] = []
    attachments: list[_Attachment] = []


class _Feed(Struct, omit_defaults=True, kw_only=True):
    version: str
    title: str
    home_page_url: str | None = None
    feed_url: str
    icon: str | None = None
    items: list[_Item]


def json_feed(feed: PostsFeed) -> bytes:
    """The document."""
    return msgspec.json.encode(
        _Feed(
            version="https://jsonfeed.org/version/1.1",
            title=feed.title,
            home_page_url=feed.page,
            feed_url=f"{feed.path}.json",
            icon=feed.picture,
            items=[_item(item) for item in feed.items],
        )
    )


def _item(item: FeedItem) -> _Item:
    return _Item(
        id=item.id,
        url=item.url,
        external_url=item.source_url,
        content_html=item.html,
        date_published=item.published,
        date_modified=item.updated,
        language=item.language,
        authors=[_Author(item.author.name, item.author_url, item.author_picture)],
        tags=list(item.tags),
        attachments=[_Attachment(one.url, one.type, one.title) for one in item.attached],
    )
