"""The parts of a site that is not whole: enough for pages, on a real store and without a feed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from tornado.web import Application

from settings import Settings
from tweet_store.store import TweetStore
from web_ui.cards import Cards
from web_ui.client_address import ClientAddresses
from web_ui.cursor import Cursor
from web_ui.handlers.application import application_settings, load_templates
from web_ui.parts import Parts, parts_of
from web_ui.store_reader import StoreReader
from web_ui.visitors.secret_file import Secrets, secrets_of

SECRETS: Secrets = secrets_of([b"a key for tests that nobody is to keep"])
TEMPLATES = load_templates()


def page_parts(
    store: TweetStore, current_cursor: Callable[[], Cursor] | None = None, **settings: Any
) -> Parts:
    """Close `reader` and `writer` when done. `settings` are the site's."""
    cards = Cards(TEMPLATES)
    config = Settings.model_validate({"var": Path("unused"), **settings})
    registry = CollectorRegistry()
    return parts_of(
        config,
        store,
        StoreReader(store, lambda stored: ""),
        cards,
        current_cursor or (lambda: Cursor(store.epoch, store.latest_seq())),
        ring=lambda: None,
        here=lambda channel: 0,
        registry=registry,
        secrets=SECRETS,
        addresses=ClientAddresses(()),
        reads_refused=lambda: None,
        clock=time.monotonic,
    )


def page_application(parts: Parts, routes: list[Any]) -> Application:
    """Tornado's application for these routes, as the site makes it."""
    return Application(
        routes, **application_settings(TEMPLATES, parts.secrets, parts.config.public_url)
    )
