"""A visitor's connection, and the phases of its life. Event loop's thread only.

    accepted -> FrontDoor <-> HeldPolls              a long poll waits, is answered, the next comes
                FrontDoor <-> Tornado                any other request, one at a time
                FrontDoor  -> Streams -> Leaving     Server-Sent Events, WebSocket
                FrontDoor  -> Leaving                refused, or told to go

A phase is one object for all connections that are in it, and `Connection.phase` names it. The
sockets are watched by `connections.py`, which tells the phase what happens. Most of the time ten
thousand connections rest, so each is a socket and a few slots, and no future, task or timer.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol

from web_ui.answers import SSE, Form
from web_ui.cursor import NOWHERE
from web_ui.update_request import RequestFields

if TYPE_CHECKING:
    from web_ui.waiting_room import Group


class Phase(Protocol):
    """What `Connections` tells about a connection in this phase."""

    def received(self, connection: Connection, data: bytes) -> None:
        """The visitor sent something; never empty."""

    def written(self, connection: Connection) -> None:
        """What had to wait for the visitor to read has all gone out."""

    def expired(self, connection: Connection) -> None:
        """The deadline has come."""

    def dismiss(self, connection: Connection) -> None:
        """The process stops: the visitor is to come back, to another."""

    def lost(self, connection: Connection) -> None:
        """The connection has ended, by whomever. The phase forgets it."""


class Connection:
    """See the module. Slots, for there are many."""

    __slots__ = (
        "address",
        "block",
        "catching_up",
        "claimed",
        "cursor",
        "deadline",
        "fields",
        "follows",
        "form",
        "fresh",
        "group",
        "home",
        "inbox",
        "phase",
        "reading",
        "slot_begins",
        "sock",
        "told",
        "unsent",
    )

    def __init__(self, sock: socket.socket, address: str, phase: Phase) -> None:
        self.sock = sock
        self.address = address
        """The peer's IP address: the visitor, or a proxy."""
        self.home = self.phase = phase
        """The phase between two requests, and the present one."""
        self.fresh = True
        """It has not asked for anything yet."""
        self.inbox = b""
        """Received and not used yet: the beginning of a request, or requests sent ahead."""
        self.unsent: memoryview | None = None
        """The rest of what the visitor was sent and has not read yet."""
        self.reading = True
        """Whether the socket is watched for input; not while the inbox is full."""
        self.deadline = float("inf")
        self.slot_begins = float("inf")
        self.block = b""
        self.fields: RequestFields | None = None
        """The last poll's header fields, as bytes and as understood: they come again each time."""
        self.claimed = ""
        """Behind a trusted proxy: the visitor for whom the request at hand is counted."""
        self.cursor = NOWHERE
        """What a held poll came with. Of a stream that is in no group: up to where it was told."""
        self.group: Group | None = None
        """With whom it waits in the waiting room, having been told everything."""
        self.follows: frozenset[str] = frozenset()
        self.form: Form = SSE[True]
        """What a stream follows, and in which form it is told."""
        self.catching_up = False
        """Whether a task tells a stream what it has missed."""
        self.told = 0.0
        """When a stream was last sent an answer, in the loop's time; 0: never yet."""
