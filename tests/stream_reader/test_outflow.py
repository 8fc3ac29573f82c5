"""Nacks, missing confirms, blocks and bounds of one connection, seen through the announcer."""

from __future__ import annotations

import pytest

from stream_reader.announcer import State
from stream_reader.marks import GATHER
from stream_reader.outflow import NACK_PAUSE
from tests.stream_reader.announcer_fakes import TIMEOUT, Stage
from tweet_store.model import PostEvent


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_no_more_than_the_window_is_unconfirmed() -> None:
    stage = Stage(window=10)
    stage.store.add(30)
    publisher = stage.connected()
    assert publisher.seqs == list(range(1, 11))
    assert stage.count("unconfirmed") == 10
    publisher.listener.acked(4, True)
    assert publisher.seqs == list(range(1, 11)), "not worth a read yet"
    publisher.listener.acked(5, False)
    assert publisher.seqs == list(range(1, 16))
    publisher.listener.acked(15, True)
    publisher.listener.acked(25, True)
    assert publisher.seqs == list(range(1, 31))


def test_a_window_of_one_works() -> None:
    stage = Stage(window=1)
    stage.store.add(3)
    publisher = stage.connected()
    for tag in (1, 2, 3):
        assert publisher.seqs == list(range(1, tag + 1))
        publisher.listener.acked(tag, False)


def test_what_was_nacked_is_published_again_on_the_same_connection(stage: Stage) -> None:
    stage.store.add(4)
    publisher = stage.connected()
    publisher.listener.nacked(2, False)
    publisher.listener.nacked(3, False)
    publisher.listener.acked(4, True)
    stage.clock.advance(GATHER)
    assert stage.store.marked == 1
    assert publisher.seqs == [1, 2, 3, 4]
    stage.clock.advance(NACK_PAUSE)
    assert publisher.seqs == [1, 2, 3, 4, 2, 3]
    assert stage.count("republished_total") == 2
    publisher.listener.acked(6, True)
    stage.clock.advance(GATHER)
    assert stage.store.marked == 4
    assert stage.connector.attempts == 1


def test_what_is_nacked_for_ever_ends_the_connection(stage: Stage) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    for _ in range(int(TIMEOUT / NACK_PAUSE) + 1):
        if not publisher.aborts:
            publisher.listener.nacked(len(publisher.sent), False)
            stage.clock.advance(NACK_PAUSE)
    assert publisher.aborts
    assert len(publisher.sent) <= TIMEOUT / NACK_PAUSE + 1


def test_a_missing_confirm_ends_the_connection_in_time(stage: Stage) -> None:
    stage.store.add(2)
    publisher = stage.connected()
    stage.clock.advance(TIMEOUT - 0.1)
    assert not publisher.aborts
    stage.clock.advance(0.1)
    assert publisher.aborts == ["has confirmed nothing for 10 s"]
    assert stage.announcer.problem() == (
        "RabbitMQ at test has confirmed nothing for 10 s; next try in 1 s"
    )


def test_each_step_forward_renews_the_time_for_confirms(stage: Stage) -> None:
    stage.store.add(3)
    publisher = stage.connected()
    for tag in (1, 2):
        stage.clock.advance(TIMEOUT - 1)
        publisher.listener.acked(tag, False)
    stage.clock.advance(TIMEOUT - 1)
    assert not publisher.aborts
    publisher.listener.acked(3, False)
    stage.clock.advance(10 * TIMEOUT)
    assert not publisher.aborts
    stage.store.add(1)
    stage.announcer.wake()
    stage.clock.advance(TIMEOUT)
    assert publisher.aborts


def test_later_confirms_do_not_hide_the_one_that_is_missing(stage: Stage) -> None:
    stage.store.add(50)
    publisher = stage.connected()
    for tag in range(2, 13):
        publisher.listener.acked(tag, False)
        if not publisher.aborts:
            stage.clock.advance(1)
    assert publisher.aborts


def test_a_blocked_broker_is_named_and_waited_for(stage: Stage) -> None:
    stage.store.add(2)
    publisher = stage.connected()
    publisher.listener.blocked("low on memory")
    assert stage.announcer.problem() == (
        "RabbitMQ at test takes no messages for now: low on memory"
    )
    stage.store.add(1)
    stage.announcer.wake()
    stage.clock.pump([TIMEOUT] * 5)
    assert not publisher.aborts
    assert publisher.seqs == [1, 2]
    publisher.listener.blocked(None)
    assert stage.announcer.problem() is None
    assert publisher.seqs == [1, 2, 3]
    stage.clock.pump([1] * int(2 * TIMEOUT))
    assert publisher.aborts, "unblocked, it has to confirm again"


@pytest.mark.parametrize("call", ["acked", "nacked"])
def test_a_confirm_of_what_was_never_sent_ends_the_connection(stage: Stage, call: str) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    getattr(publisher.listener, call)(2, False)
    assert publisher.aborts == ["confirmed delivery tag 2, the last was 1"]
    assert stage.announcer.state is State.WAITING


def test_an_event_that_fits_no_notice_is_counted_and_does_not_stand_in_the_way(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.store.add(3)
    stage.store.events[0] = PostEvent(1, "tweet", "x" * 300, "nova")
    stage.store.events[2] = PostEvent(3, "tweet", "3", "No Slug")
    publisher = stage.connected()
    assert publisher.seqs == [2]
    publisher.listener.acked(1, False)
    stage.clock.advance(GATHER)
    assert stage.store.marked == 3
    assert stage.count("unannounceable_total") == 2
    assert stage.count("announced_total") == 1
    assert "event 3 cannot be announced" in caplog.text
