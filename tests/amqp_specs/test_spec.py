"""The spec file, held against pika: every method and content header, found by reading the file.

The values are what both libraries can carry. txAMQP takes the length of a string before it encodes
it, so it is given text as UTF-8 bytes; its tables hold ASCII strings and integers up to 2^31-1.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import pika.frame
import pika.spec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from txamqp.codec import Codec
from txamqp.connection import Frame, Header
from txamqp.connection import Method as MethodFrame
from txamqp.protocol import FrameReceiver
from txamqp.spec import load, pythonize

from amqp_specs.spec import SPEC_PATH

spec = load(str(SPEC_PATH))
METHODS = {
    f"{klass.name}.{method.name}": method for klass in spec.classes for method in klass.methods
}
PROPERTIES = spec.classes.byname["basic"].fields

short_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bit": st.booleans(),
    "octet": st.integers(0, 2**8 - 1),
    "short": st.integers(0, 2**16 - 1),
    "long": st.integers(0, 2**32 - 1),
    "longlong": st.integers(0, 2**64 - 1),
    "timestamp": st.integers(0, 2**64 - 1),
    "shortstr": short_text,
    "longstr": st.text(max_size=300),
    "table": st.dictionaries(
        st.text(st.characters(codec="ascii"), min_size=1, max_size=20),
        st.text(st.characters(codec="ascii"), max_size=300) | st.integers(0, 2**31 - 1),
        max_size=4,
    ),
}


def for_txamqp(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def pika_class(method: Any) -> Any:
    return getattr(getattr(pika.spec, camel(method.klass.name)), camel(method.name))


def pika_name(name: str) -> str:
    # pika's own spelling of the one field name that is a keyword.
    return {"global": "global_qos"}.get(name, name.replace("-", "_"))


def txamqp_bytes(payload: Any, channel: int) -> bytes:
    return bytes(FrameReceiver(spec)._pack_frame(Frame(channel, payload)))


def as_text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def test_the_protocol_header_is_the_one_rabbitmq_takes() -> None:
    assert (spec.major, spec.minor) == (0, 9)
    numbers = {"method": 1, "header": 2, "body": 3, "heartbeat": 8, "end": 206}
    assert {name: spec.constants.byname[f"frame-{name}"].id for name in numbers} == numbers


def test_the_methods_that_the_stock_spec_lacks_are_there() -> None:
    assert {
        "confirm.select",
        "confirm.select-ok",
        "basic.nack",
        "connection.blocked",
        "connection.unblocked",
    } <= set(METHODS)


def test_of_the_classes_that_are_here_no_method_is_missing_but_those_left_out_on_purpose() -> None:
    left_out = {
        "connection.update-secret",
        "connection.update-secret-ok",
        "exchange.bind",
        "exchange.bind-ok",
        "exchange.unbind",
        "exchange.unbind-ok",
    }
    by_index = {number: cls.__qualname__ for number, cls in pika.spec.methods.items()}
    ours = {(method.klass.id << 16 | method.id) for method in METHODS.values()}
    classes = {klass.id for klass in spec.classes}
    missing = {
        name for number, name in by_index.items() if number not in ours and number >> 16 in classes
    }
    assert missing == {".".join(camel(part) for part in name.split(".")) for name in left_out}


@pytest.mark.parametrize("name", METHODS)
def test_numbers_fields_content_and_waiting_are_pikas(name: str) -> None:
    method = METHODS[name]
    theirs = pika_class(method)
    assert (method.klass.id << 16 | method.id) == theirs.INDEX
    fields = {pika_name(field.name): None for field in method.fields}
    instance = theirs(**fields)
    assert list(vars(instance)) == list(fields), "the same fields in the same order"
    assert pika.spec.has_content(theirs.INDEX) == method.content
    # Whoever sends it waits for an answer; the same in both, nowait aside.
    assert instance.synchronous == bool(method.responses)


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_method_is_encoded_as_pika_does_and_read_as_pika_writes(
    name: str, data: st.DataObject
) -> None:
    method = METHODS[name]
    values = {field.name: data.draw(VALUES[field.type], field.name) for field in method.fields}
    channel = data.draw(VALUES["short"], "channel")

    ours = txamqp_bytes(MethodFrame(method, *map(for_txamqp, values.values())), channel)
    instance = pika_class(method)(**{pika_name(key): value for key, value in values.items()})
    theirs = pika.frame.Method(channel, instance).marshal()
    assert ours == theirs

    frame = FrameReceiver(spec)._unpack_frame(theirs)
    assert frame.channel == channel
    assert frame.payload.method is method
    assert list(frame.payload.args) == list(values.values())

    used, decoded = pika.frame.decode_frame(ours)
    assert used == len(ours)
    assert {key: as_text(value) for key, value in vars(decoded.method).items()} == {
        pika_name(key): value for key, value in values.items()
    }


@settings(max_examples=25)
@given(data=st.data(), size=VALUES["longlong"], channel=VALUES["short"])
def test_every_content_header_is_encoded_as_pika_does_and_read_as_pika_writes(
    data: st.DataObject, size: int, channel: int
) -> None:
    present = data.draw(st.sets(st.sampled_from([field.name for field in PROPERTIES])), "present")
    values = {
        field.name: data.draw(VALUES[field.type], field.name)
        for field in PROPERTIES
        if field.name in present
    }
    basic = spec.classes.byname["basic"]
    given_values = {name: for_txamqp(value) for name, value in values.items()}
    ours = txamqp_bytes(Header(basic, 0, size, **given_values), channel)
    properties = pika.spec.BasicProperties(**{pika_name(name): v for name, v in values.items()})
    assert ours == pika.frame.Header(channel, size, properties).marshal()

    frame = FrameReceiver(spec)._unpack_frame(ours)
    assert (frame.channel, frame.payload.klass, frame.payload.size) == (channel, basic, size)
    assert frame.payload.properties == values


@pytest.mark.parametrize("field", list(PROPERTIES), ids=lambda field: field.name)
@settings(max_examples=25)
@given(data=st.data())
def test_each_property_alone_is_pikas(field: Any, data: st.DataObject) -> None:
    value = data.draw(VALUES[field.type])
    basic = spec.classes.byname["basic"]
    ours = txamqp_bytes(Header(basic, 0, 1, **{field.name: for_txamqp(value)}), 1)
    properties = pika.spec.BasicProperties(**{pika_name(field.name): value})
    assert ours == pika.frame.Header(1, 1, properties).marshal()


def test_all_properties_at_once_are_pikas_in_number() -> None:
    names = [pika_name(field.name) for field in PROPERTIES]
    assert names == list(vars(pika.spec.BasicProperties()))


def test_txamqp_reads_the_nested_tables_that_rabbitmq_introduces_itself_with() -> None:
    properties = {"product": "RabbitMQ", "capabilities": {"publisher_confirms": True, "n": 1}}
    theirs = pika.spec.Connection.Start(server_properties=properties)
    frame = FrameReceiver(spec)._unpack_frame(pika.frame.Method(0, theirs).marshal())
    assert frame.payload.args[2] == properties


def test_every_method_can_be_called_by_the_name_that_txamqp_makes_of_it() -> None:
    for name, method in METHODS.items():
        made = getattr(spec.klass, pythonize(method.klass.name + "_" + method.name))
        assert made.__doc__.strip(), name


def test_bits_share_octets_as_the_protocol_says() -> None:
    # 4.2.5.2 of the AMQP specification; nine bits make two octets. No method has more than five.
    assert max(sum(f.type == "bit" for f in method.fields) for method in METHODS.values()) == 5
    stream = BytesIO()
    codec = Codec(stream)
    for bit in [True, False, True]:
        codec.encode_bit(bit)
    codec.flush()
    assert struct.unpack("!B", stream.getvalue()) == (0b101,)
