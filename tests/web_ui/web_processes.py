"""Web processes in one: each a whole site on a connection to RabbitMQ of its own, and one store.

async with WebProcess(folder, broker.url) as process:
    process.write(lambda discussion: discussion.add_comment(...))
    await process.poll("room:ada", cursor)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from prometheus_client import CollectorRegistry
from tornado.netutil import bind_sockets

from settings import Settings
from tests.tweet_store.posts import NOON
from tests.web_ui.raw_visitor import RawVisitor
from tweet_store.discussion.model import Sender
from tweet_store.discussion.store import DiscussionStore
from tweet_store.store import TweetStore
from web_ui.broker import Broker
from web_ui.listeners import BACKLOG
from web_ui.site import Site

T = TypeVar("T")


class WebProcess:
    """One of several. `self.site` is the site as in production."""

    def __init__(self, folder: Path, amqp_url: str) -> None:
        self.store = TweetStore.open(f"sqlite:///{folder}/store.db")
        self.discussion = DiscussionStore(self.store)
        self.registry = CollectorRegistry()
        config = Settings.model_validate({"var": folder, "drain_time": 0.0, "poll_wait": 20.0})
        self.site = Site(config, self.store, self.registry, lambda: self.broker.problem())  # noqa: PLW0108
        loop = asyncio.get_running_loop()
        self.broker = Broker(amqp_url, loop, self.site.tenants, lambda a, _: a)
        self._listeners = bind_sockets(0, "127.0.0.1", backlog=BACKLOG)
        self.port: int = self._listeners[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.site.start(self._listeners)
        self.broker.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.site.stop()
        await self.broker.stop(2.0)
        self.store.close()

    def sender(self, name: str) -> Sender:
        """Somebody who just signed in here."""
        return Sender(self.discussion.sign_in(name, b"address", NOON), b"address")

    def write(self, change: Callable[[DiscussionStore], T]) -> T:
        """Store it, and ring as handlers do."""
        made = change(self.discussion)
        self.site.ring()
        return made

    async def poll(self, channel: str, cursor: str) -> dict[str, Any]:
        """The first answer with something in it; until then one long poll after the other."""
        visitor = await RawVisitor.connect(self.port)
        try:
            while True:
                answer = await visitor.get(f"/updates?channel={channel}&cursor={cursor}&wait=2")
                found: dict[str, Any] = answer.json
                if found["events"] or found["verdict"] != "live":
                    return found
        finally:
            visitor.leave()

    def cursor(self) -> str:
        """Now."""
        return str(self.site.recent.now())

    def count(self, name: str) -> float:
        """A metric without labels."""
        return self.registry.get_sample_value(name) or 0.0


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until it is true; past the deadline TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
