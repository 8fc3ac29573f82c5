"""Who waits for what, and waking them. On the event loop's thread only.

    with room.waiting({"celeb:ada"}) as waiter:
        await waiter.news(seconds)

A waiter is in the room only inside the `with`: a visitor who goes away leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager


class Waiter:
    """One visitor's wait. Woken at most once; after that `news` returns at once."""

    __slots__ = ("_woken",)

    def __init__(self) -> None:
        self._woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def news(self, seconds: float) -> bool:
        """Wait for news, at most so long. False if there was none."""
        done, _ = await asyncio.wait([self._woken], timeout=seconds)
        return bool(done)

    def wake(self) -> None:
        """There is news, or no point in waiting on."""
        if not self._woken.done():
            self._woken.set_result(None)


class WaitingRoom:
    """Waiters by channel."""

    def __init__(self) -> None:
        self.closed = False
        """Set while the process stops: whoever waits is sent away, to come back to another."""
        self._by_channel: dict[str, set[Waiter]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def waiting(self, channels: Collection[str]) -> Iterator[Waiter]:
        """Be woken by `wake` for any of these channels."""
        waiter = Waiter()
        self._count += 1
        for name in channels:
            self._by_channel.setdefault(name, set()).add(waiter)
        if self.closed:
            waiter.wake()
        try:
            yield waiter
        finally:
            self._count -= 1
            for name in channels:
                waiters = self._by_channel[name]
                waiters.discard(waiter)
                if not waiters:
                    del self._by_channel[name]

    def wake(self, channels: Iterable[str]) -> None:
        """News on these channels."""
        for name in channels:
            for waiter in self._by_channel.get(name, ()):
                waiter.wake()

    def close(self) -> None:
        """Send everybody away, now and from now on."""
        self.closed = True
        self.wake(list(self._by_channel))
