"""Tells the other web processes how many visitors are in which thread and room here.

Every LOOK_EVERY seconds the waiting room is looked over, in slices, and if much has changed, or
nothing was told for a while, a headcount goes out to the exchange `celeb.here`; what comes back by
it goes to `Presence.heard`. One is under way at a time, for CONFIRM_TIMEOUT at most. The event
loop's thread only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from amqp_specs import headcounts
from amqp_specs.topology import Exchange
from web_ui.outlet import Outlet
from web_ui.presence import Presence, biggest
from web_ui.waiting_room import WaitingRoom

log = logging.getLogger("celebwire.web.here")

LOOK_EVERY = 2.0
CONFIRM_TIMEOUT = 10.0
"""Seconds in which RabbitMQ confirms, unless it blocks the connection."""
SLICE = 2_000
"""Channels looked at before the rest of the process has its turn: a ms."""
PLACES = ("thread:", "room:")
"""Channels of which one wants to know who is there."""


class Here:
    """See the module. `clock` is the loop's."""

    def __init__(
        self,
        exchange: Exchange,
        room: WaitingRoom,
        presence: Presence,
        clock: Callable[[], float],
    ) -> None:
        self._room = room
        self._presence = presence
        self._clock = clock
        self._under_way: asyncio.Future[bool] | None = None
        self._due = 0.0
        """When RabbitMQ must have confirmed it."""
        self.outlet = Outlet(exchange, on_closing=self._say_goodbye)

    def heard(self, body: bytes) -> None:
        """A message of the exchange. Raises `BadHeadcount`."""
        self._presence.heard(headcounts.decode(body))

    async def run(self) -> None:
        """Look and tell until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                here = self._presence.look(await self._look())
                if self._settled() and here is not None and self.outlet.ready:
                    self._tell(here)
            except Exception:
                log.exception("who is here could not be told")  # a fault of ours

    def _settled(self) -> bool:
        """Whether nothing is under way."""
        if self._under_way is None or self._under_way.done():
            return True
        if self.outlet.blocked:
            self._due = self._clock() + CONFIRM_TIMEOUT
        elif self._clock() >= self._due:
            self.outlet.give_up()  # settles it
        return False

    async def _look(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        names = self._room.channels()
        for start in range(0, len(names), SLICE):
            for name in names[start : start + SLICE]:
                if name.startswith(PLACES) and (count := self._room.count(name)):
                    found[name] = count
            found = biggest(found)
            await asyncio.sleep(0)
        return found

    def _tell(self, here: Mapping[str, int]) -> None:
        body = headcounts.encode(self._presence.process, here)
        self._under_way = self.outlet.publish(body, {"content-type": headcounts.CONTENT_TYPE})
        self._due = self._clock() + CONFIRM_TIMEOUT
        self._presence.told(here)

    def _say_goodbye(self) -> None:
        """Our visitors go to others, who will count them."""
        self._tell({})
