"""When the search index is filled.

A clock that is advanced and a store that answers when told to; and a reader that is killed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from stream_reader.search_indexing import (
    BATCH,
    FORGETTING_EVERY,
    FORGETTING_PAUSE,
    GATHERING,
    LOG_LOOKING,
    LOG_RETRY,
    LOOKING,
    PATIENCE,
    PAUSE,
    RETRY,
    SearchIndexing,
    SearchMetrics,
)
from tests.broker.ports import reserve_port
from tests.running import Running, kill, until
from tests.stream_reader import x_lines
from tweet_store.database import StoreUnavailable
from tweet_store.fts5 import Leftovers
from tweet_store.store import TweetStore


class Stage:
    """The indexing, already started; `idle` is the intake's."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.idle = True
        self.indexing_now: list[Deferred[int]] = []
        self.forgetting_now: list[tuple[bool, Deferred[Leftovers]]] = []
        self.log_answers: list[bool] = []
        """Whether the log is empty after each of the next looks; it is after those beyond."""
        self.looks: list[float] = []
        self.registry = CollectorRegistry()
        self.indexing = SearchIndexing(
            self.clock,
            lambda: self.idle,
            self._index,
            self._forget,
            self._empty_log,
            SearchMetrics(self.registry),
        )
        self.indexing.start()

    def _index(self, most: int) -> Deferred[int]:
        assert most == BATCH
        assert not self.indexing_now, "one step at a time"
        self.indexing_now.append(Deferred())
        return self.indexing_now[0]

    def _forget(self, pages: int, begin: bool) -> Deferred[Leftovers]:
        self.forgetting_now.append((begin, Deferred()))
        return self.forgetting_now[0][1]

    def _empty_log(self) -> Deferred[bool]:
        self.looks.append(self.clock.seconds())
        return succeed(self.log_answers.pop(0) if self.log_answers else True)

    def indexed(self, count: int) -> None:
        """The step in progress put so many posts into the index."""
        self.indexing_now.pop().callback(count)

    def forgot(self, left: Leftovers) -> bool:
        """The step in progress ended so. Whether it was allowed to begin."""
        begin, answer = self.forgetting_now.pop()
        answer.callback(left)
        return begin

    def rests(self) -> bool:
        """Until somebody asks, or until it is time to look at the log."""
        return not (self.indexing_now or self.forgetting_now) and self.indexing._resting is not None

    def count(self, name: str) -> Any:
        return self.registry.get_sample_value(name)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_it_begins_with_what_is_there_and_rests_when_that_is_done(stage: Stage) -> None:
    for count in (BATCH, BATCH, 17):
        stage.indexed(count)
        stage.clock.advance(PAUSE)
    assert stage.forgot("none")
    assert stage.rests()
    assert stage.count("celebwire_search_indexed_total") == 2 * BATCH + 17


def test_saves_in_short_order_make_one_step(stage: Stage) -> None:
    stage.indexed(0)
    stage.forgot("none")
    for _ in range(3):
        stage.indexing.wake()
        stage.clock.advance(GATHERING / 4)
        assert not stage.indexing_now
    stage.clock.advance(GATHERING)
    stage.indexed(3)
    stage.forgot("none")
    assert stage.rests()


def test_what_is_saved_during_a_step_gets_one_of_its_own(stage: Stage) -> None:
    stage.indexing.wake()
    stage.indexed(1)
    stage.indexing.wake()
    stage.forgot("none")
    stage.clock.advance(GATHERING)
    stage.indexed(1)
    stage.forgot("none")
    assert stage.rests()


def test_it_lets_the_intake_go_first_but_not_for_ever(stage: Stage) -> None:
    stage.idle = False
    stage.indexed(BATCH)
    stage.clock.advance(PAUSE)
    assert not stage.indexing_now
    stage.clock.pump([LOOKING] * int(PATIENCE / LOOKING + 1))
    stage.indexed(BATCH)
    stage.clock.advance(PAUSE)
    assert not stage.indexing_now
    stage.idle = True
    stage.clock.advance(LOOKING)
    stage.indexed(0)
    stage.forgot("none")
    assert stage.rests()


