"""The outbox pump as a state machine: a clock, a store and a broker that are moved by hand."""

from __future__ import annotations

import pytest

from amqp_specs.notices import Notice
from stream_reader.announcer import (
    REFUSED_WAIT,
    STEADY,
    STOP_CONFIRMS,
    STOP_MARK,
    State,
)
from stream_reader.broker import BrokerRefused
from stream_reader.marks import GATHER
from stream_reader.outbox import PAGE, RETRY
from tests.stream_reader.announcer_fakes import DOWN, HandPublisher, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_what_was_not_announced_before_goes_out_first_and_in_order(stage: Stage) -> None:
    stage.store.add(600)
    publisher = stage.connected()
    assert publisher.seqs == list(range(1, 601))
    assert publisher.sent[0].id == "1001"
    assert [limit for _, limit in stage.store.reads] == [PAGE, PAGE]


def test_seqs_between_that_are_not_the_reader_s_hold_nothing_up(stage: Stage) -> None:
    stage.store.add(600, others=2)
    publisher = stage.connected()
    assert publisher.seqs == list(range(3, 1801, 3))
    publisher.listener.acked(200, True)
    stage.clock.advance(GATHER)
    assert stage.store.marks == [600]
    publisher.listener.lost("broke off the connection")
    stage.clock.advance(60)
    again = stage.connector.accept()
    assert again.seqs == list(range(603, 1801, 3))
    again.listener.acked(400, True)
    stage.clock.advance(GATHER)
    assert stage.store.marks == [600, 1800]
    assert stage.announcer.problem() is None


def test_a_wake_brings_what_is_new_and_a_needless_one_nothing(stage: Stage) -> None:
    publisher = stage.connected()
    assert publisher.seqs == []
    stage.store.add(2)
    stage.announcer.wake()
    stage.announcer.wake()
    assert publisher.seqs == [1, 2]


def test_wakes_during_a_read_become_one_more_read(stage: Stage) -> None:
    stage.store.slow = True
    publisher = stage.connected()
    stage.store.add(3)
    for _ in range(100):
        stage.announcer.wake()
    assert len(stage.store.reads) == 1
    stage.store.answer()
    assert len(stage.store.reads) == 2
    stage.store.answer()
    assert publisher.seqs == [1, 2, 3]
    assert len(stage.store.reads) == 2


def test_confirms_are_gathered_into_one_mark(stage: Stage) -> None:
    stage.store.add(9)
    publisher = stage.connected()
    for tag in range(1, 10):
        publisher.listener.acked(tag, False)
    assert stage.store.marks == []
    stage.clock.advance(GATHER)
    assert stage.store.marks == [9]
    assert stage.count("announced_total") == 9
    stage.clock.advance(60)
    assert stage.store.marks == [9]


def test_the_mark_stops_at_a_hole(stage: Stage) -> None:
    stage.store.add(5)
    publisher = stage.connected()
    for tag in (1, 2, 4, 5):
        publisher.listener.acked(tag, False)
    stage.clock.advance(GATHER)
    assert stage.store.marked == 2
    publisher.listener.acked(3, False)
    stage.clock.advance(GATHER)
    assert stage.store.marked == 5


def test_a_mark_that_fails_is_named_and_repeated(stage: Stage) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    stage.store.broken = OSError("disk is full")
    publisher.listener.acked(1, False)
    stage.clock.advance(GATHER)
    assert stage.announcer.problem() == "announced events cannot be marked: disk is full"
    stage.store.broken = None
    stage.clock.advance(1)
    assert stage.store.marked == 1
    assert stage.announcer.problem() is None


def test_after_a_lost_connection_all_past_the_watermark_goes_out_again(stage: Stage) -> None:
    stage.store.add(6)
    first = stage.connected()
    first.listener.acked(2, True)
    first.listener.acked(5, False)
    first.listener.lost("broke off the connection")
    assert stage.announcer.state is State.WAITING
    assert stage.announcer.problem() == (
        "RabbitMQ at test broke off the connection; next try in 1 s"
    )
    assert stage.count("unconfirmed") == 0
    stage.store.add(1)
    stage.announcer.wake()
    stage.clock.advance(1)
    second = stage.connector.accept()
    assert second.seqs == [3, 4, 5, 6, 7]
    assert stage.count("republished_total") == 4
    second.listener.acked(5, True)
    stage.clock.advance(GATHER)
    assert stage.store.marked == 7
    assert stage.count("announced_total") == 7
    assert stage.announcer.problem() is None


