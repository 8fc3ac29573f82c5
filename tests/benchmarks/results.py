"""Everything that one run of the fan-out benchmark found, as it is written to JSON. Pure."""

from __future__ import annotations

import msgspec

from tests.benchmarks.heads import Transport
from tests.benchmarks.point import Point
from tests.benchmarks.rates import Rate
from tests.benchmarks.servers import Name
from tests.benchmarks.unruly import Unruly


class Results(msgspec.Struct):
    """One run."""

    machine: str
    peers: list[str]
    idle_before: float
    """How much of the machine nobody used before we began."""
    event_bytes: dict[str, int]
    """Of one event's JSON: `bare`, without the card (html=0), and `card`, with it."""
    seconds: float = 0.0
    points: list[Point] = []
    asked: list[Rate] = []
    """One rate that was asked for, each time that it was tried."""
    rates: list[Rate] = []
    unruly: list[Unruly] = []

    def add_point(self, new: Point) -> None:
        """A further start of the same case adds to what the earlier ones found."""
        for point in self.points:
            if point.case == new.case:
                point.to_last_ms += new.to_last_ms
                point.cpu_ms += new.cpu_ms
                point.visitors_cpu_ms += new.visitors_cpu_ms
                point.idle_kib += new.idle_kib
                point.faultless &= new.faultless
                point.trouble = point.trouble or new.trouble
                return
        self.points.append(new)

    def point(
        self, server: Name, transport: Transport, clients: int, *, html: bool
    ) -> Point | None:
        """What was measured there, if it was: with cards, as much sent by all."""
        for point in self.points:
            case = point.case
            if (case.server, case.transport, case.clients, case.html, case.identity) == (
                server, transport, clients, html, html,
            ):  # fmt: skip
                return point
        return None
