"""The source `demo` in time: its pace, its beginning and end, and a sink that is full."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from stream_reader.demo import BACK, BACK_CATALOGUE, RETRY
from tests.stream_reader.demo_run import BEGIN, Demo, tweets
from tweet_store.model import Post, Tombstone, Tweet
from tweet_store.store import TweetStore

HOUR = 3600.0


def ids(posts: Iterable[Post]) -> list[int]:
    return [int(post.id.removeprefix("demo:")) for post in posts if isinstance(post, Tweet)]


def reachable(root: object) -> int:
    """How many objects the garbage collector knows of hang on this one."""
    seen = {id(root)}
    waiting = [root]
    while waiting:
        for thing in gc.get_referents(waiting.pop()):
            if id(thing) not in seen and not isinstance(thing, type) and gc.is_tracked(thing):
                seen.add(id(thing))
                if type(thing).__module__.startswith(("stream_reader", "builtins", "collections")):
                    waiting.append(thing)
    return len(seen)


@pytest.mark.parametrize("seed", range(3))
def test_a_few_posts_a_second_at_peak_and_quiet_spells_between(seed: int) -> None:
    demo = Demo(seed)
    demo.run(2 * HOUR)
    times = [time for time, _ in demo.sink.taken]
    waits = [later - earlier for earlier, later in pairwise([0.0, *times])]
    assert max(waits) <= 20
    assert sum(wait > 6 for wait in waits) > 50
    busiest = max(
        sum(start <= time < start + 1 for time in times[n : n + 9]) for n, start in enumerate(times)
    )
    assert 3 <= busiest <= 4
    assert 15 < len(times) / 120 < 60, "posts a minute"


def test_the_first_post_comes_within_seconds() -> None:
    for seed in range(20):
        demo = Demo(seed)
        demo.run(4)
        assert demo.sink.posts


def test_an_empty_store_gets_a_page_full_at_once_spread_over_the_last_hours() -> None:
    demo = Demo(catch_up=True)
    posts = demo.sink.posts
    assert len(posts) == BACK_CATALOGUE
    times = [post.created_at for post in tweets(posts)]
    assert times == sorted(times)
    assert times[0] - (BEGIN - BACK) < timedelta(minutes=10)
    assert timedelta(0) < BEGIN - times[-1] < timedelta(minutes=1)
    assert sum(time > BEGIN - timedelta(hours=1) for time in times) > 30
    assert len({post.lang for post in tweets(posts)}) >= 8
    demo.run(60)
    assert len(demo.sink.posts) > len(posts)


def test_a_store_that_holds_something_gets_no_back_catalogue() -> None:
    assert not Demo(catch_up=False).sink.posts


def test_every_post_is_news_to_the_store(tmp_path: Path) -> None:
    demo = Demo(catch_up=True)
    demo.run(HOUR / 2)
    store = TweetStore.open(f"sqlite:///{tmp_path}/demo.db")
    try:
        posts = demo.sink.posts
        events = store.save(posts)
        news = [event for event in events if event.kind != "edit"]
        assert [event.id for event in events if event.kind == "tweet"] == [
            post.id for post in tweets(posts) if len(post.edit_ids) == 1
        ]
        assert {event.id for event in news if event.kind == "delete"} == {
            post.id for post in posts if isinstance(post, Tombstone)
        }
        edited = {event.id for event in events if event.kind == "edit"}
        assert edited >= {post.id for post in tweets(posts) if len(post.edit_ids) > 1}
    finally:
        store.close()


def test_ids_rise_and_stay_unique_over_restarts() -> None:
    first = Demo(seed=1, catch_up=True)
    first.run(HOUR)
    restarted = Demo(seed=1, begin=first.now() + timedelta(seconds=1))
    restarted.run(HOUR)
    all_ids = ids(first.sink.posts) + ids(restarted.sink.posts)
    assert all(earlier < later for earlier, later in pairwise(all_ids))
    assert all_ids[-1] < 2**63


def test_a_full_sink_loses_nothing_and_lets_nothing_pile_up() -> None:
    free, held_up = Demo(seed=5, catch_up=True), Demo(seed=5, catch_up=True)
    held_up.run(30)
    before = len(held_up.sink.posts)
    held_up.sink.full = True
    tries = held_up.sink.tries
    held_up.run(HOUR)
    assert len(held_up.sink.posts) == before
    assert held_up.sink.tries - tries <= HOUR / RETRY + 1
    held_up.sink.full = False
    held_up.run(RETRY)
    assert before < len(held_up.sink.posts) <= before + 3
    held_up.run(60)
    free.run(120)

    def told(demo: Demo) -> list[str]:
        return [post.text for post in tweets(demo.sink.posts)]

    shortest = min(len(told(free)), len(told(held_up)))
    assert shortest > before
    assert told(free)[:shortest] == told(held_up)[:shortest]


def test_a_sink_that_is_full_at_the_start_gets_the_whole_back_catalogue_later() -> None:
    demo = Demo(catch_up=True, full=True)
    demo.run(10)
    assert not demo.sink.posts
    demo.sink.full = False
    demo.run(RETRY)
    assert len(demo.sink.posts) == BACK_CATALOGUE


def test_stop_stops_at_once() -> None:
    demo = Demo()
    demo.run(60)
    count = len(demo.sink.posts)
    stopped = demo.source.stop()
    assert stopped.called
    assert not demo.clock.getDelayedCalls()
    demo.run(60)
    assert len(demo.sink.posts) == count
    assert demo.source.stop().called, "twice is no fault"


def test_a_closed_intake_ends_it_quietly() -> None:
    demo = Demo()
    demo.sink.closed = True
    demo.run(60)
    assert demo.sink.tries == 1
    assert not demo.clock.getDelayedCalls()
    assert demo.source.stop().called


def test_it_never_has_a_problem() -> None:
    demo = Demo()
    demo.run(60)
    assert demo.source.problem() is None  # type: ignore[func-returns-value]


def test_the_same_seed_and_clock_give_the_same_posts() -> None:
    runs = [Demo(seed=9, catch_up=True) for _ in range(2)]
    for demo in runs:
        demo.run(600)
    assert runs[0].sink.taken == runs[1].sink.taken
    other = Demo(seed=10, catch_up=True)
    other.run(600)
    assert other.sink.taken != runs[0].sink.taken


def test_memory_is_bounded_over_a_day() -> None:
    demo = Demo(catch_up=True)
    demo.run(HOUR)
    after_an_hour = reachable(demo.source)
    demo.sink.taken.clear()
    for _ in range(23):
        demo.run(HOUR)
        assert len(demo.sink.taken) > 900
        demo.sink.taken.clear()
    assert reachable(demo.source) < after_an_hour * 1.2
