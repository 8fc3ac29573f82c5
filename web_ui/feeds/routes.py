"""The routes of this folder."""

from __future__ import annotations

import time

from tornado.routing import URLSpec

from web_ui.addresses import SLUG
from web_ui.feeds.feed_handlers import CelebsFeed, EverybodyFeed, TagFeed
from web_ui.feeds.freshness import Freshness
from web_ui.feeds.oembed import OembedHandler
from web_ui.feeds.robots import RobotsHandler
from web_ui.feeds.sitemap import CelebList, IndexHandler, PostList
from web_ui.handlers.program import NothingHere
from web_ui.parts import Parts


def routes(parts: Parts) -> list[URLSpec]:
    """They come before those that take any word for a celeb."""
    given = {"parts": parts}
    feed = {**given, "freshness": Freshness(time.time)}
    ending = r"\.(atom|json)"
    return [
        URLSpec(f"/feeds/all{ending}", EverybodyFeed, feed),
        URLSpec(f"/feeds/({SLUG}(?:,{SLUG})*){ending}", CelebsFeed, feed),
        URLSpec(f"/feeds/tag/([^/]+){ending}", TagFeed, feed),
        URLSpec("/feeds(/.*)?", NothingHere, given),
        URLSpec("/oembed", OembedHandler, given),
        URLSpec(r"/sitemap\.xml", IndexHandler, given),
        URLSpec(r"/sitemap/celebs/([a-z0-9_-]{1,64})\.xml", CelebList, given),
        URLSpec(r"/sitemap/posts/(0|[1-9][0-9]{0,12})\.xml", PostList, given),
    ]


def robots_routes(parts: Parts) -> list[URLSpec]:
    """To be added to the `Application` for all hosts: Tornado looks there before it looks into
    `static/`, where it would have this path come from."""
    return [URLSpec(r"/robots\.txt", RobotsHandler, {"parts": parts})]
