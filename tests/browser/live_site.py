"""The site on a real store, in a thread of its own, for a browser in the test's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from tweet_store.model import Post
from tweet_store.store import TweetStore
from web_ui import pages
from web_ui.arrivals import Arrivals
from web_ui.cards import Cards
from web_ui.feed import Feed
from web_ui.long_poll import LongPollHandler
from web_ui.metrics import ArrivalMetrics, UpdateMetrics
from web_ui.site_handler import application_settings, load_templates
from web_ui.store_reader import StoreReader
from web_ui.updates import Updates
from web_ui.waiting_room import WaitingRoom

T = TypeVar("T")


class LiveSite:
    """`start` and `stop` it as often as you like: port and store stay the same."""

    def __init__(self, folder: Path) -> None:
        self.store = TweetStore.open(f"sqlite:///{folder}/store.db")
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.store.close()

    def start(self) -> None:
        self._run(self._start())

    def stop(self) -> None:
        self._run(self._stop())

    def post(self, *posts: Post) -> None:
        """Save as the reader does, and ring as RabbitMQ does."""
        self.store.save(posts)
        self._run(self._arrivals.catch_up())

    async def _start(self) -> None:
        registry = CollectorRegistry()
        templates = load_templates()
        cards = Cards(templates)
        self._reader = StoreReader(self.store, cards.render)
        self._room = WaitingRoom()
        feed = Feed(1000, start=await self._reader.latest_seq())
        self._arrivals = Arrivals(
            feed, self._room, self._reader.entries_after, ArrivalMetrics(registry)
        )
        updates = Updates(self.store.epoch, feed, self._room, self._arrivals, self._reader, 20_000)
        parts = {
            "updates": updates,
            "longest_wait": 25.0,
            "metrics": UpdateMetrics(registry, self._room.__len__),
        }
        application = Application(
            [
                ("/updates", LongPollHandler, parts),
                *pages.routes(self._reader, cards, updates.now),
            ],
            **application_settings(templates),
        )
        self._server = HTTPServer(application)
        sockets = bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)

    async def _stop(self) -> None:
        self._server.stop()
        self._room.close()
        await self._server.close_all_connections()
        self._reader.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)
