"""The charts of a run as SVG, each in colours for a light and for a dark page. Pure.

Bars on a logarithmic scale, for servers differ by powers of ten: the length tells the ratio, the
number behind the bar the figure.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from tests.benchmarks.heads import TRANSPORTS
from tests.benchmarks.report import MEASURES, SPOKEN
from tests.benchmarks.results import Results
from tests.benchmarks.servers import NAMES, Name

LABELS: dict[Name, str] = {
    "ours": "Celebwire",
    "nchan": "nchan",
    "demo": "Tornado's demo",
    "floor": "floor (C)",
}
WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 760, 130, 90, 16, 14, 56


class Palette(NamedTuple):
    """Colours of one look."""

    ink: str
    faint: str
    bars: Mapping[Name, str]


PALETTES = {
    "light": Palette(
        "#1f2328", "#59636e",
        {"ours": "#0969da", "nchan": "#8250df", "demo": "#bc4c00", "floor": "#818b98"},
    ),
    "dark": Palette(
        "#f0f6fc", "#9198a1",
        {"ours": "#4493f8", "nchan": "#ab7df8", "demo": "#db6d28", "floor": "#656c76"},
    ),
}  # fmt: skip


class Bars(NamedTuple):
    """A group of bars under one heading."""

    heading: str
    values: Mapping[Name, Sequence[float]]


def pictures(results: Results) -> dict[str, str]:
    """File name and SVG of each chart that there are figures for."""
    clients = max((point.case.clients for point in results.points), default=0)
    charts: dict[str, tuple[str, list[Bars]]] = {}
    for name, (what, values) in zip(("time", "cpu", "memory"), MEASURES, strict=True):
        groups = []
        for transport in TRANSPORTS:
            found = {n: results.point(n, transport, clients, html=False) for n in NAMES}
            bars = {n: values(point) for n, point in found.items() if point is not None}
            groups.append(Bars(f"{SPOKEN[transport]}, {clients:,} clients", bars))
        charts[name] = (what, groups)
    groups = [
        Bars(
            f"{SPOKEN[transport]}, 1,000 clients",
            {r.case.server: [r.rate] for r in results.rates if r.case.transport == transport},
        )
        for transport in TRANSPORTS
    ]
    charts["rate"] = ("messages a second with p99 under 1 s", groups)
    return {
        f"fanout-{name}-{look}.svg": draw(
            title, [g for g in groups if any(g.values.values())], palette
        )
        for name, (title, groups) in charts.items()
        for look, palette in PALETTES.items()
        if any(any(group.values.values()) for group in groups)
    }


def draw(title: str, groups: Sequence[Bars], palette: Palette) -> str:
    """One chart."""
    middles = {
        (index, name): statistics.median(values)
        for index, group in enumerate(groups)
        for name, values in group.values.items()
        if values and statistics.median(values) > 0
    }
    low = 10 ** math.floor(math.log10(min(middles.values())))
    high = max(*middles.values(), low * 10)
    scale = (WIDTH - LEFT - RIGHT) / math.log10(high / low * 1.02)
    parts, y = [_text(0, 20, title, palette.ink, "font-weight='600' font-size='15'")], TOP
    parts.append(_text(0, 38, "median; logarithmic scale", palette.faint))
    for index, group in enumerate(groups):
        parts.append(_text(0, y + 12, group.heading, palette.ink, "font-weight='600'"))
        y += BAR + 6
        for name in NAMES:
            if name not in group.values:
                continue
            value = middles.get((index, name))
            parts.append(_text(LEFT - 8, y + 12, LABELS[name], palette.ink, "text-anchor='end'"))
            length = 0.0 if value is None else max(1.0, math.log10(value / low) * scale)
            said = "none" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
            parts.append(
                f"<rect x='{LEFT}' y='{y}' width='{length:.1f}' height='{BAR - 2}' rx='2' "
                f"fill='{palette.bars[name]}'/>"
            )
            parts.append(_text(LEFT + length + 6, y + 12, said, palette.ink))
            y += BAR + 2
        y += GAP
    body = "\n".join(parts)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {y}' width='{WIDTH}' "
        f"height='{y}' font-family='system-ui, sans-serif' font-size='12' role='img' "
        f"aria-label='{escape(title, quote=True)}'>\n{body}\n</svg>\n"
    )


def _text(x: float, y: float, text: str, colour: str, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y}' fill='{colour}' {more}>{escape(text)}</text>"
