"""The reader as one Twisted service: what runs, and the order in which it starts and stops.

Starts from the end to the beginning (announcer, then sources), so that nothing arrives before
there is somewhere to put it. Stops from the beginning to the end: no more from the sources, what
was taken is stored, what was stored is announced and marked; each step with a deadline, all of it
within 5 s. The longest is that of storing, the only step whose loss is final.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import CannotListenError
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from stream_reader.announcer import Announcer
from stream_reader.clock import Clock
from stream_reader.intake import Intake
from stream_reader.search_indexing import SearchIndexing
from stream_reader.source import Source
from stream_reader.worker import at_most, run_in_thread
from tweet_store.store import TweetStore

log = logging.getLogger("celebwire.reader")

T = TypeVar("T")

DRAIN_LIMIT = 2.3
"""Seconds that storing what was taken may take while stopping: longer than the store waits for
another process's write. The sources end in the same time.
"""
CLOSE_LIMIT = 0.3
"""Seconds that the store's threads have to end and close it in."""


class DaemonThread(threading.Thread):
    """Does not keep the process from ending."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named, daemon=True)


class StorePool(ThreadPool):
    """One thread, which may hang in a dead disk for ever without keeping the process alive."""

    threadFactory = DaemonThread  # noqa: N815  (Twisted's name)

    def __init__(self, name: str) -> None:
        super().__init__(1, 1, name)


class StoreThreads:
    """The store, off the reactor's thread: one thread writes, another reads."""

    def __init__(self, reactor: Any, store: TweetStore) -> None:
        self.store = store
        self._reactor = reactor
        self._writer = StorePool("store-writer")
        self._reader = StorePool("store-reader")

    def start(self) -> None:
        """Start the threads."""
        self._writer.start()
        self._reader.start()

    def stop(self) -> Deferred[None]:
        """Fires when what they do is done and the store is closed: never, if a call hangs."""
        return run_in_thread(self._reactor, "store-end", self._end)

    def _end(self) -> None:
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
        indexing: SearchIndexing,
        sources: Sequence[Source],
        listen: Callable[[], Any],
    ) -> None:
        self._clock = clock
        self._store = store
        self._intake = intake
        self._announcer = announcer
        self._indexing = indexing
        self._sources = sources
        self._listen = listen
        self._port: Any = None
        self.lost = 0
        """How many posts that sources had handed over were not stored when all had ended."""

    def startService(self) -> None:
        """Raises SystemExit, with the line to show, if the port of the status site is taken."""
        Service.startService(self)
        try:
            self._port = self._listen()
        except CannotListenError as error:
            raise SystemExit(f"The reader cannot listen on reader_http_port: {error}") from None
        self._store.start()
        self._announcer.start()
        self._indexing.start()
        for source in self._sources:
            log.info("reading from %s", source.name)
            source.start(self._intake)

    def stopService(self) -> Deferred[None]:
        """Fires when everything has ended; `lost` is known then."""
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        log.info("stopping")
        self._intake.close()
        self._indexing.stop()
        until = self._clock.seconds() + DRAIN_LIMIT
        # The intake is closed: it drains while the sources end.
        drained = at_most(self._clock, DRAIN_LIMIT, self._intake.drained())
        await DeferredList([source.stop() for source in self._sources], consumeErrors=True)
        await drained
        await self._announcer.stop(max(0.0, until - self._clock.seconds()))
        if self._port is not None:
            await self._port.stopListening()
        if not await at_most(self._clock, CLOSE_LIMIT, self._store.stop()):
            log.warning("stopping did not wait any longer for the store")
        self.lost = self._intake.unsaved
        if self.lost:
            log.error("%d posts were taken and could not be stored; they are lost", self.lost)
        log.info("stopped")
