"""`/healthz`, `/readyz`, `/metrics`: for the operator and the operator's tools."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from tweet_store.database import StoreUnavailable
from web_ui.site_handler import SiteHandler
from web_ui.store_reader import StoreReader


class HealthHandler(SiteHandler):
    """200 as long as the event loop turns."""

    def get(self) -> None:
        """See the class."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("alive\n")


class ReadyHandler(SiteHandler):
    """200 if all parts can be reached, else 503; the body says which cannot, and why."""

    def initialize(
        self,
        store: StoreReader,
        store_problem: Callable[[], str | None],
        broker_problem: Callable[[], str | None],
    ) -> None:
        """Tornado gives these for each request."""
        self._store = store
        self._store_problem = store_problem
        self._broker_problem = broker_problem

    async def get(self) -> None:
        """See the class."""
        parts = {"store": self._store_problem() or "ok", "broker": self._broker_problem() or "ok"}
        try:
            await self._store.latest_seq()
        except StoreUnavailable as error:
            parts["store"] = str(error)
        ready = all(state == "ok" for state in parts.values())
        self.set_status(200 if ready else 503)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode({"ready": ready, **parts}))


class MetricsHandler(SiteHandler):
    """Prometheus's text format."""

    def initialize(self, registry: CollectorRegistry) -> None:
        """Tornado gives this for each request."""
        self._registry = registry

    def get(self) -> None:
        """See the class."""
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self._registry))
