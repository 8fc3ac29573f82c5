"""The site of one web process: everything between the store and the visitors, wired.

    TweetQueue -> Arrivals -> Feed -> WaitingRoom -> HeldPolls, Streams -> visitors
    visitors -> FrontDoor -> HeldPolls, Streams
                          -> Handover -> Tornado's Application -> pages

`__main__.py` adds the connection to RabbitMQ and the process around it; most tests ring by hand.
Built in a running event loop, and used on its thread only.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import ssl
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry
from tornado.routing import URLSpec
from tornado.web import Application

from amqp_specs import notices, topology
from settings import Settings
from tweet_store.model import StoredEvent
from tweet_store.store import TweetStore
from web_ui import pages
from web_ui.addresses import picture_address
from web_ui.announcements import Announcements
from web_ui.api.routes import routes as api_routes
from web_ui.arrivals import Arrivals
from web_ui.cards import Cards
from web_ui.client_address import ClientAddresses
from web_ui.connections import Connections
from web_ui.discussion.comment_cards import CommentCards
from web_ui.discussion.routes import routes as discussion_routes
from web_ui.feed import Feed
from web_ui.feeds.routes import robots_routes
from web_ui.feeds.routes import routes as feed_routes
from web_ui.front_door import Bounds, FrontDoor
from web_ui.handlers.application import application_settings, load_templates
from web_ui.handover import Handover
from web_ui.health import HealthHandler, MetricsHandler, ReadyHandler
from web_ui.held_polls import HeldPolls
from web_ui.here import Here
from web_ui.leaving import Leaving
from web_ui.listeners import Listeners
from web_ui.media.addresses import MediaAddresses
from web_ui.media.fetch import MediaFetch
from web_ui.media.proxy import MediaMetrics, MediaProxy
from web_ui.media.proxy import routes as media_routes
from web_ui.media.public_addresses import PublicResolver
from web_ui.metrics import (
    AnnouncementMetrics,
    ArrivalMetrics,
    DoorMetrics,
    QueueMetrics,
    UpdateMetrics,
)
from web_ui.moderation.routes import routes as moderation_routes
from web_ui.moderation.sessions import ModeratorToken
from web_ui.parts import parts_of
from web_ui.presence import Presence
from web_ui.recent import Recent
from web_ui.store_reader import StoreReader
from web_ui.streams import Streams
from web_ui.tweet_queue import TweetQueue
from web_ui.update_request import RequestReader
from web_ui.updates import Updates
from web_ui.updates_handlers import UpdatesHandler
from web_ui.visitors.routes import routes as visitor_routes
from web_ui.visitors.secret_file import web_secrets
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
        secrets = web_secrets(config.var)
        templates = load_templates()
        media = MediaAddresses(secrets.media_key) if config.media_proxy else None
        cards = Cards(templates, media.picture if media else picture_address)
        self._drain_time = config.drain_time
        comment_cards = CommentCards(templates)

        def render(stored: StoredEvent) -> str:
            if stored.comment is not None:
                return comment_cards.render(stored.comment)
            return cards.render(stored.tweet) if stored.tweet is not None else ""

        self._reader = StoreReader(store, render)
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
            self.recent,
            self.room,
            self._reader.arrivals_after,
            self._reader.latest_seq,
            ArrivalMetrics(registry),
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
        self.presence = Presence(os.urandom(8).hex(), self._loop.time, self.room.count)
        page_parts = parts_of(
            config,
            store,
            self._reader,
            cards,
            self.recent.now,
            ring=self.ring,
            here=self.presence.count,
            registry=registry,
            secrets=secrets,
            addresses=addresses,
            reads_refused=lambda: door_metrics.refused.labels("max_reads_per_minute").inc(),
            clock=self._loop.time,
        )
        discussion, self._writer = page_parts.discussion, page_parts.writer
        self.announcements = Announcements(
            topology.COMMENT_IDS,
            lambda limit: self._reader.ask(lambda: discussion.unannounced_discussion(limit)),
            lambda seqs: self._writer.write(lambda: discussion.announced_discussion(seqs)),
            AnnouncementMetrics(registry),
        )
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
            "broker_problem": lambda: broker_problem() or self.announcements.problem(),
        }
        self.here = Here(topology.HERE, self.room, self.presence, self._loop.time)
        queue = TweetQueue(
            {topology.TWEET_IDS: notices.POSTS, topology.COMMENT_IDS: notices.COMMENTS},
            self.arrivals.ring,
            lambda notice: self.arrivals.post_notify(notice.id),
            {topology.HERE: self.here.heard},
            QueueMetrics(registry),
        )
        self.tenants = queue, self.announcements.outlet, self.here.outlet
        """What lives on the connection to RabbitMQ."""
        self._proxy: MediaProxy | None = None
        proxied: list[URLSpec] = []
        if media is not None:
            fetch = MediaFetch(PublicResolver(), ssl.create_default_context())
            self._proxy = MediaProxy(fetch, MediaMetrics(registry), self._loop.time)
            proxied = media_routes(media, self._proxy)
        application = Application(
            [
                ("/updates", UpdatesHandler, {"transport": "poll", **unusual}),
                ("/updates/sse", UpdatesHandler, {"transport": "sse", **unusual}),
                ("/updates/ws", UpdatesHandler, {"transport": "ws", **unusual}),
                ("/healthz", HealthHandler),
                ("/readyz", ReadyHandler, ready_parts),
                ("/metrics", MetricsHandler, {"registry": registry}),
                *visitor_routes(page_parts),
                *discussion_routes(page_parts),
                *moderation_routes(page_parts),
                *feed_routes(page_parts),
                *api_routes(page_parts),
                *proxied,
                *pages.routes(page_parts),
            ],
            **application_settings(
                templates,
                secrets,
                config.public_url,
                moderator=ModeratorToken.of(config, secrets),
                media=media,
            ),
        )
        application.add_handlers(".*", robots_routes(page_parts))
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, listeners: Sequence[socket.socket]) -> None:
        """Fill the feed, and let visitors in through these sockets."""
        await self.arrivals.catch_up()
        self._tasks = [
            asyncio.create_task(self.arrivals.run()),
            asyncio.create_task(self.announcements.run()),
            asyncio.create_task(self.here.run()),
            asyncio.create_task(self.connections.keep_time()),
            asyncio.create_task(self._keep_date()),
        ]
        self._listeners.open(listeners)

    def ring(self) -> None:
        """Something was written here: deliver it, and tell the other processes."""
        self.arrivals.ring()
        self.announcements.wake()

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
        if self._proxy is not None:
            await self._proxy.close()
        self.connections.close()
        self._writer.close()
        self._reader.close()
