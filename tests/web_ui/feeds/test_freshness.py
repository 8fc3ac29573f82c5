"""Since when a feed has been as it is."""

from __future__ import annotations

from web_ui.feeds import freshness
from web_ui.feeds.freshness import Freshness


class Day:
    def __init__(self) -> None:
        self.now = 1000.4
        self.freshness = Freshness(lambda: self.now)


def test_it_is_the_time_at_which_it_was_first_seen_so() -> None:
    day = Day()
    assert day.freshness.since("all", '"1"') == 1000
    day.now = 2000.0
    assert day.freshness.since("all", '"1"') == 1000
    assert day.freshness.since("all", '"2"') == 2000
    assert day.freshness.since("ada", '"2"') == 2000


def test_two_changes_in_one_second_are_told_apart() -> None:
    day = Day()
    day.freshness.since("all", '"1"')
    day.now = 1000.9
    since = day.freshness.since("all", '"2"')
    assert since == 1001
    assert day.freshness.told(since) == 1000  # the future is not spoken of
    day.now = 1001.0
    assert day.freshness.since("all", '"2"') == 1001
    assert day.freshness.told(since) == 1001


def test_a_return_to_what_was_is_a_change() -> None:
    day = Day()
    day.freshness.since("all", '"1"')
    day.now = 2000.0
    day.freshness.since("all", '"2"')
    day.now = 3000.0
    assert day.freshness.since("all", '"1"') == 3000


def test_feeds_are_bounded() -> None:
    day = Day()
    for number in range(freshness.FEEDS + 1):
        day.freshness.since(str(number), '"1"')
    day.now = 2000.0
    assert day.freshness.since("1", '"1"') == 1000
    assert day.freshness.since("0", '"1"') == 2000
