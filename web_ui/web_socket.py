"""`GET /updates/ws`: the same answers over a WebSocket, a text message each.

The first message comes at once and tells the cursor, with events or without. What a visitor sends
is passed over. The closing code says why: 1001, this process is stopping (come back, to another);
4000 `reset`, after the message that says so; 4001 `slow`, an answer was not read within 30 s. At
most one answer is ever kept for anybody, and who comes back brings the cursor along.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from tweet_store.database import StoreUnavailable
from web_ui.metrics import UpdateMetrics
from web_ui.site_handler import SiteHandler
from web_ui.sse import QUIET, SLOW
from web_ui.updates import Updates
from web_ui.updates_query import UpdatesQuery

log = logging.getLogger("celebwire.web.socket")

LARGEST_MESSAGE = 1024
"""Bytes of a message from a visitor; past it the connection is closed."""
GOING_AWAY, INTERNAL_ERROR, TRY_AGAIN, RESET, TOO_SLOW = 1001, 1011, 1013, 4000, 4001
"""Closing codes: RFC 6455's, and two of our own."""


class UpdatesSocket(SiteHandler, WebSocketHandler):
    """See the module. Tornado refuses a page of another origin with 403."""

    def initialize(self, updates: Updates, metrics: UpdateMetrics) -> None:
        """Tornado gives these for each request."""
        self._updates = updates
        self._metrics = metrics
        self._task: asyncio.Task[None] | None = None

    def prepare(self) -> None:
        """Refuse what is malformed while HTTP can still say so."""
        try:
            self._query = UpdatesQuery.read(self.get_query_arguments)
        except ValueError as error:
            self._metrics.rejected.inc()
            self.set_status(400)
            self.finish({"error": str(error)})

    @property
    def max_message_size(self) -> int:
        """Tornado asks."""
        return LARGEST_MESSAGE

    @property
    def ping_interval(self) -> float:
        """Tornado asks. A visitor whose machine vanished answers no ping and is let go."""
        return QUIET

    def open(self, *args: Any, **kwargs: Any) -> None:
        """The connection is there."""
        self.set_nodelay(True)
        self._task = asyncio.ensure_future(self._run())

    def on_message(self, message: str | bytes) -> None:
        """Visitors have nothing to say here."""

    def on_close(self) -> None:
        """The visitor went away."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            code, reason = await self._send_answers()
        except (WebSocketClosedError, StreamClosedError):
            return
        except StoreUnavailable:
            code, reason = TRY_AGAIN, "the store cannot be read"
        except TimeoutError:
            self._metrics.slow.inc()
            code, reason = TOO_SLOW, "slow"
        except Exception:
            log.exception("a WebSocket could not be served")
            code, reason = INTERNAL_ERROR, "internal error"
        self.close(code, reason)

    async def _send_answers(self) -> tuple[int, str]:
        """Send until there is a reason to close: the code and the word for it."""
        cursor, wait = self._query.cursor, 0.0
        while True:
            answer = await self._updates.after(cursor, self._query.channels, wait)
            if answer.entries or answer.cursor != cursor or wait == 0.0:
                self._metrics.count(answer.verdict, len(answer.entries))
                async with asyncio.timeout(SLOW):
                    await self.write_message(answer.json(html=self._query.html))
            if answer.verdict == "reset":
                return RESET, "reset"
            if self._updates.closing:
                return GOING_AWAY, "stopping"
            cursor, wait = answer.cursor, QUIET
