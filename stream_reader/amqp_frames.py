"""Frames' payloads that txAMQP 0.8.2 cannot write. Pure.

Its tables hold strings and numbers only, so it cannot tell a server what the client understands;
`start_ok` can. RabbitMQ then says what it otherwise keeps to itself: that a login is wrong, that an
alarm blocks us.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from txamqp.codec import Codec
from txamqp.connection import Frame

CLIENT_PROPERTIES: Mapping[str, Any] = {
    "product": "Celebwire",
    "connection_name": "Celebwire reader",
    "capabilities": {
        "publisher_confirms": True,
        "basic.nack": True,
        # RabbitMQ tells of a memory or disk alarm instead of just reading no more.
        "connection.blocked": True,
        # RabbitMQ says that a login is wrong instead of hanging up after some seconds.
        "authentication_failure_close": True,
    },
}


def table(values: Mapping[str, Any]) -> bytes:
    """An AMQP table of strings, booleans and tables, its length before it."""
    pieces = []
    for key, value in values.items():
        name = key.encode()
        pieces.append(struct.pack("!B", len(name)) + name)
        if isinstance(value, bool):
            pieces.append(b"t" + bytes([value]))
        elif isinstance(value, str):
            text = value.encode()
            pieces.append(b"S" + struct.pack("!L", len(text)) + text)
        else:
            pieces.append(b"F" + table(value))
    body = b"".join(pieces)
    return struct.pack("!L", len(body)) + body


class Encoded:
    """A frame's payload whose bytes are there already."""

    def __init__(self, type_: str, data: bytes) -> None:
        self.type = type_
        self._data = data

    def encode(self, encoder: Any) -> None:
        """txAMQP calls this."""
        encoder.encode_longbytes(self._data)


def start_ok(method: Any, login: bytes) -> Encoded:
    """connection.start-ok, with a table that txAMQP cannot write. `login` is for SASL PLAIN."""
    buffer = BytesIO()
    codec = Codec(buffer)
    codec.encode_short(method.klass.id)
    codec.encode_short(method.id)
    codec.write(table(CLIENT_PROPERTIES))
    codec.encode_shortstr(b"PLAIN")
    codec.encode_longstr(login)
    codec.encode_shortstr(b"en_US")
    return Encoded(Frame.METHOD, buffer.getvalue())
