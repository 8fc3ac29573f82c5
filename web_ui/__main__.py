"""`python -m web_ui [NUMBER]`: one web process, built and wired here and in `site.py`.

    RabbitMQ <-> Broker <-> Site <-> visitors

NUMBER, from 0, is for one of several: they share `http_port`, and each is also alone at
`process_port` plus its number, on loopback. Stops on SIGTERM or SIGINT within 5 s, in order: lets
no visitor in, sends the waiting away (they come back to another process with their cursor), closes
the connection to RabbitMQ and the store.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector
from tornado.netutil import bind_sockets

import settings
from settings import BadSettings, Settings
from tweet_store.database import StoreIncompatible, StoreUnavailable
from tweet_store.store import TweetStore
from web_ui.broker import Broker
from web_ui.listeners import BACKLOG
from web_ui.moderation.sessions import ModeratorToken
from web_ui.site import Site
from web_ui.visitors.secret_file import SecretUnusable, web_secrets

log = logging.getLogger("celebwire.web")

CLOSE_TIME = 0.3
"""Seconds for RabbitMQ to say goodbye, after the visitors: what they wrote last is announced."""
OTHER_FILES = 200
"""Files of a process that are no connections of visitors: store, logs, RabbitMQ."""
GC_THRESHOLD = 50_000
"""New containers after which Python looks for cycles, 700 by itself: visitors are containers that
come and go in thousands and hardly ever form cycles."""


async def serve(config: Settings, store: TweetStore, listeners: Sequence[socket.socket]) -> None:
    """Build the process, run it until a signal, and take it down."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    site = Site(config, store, registry, lambda: broker.problem())  # noqa: PLW0108  (made below)
    broker = Broker(config.broker_url, asyncio.get_running_loop(), site.tenants)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    starting = asyncio.create_task(site.start(listeners))  # a busy store may take its time
    signalled = asyncio.create_task(stopping.wait())
    await asyncio.wait([starting, signalled], return_when=asyncio.FIRST_COMPLETED)
    if not stopping.is_set():
        await starting
        broker.start()
        gc.freeze()  # what is built now stays
        gc.set_threshold(GC_THRESHOLD)
        log.info("serving on http://%s:%s/", config.http_host, config.http_port)
        await stopping.wait()

    log.info("stopping")
    starting.cancel()
    await site.stop()
    await broker.stop(CLOSE_TIME)
    store.close()


def main(arguments: Sequence[str]) -> int:
    """The exit status: 2 for bad settings or arguments, 1 if it cannot start, 0 when stopped."""
    if len(arguments) > 1 or not all(argument.isdecimal() for argument in arguments):
        sys.stderr.write("usage: python -m web_ui [NUMBER]\n")
        return 2
    try:
        config = settings.load(os.environ)
        set_up_logging(config)
        ModeratorToken.of(config, web_secrets(config.var))  # makes the secrets, or says why not
        store = TweetStore.open(config.database_url)
        listeners = listen(config, int(arguments[0]) if arguments else None)
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (StoreUnavailable, StoreIncompatible) as error:
        sys.stderr.write(f"The store cannot be opened: {error}\n")
        return 1
    except SecretUnusable as error:
        sys.stderr.write(f"The site's secrets cannot be used: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"The site cannot listen: {error}\n")
        return 1
    allow_files(config.max_connections)
    with asyncio.Runner(loop_factory=_event_loop_factory()) as runner:
        runner.run(serve(config, store, listeners))
    logging.shutdown()
    os._exit(0)  # Python would wait for a query that hangs, and for nothing else: all is closed


def listen(config: Settings, number: int | None) -> list[socket.socket]:
    """The sockets to let visitors in by. Raises OSError."""
    if number is None:
        return bind_sockets(config.http_port, config.http_host, backlog=BACKLOG)
    return [
        *bind_sockets(config.http_port, config.http_host, backlog=BACKLOG, reuse_port=True),
        *bind_sockets(config.process_port + number, "127.0.0.1", backlog=BACKLOG),
    ]


def allow_files(connections: int) -> None:
    """Let the process have as many files as its connections need, or say that it cannot."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if hard != resource.RLIM_INFINITY and wanted > hard:
        log.warning(
            "max_connections = %d needs %d open files, and this user may have %d: visitors past "
            "those are made to wait at the door (see ulimit -Hn)",
            connections,
            wanted,
            hard,
        )
        wanted = hard
    if soft != resource.RLIM_INFINITY and wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def set_up_logging(config: Settings) -> None:
    """Ours as set. pika is silenced, for broker.py says all that its many lines say, once;
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
    sys.exit(main(sys.argv[1:]))
