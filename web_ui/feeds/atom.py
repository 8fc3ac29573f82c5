"""A feed as Atom (RFC 4287). Pure."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from web_ui import times
from web_ui.feeds.posts_feed import FeedItem, PostsFeed
from web_ui.feeds.xml_text import LANGUAGE, add, allowed, document

TYPE = "application/atom+xml; charset=utf-8"


def atom(feed: PostsFeed) -> bytes:
    """The document."""
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    add(root, "id", feed.id)
    add(root, "title", feed.title)
    add(root, "updated", times.machine(feed.updated))
    add(root, "link", rel="self", type="application/atom+xml", href=f"{feed.path}.atom")
    if feed.page is not None:
        add(root, "link", rel="alternate", type="text/html", href=feed.page)
    add(root, "generator", "Celebwire")
    if feed.picture is not None:
        add(root, "icon", feed.picture)
    for item in feed.items:
        _entry(root, item)
    return document(root)


def _entry(root: Element, item: FeedItem) -> None:
    entry = add(root, "entry")
    if item.language is not None:
        entry.set(LANGUAGE, allowed(item.language))
    add(entry, "id", item.id)
    add(entry, "title", item.title)
    add(entry, "published", times.machine(item.published))
    add(entry, "updated", times.machine(item.updated))
    author = add(entry, "author")
    add(author, "name", item.author.name)
    add(author, "uri", item.author_url)
    add(entry, "link", rel="alternate", type="text/html", href=item.url)
    if item.source_url is not None:
        add(entry, "link", rel="via", type="text/html", href=item.source_url)
    for one in item.attached:
        add(entry, "link", rel="enclosure", type=one.type, href=one.url, title=one.title)
    for tag in item.tags:
        add(entry, "category", term=tag)
    add(entry, "content", item.html, type="html")
