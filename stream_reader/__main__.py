"""`python -m stream_reader`: the reader, built and wired here and nowhere else.

    sources -> Intake -> store -> Announcer -> AmqpConnector -> RabbitMQ
                           └── SearchIndexing, when there is time

`deploy/stream_reader.tac` runs the same service under twistd.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from datetime import UTC, datetime
from random import Random
from typing import Any, TextIO

from prometheus_client import CollectorRegistry, ProcessCollector
from twisted.internet import reactor as default_reactor
from twisted.python.log import PythonLoggingObserver

import settings
from settings import BadSettings, Settings, replay_parts
from stream_reader.amqp_publisher import AmqpConnector
from stream_reader.announcer import Announcer
from stream_reader.backoff import Backoff
from stream_reader.demo import DemoSource
from stream_reader.drops import Drops
from stream_reader.intake import Intake
from stream_reader.metrics import IntakeMetrics, drops_counter
from stream_reader.outflow import AnnouncerMetrics
from stream_reader.replay import ReplaySource
from stream_reader.search_indexing import SearchIndexing, SearchMetrics
from stream_reader.service import ReaderService, StoreThreads
from stream_reader.source import Source
from stream_reader.status_site import status_site
from stream_reader.store_check import StoreCheck
from stream_reader.x_stream import XMetrics, XSource
from tweet_store.database import StoreIncompatible, StoreUnavailable
from tweet_store.store import TweetStore

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 15.0
"""Seconds between attempts to reach RabbitMQ, at first and at most."""

GARBAGE = 20_000
"""New objects after which to look for those that refer to each other and are used no more."""


def make_service(config: Settings, reactor: Any) -> ReaderService:
    """The whole reader. Raises SystemExit, with the line to show, if the store cannot be opened."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    drops = Drops(drops_counter(registry), time.monotonic)
    try:
        opened = TweetStore.open(config.database_url)
    except (StoreUnavailable, StoreIncompatible) as error:
        raise SystemExit(f"The store cannot be opened: {error}") from None
    store = StoreThreads(reactor, opened)
    announcer = Announcer(
        reactor,
        AmqpConnector(reactor, config.broker_url),
        lambda after, limit: store.read(opened.unannounced, after, limit),
        lambda up_to: store.write(opened.mark_announced, up_to),
        Backoff(FIRST_PAUSE, LONGEST_PAUSE),
        AnnouncerMetrics(registry),
    )

    def on_saved() -> None:
        announcer.wake()
        indexing.wake()

    intake = Intake(
        reactor,
        reactor,
        lambda posts: store.write(opened.save, posts),
        on_saved,
        drops,
        IntakeMetrics(registry),
    )
    indexing = SearchIndexing(
        reactor,
        lambda: not intake.unsaved,
        lambda most: store.write(opened.index_posts, most),
        lambda pages, begin: store.write(opened.forget_words, pages, begin),
        lambda: store.write(opened.empty_log),
        SearchMetrics(registry),
    )
    first_start = opened.latest_seq() == 0
    sources = [
        make_source(text, config, reactor, drops, registry, first_start) for text in config.sources
    ]
    site = status_site(
        registry,
        StoreCheck(reactor, intake.problem, lambda: store.read(opened.latest_seq)).ask,
        announcer.problem,
        {source.name: source.problem for source in sources},
    )
    return ReaderService(
        reactor,
        store,
        intake,
        announcer,
        indexing,
        sources,
        lambda: reactor.listenTCP(config.reader_http_port, site, interface=config.reader_http_host),
    )


def make_source(
    text: str,
    config: Settings,
    reactor: Any,
    drops: Drops,
    registry: CollectorRegistry,
    first_start: bool,
) -> Source:
    """The source that one entry of the setting `sources` names."""
    random = Random()  # noqa: S311  (no secret)
    if text == "demo":
        return DemoSource(reactor, random, lambda: datetime.now(UTC), catch_up=first_start)
    if text == "x":
        return XSource(
            config.x_bearer_token.get_secret_value(),
            config.x_api_base,
            config.follow,
            drops,
            XMetrics(registry),
            reactor,
            reactor,
            random.random,
        )
    path, speed = replay_parts(text)
    return ReplaySource(path, speed, drops, reactor, reactor)


def set_up_logging(config: Settings, stream: TextIO) -> None:
    """Log what the settings say, to `stream`."""
    logging.basicConfig(level=config.log_level.upper(), format=settings.LOG_FORMAT, stream=stream)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def collect_garbage_rarely() -> None:
    """Python looks for garbage after 700 new objects, which is 50 posts, and finds none.

    What is there at the start stays to the end, and need not be looked at again.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE)


def main(reactor: Any) -> int:
    """The exit status: 2 for bad settings, 1 if posts were lost while stopping, else 0.

    Raises SystemExit, with the line to show and so with status 1, if it cannot start.
    """
    try:
        config = settings.load(os.environ)
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return 2
    set_up_logging(config, sys.stderr)
    PythonLoggingObserver("twisted").start()
    logging.getLogger("twisted").setLevel(logging.WARNING)
    service = make_service(config, reactor)
    service.startService()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    collect_garbage_rarely()
    reactor.run()
    return 1 if service.lost else 0


if __name__ == "__main__":
    sys.exit(main(default_reactor))
