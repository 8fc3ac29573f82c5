"""Frames written by hand: byte by byte txAMQP's own, and read by pika as what they mean."""

from __future__ import annotations

from typing import Any

import pika.frame
import pika.spec as amqp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from txamqp.connection import Body, Frame, Header, Method
from txamqp.protocol import FrameReceiver
from txamqp.spec import load

from amqp_specs.notices import Message, Notice, decode, encode
from amqp_specs.spec import SPEC_PATH
from stream_reader.amqp_outgoing import NoticeFrames
from tests.amqp_specs.test_notices import notices

SPEC = load(str(SPEC_PATH))
BASIC = SPEC.classes.byname["basic"]

exchanges = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
channels = st.integers(1, 65535)
times = st.integers(0, 2**64 - 1)


def txamqp_writes(channel: int, exchange: str, message: Message) -> bytes:
    publish = Method(BASIC.methods.byname["publish"], 0, exchange.encode(), "", False, False)
    header = Header(BASIC, 0, len(message.body), **message.properties)
    receiver = FrameReceiver(SPEC)
    payloads: list[Any] = [publish, header, Body(message.body)]
    return b"".join(receiver._pack_frame(Frame(channel, payload)) for payload in payloads)


@given(notice=notices, timestamp=times, channel=channels, exchange=exchanges)
def test_the_bytes_are_those_that_txamqp_would_write(
    notice: Notice, timestamp: int, channel: int, exchange: str
) -> None:
    message = encode(notice, timestamp)
    written = NoticeFrames(channel, exchange).encode(message)
    assert written == txamqp_writes(channel, exchange, message)


@given(notices, st.integers(0, 2**33))
def test_pika_reads_the_notice(notice: Notice, timestamp: int) -> None:
    data = NoticeFrames(1, "celeb.tweet_ids").encode(encode(notice, timestamp))
    frames = []
    while data:
        used, frame = pika.frame.decode_frame(data)
        frames.append(frame)
        data = data[used:]
    method, header, body = frames
    assert isinstance(method.method, amqp.Basic.Publish)
    assert method.method.exchange == "celeb.tweet_ids"
    assert method.method.routing_key == ""
    assert decode(body.fragment, header.properties.type) == notice
    assert header.properties.message_id == f"{notice.kind}:{notice.id}"
    assert header.properties.timestamp == timestamp
    assert (header.properties.content_type, header.properties.delivery_mode) == (
        "application/json",
        2,
    )


def test_what_does_not_fit_is_refused_before_anything_is_written() -> None:
    message = encode(Notice("tweet", "1", 1, "nova"), 0)
    with pytest.raises(ValueError, match="range"):
        NoticeFrames(1, "x" * 256)
    with pytest.raises(ValueError, match="range"):
        NoticeFrames(1, "x").encode(
            message._replace(properties={**message.properties, "type": "x" * 256})
        )
