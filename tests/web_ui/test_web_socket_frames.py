from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import FrameProtocol, ParseFailed

from web_ui.web_socket_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    INVALID_TEXT,
    LARGEST,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_BIG,
    Frame,
    ProtocolFault,
    accept_value,
    close_frame,
    handshake_answer,
    ping_frame,
    pong_frame,
    read_frames,
    text_frame,
)

control = st.binary(max_size=125)
code = st.sampled_from([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013])
closing = st.tuples(code | st.integers(3000, 4999), st.text(max_size=30))
small = st.text(max_size=LARGEST // 4)


def masked(
    first: int, payload: bytes, *, mask: bytes = b"\x01\x02\x03\x04", length: bytes | None = None
) -> bytes:
    """A client's frame; `length`: how that is written instead."""
    size = bytes((len(payload),)) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2)
    size = size if length is None else length
    body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes((first, size[0] | 0x80)) + size[1:] + mask + body


def in_pieces(data: bytes, cuts: list[int]) -> list[Frame]:
    """What is read when these bytes come in pieces."""
    frames: list[Frame] = []
    rest, at = b"", 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        new, rest = read_frames(rest + data[at:cut])
        assert len(rest) < LARGEST + 8
        frames += new
        at = cut
    assert rest == b""
    return frames


said = st.one_of(
    st.builds(Ping, payload=control),
    st.builds(Pong, payload=control),
    st.builds(TextMessage, data=small, message_finished=st.booleans()),
    st.builds(BytesMessage, data=st.binary(max_size=LARGEST), message_finished=st.booleans()),
)


@given(
    st.lists(said, max_size=8), st.none() | closing, st.lists(st.integers(0, 10_000), max_size=20)
)
def test_what_a_client_says_is_read_the_same_cut_anywhere(
    events: list[Event], end: tuple[int, str] | None, cuts: list[int]
) -> None:
    client = Connection(ConnectionType.CLIENT)
    data, expected, begun = b"", [], None
    for event in events:
        if isinstance(event, Message):
            if begun not in (None, type(event)):
                continue  # another kind cannot begin in the middle of a message
            first = TEXT if isinstance(event, TextMessage) else BINARY
            opcode = first if begun is None else CONTINUATION
            payload = event.data.encode() if isinstance(event, TextMessage) else event.data
            begun = None if event.message_finished else type(event)
        else:
            assert isinstance(event, Ping | Pong)
            opcode, payload = (PING if isinstance(event, Ping) else PONG), event.payload
        data += client.send(event)
        expected.append(Frame(opcode, bytes(payload)))
    if end is not None:
        data += client.send(CloseConnection(*end))
        expected.append(Frame(CLOSE, end[0].to_bytes(2) + end[1].encode()))
    assert in_pieces(data, cuts) == expected
    assert read_frames(data) == (expected, b"")


@given(
    st.lists(st.binary(max_size=200_000), max_size=3),
    st.lists(control, max_size=3),
    closing,
)
def test_what_we_say_a_client_reads(
    texts: list[bytes], pongs: list[bytes], end: tuple[int, str]
) -> None:
    texts = [text.decode(errors="replace").encode() for text in texts]
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(b"".join(map(text_frame, texts)))
    client.receive_data(ping_frame() + b"".join(map(pong_frame, pongs)) + close_frame(*end))
    read: list[str | bytes] = []
    for event in client.events():
        if isinstance(event, TextMessage):
            assert event.message_finished
            read.append(event.data)
        elif isinstance(event, Pong):
            read.append(bytes(event.payload))
        elif isinstance(event, Ping):
            assert event.payload == b""
        else:
            assert event == CloseConnection(*end)
    assert read == [*(text.decode() for text in texts), *pongs]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_text_of_any_length_is_one_message(size: int) -> None:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(text_frame(b"x" * size))
    assert list(client.events()) == [TextMessage("x" * size, True, True)]


def test_what_must_not_be_said_is_refused() -> None:
    for wrong in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000):
        with pytest.raises(ValueError, match="closing code"):
            close_frame(wrong, "")
    with pytest.raises(ValueError, match="125 bytes"):
        close_frame(1000, "ü" * 62)
    assert len(close_frame(1000, "x" * 123)) == 127
    with pytest.raises(ValueError, match="125 bytes"):
        pong_frame(b"x" * 126)


