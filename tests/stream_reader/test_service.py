"""Stopping the reader while its store hangs. The store's threads are real."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from stream_reader import announcer, service
from stream_reader.announcer import Announcer
from stream_reader.backoff import Backoff
from stream_reader.clock import Clock, FromThread
from stream_reader.drops import Drops
from stream_reader.intake import Intake
from stream_reader.metrics import IntakeMetrics, drops_counter
from stream_reader.outflow import AnnouncerMetrics
from stream_reader.search_indexing import SearchIndexing, SearchMetrics
from stream_reader.service import ReaderService, StoreThreads
from stream_reader.worker import STOP_LIMIT
from tests.fakes.sink import until
from tests.stream_reader.announcer_fakes import HandConnector
from tests.tweet_store.posts import tweet
from tweet_store.model import Event, Post
from tweet_store.store import TweetStore


class HangingStore:
    """A store on a disk that does not answer until told to."""

    def __init__(self) -> None:
        self.answering = threading.Event()
        self.closed = False

    def save(self, posts: list[Post]) -> list[Event]:
        self.answering.wait(60)
        return []

    def close(self) -> None:
        self.closed = True


class ReaderServiceTest(TestCase):
    timeout = 30

    @pytest.fixture(autouse=True)
    def _fixtures(self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
        self.caplog = caplog
        self.monkeypatch = monkeypatch

    def setUp(self) -> None:
        self.store = HangingStore()
        self.addCleanup(self.ended)
        threads = StoreThreads(reactor, cast(TweetStore, self.store))
        registry = CollectorRegistry()
        clock = cast(Clock, reactor)
        self.intake = Intake(
            clock,
            cast(FromThread, reactor),
            lambda posts: threads.write(self.store.save, posts),
            lambda: None,
            Drops(drops_counter(registry), time.monotonic),
            IntakeMetrics(registry),
        )
        nothing: Any = None
        outbox = Announcer(
            clock, HandConnector(), nothing, nothing, Backoff(1, 8), AnnouncerMetrics(registry)
        )
        indexing = SearchIndexing(
            clock, lambda: True, nothing, nothing, Deferred, SearchMetrics(registry)
        )
        listen: Any = lambda: None  # noqa: E731
        self.service = ReaderService(clock, threads, self.intake, outbox, indexing, [], listen)
        self.service.startService()

    async def ended(self) -> None:
        """No thread of ours outlives the test."""
        self.store.answering.set()
        await until(lambda: not [t for t in threading.enumerate() if t.name.startswith("store-")])

    async def test_a_save_that_hangs_does_not_keep_it_from_stopping_and_is_told_as_a_loss(
        self,
    ) -> None:
        self.monkeypatch.setattr(service, "DRAIN_LIMIT", 0.2)
        self.intake.put([tweet("1"), tweet("2")])
        self.intake.put([tweet("3")])
        began = time.monotonic()
        await self.service.stopService()
        assert 0.2 <= time.monotonic() - began < 2
        assert self.service.lost == 3
        assert "3 posts were taken and could not be stored" in self.caplog.text
        hanging = [t for t in threading.enumerate() if t.name.startswith("store-")]
        assert hanging
        assert all(thread.daemon for thread in hanging), "they let the process end"

    async def test_a_save_that_takes_its_time_is_waited_for(self) -> None:
        self.intake.put([tweet("1")])
        threading.Timer(1.2, self.store.answering.set).start()
        await self.service.stopService()
        assert self.service.lost == 0
        assert self.store.closed

    def test_all_deadlines_of_stopping_together_stay_below_5_s(self) -> None:
        confirming = announcer.STOP_CONFIRMS + announcer.STOP_MARK + announcer.STOP_CLOSE
        storing = max(STOP_LIMIT, service.DRAIN_LIMIT)
        assert storing + confirming + service.CLOSE_LIMIT < 4.5
