"""The site of one web process: everything between the store and the visitors, wired.

    Arrivals -> Feed -> WaitingRoom -> HeldPolls, Streams -> visitors
    visitors -> FrontDoor -> HeldPolls, Streams
                          -> Handover -> Tornado's Application -> pages

`__main__.py` adds the queue at RabbitMQ and the process around it; the tests ring by hand. Built in
a running event loop, and used on its thread only.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry
from tornado.web import Application

from settings import Settings
from tweet_store.store import TweetStore
from web_ui import pages
from web_ui.arrivals import Arrivals
from web_ui.cards import Cards
from web_ui.client_address import ClientAddresses
from web_ui.connections import Connections
from web_ui.feed import Feed
from web_ui.front_door import Bounds, FrontDoor
from web_ui.handover import Handover
from web_ui.health import HealthHandler, MetricsHandler, ReadyHandler
from web_ui.held_polls import HeldPolls
from web_ui.leaving import Leaving
from web_ui.listeners import Listeners
from web_ui.metrics import ArrivalMetrics, DoorMetrics, UpdateMetrics
from web_ui.recent import Recent
from web_ui.site_handler import application_settings, load_templates
from web_ui.store_reader import StoreReader
from web_ui.streams import Streams
from web_ui.update_request import RequestReader
from web_ui.updates import Updates
from web_ui.updates_handlers import UpdatesHandler
from web_ui.waiting_room import WaitingRoom

READY_AT_START = 500
"""Newest events loaded before the first visitor comes, for those who come back."""
STOP_TIME = 4.2
"""Seconds from the signal until the last connection is closed; all in all there are 5."""
LAST_WORDS = 1.0
"""Seconds for requests at Tornado to come to their end when the process stops."""
DRAIN_STEP = 0.05
"""Seconds between two groups of visitors that are sent away."""
FASTEST_DRAIN = 1000
"""Visitors sent away in a second, where they are so few that it takes less than the drain time."""


class Site:
    """See the module. `broker_problem` is for `/readyz`."""

    def __init__(
        self,
        config: Settings,
        store: TweetStore,
        registry: CollectorRegistry,
        broker_problem: Callable[[], str | None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        templates = load_templates()
        cards = Cards(templates)
        self._drain_time = config.drain_time
        self._reader = StoreReader(store, cards.render)
        self.feed = Feed(config.feed_size, start=max(0, store.latest_seq() - READY_AT_START))
        self.recent = Recent(store.epoch, self.feed, config.replay_limit)
        addresses = ClientAddresses(config.trusted_proxies)
        self.connections = Connections(
            addresses,
            config.slow_timeout,
            config.max_unsent_bytes,
            lambda: door_metrics.refused.labels("max_unsent_bytes").inc(),
        )
        self.room = WaitingRoom(self.recent, self.connections)
        self.arrivals = Arrivals(
            self.recent, self.room, self._reader.arrivals_after, ArrivalMetrics(registry)
        )
        update_metrics = UpdateMetrics(registry)
        updates = Updates(self.recent, self.arrivals, self._reader, update_metrics)
        door_metrics = DoorMetrics(registry, self.connections.__len__, self.room.__len__)
        leaving = Leaving(self.connections, door_metrics)
        parts = self.recent, updates, self.room, self.connections, leaving, update_metrics
        self._handover = Handover(
            lambda request: application.start_request(self, request),
            self.connections,
            addresses,
            door_metrics,
            max_body_bytes=config.max_body_bytes,
            header_timeout=config.header_timeout,
        )
        self.door = FrontDoor(
            Bounds(*(getattr(config, key) for key in Bounds._fields)),
            RequestReader(config.max_channels),
            addresses,
            self.connections,
            HeldPolls(*parts, config.poll_wait),
            Streams(*parts),
            leaving,
            self._handover.to_tornado,
            door_metrics,
        )
        self._listeners = Listeners(self.door.let_in, door_metrics)
        unusual = {
            "answer": self.door.answer,
            "take_back": self._handover.take_back,
            "most_channels": config.max_channels,
            "update_metrics": update_metrics,
            "door_metrics": door_metrics,
        }
        ready_parts = {
            "store": self._reader,
            "store_problem": self.arrivals.problem,
            "broker_problem": broker_problem,
        }
        application = Application(
            [
                ("/updates", UpdatesHandler, {"transport": "poll", **unusual}),
                ("/updates/sse", UpdatesHandler, {"transport": "sse", **unusual}),
                ("/updates/ws", UpdatesHandler, {"transport": "ws", **unusual}),
                ("/healthz", HealthHandler),
                ("/readyz", ReadyHandler, ready_parts),
                ("/metrics", MetricsHandler, {"registry": registry}),
                *pages.routes(self._reader, cards, self.recent.now),
            ],
            **application_settings(templates),
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, listeners: Sequence[socket.socket]) -> None:
        """Fill the feed, and let visitors in through these sockets."""
        await self.arrivals.catch_up()
        self._tasks = [
            asyncio.create_task(self.arrivals.run()),
            asyncio.create_task(self.connections.keep_time()),
            asyncio.create_task(self._keep_date()),
        ]
        self._listeners.open(listeners)

    async def _keep_date(self) -> None:
        """Answers that are told again tell the time of day as it is."""
        while True:
            await asyncio.sleep(1.0)
            self.recent.forget_answers()

    async def stop(self) -> None:
        """Let nobody in, and send everybody away, spread over the drain time: so they do not all
        come to another process in the same moment. They bring their cursors along. Takes STOP_TIME
        at most."""
        end = self._loop.time() + STOP_TIME
        self._listeners.close()
        self.door.close()
        self._handover.begin_closing()
        everybody = self.connections.all()
        random.shuffle(everybody)
        drain_time = min(self._drain_time, len(everybody) / FASTEST_DRAIN)
        steps = max(1, round(drain_time / DRAIN_STEP))
        begun = self._loop.time()
        for step in range(steps):
            for connection in everybody[step::steps]:
                connection.phase.dismiss(connection)
            await asyncio.sleep(begun + (step + 1) * DRAIN_STEP - self._loop.time())
        await self._handover.close(min(LAST_WORDS, (end - self._loop.time()) / 2))
        for connection in self.connections.all():
            connection.phase.dismiss(connection)  # came back from Tornado, or from the store
        for _ in range(round((end - self._loop.time()) / DRAIN_STEP)):
            if not len(self.connections):
                break
            await asyncio.sleep(DRAIN_STEP)  # they are to read their last words
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.connections.close()
        self._reader.close()