def test_the_handshake_of_a_client_is_answered() -> None:
    # RFC 6455, 1.3
    assert accept_value(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    client = WSConnection(ConnectionType.CLIENT)
    request = client.send(Request(host="celebs.example", target="/updates/ws"))
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    client.receive_data(handshake_answer(key) + text_frame(b"{}"))
    assert list(client.events()) == [AcceptConnection(), TextMessage("{}", True, True)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x00", PROTOCOL_ERROR),  # not masked
        (b"\x8a\x01x", PROTOCOL_ERROR),
        (masked(0xC1, b""), PROTOCOL_ERROR),  # reserved bits
        (masked(0xA9, b""), PROTOCOL_ERROR),
        (masked(0x9A, b""), PROTOCOL_ERROR),
        *(
            (masked(0x80 | opcode, b""), PROTOCOL_ERROR)
            for opcode in (*range(3, 8), *range(11, 16))
        ),
        (masked(PING, b""), PROTOCOL_ERROR),  # in fragments
        (masked(0x80 | PING, b"x" * 126), PROTOCOL_ERROR),
        (masked(0x80 | CLOSE, b"x", length=b"\x7f"), PROTOCOL_ERROR),
        (masked(0x80 | TEXT, b"x", length=b"\x7e\x00\x7d"), PROTOCOL_ERROR),  # could be shorter
        (masked(0x80 | CLOSE, b"\x03"), PROTOCOL_ERROR),
        (masked(0x80 | CLOSE, (999).to_bytes(2)), PROTOCOL_ERROR),
        (masked(0x80 | CLOSE, (1005).to_bytes(2)), PROTOCOL_ERROR),
        (masked(0x80 | CLOSE, (1006).to_bytes(2)), PROTOCOL_ERROR),
        (masked(0x80 | CLOSE, (1015).to_bytes(2)), PROTOCOL_ERROR),
        (masked(0x80 | CLOSE, (5000).to_bytes(2)), PROTOCOL_ERROR),
        (masked(0x80 | CLOSE, (1000).to_bytes(2) + b"\xff"), INVALID_TEXT),
        (masked(0x80 | TEXT, b"x" * (LARGEST + 1)), TOO_BIG),
        (masked(CONTINUATION, b"x" * (LARGEST + 1)), TOO_BIG),
        (b"\x81\xfe" + (LARGEST + 1).to_bytes(2), TOO_BIG),  # before the payload is there
        (b"\x81\xff", TOO_BIG),
    ],
)
def test_a_client_that_does_not_keep_to_the_protocol(data: bytes, code: int) -> None:
    for before in (b"", masked(0x80 | TEXT, b"x" * LARGEST)):
        with pytest.raises(ProtocolFault) as raised:
            read_frames(before + data)
        assert raised.value.code == code
        assert close_frame(raised.value.code, raised.value.reason)


@given(
    st.integers(0, 255).filter(lambda first: first & 0x0F > BINARY),
    # 1014 was registered later than wsproto's list was made.
    st.binary(max_size=127).filter(lambda payload: payload[:2] != (1014).to_bytes(2))
    | closing.map(lambda end: end[0].to_bytes(2) + end[1].encode()[:123]),
    st.booleans(),
    st.binary(min_size=4, max_size=4),
    st.none() | st.binary(min_size=1, max_size=4),
)
def test_control_frames_are_judged_as_by_another_program(
    first: int, payload: bytes, flip: bool, mask: bytes, length: bytes | None
) -> None:
    frame = masked(first, payload, mask=mask, length=length)
    frame = bytes((first, frame[1] ^ (0x80 if flip else 0))) + frame[2:]
    frame = frame[: 6 + (frame[1] & 0x7F)]  # no second one behind it
    assert judged(frame) == judged_by_wsproto(frame)


def judged(data: bytes) -> list[int] | int:
    """The opcodes, or the closing code for what is wrong."""
    try:
        return [frame.opcode for frame in read_frames(data)[0]]
    except ProtocolFault as fault:
        return fault.code


def judged_by_wsproto(data: bytes) -> list[int] | int:
    other = FrameProtocol(client=False, extensions=[])
    try:
        other.receive_bytes(data)
        return [int(frame.opcode) for frame in other.received_frames()]
    except ParseFailed as failed:
        return int(failed.code)


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_refused_or_kept(data: bytes) -> None:
    if isinstance(found := judged(data), int):
        assert found in (PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG)
    else:
        frames, rest = read_frames(data)
        assert len(rest) < LARGEST + 8
        assert data.endswith(rest)
        assert all(len(frame.payload) <= LARGEST for frame in frames)


def test_behind_a_close_nothing_is_read() -> None:
    close = masked(0x80 | CLOSE, (1000).to_bytes(2) + b"bye")
    assert read_frames(close + b"\xff" * 50) == ([Frame(CLOSE, b"\x03\xe8bye")], b"")
