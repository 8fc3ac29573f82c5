"""Cutting what comes into frames, and knowing the confirms among them."""

from __future__ import annotations

from typing import Any

import pika.frame
import pika.spec as amqp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.amqp_incoming import AckReader, BadFrame, FrameSplitter

LIMIT = 4096
tags = st.integers(0, 2**64 - 1)


def method(method: Any, channel: int = 1) -> bytes:
    return bytes(pika.frame.Method(channel, method).marshal())


frames = st.one_of(
    st.builds(lambda tag, multiple: method(amqp.Basic.Ack(tag, multiple)), tags, st.booleans()),
    st.builds(lambda body: bytes(pika.frame.Body(1, body).marshal()), st.binary(max_size=300)),
    st.just(pika.frame.Heartbeat().marshal()),
)


@given(st.lists(frames), st.data())
def test_frames_come_out_whole_however_the_bytes_are_cut(
    expected: list[bytes], data: st.DataObject
) -> None:
    wire = b"".join(expected)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)))))
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    splitter = FrameSplitter(LIMIT)
    assert [frame for piece in pieces for frame in splitter.feed(piece)] == expected


def test_a_frame_of_the_limit_passes_and_a_longer_one_is_refused_at_its_beginning() -> None:
    longest = pika.frame.Body(1, b"x" * (LIMIT - 8)).marshal()
    assert list(FrameSplitter(LIMIT).feed(longest)) == [longest]
    longer = pika.frame.Body(1, b"x" * (LIMIT - 7)).marshal()
    with pytest.raises(BadFrame, match="4097 bytes"):
        list(FrameSplitter(LIMIT).feed(longer[:7]))


@given(tag=tags, multiple=st.booleans(), channel=st.integers(1, 65535))
def test_an_ack_is_read_as_pika_writes_it(tag: int, multiple: bool, channel: int) -> None:
    ack = method(amqp.Basic.Ack(tag, multiple), channel)
    assert AckReader(channel).read(ack) == (tag, multiple)


@pytest.mark.parametrize(
    "other",
    [
        method(amqp.Basic.Ack(1, False), channel=2),
        method(amqp.Basic.Nack(1, False, True)),
        method(amqp.Basic.Reject(1, False)),
        method(amqp.Channel.CloseOk()),
        pika.frame.Heartbeat().marshal(),
        pika.frame.Body(1, method(amqp.Basic.Ack(1, False))).marshal(),
        b"",
    ],
)
def test_other_frames_are_not_taken_for_acks(other: bytes) -> None:
    assert AckReader(1).read(other) is None


def test_an_ack_without_its_end_is_no_frame() -> None:
    ack = method(amqp.Basic.Ack(1, False))
    with pytest.raises(BadFrame):
        AckReader(1).read(ack[:-1] + b"\xcd")
