"""txAMQP, mended: what it does where the original stops without a word. A clock, no network."""

from __future__ import annotations

from typing import Any

import pika.frame
import pika.spec as amqp
import pytest
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from txamqp.connection import Frame, Method
from txamqp.spec import load

from amqp_specs.spec import SPEC_PATH
from stream_reader.amqp_client import CUT_AFTER, Client, describe, printable

SPEC = load(str(SPEC_PATH))
HEARTBEAT = 10


class Events:
    """Keeps what the connection tells."""

    def __init__(self) -> None:
        self.acks: list[tuple[int, bool]] = []
        self.endings: list[str] = []
        self.heard: list[str] = []
        """All of it, in order."""
        self.fault: Exception | None = None
        """What our side raises over a confirm or a block."""

    def acked(self, tag: int, multiple: bool) -> None:
        self._fail()
        self.acks.append((tag, multiple))
        self.heard.append(f"ack {tag}{' multiple' if multiple else ''}")

    def nacked(self, tag: int, multiple: bool) -> None:
        self._fail()
        self.heard.append(f"nack {tag}")

    def blocked(self, reason: str | None) -> None:
        self._fail()
        raise NotImplementedError

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault

    def ended(self, reason: str, reply_code: int | None) -> None:
        self.endings.append(reason)
        self.heard.append("end")


