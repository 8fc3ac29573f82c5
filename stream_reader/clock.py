"""The parts of Twisted's reactor that this package asks for, as types.

Twisted declares them as zope interfaces, which a type checker cannot read. A test passes
`twisted.internet.task.Clock` for the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall


class Clock(Protocol):
    """Time: `IReactorTime`."""

    def seconds(self) -> float:
        """Now, in seconds since some moment."""

    def callLater(  # noqa: N802  (Twisted's name)
        self,
        delay: float,
        callable: Callable[..., object],
        *args: Any,
        **kwargs: Any,
    ) -> IDelayedCall:
        """Call it in `delay` seconds, on the reactor's thread."""


class FromThread(Protocol):
    """The way back from another thread: `IReactorFromThreads`."""

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> None:  # noqa: N802
        """Call it on the reactor's thread, soon."""
