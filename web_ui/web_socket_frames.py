"""WebSocket frames and handshake as bytes, from a server's side (RFC 6455). Pure.

Visitors have nothing to say: of what they send only ping, pong and close matter, and a data frame
is given like any other, to be passed over. So nothing is remembered of a connection but the bytes
of a frame that is not whole yet, fewer than LARGEST + 8. For the same reason it is not looked at
whether fragments follow each other as they should, nor whether a text is UTF-8.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
"""Opcodes (RFC 6455, 5.2)."""
PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG = 1002, 1007, 1009
"""Closing codes of `ProtocolFault` (RFC 6455, 7.4.1)."""
LARGEST = 1024
"""Bytes of payload in one frame of a visitor's."""
LARGEST_CONTROL = 125
"""Bytes of payload in a control frame (RFC 6455, 5.5)."""

_DATA = frozenset((CONTINUATION, TEXT, BINARY))
_CONTROL = frozenset((CLOSE, PING, PONG))
_FIN, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Frame(NamedTuple):
    """A whole frame of a visitor's, the payload unmasked."""

    opcode: int
    payload: bytes


class ProtocolFault(Exception):  # noqa: N818
    """The visitor does not keep to the protocol. Send `close_frame(code, reason)` and close."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def accept_value(key: bytes) -> bytes:
    """`Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455, 4.2.2)."""
    return b64encode(sha1(key + _MAGIC, usedforsecurity=False).digest())


def handshake_answer(key: bytes) -> bytes:
    """The whole head that accepts a handshake: no subprotocol, no extension."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\n"
        b"\r\n"
    ) % accept_value(key)


def text_frame(payload: bytes) -> bytes:
    """One text message. `payload` is UTF-8."""
    return _frame(TEXT, payload)


def ping_frame() -> bytes:
    """A ping with no payload."""
    return _frame(PING, b"")


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping with this payload. Raises ValueError past 125 bytes."""
    return _frame(PONG, payload)


def close_frame(code: int, reason: str) -> bytes:
    """Raises ValueError if the reason is over 123 bytes of UTF-8 or the code may not be sent."""
    if not _may_be_sent(code):
        raise ValueError(f"{code} is no closing code that may be sent")
    return _frame(CLOSE, code.to_bytes(2) + reason.encode())


def read_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """The whole frames at the beginning of `data`, and the bytes behind them, which are to be put
    before what comes next. Behind a close frame everything is thrown away (RFC 6455, 1.4).

    Raises `ProtocolFault` as soon as a frame's header is there, without waiting for its payload.
    """
    frames: list[Frame] = []
    start, size = 0, len(data)
    while size - start >= 2:
        first, second = data[start], data[start + 1]
        opcode, length = first & _OPCODE, second & _LENGTH
        _check(first, second)
        at = start + 2
        if length == 126:
            if size - at < 2:
                break
            length = int.from_bytes(data[at : at + 2])
            at += 2
            if length < 126:
                raise ProtocolFault(PROTOCOL_ERROR, "a length that is not written the short way")
            if length > LARGEST:
                raise ProtocolFault(TOO_BIG, f"at most {LARGEST} bytes")
        end = at + 4 + length
        if end > size:
            break
        payload = _unmask(data[at + 4 : end], data[at : at + 4])
        frames.append(Frame(opcode, payload))
        if opcode == CLOSE:
            _check_close(payload)
            return frames, b""
        start = end
    return frames, data[start:]


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= LARGEST_CONTROL:
        return bytes((_FIN | opcode, size)) + payload
    if opcode in _CONTROL:
        raise ValueError(f"a control frame takes {LARGEST_CONTROL} bytes, not {size}")
    if size <= 0xFFFF:
        return bytes((_FIN | opcode, 126)) + size.to_bytes(2) + payload
    return bytes((_FIN | opcode, 127)) + size.to_bytes(8) + payload


def _check(first: int, second: int) -> None:
    opcode = first & _OPCODE
    if first & _RESERVED:
        raise ProtocolFault(PROTOCOL_ERROR, "a reserved bit is set")
    if opcode in _CONTROL:
        if not first & _FIN:
            raise ProtocolFault(PROTOCOL_ERROR, "a control frame in fragments")
        if second & _LENGTH > LARGEST_CONTROL:
            raise ProtocolFault(PROTOCOL_ERROR, "a control frame over 125 bytes")
    elif opcode not in _DATA:
        raise ProtocolFault(PROTOCOL_ERROR, "an unknown opcode")
    if not second & _MASKED:
        raise ProtocolFault(PROTOCOL_ERROR, "a frame that is not masked")
    if second & _LENGTH == 127:  # 65,536 bytes and more
        raise ProtocolFault(TOO_BIG, f"at most {LARGEST} bytes")


def _check_close(payload: bytes) -> None:
    if not payload:
        return
    if len(payload) == 1 or not _may_be_sent(int.from_bytes(payload[:2])):
        raise ProtocolFault(PROTOCOL_ERROR, "a closing code that may not be sent")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise ProtocolFault(INVALID_TEXT, "a closing reason that is not UTF-8") from None


def _may_be_sent(code: int) -> bool:
    """RFC 6455, 7.4, and the registry it set up: 1012, 1013 and 1014 came later."""
    return 3000 <= code <= 4999 or (1000 <= code <= 1014 and code not in (1004, 1005, 1006))


def _unmask(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)