class Wire(StringTransport):
    """A transport that holds what is written, and how often it was cut."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.cuts = 0

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802
        assert enabled

    def abortConnection(self) -> None:  # noqa: N802
        self.cuts += 1

    def taken(self) -> bytes:
        """What was written since this was last asked."""
        data = bytes(self.value())  # type: ignore[no-untyped-call]
        self.clear()  # type: ignore[no-untyped-call]
        return data


class Stage:
    def __init__(self) -> None:
        self.clock = Clock()
        self.events = Events()
        self.wire = Wire()
        self.client = Client(self.events, SPEC, b"/", b"\0me\0secret", HEARTBEAT, self.clock)
        self.client.makeConnection(self.wire)

    def receive(self, method: Any, channel: int = 0) -> None:
        self.client.dataReceived(pika.frame.Method(channel, method).marshal())

    def logged_in(self) -> Stage:
        self.receive(amqp.Connection.Start(server_properties={}))
        self.receive(amqp.Connection.Tune(0, 131072, 60))
        self.wire.taken()
        return self

    def lose(self) -> None:
        self.client.connectionLost(Failure(ConnectionAborted()))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def method(name: str) -> Any:
    klass, _, rest = name.partition(".")
    return SPEC.classes.byname[klass].methods.byname[rest]


def test_confirms_arrive_whole_and_in_order_however_the_bytes_are_cut(stage: Stage) -> None:
    stage.logged_in()
    acks = [amqp.Basic.Ack(tag, tag % 2 == 0) for tag in range(1, 6)]
    data = b"".join(pika.frame.Method(1, ack).marshal() for ack in acks)
    for byte in data:
        stage.client.dataReceived(bytes([byte]))
    stage.client.dataReceived(data)
    assert stage.events.acks == [(tag, tag % 2 == 0) for tag in [1, 2, 3, 4, 5] * 2]


def test_confirms_and_other_frames_are_told_in_the_order_of_their_coming(stage: Stage) -> None:
    stage.logged_in()
    methods = [
        amqp.Basic.Ack(1, False),
        amqp.Basic.Nack(2, False, True),
        amqp.Basic.Ack(3, True),
        amqp.Connection.Close(320, "CONNECTION_FORCED - bye", 0, 0),
        amqp.Basic.Ack(4, True),
    ]
    channels = [1, 1, 1, 0, 1]
    stage.client.dataReceived(
        b"".join(
            pika.frame.Method(channel, method).marshal()
            for channel, method in zip(channels, methods, strict=True)
        )
    )
    assert stage.events.heard == ["ack 1", "nack 2", "ack 3 multiple", "end"]


def test_heartbeats_go_out_each_interval_whatever_else_is_sent(stage: Stage) -> None:
    stage.logged_in()
    beat = pika.frame.Heartbeat().marshal()
    for _ in range(4):
        stage.receive(amqp.Basic.Ack(1, False), channel=1)
        stage.clock.advance(HEARTBEAT)
    assert stage.wire.taken() == 4 * beat


def test_silence_for_three_heartbeats_ends_the_connection(stage: Stage) -> None:
    stage.logged_in()
    stage.clock.advance(2 * HEARTBEAT)
    stage.client.dataReceived(pika.frame.Heartbeat().marshal())
    stage.clock.advance(2 * HEARTBEAT)
    stage.receive(amqp.Basic.Ack(1, False), channel=1)
    stage.clock.advance(3 * HEARTBEAT - 1)
    assert stage.wire.cuts == 0
    stage.clock.advance(1)
    assert stage.wire.cuts >= 1
    assert stage.events.endings == ["has been silent for 30 s"]


def test_no_timer_is_left_when_the_connection_is_gone(stage: Stage) -> None:
    stage.logged_in()
    stage.lose()
    assert stage.clock.getDelayedCalls() == []
    assert stage.events.endings == ["broke off the connection"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x09" + b"\x00" * 99,
        b"\x01\x00\x00\x00\x00\x00\x04\xff\xff\xff\xff\xce",  # no such method
        b"\x02\x00\x00\x00\x00\x00\x02\x00\x0a\xce",  # a header that nothing announced
        b"\x01\x00\x00\x00\x00\x00\x00\xce",  # an empty method
        b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x3d\xcf",  # not the end of a frame
        b"\x01" + b"\xff" * 200_000,  # a frame that does not end
        pika.frame.Method(1, amqp.Basic.Ack(1, False)).marshal()[:-1] + b"\xcd",
    ],
)
def test_garbage_ends_the_connection(stage: Stage, garbage: bytes) -> None:
    stage.logged_in().client.dataReceived(garbage)
    assert stage.wire.cuts >= 1
    assert "sent what is not AMQP" in stage.events.endings[0]


@pytest.mark.parametrize(
    ("told", "channel"),
    [
        (amqp.Basic.Ack(1, False), 1),
        (amqp.Basic.Nack(1, False, True), 1),
        (amqp.Connection.Blocked("memory"), 0),
        (amqp.Connection.Unblocked(), 0),
    ],
)
def test_a_fault_of_ours_ends_the_connection_and_is_not_the_broker_s(
    stage: Stage, told: Any, channel: int, caplog: pytest.LogCaptureFixture
) -> None:
    stage.logged_in()
    stage.events.fault = IndexError("pop from an empty deque")
    stage.receive(told, channel)
    assert stage.wire.cuts >= 1
    assert stage.events.endings[0] == (
        "was left because of a fault of the reader itself: IndexError: pop from an empty deque"
    )
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
    assert "not AMQP" not in caplog.text
    stage.receive(amqp.Basic.Ack(2, True), channel=1)
    assert stage.events.heard == ["end"]


def test_a_frame_that_cannot_be_encoded_ends_the_connection(stage: Stage) -> None:
    stage.logged_in()
    too_long = Method(method("basic.publish"), 0, "", "x" * 300, False, False)
    stage.client.outgoing.put(Frame(1, too_long))
    assert stage.wire.cuts >= 1
    assert "cannot be sent a frame" in stage.events.endings[0]


def test_a_peer_that_does_not_read_is_cut_off(stage: Stage) -> None:
    stage.logged_in()
    stage.receive(amqp.Connection.Close(320, "CONNECTION_FORCED - bye", 0, 0))
    assert stage.wire.disconnecting
    assert stage.wire.cuts == 0
    stage.clock.advance(CUT_AFTER)
    assert stage.wire.cuts >= 1
    assert stage.events.endings == ["closed the connection: CONNECTION_FORCED - bye"]


def test_why_a_connection_ended_is_one_printable_line(caplog: pytest.LogCaptureFixture) -> None:
    assert describe(Failure(ConnectionDone())) == "closed the connection without a word"
    assert "ZeroDivisionError: oh" in describe(Failure(ZeroDivisionError("oh")))
    assert "unexpected end" in caplog.text
    assert printable("a\nb\x1b\u202e") == "a?b??"
    assert printable(b"\xff" * 10) == "\N{REPLACEMENT CHARACTER}" * 10
    assert len(printable("x" * 10_000)) == 300
