"""What operators and their tools ask, over real HTTP, on a real store."""

from __future__ import annotations

import logging
import tempfile

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from tweet_store.store import TweetStore
from web_ui.health import HealthHandler, MetricsHandler, ReadyHandler
from web_ui.metrics import QueueMetrics
from web_ui.store_reader import StoreReader


class HealthTest(AsyncHTTPTestCase):
    @pytest.fixture(autouse=True)
    def _log(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self.caplog = caplog

    def get_app(self) -> Application:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.store = TweetStore.open(f"sqlite:///{folder.name}/store.db")
        self.addCleanup(self.store.close)
        reader = StoreReader(self.store, lambda _: "")
        self.addCleanup(reader.close)
        self.problem: str | None = None
        registry = CollectorRegistry()
        QueueMetrics(registry)
        parts = {
            "store": reader,
            "store_problem": lambda: None,
            "broker_problem": lambda: self.problem,
        }
        return Application(
            [
                ("/healthz", HealthHandler),
                ("/readyz", ReadyHandler, parts),
                ("/metrics", MetricsHandler, {"registry": registry}),
            ]
        )

    def ready(self) -> tuple[int, dict[str, object]]:
        found = self.fetch("/readyz")
        return found.code, msgspec.json.decode(found.body)

    def said(self) -> list[tuple[str, str]]:
        """The site's log lines and Tornado's of failed requests, once."""
        found = [
            (record.levelname, record.getMessage())
            for record in self.caplog.records
            if record.name == "celebwire.web"
            or (record.name == "tornado.access" and record.levelno > logging.INFO)
        ]
        self.caplog.clear()
        return found

    def test_all_parts_can_be_reached(self) -> None:
        assert self.ready() == (200, {"ready": True, "store": "ok", "broker": "ok"})
        assert self.said() == []

    def test_not_ready_is_no_error_and_a_change_of_it_is_told_once(self) -> None:
        self.problem = "RabbitMQ at 127.0.0.1:1 cannot be used: Connection refused"
        for _ in range(3):
            code, parts = self.ready()
            assert (code, parts["broker"], parts["store"]) == (503, self.problem, "ok")
        assert self.said() == [("WARNING", f"not ready: broker: {self.problem}")]
        self.problem = None
        for _ in range(3):
            assert self.ready()[0] == 200
        assert self.said() == [("INFO", "ready")]

    def test_a_store_that_cannot_be_read_is_named(self) -> None:
        with self.store._writer.begin() as connection:
            connection.exec_driver_sql("DROP TABLE events")
        code, parts = self.ready()
        assert (code, parts["broker"]) == (503, "ok")
        assert "events" in str(parts["store"])
        [(level, line)] = self.said()
        assert (level, line) == ("WARNING", f"not ready: store: {parts['store']}")

    def test_head_answers_as_get_does_without_the_body(self) -> None:
        for self.problem in (None, "away"):
            for path in ("/healthz", "/readyz", "/metrics"):
                asked, told = self.fetch(path), self.fetch(path, method="HEAD")
                assert (asked.code, b"") == (told.code, told.body)
                assert asked.body
                for name in ("Content-Type", "Content-Length"):
                    assert asked.headers[name] == told.headers[name]
