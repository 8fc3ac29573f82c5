"""What the tests of the source `x` share: the source, and a server that speaks X's API.

Time is a `Clock`, so that X's waits of seconds and minutes take none; only threads and sockets are
the real reactor's.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from stream_reader.clock import DelayedCall, FromThread
from stream_reader.x_stream import State, XMetrics, XSource
from tests.fakes.sink import FakeSink, RecordingDrops, until
from tests.fakes.x_answers import (
    Answer,
)
from tests.fakes.x_api import XApi, line_of

UNIX_TIME = 1_785_000_000.0
DAY = 86_400.0


class XSourceCase(TestCase):
    @pytest.fixture(autouse=True)
    def _fixtures(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        self.caplog = caplog

    def setUp(self) -> None:
        self.api = XApi(reactor, token="s3cret-token")
        self.api.listen()
        self.addCleanup(self.api.close)
        self.drops = RecordingDrops()
        self.sink = FakeSink()
        self.clock = Clock()
        self.registry = CollectorRegistry()
        self.metrics = XMetrics(self.registry)

    def source(self, **changes: Any) -> XSource:
        options: dict[str, Any] = {
            "token": "s3cret-token",
            "base": self.api.base,
            "follow": ["Ada", "bob"],
            "drops": self.drops,
            "metrics": self.metrics,
            "clock": self.clock,
            "threads": cast(FromThread, reactor),
            "random": lambda: 0.0,
            "unix_time": lambda: UNIX_TIME,
        }
        source = XSource(**{**options, **changes})
        self.addCleanup(self.stop, source)
        return source

    def start(self, *script: Answer, **changes: Any) -> XSource:
        self.api.script += script
        source = self.source(**changes)
        source.start(self.sink)
        return source

    async def stop(self, source: XSource) -> None:
        """Must end within a second of real time, without the deadline's help."""
        began = time.monotonic()
        await source.stop()
        assert time.monotonic() - began < 1
        await until(lambda: "x" not in [thread.name for thread in threading.enumerate()])

    async def streams(self, source: XSource) -> None:
        await until(lambda: source.state is State.STREAMING and self.api.streams)

    async def waits(self, source: XSource) -> float:
        """Until an attempt has failed; the seconds to the next."""
        await until(lambda: source.state is State.WAITING)
        [call] = self.clock.getDelayedCalls()
        return cast(DelayedCall, call).getTime() - self.clock.seconds()

    async def good_again(self, source: XSource) -> None:
        """The next attempt brings a stream, and a post comes through."""
        self.clock.advance(await self.waits(source))
        await self.streams(source)
        self.api.send(line_of("ada", 77, "after the trouble"))
        await until(lambda: "77" in self.sink.ids)
        assert source.problem() is None

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)
