"""The reader as one Twisted service: what runs, and the order in which it starts and stops.

Starts from the end to the beginning (announcer, then sources), so that nothing arrives before
there is somewhere to put it. Stops from the beginning to the end: no more from the sources, what
was taken is stored, what was stored is announced and marked; each step with a deadline, all of it
within 5 s.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from stream_reader.announcer import Announcer
from stream_reader.clock import Clock
from stream_reader.intake import Intake
from stream_reader.source import Source
from stream_reader.worker import at_most
from tweet_store.store import TweetStore

log = logging.getLogger("celebwire.reader")

T = TypeVar("T")

DRAIN_LIMIT = 0.8
"""Seconds that storing what was taken may take while stopping."""
CHECK_LIMIT = 2.0
"""Seconds that a readiness check of the store may take."""


class StoreThreads:
    """The store, off the reactor's thread: one thread writes, another reads."""

    def __init__(self, reactor: Any, store: TweetStore) -> None:
        self.store = store
        self._reactor = reactor
        self._writer = ThreadPool(1, 1, name="store-writer")
        self._reader = ThreadPool(1, 1, name="store-reader")

    def start(self) -> None:
        """Start the threads."""
        self._writer.start()
        self._reader.start()

    def stop(self) -> None:
        """Wait for what they do, which the store's own limits keep short, and close the store."""
        self._writer.stop()
        self._reader.stop()
        self.store.close()

    def write(self, method: Callable[..., T], *arguments: object) -> Deferred[T]:
        """Call a method of the store that writes."""
        return deferToThreadPool(self._reactor, self._writer, method, *arguments)

    def read(self, method: Callable[..., T], *arguments: object) -> Deferred[T]:
        """Call a method of the store that reads."""
        return deferToThreadPool(self._reactor, self._reader, method, *arguments)


class ReaderService(Service):
    """See the module. `listen` opens the port of the status site."""

    def __init__(
        self,
        clock: Clock,
        store: StoreThreads,
        intake: Intake,
        announcer: Announcer,
        sources: Sequence[Source],
        listen: Callable[[], Any],
    ) -> None:
        self._clock = clock
        self._store = store
        self._intake = intake
        self._announcer = announcer
        self._sources = sources
        self._listen = listen
        self._port: Any = None

    def startService(self) -> None:
        """Raises `CannotListenError` if the port of the status site is taken."""
        Service.startService(self)
        self._port = self._listen()
        self._store.start()
        self._announcer.start()
        for source in self._sources:
            log.info("reading from %s", source.name)
            source.start(self._intake)

    def stopService(self) -> Deferred[None]:
        """Fires when everything has ended."""
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        log.info("stopping")
        self._intake.close()
        await DeferredList([source.stop() for source in self._sources], consumeErrors=True)
        if not await at_most(self._clock, DRAIN_LIMIT, self._intake.drained()):
            log.error("stopping did not wait for the store; what it lacks is lost")
        await self._announcer.stop()
        if self._port is not None:
            await self._port.stopListening()
        self._store.stop()
        log.info("stopped")