def test_waits_grow_as_long_as_nothing_works(stage: Stage) -> None:
    stage.announcer.start()
    for wait in (1, 2, 4, 8, 8):
        stage.connector.refuse(DOWN)
        assert stage.announcer.problem() == (
            f"RabbitMQ at test cannot be reached: connection refused; next try in {wait} s"
        )
        stage.clock.advance(wait - 0.1)
        assert not stage.connector.trying
        stage.clock.advance(0.1)
        assert stage.connector.trying
    assert stage.announcer.problem() == (
        "RabbitMQ at test cannot be reached: connection refused; trying now"
    )


def failed_often(stage: Stage) -> None:
    """The next wait would be 8 s."""
    stage.announcer.start()
    for wait in (1, 2, 4):
        stage.connector.refuse(DOWN)
        stage.clock.advance(wait)


def lost_after(stage: Stage, publisher: HandPublisher) -> str:
    publisher.listener.lost("broke off the connection")
    return str(stage.announcer.problem()).rpartition("next try in ")[2]


def test_being_let_in_does_not_shorten_the_waits_but_the_first_confirm_does(stage: Stage) -> None:
    failed_often(stage)
    stage.store.add(2)
    publisher = stage.connector.accept()
    assert publisher.seqs == [1, 2]
    assert lost_after(stage, publisher) == "8 s"
    stage.clock.advance(8)
    publisher = stage.connector.accept()
    publisher.listener.acked(1, False)
    assert lost_after(stage, publisher) == "1 s"


def test_a_connection_with_nothing_to_confirm_works_if_it_stands_for_a_while(stage: Stage) -> None:
    failed_often(stage)
    publisher = stage.connector.accept()
    stage.clock.advance(STEADY - 1)
    assert lost_after(stage, publisher) == "8 s"
    stage.clock.advance(8)
    publisher = stage.connector.accept()
    stage.clock.advance(STEADY)
    assert lost_after(stage, publisher) == "1 s"


def test_a_broker_that_lets_us_in_and_refuses_each_message_is_tried_slowly(stage: Stage) -> None:
    stage.store.add(1)
    stage.connected().listener.lost("closed the channel: ACCESS_REFUSED", refused=True)
    assert stage.announcer.problem() == (
        "RabbitMQ at test closed the channel: ACCESS_REFUSED; next try in 30 s"
    )
    stage.clock.advance(REFUSED_WAIT - 0.1)
    assert not stage.connector.trying
    stage.clock.advance(0.1)
    assert stage.connector.trying


def test_what_somebody_must_mend_is_tried_slowly(stage: Stage) -> None:
    stage.announcer.start()
    stage.connector.refuse(BrokerRefused("refuses user 'guest': ACCESS_REFUSED"))
    assert stage.announcer.problem() == (
        "RabbitMQ at test refuses user 'guest': ACCESS_REFUSED; next try in 30 s"
    )
    stage.clock.advance(REFUSED_WAIT)
    assert stage.connector.trying


