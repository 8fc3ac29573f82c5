"""The parts of Twisted's reactor that this package asks for, as types.

Twisted declares them as zope interfaces, which a type checker cannot read. A test passes
`twisted.internet.task.Clock` for the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class DelayedCall(Protocol):
    """What `callLater` gives: `IDelayedCall`."""

    def active(self) -> bool:
        """Whether it is still to come: neither made nor cancelled."""

    def cancel(self) -> None:
        """Do not make it. Raises where it is no longer active."""

    def getTime(self) -> float:  # noqa: N802  (Twisted's name)
        """When it comes, on the scale of `Clock.seconds`."""


class Clock(Protocol):
    """Time: `IReactorTime`."""

    def seconds(self) -> float:
        """Now, in seconds since some moment."""

    def callLater(
        self,
        delay: float,
        callable: Callable[..., object],
        *args: Any,
        **kwargs: Any,
    ) -> DelayedCall:
        """Call it in `delay` seconds, on the reactor's thread."""


class FromThread(Protocol):
    """The way back from another thread: `IReactorFromThreads`."""

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call it on the reactor's thread, soon."""
