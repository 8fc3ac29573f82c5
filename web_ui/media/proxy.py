"""Pictures of other hosts, served by the site, so that no other host learns who looks at it.

    GET /media/<signature>/<address> -> MediaProxy -> MediaFetch -> the picture's host

For `media_proxy = true`. Many visitors are shown the same new picture in the same moment: it is
fetched once for all of them, and kept for KEPT_FOR in at most CACHE_BYTES. FETCHES run at once,
MOST_WAITING wait for their turn, others are told to come back. What could not be had is not asked
for again for FAILURE_KEPT_FOR. Event loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter
from tornado.routing import URLSpec
from tornado.web import HTTPError

from web_ui.answers import RETRY_AFTER
from web_ui.handlers.site import SiteHandler
from web_ui.media.addresses import MediaAddresses
from web_ui.media.fetch import MediaFetch, NoPicture, Picture

log = logging.getLogger("celebwire.web.media")

FETCHES = 20
"""With MOST_BYTES each: 160 MB, and two copies more of the one that has just come, for a moment."""
MOST_WAITING = 200
LONGEST_LINE = 5.0
"""Seconds that a picture waits for its turn to be fetched."""
CACHE_BYTES = 64 * 1024**2
MOST_CACHED = 10_000
"""Pictures and failures kept in all, however small they are."""
KEPT_FOR = 600.0
"""Seconds. Pictures of deleted posts must not stay here."""
FAILURE_KEPT_FOR = 30.0
"""Seconds in which a host that gave no picture is not asked for it again."""
MAX_AGE = 86_400
"""Seconds for which a browser keeps a picture. Its address changes where the picture does."""


class MediaMetrics:
    """Of pictures of other hosts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.fetched = Counter(
            "celebwire_media_fetches",
            "Pictures asked of other hosts, by what came of it; `busy`: sent away unasked.",
            ["outcome"],
            registry=registry,
        )


class _Kept(NamedTuple):
    outcome: Picture | NoPicture
    until: float


class MediaProxy:
    """See the module. `clock` is the loop's."""

    def __init__(
        self, fetch: MediaFetch, metrics: MediaMetrics, clock: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._metrics = metrics
        self._clock = clock
        self._turns = asyncio.Semaphore(FETCHES)
        self._waiting = 0
        self._flights: dict[str, asyncio.Task[Picture | NoPicture]] = {}
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0

    async def picture(self, address: str) -> Picture | NoPicture:
        """The picture, kept or fetched. A visitor who leaves takes it from nobody else."""
        kept = self._kept.get(address)
        if kept is not None and kept.until > self._clock():
            self._kept.move_to_end(address)
            return kept.outcome
        flight = self._flights.get(address)
        if flight is None:
            flight = asyncio.create_task(self._fly(address))
            self._flights[address] = flight
            flight.add_done_callback(lambda _: self._flights.pop(address))
        return await asyncio.shield(flight)

    async def close(self) -> None:
        """Give up what is being fetched."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _fly(self, address: str) -> Picture | NoPicture:
        outcome = await self._in_turn(address)
        reason = outcome.reason if isinstance(outcome, NoPicture) else "fetched"
        self._metrics.fetched.labels(reason).inc()
        if reason != "busy":
            self._keep(address, outcome)
        if isinstance(outcome, NoPicture):
            log.debug("no picture (%s): %s", outcome.reason, address)
        return outcome

    async def _in_turn(self, address: str) -> Picture | NoPicture:
        if self._turns.locked() and self._waiting >= MOST_WAITING:
            return NoPicture("busy")
        self._waiting += 1
        try:
            async with asyncio.timeout(LONGEST_LINE):
                await self._turns.acquire()
        except TimeoutError:
            return NoPicture("busy")
        finally:
            self._waiting -= 1
        try:
            return await self._fetch.picture(address)
        finally:
            self._turns.release()

    def _keep(self, address: str, outcome: Picture | NoPicture) -> None:
        failed = isinstance(outcome, NoPicture)
        until = self._clock() + (FAILURE_KEPT_FOR if failed else KEPT_FOR)
        self._forget(address)
        self._kept[address] = _Kept(outcome, until)
        self._bytes += _size(outcome)
        while self._bytes > CACHE_BYTES or len(self._kept) > MOST_CACHED:
            self._forget(next(iter(self._kept)))

    def _forget(self, address: str) -> None:
        kept = self._kept.pop(address, None)
        if kept is not None:
            self._bytes -= _size(kept.outcome)


class MediaHandler(SiteHandler):
    """`/media/<signature>/<address>`."""

    def initialize(self, addresses: MediaAddresses, proxy: MediaProxy) -> None:
        """Tornado hands over here what `routes` was given."""
        self._addresses = addresses
        self._proxy = proxy
        self._etag: str | None = None

    async def get(self, signature: str, encoded: str) -> None:
        """The picture; 404 where there is none to be had, 503 where too many are asked for."""
        address = self._addresses.original(signature, encoded)
        if address is None:
            raise HTTPError(404)
        found = await self._proxy.picture(address)
        if isinstance(found, NoPicture):
            busy = found.reason == "busy"
            self.set_status(503 if busy else 404)
            self.set_header("Cache-Control", "no-store")
            if busy:
                self.set_header("Retry-After", str(RETRY_AFTER))
            self.finish({"error": "no picture", "reason": found.reason})
            return
        self._etag = found.etag
        self.set_header("Content-Type", found.type)
        self.set_header("Cache-Control", f"public, max-age={MAX_AGE}, immutable")
        self.finish(found.body)

    head = get

    def compute_etag(self) -> str | None:
        """The one of the picture's host, where it gave one."""
        return self._etag or super().compute_etag()


def routes(addresses: MediaAddresses, proxy: MediaProxy) -> list[URLSpec]:
    """Before those that take any word for a celeb."""
    given = {"addresses": addresses, "proxy": proxy}
    return [URLSpec(r"/media/([A-Za-z0-9_-]{1,64})/([A-Za-z0-9_-]{1,4000})", MediaHandler, given)]


def _size(outcome: Picture | NoPicture) -> int:
    return len(outcome.body) if isinstance(outcome, Picture) else 0
