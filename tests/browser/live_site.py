"""The site on a real store, in a thread of its own, for a browser in the test's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry
from tornado.netutil import bind_sockets

from settings import Settings
from tests.new_store import new_store
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.discussion.store import DiscussionStore
from tweet_store.model import Post
from web_ui.site import Site

T = TypeVar("T")


class LiveSite:
    """`start` and `stop` it as often as you like: port and store stay the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = new_store(folder / "store.db")
        self.discussion = DiscussionStore(self.store)
        self.port = 0
        self._nonces = 0
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
        self.ring()

    def discuss(self, change: Callable[[DiscussionStore, datetime], T]) -> T:
        """Write as another visitor's process does, and ring."""
        made = change(self.discussion, datetime.now(UTC))
        self.ring()
        return made

    def visitor(self, name: str) -> Sender:
        """Somebody else, who writes from elsewhere."""
        key = name.encode().ljust(32)
        return self.discuss(lambda store, now: Sender(store.sign_in(name, key, now), key))

    def comment(self, sender: Sender, text: str, **place: str) -> StoredComment:
        """`place`: `post_id` or `room`, and `parent_id` of an answer."""
        self._nonces += 1
        nonce = str(self._nonces)
        return self.discuss(
            lambda store, now: store.add_comment(sender, text, now, nonce=nonce, **place)
        )

    def ring(self) -> None:
        """As RabbitMQ does."""
        self._run(self._site.arrivals.catch_up())

    async def _start(self) -> None:
        sockets = bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        config = Settings.model_validate({"var": self.folder, "feed_size": 1000, "drain_time": 0.0})
        self._site = Site(config, self.store, CollectorRegistry(), lambda: None)
        await self._site.start(sockets)

    async def _stop(self) -> None:
        await self._site.stop()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)
