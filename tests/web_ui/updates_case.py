"""A site on real sockets and a real store, for the tests of each transport. Rung by hand."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry
from tornado.httpclient import AsyncHTTPClient
from tornado.netutil import bind_sockets
from tornado.testing import AsyncTestCase

from settings import Settings
from tweet_store.model import Post
from tweet_store.store import TweetStore
from web_ui.site import Site

REPLAY_LIMIT = 300
LONGEST_WAIT = 5.0


class UpdatesCase(AsyncTestCase):
    """`self.site` is the site as in production, but for its queue; `settings` are its own."""

    settings: dict[str, Any] = {}  # noqa: RUF012

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = TweetStore.open(f"sqlite:///{folder.name}/store.db")
        self.addCleanup(self.store.close)
        self.registry = CollectorRegistry()
        config = Settings.model_validate(
            {"replay_limit": REPLAY_LIMIT, "poll_wait": LONGEST_WAIT, "drain_time": 0.1}
            | self.settings
        )
        listeners = bind_sockets(0, "127.0.0.1")
        self.port: int = listeners[0].getsockname()[1]
        self.http_client = AsyncHTTPClient(force_instance=True)

        async def start() -> None:
            self.site = Site(config, self.store, self.registry, lambda: None)
            await self.site.start(listeners)

        self.io_loop.run_sync(start)
        self._stopped = False
        self.room = self.site.room
        self.feed = self.site.feed

    def tearDown(self) -> None:
        self.io_loop.run_sync(self.stop_site, timeout=10)
        self.http_client.close()
        super().tearDown()

    def get_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def stop_site(self) -> None:
        """Once; a test may do it itself."""
        if not self._stopped:
            self._stopped = True
            await self.site.stop()

    async def arrive(self, *posts: Post) -> None:
        """Save as the reader does, and ring as RabbitMQ does."""
        self.store.save(posts)
        await self.site.arrivals.catch_up()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.005)

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0
