"""One point of the fan-out measurement: one server, one transport, so many clients.

    point = measure(Case("nchan", "poll", 1000, html=False), broker, messages=20, seconds=5)

Single messages, well apart: the time to the last client, and the server's CPU until it rests again
(for a long poll that takes in everybody's next poll). And the memory of those who only wait.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.benchmarks.heads import Transport
from tests.benchmarks.lines import FIRST_ID
from tests.benchmarks.machine import memory_bytes, settled
from tests.benchmarks.programs import Crowd, Report
from tests.benchmarks.servers import Name, Server, start
from tests.broker.node import BrokerNode

WARM_UP = 2
"""Messages that are not measured."""
MESSAGE_TIME = 30.0
"""Seconds for one message to reach everybody."""
FEWEST = 3
"""Messages, however slow the server."""


class Case(msgspec.Struct, frozen=True):
    """What is measured."""

    server: Name
    transport: Transport
    clients: int
    html: bool
    event_bytes: int
    """Of one event's JSON, which peers are given as long as ours."""
    minimal: bool = False
    """Minimal headers instead of a browser's."""
    identity: bool = False
    """Visitors take no packed answers, so that all servers send as much."""


class Point(msgspec.Struct):
    """What was measured, of each message."""

    case: Case
    to_last_ms: list[float]
    """Until the last client had it."""
    cpu_ms: list[float]
    """The server's CPU for 1,000 deliveries."""
    visitors_cpu_ms: list[float]
    """The visitors' own, for 1,000."""
    idle_kib: list[float]
    """Memory of the server for one waiting client: one figure a start."""
    bytes_per_delivery: float
    faultless: bool
    trouble: str


@contextmanager
def crowded(
    case: Case,
    broker: BrokerNode | None,
    *,
    deaf: int = 0,
    restless: int = 0,
    events: int = 1 << 20,
    seconds: int = 300,
) -> Iterator[tuple[Server, Crowd, float]]:
    """The server, its visitors, all waiting, and the KiB of the server that one of them takes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start(
            case.server, broker, Path(folder), html=case.html, event_bytes=case.event_bytes
        ) as server,
    ):
        settled(server.pid)
        empty = memory_bytes(server.pid)
        with Crowd(
            port=server.port,
            transport=case.transport,
            clients=case.clients,
            base=FIRST_ID,
            first=server.request(
                case.transport, first=True, minimal=case.minimal, identity=case.identity
            ),
            next_=server.request(
                case.transport, first=False, minimal=case.minimal, identity=case.identity
            ),
            cursor=server.cursor(case.transport),
            waits=server.waits,
            deaf=deaf,
            restless=restless,
            events=events,
            seconds=seconds,
        ) as crowd:
            crowd.ready()
            settled(server.pid)
            yield server, crowd, (memory_bytes(server.pid) - empty) / case.clients / 1024


def measure(case: Case, broker: BrokerNode | None, *, messages: int, seconds: float) -> Point:
    """So many messages, or as many as `seconds` allow, but FEWEST."""
    reports: list[Report] = []
    used: list[float] = []
    with crowded(case, broker, events=WARM_UP + messages) as (server, crowd, idle):
        for n in range(WARM_UP):
            crowd.publish(n, server.publish)
            crowd.until(n + 1, MESSAGE_TIME)
        cpu = settled(server.pid)
        end = time.monotonic() + seconds
        for n in range(WARM_UP, WARM_UP + messages):
            if len(reports) >= FEWEST and time.monotonic() > end:
                break
            crowd.publish(n, server.publish)
            reports.append(crowd.until(n + 1, MESSAGE_TIME))
            before, cpu = cpu, settled(server.pid, pause=0.05)
            used.append(cpu - before)
    delivered = [max(1, report.delivered) for report in reports]
    return Point(
        case=case,
        to_last_ms=[us / 1000 for report in reports for us in report.to_last_us],
        cpu_ms=[cpu * 1e6 / n for cpu, n in zip(used, delivered, strict=True)],
        visitors_cpu_ms=[
            report.cpu_seconds * 1e6 / n for report, n in zip(reports, delivered, strict=True)
        ],
        idle_kib=[idle],
        bytes_per_delivery=sum(report.bytes for report in reports) / sum(delivered),
        faultless=all(report.faultless for report in reports),
        trouble=next((report.why for report in reports if report.why), ""),
    )
