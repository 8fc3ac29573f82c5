"""Visitors who do not behave: some never read, some leave at random and come back.

    unruly = measure(case, broker, seconds=5)

What must hold: everybody who reads, the restless too, gets every event once and in order.
"""

from __future__ import annotations

import msgspec

from tests.benchmarks.point import Case, crowded
from tests.benchmarks.rates import hold
from tests.broker.node import BrokerNode

DEAF, RESTLESS = 0.01, 0.05
"""Shares of the visitors."""
RATE = 50
"""Messages a second."""


class Unruly(msgspec.Struct):
    """What came of it, for those who read."""

    case: Case
    events: int
    delivered: int
    missing: int
    doubled: int
    disordered: int
    returns: int
    """Times that somebody left and came back."""
    dismissed: int
    """Times that the server closed the connection of somebody who reads."""
    p99_ms: float
    faultless: bool
    trouble: str


def measure(case: Case, broker: BrokerNode | None, *, seconds: float) -> Unruly:
    """So many seconds at RATE."""
    deaf, restless = round(case.clients * DEAF), round(case.clients * RESTLESS)
    with crowded(case, broker, deaf=deaf, restless=restless) as (server, crowd, _):
        # Who leaves before having a cursor could not come back to where they were.
        n, _ = hold(server, crowd, 0, 20, 0.5)
        _, step = hold(server, crowd, n, RATE, seconds)
        report = step.report
    return Unruly(
        case=case,
        events=report.events,
        delivered=report.delivered,
        missing=report.missing,
        doubled=report.doubled,
        disordered=report.disordered,
        returns=report.left,
        dismissed=report.lost_connections,
        p99_ms=report.p99_us / 1000,
        faultless=report.faultless,
        trouble=report.why,
    )
