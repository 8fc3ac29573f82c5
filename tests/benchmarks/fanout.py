"""`fanout`: one tweet to many visitors, ours beside its peers, in one run on one machine.

    python -m tests.benchmarks fanout                 # all of it, about nine minutes
    python -m tests.benchmarks fanout --quick         # a minute
    python -m tests.benchmarks fanout --server ours --transport poll --clients 100

Server on one core; visitors, publisher, reader and RabbitMQ on the other. What is measured stands
in README.md of this folder. Writes the table, the charts and every figure as JSON into --output.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.benchmarks import chart, machine, point, programs, rates, report, unruly
from tests.benchmarks.heads import TRANSPORTS
from tests.benchmarks.point import Case
from tests.benchmarks.results import Results
from tests.benchmarks.servers import NAMES, Ours
from tests.broker.node import BrokerNode
from tests.running import ROOT

PARTS = ("points", "asked", "rates", "unruly")
CLIENTS = (100, 1000, 10_000)
ASKED = 300
"""Messages a second that a thousand long polls must get, by the measure that we set ourselves."""
EVENT_BYTES = {"bare": 70, "card": 1150}
"""Of one event of ours, about: for peers that are measured alone."""
REPEATS = 3
BUSY = 0.8
"""Of the machine, idle before we begin: below it other programs disturb the figures."""


def main(arguments: list[str]) -> None:
    """Run what is asked for and print the table. See --help."""
    options = _options(arguments)
    programs.build()
    os.sched_setaffinity(0, {machine.OTHERS % (os.cpu_count() or 1)})
    machine.allow_many_files(max(options.clients) + 200)
    with tempfile.TemporaryDirectory() as folder, _broker(Path(folder), options.server) as broker:
        results = Results(
            machine=machine.description(),
            peers=[
                machine.version_of("nginx", "nginx"),
                machine.version_of("nchan", "libnginx-mod-nchan"),
            ],
            idle_before=machine.idle_share(),
            event_bytes=dict(EVENT_BYTES),
        )
        if results.idle_before < BUSY:
            print(
                f"Other programs use {1 - results.idle_before:.0%} of this machine: mistrust times."
            )
        if broker is not None:
            for html in options.html:
                results.event_bytes[_form(html)] = _event_bytes(broker, html=html)
        began = time.monotonic()
        try:
            _run(options, broker, results)
        finally:
            results.seconds = time.monotonic() - began
            _save(results, options.output)


def _run(options: argparse.Namespace, broker: BrokerNode | None, results: Results) -> None:
    def cases(clients: int, html: bool) -> list[Case]:
        size = results.event_bytes[_form(html)]
        found = [
            # With cards nobody packs, so that all send as much.
            Case(name, transport, clients, html, size, options.minimal_headers, identity=html)
            for transport in options.transport
            for name in options.server
        ]
        if html and "poll" in options.transport and "ours" in options.server:
            # Ours packs long answers for browsers, which ask for it; the others do not.
            found.append(Case("ours", "poll", clients, html, size, options.minimal_headers))
        return found

    if "points" in options.only:
        for clients in options.clients:
            for html in options.html if clients == 1000 or options.all else options.html[:1]:
                for case in cases(clients, html) * options.repeats:
                    found = point.measure(
                        case, broker, messages=options.messages, seconds=options.seconds
                    )
                    results.add_point(found)
                    print(report.point_line(found), flush=True)
    if "asked" in options.only:
        for case in [case for case in cases(1000, options.html[0]) if case.transport == "poll"]:
            steps = rates.repeated(case, broker, ASKED, repeats=REPEATS)
            results.asked.append(rates.Rate(case, ASKED, steps))
            print(report.steps_line(case, steps), flush=True)
    if "unruly" in options.only:
        for case in cases(1000, options.html[-1]):
            if case.server in {"ours", "nchan"}:
                behaved = unruly.measure(case, broker, seconds=5)
                results.unruly.append(behaved)
                print(report.unruly_line(behaved), flush=True)
    if "rates" in options.only:
        for case in cases(1000, options.html[0]):
            rate = rates.highest(case, broker)
            results.rates.append(rate)
            print(report.rate_line(rate), flush=True)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks fanout")
    parser.add_argument("--quick", action="store_true", help="a minute: fewer points and repeats")
    parser.add_argument("--only", choices=PARTS, nargs="+")
    parser.add_argument("--server", choices=NAMES, nargs="+", default=NAMES)
    parser.add_argument("--transport", choices=TRANSPORTS, nargs="+", default=TRANSPORTS)
    parser.add_argument("--clients", type=int, nargs="+")
    parser.add_argument("--messages", type=int, help="a start, single and well apart")
    parser.add_argument("--seconds", type=float, help="for them; then three must do")
    parser.add_argument("--repeats", type=int, help="starts of each server, in turn")
    parser.add_argument("--html", type=int, choices=(0, 1), nargs="+", help="without, with cards")
    parser.add_argument("--all", action="store_true", help="each --html at each number of clients")
    parser.add_argument("--minimal-headers", action="store_true", help="instead of a browser's")
    parser.add_argument("--output", type=Path, default=ROOT / "var/benchmarks")
    options = parser.parse_args(arguments)
    alone = options.clients is not None
    if options.only is None:
        options.only = ("points",) if alone else ("points", "asked") if options.quick else PARTS
    options.clients = options.clients or ([1000] if options.quick else CLIENTS)
    options.messages = options.messages or (5 if options.quick else 10)
    options.seconds = options.seconds or (1 if options.quick else 3)
    options.repeats = options.repeats or (1 if options.quick or alone else REPEATS)
    options.html = [bool(n) for n in options.html or ([0] if options.quick or alone else [0, 1])]
    return options


@contextlib.contextmanager
def _broker(folder: Path, servers: list[str]) -> Iterator[BrokerNode | None]:
    if "ours" not in servers:
        yield None
        return
    broker = BrokerNode(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _form(html: bool) -> str:
    return "card" if html else "bare"


def _event_bytes(broker: BrokerNode, *, html: bool) -> int:
    with tempfile.TemporaryDirectory() as folder, Ours(broker, Path(folder), html=html) as ours:
        return ours.event_bytes()


def _save(results: Results, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    (output / "fanout.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(results), indent=1)
    )
    table = report.table(results)
    (output / "fanout.md").write_text(table)
    for name, picture in chart.pictures(results).items():
        (output / name).write_text(picture)
    print(f"\n{table}\nWritten to {output}: fanout.json, fanout.md and charts.")
