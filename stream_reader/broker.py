"""What the announcer asks of a broker, and what the broker's side tells it.

`amqp_publisher.py` is the one that speaks AMQP; the announcer's tests bring one that does not.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from amqp_specs.notices import Notice


class BrokerUnreachable(Exception):  # noqa: N818  (reads as what it is)
    """No connection, or one that broke or fell silent before it could be used.

    The text goes on where the broker's name ends: `cannot be reached: connection refused`.
    Try again, with back-off.
    """


class BrokerRefused(Exception):  # noqa: N818
    """The broker answered, and the answer was no: wrong password, no such virtual host, no
    permission, the exchange is there but of another type.

    The text is of the same form. It helps only to change something by hand, so try again slowly.
    """


class Listener(Protocol):
    """Is told what happens on a connection once it can be used. Called on the reactor's thread."""

    def acked(self, tag: int, multiple: bool) -> None:
        """The broker has taken the message `tag`, or all up to it."""

    def nacked(self, tag: int, multiple: bool) -> None:
        """The broker has lost the message `tag`, or all up to it."""

    def blocked(self, reason: str | None) -> None:
        """The broker reads nothing more that is published; None: it does again."""

    def lost(self, reason: str, *, refused: bool = False) -> None:
        """The connection has ended, and not by `close`. Called once; nothing comes after it.

        `reason` goes on where the broker's name ends: `closed the connection: ...`. `refused`: the
        broker does not want what we do, and it helps only to change something by hand.
        """


class Publisher(Protocol):
    """One connection on which the exchange is declared and confirms are on."""

    def publish(self, notice: Notice) -> int:
        """Send it; gives its delivery tag. Raises `BadNotice`, and then nothing was sent."""

    def abort(self, reason: str) -> None:
        """End the connection at once; `Listener.lost(reason)` is called before this returns."""

    def close(self, within: float) -> Deferred[None]:
        """End the connection in order, or after `within` seconds at once. Fires when it is gone."""


class Connector(Protocol):
    """Makes connections."""

    @property
    def name(self) -> str:
        """The broker's, for people: `RabbitMQ at 127.0.0.1:5673`. Holds no password."""

    def connect(self, listener: Listener) -> Deferred[Publisher]:
        """One attempt, from nothing to a declared exchange. It ends within a bounded time.

        Fails with `BrokerUnreachable` or `BrokerRefused`, or in any way when it was cancelled; the
        listener hears nothing then.
        """
