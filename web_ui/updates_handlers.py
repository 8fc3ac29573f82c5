"""Requests for updates that the front door did not recognise: read by Tornado, then answered alike.

    GET /updates  GET /updates/sse  GET /updates/ws    with unusual headers, parameters or HTTP/1.0
    400 {"error": "…"}    channel, cursor, wait or html are malformed, or it is no good handshake
    403                   a WebSocket of a page of another origin
    426                   no WebSocket, or one of another version

Event loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from tornado.web import HTTPError

from web_ui.channels import TooManyChannels
from web_ui.connection import Connection
from web_ui.handlers.site import SiteHandler
from web_ui.handover import HandedStream
from web_ui.metrics import DoorMetrics, UpdateMetrics
from web_ui.update_request import (
    RequestFields,
    Transport,
    UpdatesTarget,
    handshake_fault,
)
from web_ui.updates_query import UpdatesQuery


class AnswerRequest(Protocol):
    """`FrontDoor.answer`."""

    def __call__(
        self, connection: Connection, target: UpdatesTarget, fields: RequestFields, *, last: bool
    ) -> None:
        """See there."""


class UpdatesHandler(SiteHandler):
    """See the module."""

    def initialize(
        self,
        transport: Transport,
        answer: AnswerRequest,
        take_back: Callable[[HandedStream], Connection],
        most_channels: int,
        update_metrics: UpdateMetrics,
        door_metrics: DoorMetrics,
    ) -> None:
        """Tornado gives these for each request."""
        self._transport = transport
        self._answer = answer
        self._take_back = take_back
        self._most_channels = most_channels
        self._update_metrics = update_metrics
        self._door_metrics = door_metrics

    def get(self) -> None:
        """Leave Tornado, with what it read."""
        self.set_header("Cache-Control", "no-store")
        try:
            query = UpdatesQuery.read(self._values_of, self._most_channels)
        except ValueError as error:
            self._update_metrics.rejected.inc()
            if isinstance(error, TooManyChannels):
                self._door_metrics.refused.labels("max_channels").inc()
            self.set_status(400)
            self.finish({"error": str(error)})
            return
        headers = self.request.headers
        if self._transport == "ws":
            # HTTP/1.0 knows no upgrade (RFC 9110, 7.8).
            fault = handshake_fault(headers) if self.request.version == "HTTP/1.1" else 426
            if fault is not None:
                raise HTTPError(fault)
        codings = [coding.strip() for coding in headers.get("Accept-Encoding", "").split(",")]
        fields = RequestFields(
            gzip="gzip" in codings,
            forwarded_for=headers.get("X-Forwarded-For", ""),
            last_event_id=None,
            upgrade=headers["Sec-WebSocket-Key"].encode() if self._transport == "ws" else None,
        )
        # Of HTTP/1.0 nothing is kept alive: nobody waits on it who could use more.
        closes = "close" in headers.get("Connection", "").lower()
        last = closes or self.request.version != "HTTP/1.1"
        stream = cast(HandedStream, self.detach())
        if stream.closed():
            return  # the visitor left while Tornado read its body
        connection = self._take_back(stream)
        self._answer(connection, UpdatesTarget(self._transport, query), fields, last=last)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """RFC 9110, 15.5.22: who is to upgrade is told to what."""
        if status_code == 426:
            self.set_header("Upgrade", "websocket")
            self.set_header("Sec-WebSocket-Version", "13")
        super().write_error(status_code, **kwargs)

    def _values_of(self, name: str) -> list[str]:
        # What a browser's EventSource remembers is newer than the address that it was made with.
        last = self.request.headers.get("Last-Event-ID") if self._transport == "sse" else None
        return [last] if name == "cursor" and last else self.get_query_arguments(name, strip=False)
