"""The announcer on a stage for its tests: clock, store and broker, all moved by hand.

Nothing happens by itself.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from amqp_specs import notices
from amqp_specs.notices import Notice
from stream_reader.announcer import Announcer
from stream_reader.backoff import Backoff
from stream_reader.broker import BrokerUnreachable, Listener, Publisher
from stream_reader.outflow import AnnouncerMetrics
from tweet_store.model import PostEvent


class HandStore:
    """Answers reads and marks at once, or, if `slow`, when `answer` is called."""

    def __init__(self) -> None:
        self.events: list[PostEvent] = []
        self.marked = 0
        self.slow = False
        self.broken: Exception | None = None
        self.reads: list[tuple[int, int]] = []
        self.marks: list[int] = []
        self._held: list[tuple[Deferred[object], object]] = []

    @property
    def latest(self) -> int:
        return self.events[-1].seq if self.events else 0

    def add(self, count: int, *, others: int = 0) -> None:
        """That many events, before each of them so many that are not the reader's."""
        for _ in range(count):
            seq = self.latest + others + 1
            self.events.append(PostEvent(seq, "tweet", str(1000 + seq), "nova"))

    def read(self, after: int, limit: int) -> Deferred[list[PostEvent]]:
        self.reads.append((after, limit))
        if self.broken is not None:
            return fail(self.broken)
        first = max(after, self.marked)
        found = [event for event in self.events if event.seq > first][:limit]
        return self._give(found)  # type: ignore[return-value]

    def mark(self, up_to: int) -> Deferred[None]:
        self.marks.append(up_to)
        if self.broken is not None:
            return fail(self.broken)
        assert self.marked <= up_to <= self.latest
        self.marked = up_to
        return self._give(None)  # type: ignore[return-value]

    def answer(self) -> None:
        held, self._held = self._held, []
        for deferred, value in held:
            deferred.callback(value)

    def _give(self, value: object) -> Deferred[object]:
        if not self.slow:
            return succeed(value)
        deferred: Deferred[object] = Deferred()
        self._held.append((deferred, value))
        return deferred


class HandPublisher:
    """Keeps what is published; the test confirms it."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.sent: list[Notice] = []
        self.aborts: list[str] = []
        self.closed = False

    @property
    def seqs(self) -> list[int]:
        return [notice.seq for notice in self.sent]

    def publish(self, notice: Notice) -> int:
        notices.encode(notice, 0)
        assert not self.aborts
        assert not self.closed
        self.sent.append(notice)
        return len(self.sent)

    def abort(self, reason: str) -> None:
        self.aborts.append(reason)
        self.listener.lost(reason)

    def close(self, within: float) -> Deferred[None]:
        self.closed = True
        return succeed(None)


class HandConnector:
    """Each attempt waits for `accept` or `refuse`."""

    name = "RabbitMQ at test"

    def __init__(self) -> None:
        self.attempts = 0
        self.publishers: list[HandPublisher] = []
        self._waiting: tuple[Deferred[Publisher], Listener] | None = None

    @property
    def trying(self) -> bool:
        return self._waiting is not None

    def connect(self, listener: Listener) -> Deferred[Publisher]:
        assert self._waiting is None, "two attempts at once"
        self.attempts += 1
        deferred: Deferred[Publisher] = Deferred(lambda _: self._forget())
        self._waiting = deferred, listener
        return deferred

    def accept(self) -> HandPublisher:
        assert self._waiting is not None
        deferred, listener = self._waiting
        self._waiting = None
        publisher = HandPublisher(listener)
        self.publishers.append(publisher)
        deferred.callback(publisher)
        return publisher

    def refuse(self, error: Exception) -> None:
        assert self._waiting is not None
        deferred, _ = self._waiting
        self._waiting = None
        deferred.errback(error)

    def _forget(self) -> None:
        self._waiting = None


TIMEOUT = 10.0
DOWN = BrokerUnreachable("cannot be reached: connection refused")


class Stage:
    """An announcer and all that it touches."""

    def __init__(self, *, window: int = 1000) -> None:
        self.clock = Clock()
        self.store = HandStore()
        self.connector = HandConnector()
        self.registry = CollectorRegistry()
        self.announcer = Announcer(
            self.clock,
            self.connector,
            self.store.read,
            self.store.mark,
            Backoff(1, 8, jitter=0),
            AnnouncerMetrics(self.registry),
            window=window,
            confirm_timeout=TIMEOUT,
        )

    def connected(self) -> HandPublisher:
        self.announcer.start()
        return self.connector.accept()

    def count(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"celebwire_{name}")
