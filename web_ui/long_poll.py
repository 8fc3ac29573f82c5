"""`GET /updates`: one answer to one request, held back until there is something to tell.

200 with the JSON of `updates.py`
400 {"error": "…"}      channel, cursor, wait or html are malformed
"""

from __future__ import annotations

import asyncio

from web_ui.metrics import UpdateMetrics
from web_ui.site_handler import SiteHandler
from web_ui.updates import Answer, Updates
from web_ui.updates_query import UpdatesQuery


class LongPollHandler(SiteHandler):
    """See the module."""

    def initialize(self, updates: Updates, longest_wait: float, metrics: UpdateMetrics) -> None:
        """Tornado gives these for each request."""
        self._updates = updates
        self._longest_wait = longest_wait
        self._metrics = metrics
        self._poll: asyncio.Task[Answer] | None = None

    async def get(self) -> None:
        """Wait, and answer."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        try:
            query = UpdatesQuery.read(self.get_query_arguments)
        except ValueError as error:
            self._metrics.rejected.inc()
            self.set_status(400)
            self.finish({"error": str(error)})
            return
        wait = self._longest_wait if query.wait is None else min(query.wait, self._longest_wait)
        self._poll = asyncio.ensure_future(self._updates.after(query.cursor, query.channels, wait))
        try:
            answer = await self._poll
        except asyncio.CancelledError:
            return
        self._metrics.count(answer.verdict, len(answer.entries))
        self.finish(answer.json(html=query.html))

    def on_connection_close(self) -> None:
        """The visitor went away: nobody waits any more."""
        if self._poll is not None:
            self._poll.cancel()