def test_forgetting_goes_on_step_by_step_and_new_posts_come_between(stage: Stage) -> None:
    stage.indexed(0)
    assert stage.forgot("merging")
    stage.clock.advance(FORGETTING_PAUSE)
    stage.indexed(5)
    stage.forgot("merging, some")
    stage.clock.advance(FORGETTING_PAUSE)
    stage.indexed(0)
    stage.forgot("none")
    assert stage.rests()


def test_forgetting_begins_again_only_after_a_while(stage: Stage) -> None:
    stage.indexed(0)
    assert stage.forgot("merging")
    stage.clock.advance(FORGETTING_PAUSE)
    stage.indexed(0)
    assert not stage.forgot("some")
    stage.indexing.wake()
    stage.clock.advance(GATHERING)
    stage.indexed(1)
    assert not stage.forgot("some")
    begins = False
    while not begins:
        stage.clock.advance(LOG_LOOKING)
        stage.clock.advance(GATHERING)
        stage.indexed(0)
        begins = stage.forgot("some")
    assert FORGETTING_EVERY <= stage.clock.seconds() < FORGETTING_EVERY + 2 * LOG_LOOKING


def test_the_log_is_looked_at_now_and_then_though_nothing_is_saved(stage: Stage) -> None:
    """Other processes delete words as well, and nobody wakes us for it."""
    stage.log_answers = [False]  # somebody is in the way
    for seconds in (LOG_LOOKING, LOG_RETRY, LOG_LOOKING):
        stage.indexed(0)
        stage.forgot("none")
        assert stage.rests()
        stage.clock.advance(seconds - 0.125)
        assert stage.rests()
        stage.clock.advance(0.125)
        stage.clock.advance(GATHERING)
    assert len(stage.looks) == 4


def test_a_step_that_fails_is_tried_again(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.indexing_now.pop().errback(Failure(StoreUnavailable("database is locked")))
    assert "database is locked" in caplog.text
    stage.clock.advance(RETRY)
    stage.indexed(1)
    stage.forgetting_now.pop()[1].errback(Failure(StoreUnavailable("disk is full")))
    stage.clock.advance(RETRY)
    stage.indexed(0)
    stage.forgot("none")
    assert stage.rests()
    assert stage.count("celebwire_search_failures_total") == 2


@pytest.mark.parametrize("where", ["indexing", "forgetting", "pausing", "resting"])
def test_once_stopped_it_does_nothing_more(stage: Stage, where: str) -> None:
    if where != "indexing":
        stage.indexed(0)
    if where == "pausing":
        stage.forgot("merging")
    if where == "resting":
        stage.forgot("none")
    stage.indexing.stop()
    assert not stage.clock.getDelayedCalls()
    stage.indexing.wake()
    if where == "indexing":
        stage.indexed(BATCH)
    stage.clock.advance(60)
    assert not stage.indexing_now


def test_a_reader_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """There is no RabbitMQ: nobody needs it to search."""
    posts = tmp_path / "posts.ndjson"
    lines = [
        x_lines.encode(
            x_lines.v2({"id": str(n), "edit_history_tweet_ids": [str(n)], "text": "tea"})
        )
        for n in range(10_000, 14_000)
    ]
    posts.write_bytes(b"\n".join(lines))
    store = TweetStore.open(f"sqlite:///{tmp_path}/celebwire.db")

    def found() -> int:
        return len(store.search("tea", limit=10_000))

    with Running(tmp_path, f"amqp://guest:guest@127.0.0.1:{reserve_port()}/") as running:
        running.start_reader(f"replay:{posts}@max")
        until(lambda: store.latest_seq() == len(lines))
        kill(running.reader)
        assert found() <= len(lines)
        posts.write_bytes(b"")
        running.start_reader(f"replay:{posts}@max")
        until(lambda: found() == len(lines))
    store.close()
