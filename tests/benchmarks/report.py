"""What a run found, as lines while it goes on and as one Markdown table at its end. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from tests.benchmarks.heads import TRANSPORTS, Transport
from tests.benchmarks.point import Case, Point
from tests.benchmarks.rates import Rate, Step
from tests.benchmarks.results import Results
from tests.benchmarks.servers import NAMES, Name
from tests.benchmarks.unruly import Unruly

SPOKEN: dict[Transport, str] = {"poll": "long poll", "sse": "SSE", "ws": "WebSocket"}
MEASURES: tuple[tuple[str, Callable[[Point], list[float]]], ...] = (
    ("ms to the last client", lambda point: point.to_last_ms),
    ("ms CPU for 1,000 deliveries", lambda point: point.cpu_ms),
    ("KiB for an idle client", lambda point: point.idle_kib),
)


def figure(values: Sequence[float]) -> str:
    """Median and range, with as many digits as mean something."""
    if not values:
        return "-"
    middle, low, high = statistics.median(values), min(values), max(values)
    if len(values) == 1 or _short(low) == _short(high):
        return _short(middle)
    return f"{_short(middle)} ({_short(low)}-{_short(high)})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Of the medians: 2.0 is twice theirs."""
    if not ours or not theirs or statistics.median(theirs) <= 0:
        return "-"
    value = statistics.median(ours) / statistics.median(theirs)
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def table(results: Results) -> str:
    """All figures: ours, the peers', and ours as a multiple of theirs."""
    lines = [
        _row(["what", "how", "clients", *NAMES, "to nchan", "to the demo", "to the floor"]),
        _row(["---"] * 3 + ["---:"] * 7),
    ]
    for what, values in MEASURES:
        for html in (False, True):
            for transport in TRANSPORTS:
                for clients in sorted({point.case.clients for point in results.points}):
                    cells = _cells(results, transport, clients, html, values)
                    if any(cells.values()):
                        name = what + (", with cards" if html else "")
                        lines.append(_line(name, SPOKEN[transport], f"{clients:,}", cells))
    for transport in TRANSPORTS:
        found = {
            rate.case.server: [rate.rate]
            for rate in results.rates
            if rate.case.transport == transport
        }
        if found:
            lines.append(_line("messages a second, p99 < 1 s", SPOKEN[transport], "1,000", found))
    return "\n".join([*lines, "", *_notes(results)]) + "\n"


def _cells(
    results: Results,
    transport: Transport,
    clients: int,
    html: bool,
    values: Callable[[Point], list[float]],
) -> dict[Name, list[float]]:
    points = {name: results.point(name, transport, clients, html=html) for name in NAMES}
    return {name: values(point) if point else [] for name, point in points.items()}


def _line(what: str, how: str, clients: str, cells: dict[Name, list[float]]) -> str:
    ours = cells.get("ours", [])
    figures = [figure(cells.get(name, [])) for name in NAMES]
    ratios = [ratio(ours, cells.get(name, [])) for name in NAMES[1:]]
    return _row([what, how, clients, *figures, *ratios])


def _notes(results: Results) -> list[str]:
    sizes = ", ".join(
        f"{size:,} bytes {'with the card' if form == 'card' else 'without'}"
        for form, size in results.event_bytes.items()
    )
    points = sum(point.faultless for point in results.points)
    notes = [
        f"{results.machine}; {', '.join(results.peers)}. Idle before: {results.idle_before:.0%}.",
        f"One event is {sizes}.",
        f"Everything once and in order at {points} of {len(results.points)} points.",
    ]
    notes += [
        point_line(point) for point in results.points if point.case.html and not point.case.identity
    ]
    notes += [steps_line(rate.case, rate.steps) for rate in results.asked]
    notes += [unruly_line(found) for found in results.unruly]
    visitors = [n for point in results.points for n in point.visitors_cpu_ms]
    if visitors:
        notes.append(f"The visitors' own CPU for 1,000 deliveries: {figure(visitors)} ms.")
    return [f"- {note}" for note in notes]


def _named(case: Case) -> str:
    cards = "" if not case.html else ", with cards" if case.identity else ", with packed cards"
    return f"{case.server}, {SPOKEN[case.transport]}, {case.clients:,} clients{cards}"


def point_line(point: Point) -> str:
    """One point, while the run goes on."""
    return (
        f"{_named(point.case)}: {figure(point.to_last_ms)} ms to the last; "
        f"{figure(point.cpu_ms)} ms CPU for 1,000 (visitors {figure(point.visitors_cpu_ms)}); "
        f"{figure(point.idle_kib)} KiB idle; {point.bytes_per_delivery:,.0f} bytes; "
        f"{_verdict(point.faultless, point.trouble)}"
    )


def rate_line(rate: Rate) -> str:
    """The highest rate, and what was tried."""
    tried = ", ".join(
        f"{step.rate:.0f} {'held' if step.held else 'disturbed' if step.disturbed else 'not'}"
        for step in rate.steps
    )
    return f"{_named(rate.case)}: {rate.rate:,.0f} messages a second ({tried})"


def steps_line(case: Case, steps: Sequence[Step]) -> str:
    """The rate that was asked for."""
    held = sum(step.held for step in steps)
    return (
        f"{_named(case)}, {steps[0].rate:.0f} messages a second: "
        f"held {held} of {len(steps)} times; "
        f"p99 {figure([step.p99_ms for step in steps])} ms; the server's core "
        f"{max(step.server_share for step in steps):.0%} used, "
        f"{max(step.waited_share for step in steps):.0%} of the time kept from it by others; "
        f"{_verdict(all(step.faultless for step in steps), '')}"
    )


def unruly_line(found: Unruly) -> str:
    """What came of visitors who do not behave."""
    return (
        f"{_named(found.case)}, 1 % never read, 5 % leave at random and came back "
        f"{found.returns:,} times: of {found.events:,} events each, {found.missing} missing, "
        f"{found.doubled} doubled, {found.disordered} out of order"
        + (f" ({found.trouble})" if found.trouble else "")
    )


def _verdict(faultless: bool, trouble: str) -> str:
    return "all once, in order" if faultless else f"FAULTS {trouble}".strip()
