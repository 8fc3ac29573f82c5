"""`python -m web_ui`: one web process, built and wired here and nowhere else.

    RabbitMQ -> TweetQueue -> Arrivals -> (StoreReader) -> Feed -> WaitingRoom -> visitors

Stops on SIGTERM or SIGINT within 5 s, in order: takes no connection more, sends the waiting
away (they come back to another process with their cursor), closes the queue and the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable

from prometheus_client import CollectorRegistry, ProcessCollector
from tornado.httpserver import HTTPServer
from tornado.web import Application

import settings
from amqp_specs import topology
from settings import BadSettings, Settings
from tweet_store.database import StoreIncompatible, StoreUnavailable
from tweet_store.store import TweetStore
from web_ui import pages
from web_ui.arrivals import Arrivals
from web_ui.cards import Cards
from web_ui.feed import Feed
from web_ui.health import HealthHandler, MetricsHandler, ReadyHandler
from web_ui.long_poll import LongPollHandler
from web_ui.metrics import ArrivalMetrics, QueueMetrics, UpdateMetrics
from web_ui.site_handler import application_settings, load_templates
from web_ui.sse import SseHandler
from web_ui.store_reader import StoreReader
from web_ui.tweet_queue import TweetQueue
from web_ui.updates import Updates
from web_ui.waiting_room import WaitingRoom
from web_ui.web_socket import UpdatesSocket

log = logging.getLogger("celebwire.web")

LARGEST_BODY = 64 * 1024
"""Bytes of a request's body; nothing here takes one yet."""
BODY_TIMEOUT, IDLE_TIMEOUT = 10.0, 75.0
"""Seconds for a body to come, and for the next request on a connection to begin."""
READY_AT_START = 500
"""Newest events loaded before the first visitor comes, for those who come back."""


async def serve(config: Settings, store: TweetStore) -> None:
    """Build the process, run it until a signal, and take it down."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    templates = load_templates()
    cards = Cards(templates)
    reader = StoreReader(store, cards.render)
    newest = await reader.latest_seq()
    feed = Feed(config.feed_size, start=max(0, newest - READY_AT_START))
    room = WaitingRoom()
    arrivals = Arrivals(feed, room, reader.entries_after, ArrivalMetrics(registry))
    await arrivals.catch_up()
    updates = Updates(store.epoch, feed, room, arrivals, reader, config.replay_limit)
    update_parts = {
        "updates": updates,
        "metrics": UpdateMetrics(registry, room.__len__),
    }
    queue = TweetQueue(
        config.broker_url,
        topology.TWEET_IDS,
        lambda notice: arrivals.post_notify(notice.id),
        QueueMetrics(registry),
        asyncio.get_running_loop(),
    )
    ready_parts = {
        "store": reader,
        "store_problem": arrivals.problem,
        "broker_problem": queue.problem,
    }
    application = Application(
        [
            ("/updates", LongPollHandler, {**update_parts, "longest_wait": config.poll_wait}),
            ("/updates/sse", SseHandler, update_parts),
            ("/updates/ws", UpdatesSocket, update_parts),
            ("/healthz", HealthHandler),
            ("/readyz", ReadyHandler, ready_parts),
            ("/metrics", MetricsHandler, {"registry": registry}),
            *pages.routes(reader, cards, updates.now),
        ],
        **application_settings(templates),
    )
    server = HTTPServer(
        application,
        max_body_size=LARGEST_BODY,
        body_timeout=BODY_TIMEOUT,
        idle_connection_timeout=IDLE_TIMEOUT,
    )
    try:
        server.listen(config.http_port, config.http_host)
    except OSError as error:
        raise SystemExit(f"The site cannot listen on port {config.http_port}: {error}") from None
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    queue.start()
    bell = asyncio.create_task(arrivals.run())
    log.info("serving on http://%s:%s/", config.http_host, config.http_port)
    await stopping.wait()

    log.info("stopping")
    server.stop()
    room.close()
    await queue.stop(1.0)
    for _ in range(20):  # answers on their way out
        await asyncio.sleep(0.02)
        if not room:
            break
    bell.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2.0):
            await server.close_all_connections()
    reader.close()
    store.close()


def main() -> int:
    """The exit status: 2 for bad settings, 1 if it cannot start, 0 when it was stopped."""
    try:
        config = settings.load(os.environ)
        set_up_logging(config)
        store = TweetStore.open(config.database_url)
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (StoreUnavailable, StoreIncompatible) as error:
        sys.stderr.write(f"The store cannot be opened: {error}\n")
        return 1
    with asyncio.Runner(loop_factory=_event_loop_factory()) as runner:
        runner.run(serve(config, store))
    logging.shutdown()
    os._exit(0)  # Python would wait for a query that hangs, and for nothing else: all is closed


def set_up_logging(config: Settings) -> None:
    """Ours as set. pika is silenced, for tweet_queue.py says all that its many lines say, once;
    of Tornado's requests only those that failed are logged, for polls are many."""
    logging.basicConfig(level=config.log_level.upper(), format=settings.LOG_FORMAT)
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("tornado.access").setLevel(logging.ERROR)


def _event_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's loop where it installs, which is everywhere but on exotic machines."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415
    except ImportError:
        return asyncio.new_event_loop
    return new_event_loop


if __name__ == "__main__":
    sys.exit(main())
