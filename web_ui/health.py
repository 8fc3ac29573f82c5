"""`/healthz`, `/readyz`, `/metrics`: for the operator and the operator's tools."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from tweet_store.database import StoreUnavailable
from web_ui.handlers.site import SiteHandler
from web_ui.store_reader import StoreReader

log = logging.getLogger("celebwire.web")


class HealthHandler(SiteHandler):
    """200 as long as the event loop turns."""

    def get(self) -> None:
        """See the class."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("alive\n")

    head = get


class ReadyHandler(SiteHandler):
    """200 if all parts can be reached, else 503; the body says which cannot, and why.

    The log has a line when the answer changes: who asks may do so every second.
    """

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
        self._tell(ready, parts)
        self.set_status(200 if ready else 503)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode({"ready": ready, **parts}))

    head = get

    def _tell(self, ready: bool, parts: dict[str, str]) -> None:
        # The application's settings outlive the request, and are this site's alone.
        if self.settings.get("ready", True) == ready:
            return
        self.settings["ready"] = ready
        if ready:
            log.info("ready")
        else:
            problems = [f"{name}: {state}" for name, state in parts.items() if state != "ok"]
            log.warning("not ready: %s", "; ".join(problems))

    def _log(self) -> None:
        """Tornado logs each 503 as an error; this one is an answer like any other."""
        if self.get_status() != 503:
            super()._log()


class MetricsHandler(SiteHandler):
    """Prometheus's text format."""

    def initialize(self, registry: CollectorRegistry) -> None:
        """Tornado gives this for each request."""
        self._registry = registry

    def get(self) -> None:
        """See the class."""
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self._registry))

    head = get
