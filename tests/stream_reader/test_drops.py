from __future__ import annotations

import logging

import pytest
from prometheus_client import CollectorRegistry, Counter
from twisted.internet.task import Clock

from stream_reader.drops import Drops


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def drops(registry: CollectorRegistry, clock: Clock) -> Drops:
    counter = Counter("dropped", "Dropped.", ["reason"], registry=registry)
    return Drops(counter, clock.seconds)


def test_every_drop_is_counted_by_reason(drops: Drops, registry: CollectorRegistry) -> None:
    for reason in ("not_json", "no_id", "not_json"):
        drops.count(reason, "x")
    assert registry.get_sample_value("dropped_total", {"reason": "not_json"}) == 2
    assert registry.get_sample_value("dropped_total", {"reason": "no_id"}) == 1


def test_a_flood_is_logged_once_a_second_with_the_number_unlogged(
    drops: Drops, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(1000):
        drops.count("not_json", "first")
    drops.count("no_id", "another reason")
    clock.advance(1)
    drops.count("not_json", "later")
    clock.advance(1)
    drops.count("not_json", "last")
    assert caplog.messages == [
        "dropped, not_json: 'first'",
        "dropped, no_id: 'another reason'",
        "dropped, not_json: 'later' (and 999 more before it)",
        "dropped, not_json: 'last'",
    ]


def test_what_is_logged_is_short_and_harmless(
    drops: Drops, caplog: pytest.LogCaptureFixture
) -> None:
    drops.count("not_json", "\x1b[31m\nroot: all is well\n" + "x" * 10_000)
    [message] = caplog.messages
    assert "\n" not in message
    assert "\x1b" not in message
    assert len(message) < 300