def test_an_unforeseen_failure_to_connect_is_logged_and_tried_again(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.announcer.start()
    stage.connector.refuse(ZeroDivisionError("oh"))
    assert "ZeroDivisionError" in caplog.text
    stage.clock.advance(1)
    assert stage.connector.trying


def test_a_page_that_was_read_for_an_ended_connection_is_not_published(stage: Stage) -> None:
    stage.store.add(3)
    stage.store.slow = True
    first = stage.connected()
    first.listener.lost("broke off the connection")
    stage.clock.advance(1)
    second = stage.connector.accept()
    stage.store.slow = False
    stage.store.answer()
    assert (first.seqs, second.seqs) == ([], [1, 2, 3])


def test_a_store_that_cannot_be_read_is_named_and_tried_again(stage: Stage) -> None:
    stage.store.add(1)
    stage.store.broken = OSError("disk is gone")
    publisher = stage.connected()
    assert stage.announcer.problem() == ("the events to announce cannot be read: disk is gone")
    stage.store.broken = None
    stage.clock.advance(RETRY)
    assert publisher.seqs == [1]
    assert stage.announcer.problem() is None


# Stopping.


class Stop:
    """`stop`, called; `done` is asked for, since an attribute would be taken for constant."""

    def __init__(self, stage: Stage, spare: float = 0.0) -> None:
        self._stopped = stage.announcer.stop(spare)

    def done(self) -> bool:
        return bool(self._stopped.called)


def test_stop_announces_the_rest_takes_the_confirms_marks_and_closes(stage: Stage) -> None:
    publisher = stage.connected()
    stage.store.slow = True
    stage.store.add(2)
    stage.announcer.wake()
    stopped = Stop(stage)
    stage.store.answer()
    assert publisher.seqs == [1, 2]
    assert not stopped.done()
    stage.store.slow = False
    publisher.listener.acked(2, True)
    assert stage.store.marked == 2, "at once, not after the usual pause"
    assert publisher.closed
    assert stopped.done()
    assert stage.clock.getDelayedCalls() == []
    assert stage.announcer.state is State.STOPPED


def test_stop_does_not_wait_for_ever_for_confirms(stage: Stage) -> None:
    stage.store.add(3)
    publisher = stage.connected()
    publisher.listener.acked(1, False)
    stopped = Stop(stage)
    stage.clock.advance(STOP_CONFIRMS)
    assert stage.store.marked == 1
    assert publisher.closed
    assert stopped.done()
    assert stage.clock.getDelayedCalls() == []


def test_stop_waits_longer_for_confirms_where_others_left_it_time(stage: Stage) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    stopped = Stop(stage, spare=2)
    stage.clock.advance(STOP_CONFIRMS + 1.9)
    assert not stopped.done()
    publisher.listener.acked(1, False)
    assert stopped.done()
    assert stage.store.marked == 1


def test_stop_does_not_wait_for_ever_for_the_store(stage: Stage) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    stage.store.slow = True
    publisher.listener.acked(1, False)
    stopped = Stop(stage)
    assert stage.store.marks == [1]
    stage.clock.advance(STOP_MARK)
    assert publisher.closed
    assert stopped.done()
    stage.store.answer()
    assert stage.clock.getDelayedCalls() == []


def test_stop_does_not_wait_for_a_blocked_broker_or_a_broken_store(stage: Stage) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    publisher.listener.blocked("low on disk")
    assert Stop(stage).done()

    other = Stage()
    other.store.broken = OSError("gone")
    other.connected()
    assert Stop(other).done()
    assert other.clock.getDelayedCalls() == []


def test_a_read_that_fails_while_stopping_leaves_no_timer(stage: Stage) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    stage.store.broken = OSError("gone")
    stopped = Stop(stage)
    stage.announcer.wake()
    publisher.listener.acked(1, False)
    assert stopped.done()
    assert stage.clock.getDelayedCalls() == []


def test_stop_while_connecting_or_waiting_is_immediate(stage: Stage) -> None:
    stage.announcer.start()
    assert Stop(stage).done()
    assert not stage.connector.trying
    assert stage.clock.getDelayedCalls() == []

    other = Stage()
    other.announcer.start()
    other.connector.refuse(DOWN)
    assert Stop(other).done()
    assert other.clock.getDelayedCalls() == []
    other.announcer.wake()
    assert other.announcer.problem() == "nothing is announced: stopped"


def test_stop_before_start_is_immediate(stage: Stage) -> None:
    assert stage.announcer.problem() == "nothing is announced: idle"
    assert Stop(stage).done()


def test_a_connection_lost_while_stopping_ends_the_waiting(stage: Stage) -> None:
    stage.store.add(1)
    publisher = stage.connected()
    stopped = Stop(stage)
    publisher.listener.lost("broke off the connection")
    assert stopped.done()
    assert stage.connector.attempts == 1
    assert stage.clock.getDelayedCalls() == []


def test_a_fault_of_ours_in_publishing_costs_the_connection_and_no_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    stage.store.add(5)
    publish = HandPublisher.publish
    calls: list[int] = []

    def faulty(publisher: HandPublisher, notice: Notice) -> int:
        calls.append(notice.seq)
        if len(calls) == 3:
            raise ValueError("delivery tag 2 after 2")
        return publish(publisher, notice)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HandPublisher, "publish", faulty)
        first = stage.connected()
        assert first.seqs == [1, 2]
        assert first.aborts == [
            "was left because of a fault of the reader itself: delivery tag 2 after 2"
        ]
        assert first.aborts[0] in str(stage.announcer.problem())
        stage.clock.advance(1)
        second = stage.connector.accept()
        assert second.seqs == [1, 2, 3, 4, 5]
    assert stage.store.marked == 0
    second.listener.acked(5, True)
    stage.clock.advance(GATHER)
    assert stage.store.marked == 5
    assert stage.announcer.problem() is None
    assert "what was read could not be published" in caplog.text
