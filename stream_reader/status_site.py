"""The reader's own `/healthz`, `/readyz` and `/metrics`, on twisted.web. Reactor's thread.

`/readyz` is 200 if the store and the broker can be reached, else 503; the body says which cannot,
and what each source is doing, which does not count: a source may well be down for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

Problem = Callable[[], str | None]
"""None while all is well, else one line."""


def status_site(
    registry: CollectorRegistry,
    check_store: Callable[[], Deferred[str | None]],
    broker_problem: Problem,
    source_problems: Mapping[str, Problem],
) -> Site:
    """The site. `check_store` is `StoreCheck.ask`."""
    root = Resource()
    pages = {
        b"healthz": Page(b"text/plain; charset=utf-8", lambda: b"alive\n"),
        b"metrics": Page(CONTENT_TYPE_LATEST.encode(), lambda: generate_latest(registry)),
        b"readyz": Ready(check_store, broker_problem, source_problems),
    }
    for name, page in pages.items():
        root.putChild(name, page)  # type: ignore[arg-type]  # a zope interface
    return Site(root)


class Page(Resource):
    """A body made anew for each request."""

    isLeaf = True

    def __init__(self, content_type: bytes, body: Callable[[], bytes]) -> None:
        Resource.__init__(self)
        self._content_type = content_type
        self._body = body

    def render_GET(self, request: Request) -> bytes:
        """twisted.web calls this."""
        request.setHeader(b"content-type", self._content_type)
        return self._body()


class Ready(Resource):
    """See the module."""

    isLeaf = True

    def __init__(
        self,
        check_store: Callable[[], Deferred[str | None]],
        broker_problem: Problem,
        source_problems: Mapping[str, Problem],
    ) -> None:
        Resource.__init__(self)
        self._check_store = check_store
        self._broker_problem = broker_problem
        self._source_problems = source_problems

    def render_GET(self, request: Request) -> int:
        """twisted.web calls this."""
        gone: list[Failure] = []
        request.notifyFinish().addErrback(gone.append)

        def answer(store_problem: str | None) -> None:
            if not gone:
                self._answer(request, store_problem or "ok")

        self._check_store().addCallback(answer)
        return NOT_DONE_YET

    def _answer(self, request: Request, store: str) -> None:
        broker = self._broker_problem() or "ok"
        ready = store == broker == "ok"
        sources = {name: problem() or "ok" for name, problem in self._source_problems.items()}
        body = {"ready": ready, "store": store, "broker": broker, "sources": sources}
        request.setResponseCode(200 if ready else 503)
        request.setHeader(b"content-type", b"application/json")
        request.write(msgspec.json.encode(body))
        request.finish()
