"""Our own payloads, byte by byte against pika's, and within txAMQP's frames."""

from __future__ import annotations

from typing import Any

import pika.data
import pika.frame
from txamqp.connection import Frame
from txamqp.protocol import FrameReceiver
from txamqp.spec import load

from amqp_specs.spec import SPEC_PATH
from stream_reader.amqp_frames import CLIENT_PROPERTIES, start_ok, table

SPEC = load(str(SPEC_PATH))


def packed(channel: int, payload: Any) -> bytes:
    return bytes(FrameReceiver(SPEC)._pack_frame(Frame(channel, payload)))


def method(name: str) -> Any:
    klass, _, rest = name.partition(".")
    return SPEC.classes.byname[klass].methods.byname[rest]


def test_start_ok_is_what_pika_reads_nested_table_and_booleans_too() -> None:
    payload = start_ok(method("connection.start-ok"), "\0é\0ü".encode())
    _, frame = pika.frame.decode_frame(packed(0, payload))
    assert frame.method.NAME == "Connection.StartOk"
    assert frame.method.client_properties == dict(CLIENT_PROPERTIES)
    assert (frame.method.mechanism, frame.method.locale) == ("PLAIN", "en_US")
    assert frame.method.response == "\0é\0ü".encode()


def test_a_table_is_what_pika_writes() -> None:
    values = {"text": "é", "yes": True, "no": False, "in": {"deep": {"er": "x"}, "none": {}}}
    pieces: list[bytes] = []
    pika.data.encode_table(pieces, values)
    assert table(values) == b"".join(pieces)
