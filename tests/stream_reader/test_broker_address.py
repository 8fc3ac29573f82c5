"""What an AMQP URL means, the same as on pika's side."""

from __future__ import annotations

import traceback
from urllib.parse import quote

import pika
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.broker_address import BrokerAddress

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(user=names, password=names, vhost=names, port=st.integers(1, 65535))
def test_user_password_and_vhost_are_percent_decoded_as_pika_does(
    user: str, password: str, vhost: str, port: int
) -> None:
    parts = [quote(part, safe="") for part in (user, password, vhost)]
    url = f"amqp://{parts[0]}:{parts[1]}@broker.example:{port}/{parts[2]}"
    address = BrokerAddress.parse(url)
    assert address == BrokerAddress("broker.example", port, user, password, vhost)
    theirs = pika.URLParameters(url)
    assert (theirs.host, theirs.port) == (address.host, address.port)
    assert theirs.virtual_host == address.virtual_host
    credentials = theirs.credentials
    assert (credentials.username, credentials.password) == (address.user, address.password)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("amqp://h", BrokerAddress("h", 5672, "guest", "guest", "/")),
        ("amqp://h/", BrokerAddress("h", 5672, "guest", "guest", "/")),
        ("amqp://h:1/%2F", BrokerAddress("h", 1, "guest", "guest", "/")),
        ("amqp://u@h/v", BrokerAddress("h", 5672, "u", "guest", "v")),
        ("amqp://u:@h/v?heartbeat=5", BrokerAddress("h", 5672, "u", "", "v")),
        ("amqp://u:p@[::1]:5/v", BrokerAddress("::1", 5, "u", "p", "v")),
    ],
)
def test_what_is_left_out_has_the_usual_default(url: str, meant: BrokerAddress) -> None:
    assert BrokerAddress.parse(url) == meant


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:5672",
        "http://h/",
        "amqps://h/",
        "amqp:///v",
        "amqp://h:x",
        "amqp://h:0",
        "amqp://h:65536",
        "amqp://[::1",
        "amqp://user:secret/half@h",
    ],
)
def test_what_is_no_amqp_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="must look like") as caught:
        BrokerAddress.parse(url)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_vhost_too_long_for_the_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="255 bytes"):
        BrokerAddress.parse("amqp://h/" + quote("é" * 128))


def test_the_password_is_never_shown() -> None:
    address = BrokerAddress.parse("amqp://user:top-secret@broker.example:5673/%2F")
    assert str(address) == "broker.example:5673"
    assert "top-secret" not in repr(address)
    assert str(BrokerAddress.parse("amqp://[::1]/")) == "[::1]:5672"
