"""The last phase: what is still unsent goes out, then a last word, then the connection ends.

A socket that is closed with something unread in it throws away what was sent on it. So the sending
side is closed first, and what the visitor still sends is read and thrown away until it ends, too,
for LINGER seconds at most. Event loop's thread.
"""

from __future__ import annotations

import socket

from web_ui.connection import Connection
from web_ui.connections import Connections
from web_ui.metrics import DoorMetrics

LINGER = 2.0
"""Seconds for the visitor to end the connection when it has been told all."""
PATIENCE = 10.0
"""Seconds for the visitor to read what it is still sent."""


class Leaving:
    """See the module. A `Phase`."""

    def __init__(self, connections: Connections, metrics: DoorMetrics) -> None:
        self._connections = connections
        self._metrics = metrics

    def begin(self, connection: Connection, last: bytes = b"") -> None:
        """Send the last word behind whatever is unsent, and end."""
        connection.phase = self
        connection.inbox = b""
        self._connections.read_on(connection, True)
        if connection.unsent is not None:
            self._connections.keep_unsent(connection, memoryview(bytes(connection.unsent) + last))
        elif not last or self._connections.send(connection, last):
            self.written(connection)
            return
        if connection.phase is self:
            self._connections.expire(connection, PATIENCE)

    def received(self, connection: Connection, data: bytes) -> None:
        """Thrown away."""

    def written(self, connection: Connection) -> None:
        """Close our side, and wait for the visitor's."""
        self._connections.expire(connection, LINGER)
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._connections.end(connection)

    def expired(self, connection: Connection) -> None:
        """Enough."""
        if connection.unsent is not None:
            self._metrics.slow.inc()
        self._connections.end(connection)

    def dismiss(self, connection: Connection) -> None:
        """It goes already."""

    def lost(self, connection: Connection) -> None:
        """Nothing to forget."""
