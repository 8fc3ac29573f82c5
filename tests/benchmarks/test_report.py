"""The table and the charts of a run."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import msgspec
import pytest

from tests.benchmarks import chart, report
from tests.benchmarks.heads import Transport
from tests.benchmarks.point import Case, Point
from tests.benchmarks.rates import Rate
from tests.benchmarks.results import Results
from tests.benchmarks.servers import NAMES, Name


def found(name: Name, transport: Transport, clients: int, *times: float) -> Point:
    case = Case(name, transport, clients, html=False, event_bytes=94)
    return Point(case, list(times), [t / 2 for t in times], [1.0], [10.5], 200.0, True, "")


@pytest.fixture
def results() -> Results:
    run = Results(machine="a machine", peers=["nginx 1"], idle_before=1.0, event_bytes={"bare": 94})
    for factor, name in enumerate(NAMES, 1):
        run.add_point(found(name, "poll", 1000, 10.0 * factor, 30.0 * factor))
        run.add_point(found(name, "poll", 1000, 20.0 * factor))
        run.add_point(found(name, "ws", 10_000, 1234.5 * factor))
        case = Case(name, "poll", 1000, html=False, event_bytes=94)
        run.rates.append(Rate(case, 300.0 / factor, []))
    return run


def test_a_second_start_adds_to_the_first(results: Results) -> None:
    assert len(results.points) == 8
    point = results.point("nchan", "poll", 1000, html=False)
    assert point is not None
    assert point.to_last_ms == [20.0, 60.0, 40.0]
    assert point.idle_kib == [10.5, 10.5]
    assert results.point("nchan", "sse", 1000, html=False) is None


def test_the_table_gives_median_range_and_ratios(results: Results) -> None:
    rows = [line.split(" | ") for line in report.table(results).splitlines() if "| long" in line]
    assert rows[0][:3] == ["| ms to the last client", "long poll", "1,000"]
    assert rows[0][3:5] == ["20.0 (10.0-30.0)", "40.0 (20.0-60.0)"]
    assert rows[0][7:] == ["0.50", "0.33", "0.25 |"]
    assert rows[-1][3:] == ["300", "150", "100", "75.0", "2.0", "3.0", "4.0 |"]
    assert "at 8 of 8 points" in report.table(results)


def test_what_was_not_measured_is_a_dash(results: Results) -> None:
    results.points = [point for point in results.points if point.case.server == "ours"]
    row = next(line for line in report.table(results).splitlines() if "WebSocket" in line)
    assert row.split(" | ")[3:] == ["1,234"] + ["-"] * 5 + ["- |"]


def test_every_chart_is_drawn_for_both_looks(results: Results) -> None:
    pictures = chart.pictures(results)
    assert set(pictures) == {
        f"fanout-{name}-{look}.svg"
        for name in ("time", "cpu", "memory", "rate")
        for look in ("light", "dark")
    }
    for picture in pictures.values():
        root = ET.fromstring(picture)
        bars = [float(bar.get("width", 0)) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
        assert len(bars) == len(NAMES)
        assert all(0 < width <= chart.WIDTH - chart.LEFT - chart.RIGHT for width in bars)
    assert pictures["fanout-time-light.svg"] != pictures["fanout-time-dark.svg"]


def test_an_empty_run_has_no_charts_and_still_a_table() -> None:
    run = Results(machine="a machine", peers=[], idle_before=1.0, event_bytes={})
    assert chart.pictures(run) == {}
    assert "at 0 of 0 points" in report.table(run)


def test_a_run_reads_back_as_it_was_written(results: Results) -> None:
    assert msgspec.json.decode(msgspec.json.encode(results), type=Results) == results
