"""`GET /updates/sse`: the same answers as Server-Sent Events, one after another.

    id: 5f3a9c01.812
    data: {"cursor": "5f3a9c01.812", "verdict": "live", "events": [...]}

`id` is the cursor, so a browser that reconnects resumes by itself (`Last-Event-ID` goes before the
`cursor` of the address). The first message comes at once and tells the cursor, with events or
without; a comment every 15 s keeps proxies from closing a quiet stream. After a `reset` the stream
ends. A visitor who does not read is waited for SLOW seconds and then let go: at most one answer is
ever kept for anybody, and who comes back brings the cursor along.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.iostream import StreamClosedError

from tweet_store.database import StoreUnavailable
from web_ui.metrics import UpdateMetrics
from web_ui.site_handler import SiteHandler
from web_ui.updates import Updates
from web_ui.updates_query import UpdatesQuery

QUIET = 15.0
"""Seconds without news after which a comment is sent."""
SLOW = 30.0
"""Seconds that a visitor has to read one answer."""


class SseHandler(SiteHandler):
    """See the module."""

    def initialize(self, updates: Updates, metrics: UpdateMetrics) -> None:
        """Tornado gives these for each request."""
        self._updates = updates
        self._metrics = metrics
        self._stream: asyncio.Task[None] | None = None

    async def get(self) -> None:
        """Send answers until somebody leaves."""
        self.set_header("Cache-Control", "no-store")
        try:
            query = UpdatesQuery.read(self._values_of)
        except ValueError as error:
            self._metrics.rejected.inc()
            self.set_status(400)
            self.finish({"error": str(error)})
            return
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # nginx: pass it on at once
        self._stream = asyncio.ensure_future(self._send_answers(query))
        try:
            await self._stream
        except (asyncio.CancelledError, StreamClosedError, StoreUnavailable):
            return  # the browser comes back by itself
        except TimeoutError:
            self._metrics.slow.inc()
            if self.request.connection is not None:
                self.request.connection.stream.close()  # type: ignore[attr-defined]

    async def _send_answers(self, query: UpdatesQuery) -> None:
        cursor, wait = query.cursor, 0.0
        while True:
            answer = await self._updates.after(cursor, query.channels, wait)
            if answer.entries or answer.cursor != cursor or wait == 0.0:
                body = answer.json(html=query.html)
                self._metrics.count(answer.verdict, len(answer.entries))
                await self._send(b"id: %b\ndata: %b\n\n" % (str(answer.cursor).encode(), body))
            else:
                await self._send(b":\n\n")
            if answer.verdict == "reset" or self._updates.closing:
                return
            cursor, wait = answer.cursor, QUIET

    async def _send(self, message: bytes) -> None:
        self.write(message)
        async with asyncio.timeout(SLOW):
            await self.flush()

    def _values_of(self, name: str) -> list[str]:
        last = self.request.headers.get("Last-Event-ID")
        return [last] if name == "cursor" and last else self.get_query_arguments(name)

    def on_connection_close(self) -> None:
        """The visitor went away."""
        if self._stream is not None:
            self._stream.cancel()

    def compute_etag(self) -> Any:
        """None: a stream has no end to take it of."""
        return None
