"""A site's updates on real sockets, for the tests of each transport."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable

from prometheus_client import CollectorRegistry
from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from tweet_store.model import Post
from tweet_store.store import TweetStore
from web_ui.arrivals import Arrivals
from web_ui.cards import Cards
from web_ui.feed import Feed
from web_ui.long_poll import LongPollHandler
from web_ui.metrics import ArrivalMetrics, UpdateMetrics
from web_ui.site_handler import load_templates
from web_ui.sse import SseHandler
from web_ui.store_reader import StoreReader
from web_ui.updates import Updates
from web_ui.waiting_room import WaitingRoom
from web_ui.web_socket import UpdatesSocket

REPLAY_LIMIT = 300
LONGEST_WAIT = 5.0


class UpdatesCase(AsyncHTTPTestCase):
    """A real store, arrivals as in production, all three transports."""

    feed_size = 50

    def get_app(self) -> Application:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = TweetStore.open(f"sqlite:///{folder.name}/store.db")
        self.addCleanup(self.store.close)
        reader = StoreReader(self.store, Cards(load_templates()).render)
        self.addCleanup(reader.close)
        self.registry = CollectorRegistry()
        self.room = WaitingRoom()
        self.feed = Feed(self.feed_size, start=0)
        self.arrivals = Arrivals(
            self.feed, self.room, reader.entries_after, ArrivalMetrics(self.registry)
        )
        self.updates = Updates(
            self.store.epoch, self.feed, self.room, self.arrivals, reader, REPLAY_LIMIT
        )
        parts = {
            "updates": self.updates,
            "metrics": UpdateMetrics(self.registry, self.room.__len__),
        }
        return Application(
            [
                ("/updates", LongPollHandler, {**parts, "longest_wait": LONGEST_WAIT}),
                ("/updates/sse", SseHandler, parts),
                ("/updates/ws", UpdatesSocket, parts),
            ]
        )

    async def arrive(self, *posts: Post) -> None:
        """Save as the reader does, and ring as RabbitMQ does."""
        self.store.save(posts)
        await self.arrivals.catch_up()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.005)

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0
