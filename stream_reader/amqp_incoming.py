"""What RabbitMQ sends, cut into frames, and the confirms among them. Pure.

Confirms come by the thousand, and txAMQP takes 15 µs to take one apart; here it is 1. All other
frames are txAMQP's to read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

# AMQP 0-9-1, 4.2.3: type, channel and size of the payload, the payload, and one octet.
_FRAME = struct.Struct("!BHL")
_END = 0xCE
_METHOD = 1

# 1.8.3.13: class and method; delivery tag and, as a bit, whether it is 'all up to this'.
_BASIC_ACK = struct.pack("!HH", 60, 80)
_ACK = struct.Struct("!QBB")
_ACK_SIZE = len(_BASIC_ACK) + _ACK.size - 1


class BadFrame(Exception):  # noqa: N818  (reads as what it is)
    """What came is no frame, so there is no telling where the next one begins."""


class FrameSplitter:
    """Bytes that arrive in any pieces, cut into whole frames of at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that `data` completes; take them all. Raises `BadFrame`."""
        data = self._begun + data
        start = 0
        while len(data) - start >= _FRAME.size:
            size = _FRAME.size + _FRAME.unpack_from(data, start)[2] + 1
            if size > self._limit:
                raise BadFrame(f"a frame of {size} bytes")
            if len(data) - start < size:
                break
            yield data[start : start + size]
            start += size
        self._begun = data[start:]


class AckReader:
    """Tells the acks of one channel from other frames."""

    def __init__(self, channel: int) -> None:
        self._beginning = _FRAME.pack(_METHOD, channel, _ACK_SIZE) + _BASIC_ACK

    def read(self, frame: bytes) -> tuple[int, bool] | None:
        """Delivery tag and `multiple` of an ack; None for another frame. Raises `BadFrame`."""
        if not frame.startswith(self._beginning):
            return None
        tag, multiple, end = _ACK.unpack_from(frame, len(self._beginning))
        if end != _END:
            raise BadFrame("an ack without its end")
        return tag, multiple & 1 == 1
