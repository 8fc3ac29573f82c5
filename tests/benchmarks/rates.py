"""The highest rate that a server holds: messages a second, p99 of the deliveries under a second.

    rate = highest(case, broker)       # Rate, with its steps
    step = hold(server, crowd, 0, 300, 4.0)

Upwards from START by doubling until one fails (or downwards until one holds), then twice between
the two; the best one must hold CONFIRMED times in all. A step is held when every visitor had every
event once and in order, p99 was under a second, the last event had reached everybody LAG seconds
after it was published (or a queue was growing), and the publisher got rid of them in time.
"""

from __future__ import annotations

import time

import msgspec

from tests.benchmarks.machine import cpu_seconds, waited_seconds
from tests.benchmarks.point import Case, crowded
from tests.benchmarks.programs import MOST_EVENTS, Crowd, Report
from tests.benchmarks.servers import Server
from tests.broker.node import BrokerNode

START = 300
"""Messages a second of the first step."""
LOWEST, HIGHEST = 1, 20_000
CONFIRMED = 3
CUTS = 2
P99 = 1.0
"""Seconds."""
LAG = 0.5
DRAIN = 8.0
"""Seconds that everybody may take to get what a failed step left behind."""
DISTURBED = 0.15
"""Share of the time: a step that fails while the server is kept from its core is tried again."""
LONGEST = 40.0
"""Seconds of one search. Then what it has found so far is what it gives."""


class Step(msgspec.Struct):
    """One rate, held for some seconds."""

    rate: float
    published: float
    """Messages a second that really went out."""
    p50_ms: float
    p99_ms: float
    lag: float
    """Seconds from the last publication until everybody had everything."""
    faultless: bool
    server_share: float
    """Of its core, while it was at it: 1 is all of it."""
    visitors_share: float
    waited_share: float
    """Of the time, how long the server was kept from its core by other programs."""
    held: bool
    report: Report

    @property
    def disturbed(self) -> bool:
        """It failed, and that may be the doing of other programs on the machine."""
        return not self.held and self.waited_share > DISTURBED


class Rate(msgspec.Struct):
    """The highest rate that was held, 0 where none was."""

    case: Case
    rate: float
    steps: list[Step]


def hold(server: Server, crowd: Crowd, first: int, rate: float, seconds: float) -> tuple[int, Step]:
    """Publish from event `first` on; the event after the last, and how it went."""
    count = max(2, round(rate * seconds))
    cpu, waited = cpu_seconds(server.pid), waited_seconds(server.pid)
    began = time.monotonic()
    for k in range(count):
        early = began + k / rate - time.monotonic()
        if early > 0:
            time.sleep(early)
        elif early < -seconds:
            count = k
            break
        try:
            crowd.publish(first + k, server.publish)
        except TimeoutError:
            count = k + 1  # this one will be missing
            break
    took = time.monotonic() - began
    report = crowd.until(first + count, DRAIN)
    report.to_last_us.clear()  # too many to keep
    everything = time.monotonic() - began
    published = count / max(took, (count - 1) / rate, 1e-9)
    step = Step(
        rate=rate,
        published=published,
        p50_ms=report.p50_us / 1000,
        p99_ms=report.p99_us / 1000,
        lag=everything - took,
        faultless=report.faultless,
        server_share=(cpu_seconds(server.pid) - cpu) / everything,
        waited_share=(waited_seconds(server.pid) - waited) / everything,
        visitors_share=report.cpu_seconds / everything,
        held=False,
        report=report,
    )
    step.held = (
        step.faultless and step.p99_ms < P99 * 1000 and step.lag < LAG and published > 0.95 * rate
    )
    return first + count, step


def highest(
    case: Case, broker: BrokerNode | None, *, seconds: float = 2.5, start: float = START
) -> Rate:
    """Search. A server that does not get over a step is started anew."""
    found = Rate(case, 0.0, [])
    plan = Plan(start)
    end = time.monotonic() + LONGEST
    while plan.rate is not None and time.monotonic() < end:
        with crowded(case, broker) as (server, crowd, _):
            n, _ = hold(server, crowd, 0, 20, 0.5)
            while plan.rate is not None and n + plan.rate * seconds < MOST_EVENTS:
                n, step = hold(server, crowd, n, plan.rate, seconds)
                found.steps.append(step)
                plan.note(held=step.held, disturbed=step.disturbed)
                if not step.faultless or time.monotonic() > end:
                    break
    found.rate = plan.best
    return found


def repeated(
    case: Case, broker: BrokerNode | None, rate: float, *, repeats: int, seconds: float = 3.0
) -> list[Step]:
    """One rate, tried so many times on one start; a step that failed is followed by a new start."""
    steps: list[Step] = []
    while len(steps) < repeats:
        with crowded(case, broker) as (server, crowd, _):
            n, _ = hold(server, crowd, 0, 20, 0.5)
            while len(steps) < repeats:
                n, step = hold(server, crowd, n, rate, seconds)
                steps.append(step)
                if not step.faultless:
                    break
    return steps


class Plan:
    """Which rate comes next: `rate`, or None when the highest is found. Pure."""

    def __init__(self, start: float) -> None:
        self.rate: float | None = start
        self._failed: float | None = None
        self._held: dict[float, int] = {}
        self._cuts = 0
        self._again = 3

    @property
    def best(self) -> float:
        """The highest that was held CONFIRMED times and never failed."""
        return max((rate for rate, times in self._held.items() if times >= CONFIRMED), default=0.0)

    def note(self, *, held: bool, disturbed: bool = False) -> None:
        """How `rate` went."""
        assert self.rate is not None
        rate = self.rate
        if disturbed and self._again:
            self._again -= 1
            return
        if held:
            self._held[rate] = self._held.get(rate, 0) + 1
        else:
            self._held = {r: n for r, n in self._held.items() if r < rate}
            self._failed = rate
        top = max(self._held, default=None)
        if top is None:
            self.rate = rate / 2 if rate / 2 >= LOWEST else None
        elif self._failed is None and top * 2 <= HIGHEST:
            self.rate = top * 2
        elif self._failed is not None and self._cuts < CUTS:
            self._cuts += 1
            self.rate = (top * self._failed) ** 0.5
        else:
            self.rate = top if self._held[top] < CONFIRMED else None
