"""Every metric stands in the README, as the process that has it describes it."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from stream_reader.metrics import IntakeMetrics, drops_counter
from stream_reader.outflow import AnnouncerMetrics
from stream_reader.search_indexing import SearchMetrics
from stream_reader.x_stream import XMetrics
from web_ui.media.proxy import MediaMetrics
from web_ui.metrics import (
    AnnouncementMetrics,
    ArrivalMetrics,
    DoorMetrics,
    QueueMetrics,
    UpdateMetrics,
)

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_readme_has_every_metric() -> None:
    reader, site = CollectorRegistry(), CollectorRegistry()
    for metrics in (IntakeMetrics, drops_counter, AnnouncerMetrics, SearchMetrics, XMetrics):
        metrics(reader)
    ArrivalMetrics(site)
    AnnouncementMetrics(site)
    QueueMetrics(site)
    UpdateMetrics(site)
    DoorMetrics(site, lambda: 0, lambda: 0)
    MediaMetrics(site)
    expected = {
        (family.name + ("_total" if family.type == "counter" else ""), of, family.documentation)
        for of, registry in (("reader", reader), ("site", site))
        for family in registry.collect()
    }
    rows = re.findall(
        r"^\| `(celebwire_\w+)` \| (\w+) \| (.*) \|$", README.read_text(), re.MULTILINE
    )
    assert set(rows) == expected
