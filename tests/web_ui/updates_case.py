"""A site on real sockets and a real store, for the tests of each transport. Rung by hand.

Whatever is logged as an error fails the test: a task that was destroyed or failed unseen, a fault
in a callback. `expect_errors` is for tests of faults.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from prometheus_client import CollectorRegistry
from tornado.httpclient import AsyncHTTPClient
from tornado.netutil import bind_sockets
from tornado.testing import AsyncTestCase

from settings import Settings
from tests.new_store import new_store
from tests.web_ui.raw_visitor import RawVisitor
from tweet_store.model import Post
from web_ui.listeners import BACKLOG
from web_ui.site import Site

REPLAY_LIMIT = 300
LONGEST_WAIT = 5.0
LINGER = 0.2


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


class UpdatesCase(AsyncTestCase):
    """`self.site` is the site as in production, but for its queue; `settings` are its own."""

    settings: dict[str, Any] = {}  # noqa: RUF012

    def setUp(self) -> None:
        super().setUp()
        self._errors = _Errors()
        logging.getLogger().addHandler(self._errors)
        self.addCleanup(logging.getLogger().removeHandler, self._errors)
        self._visitors: list[RawVisitor] = []
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = new_store(Path(folder.name, "store.db"))
        self.addCleanup(self.store.close)
        self.registry = CollectorRegistry()
        config = Settings.model_validate(
            {"var": folder.name, "replay_limit": REPLAY_LIMIT, "poll_wait": LONGEST_WAIT}
            | {"drain_time": 0.1}
            | self.settings
        )
        listeners = bind_sockets(0, "127.0.0.1", backlog=BACKLOG)
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
        for visitor in self._visitors:
            if visitor.ended:
                visitor.leave()
        # The others do not read their last words, and are given that time all together.
        with mock.patch("web_ui.leaving.LINGER", LINGER):
            self.io_loop.run_sync(self.stop_site, timeout=10)
        self.http_client.close()
        for visitor in self._visitors:
            visitor.leave()
        super().tearDown()
        gc.collect()  # a forgotten task says so now
        assert self._errors.found == [], self._errors.found

    def expect_errors(self, what: str) -> None:
        """At least one error was logged, and each says this."""
        found, self._errors.found = self._errors.found, []
        assert found
        assert all(what in text for text in found), found

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

    async def visitor(self, **options: Any) -> RawVisitor:
        """See `RawVisitor.connect`. It is closed at the end of the test."""
        visitor = await RawVisitor.connect(self.port, **options)
        self._visitors.append(visitor)
        return visitor

    def cursor(self, seq: int) -> str:
        return f"{self.store.epoch}.{seq}"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.005)

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0
