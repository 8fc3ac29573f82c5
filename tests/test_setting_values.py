"""What single settings may be, and what not."""

from __future__ import annotations

from pathlib import Path

import pytest

import settings
from tests.bad_settings import faults


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "amqp://reader:hunter2/x@host",
        "amqp://reader:hunter2#x@host",
        "amqp://reader:hunter2?x@host:5672",
        "amqp://reader:47110815/x@host",
        "amqp://reader:4711/hunter2@host",
        "amqp://reader:[hunter2]@host",
        "amqp://reader:hunter2\u2100@host",
    ],
)
def test_a_password_that_is_not_percent_encoded_is_named_and_not_shown(url: str) -> None:
    text = faults({"CELEBWIRE_AMQP_URL": url})
    assert "the port must be a number; percent-encode / # ? @ in the password" in text
    for secret in ("hunter2", "4711"):
        assert secret not in text
    settings.load({"CELEBWIRE_AMQP_URL": "amqp://reader:hunter2%2F%23%3F%40@host:5672/a%40b"})


def test_a_virtual_host_has_a_longest_name() -> None:
    assert "255 bytes" in faults({"CELEBWIRE_AMQP_URL": f"amqp://h/{'%C3%A9' * 128}"})
    settings.load({"CELEBWIRE_AMQP_URL": f"amqp://h/{'%C3%A9' * 127}"})


@pytest.mark.parametrize(
    "url", ["sqlite:///:memory:", "sqlite:///var/x.db", "sqlite://", "sqlite:///", "x"]
)
def test_the_store_is_the_same_for_both_processes(url: str) -> None:
    assert "sqlite:////absolute" in faults({"CELEBWIRE_STORE_URL": url})
    settings.load({"CELEBWIRE_STORE_URL": "sqlite:////var/lib/x.db"})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://me:hunter2@db/news", "postgresql://user"),
        ("postgresql://me:hunter2@db", "must end with the database"),
        ("postgresql://me:hunter2@db/", "must end with the database"),
        ("postgresql://me:hunter2@db/a/b", "must end with the database"),
        ("postgresql://me:hunter2@db:port/news", "percent-encode"),
        ("postgresql://me:12/hunter2@db/news", "percent-encode"),
        ("postgresql://me:1#hunter2@db/news", "percent-encode"),
        ("postgresql://me:hunter2@fish@db/news", "percent-encode"),
        ("postgresql://db/news?user=me&password=hunter2", "before the host"),
    ],
)
def test_an_address_of_postgresql_is_whole_and_its_password_not_shown(url: str, words: str) -> None:
    text = faults({"CELEBWIRE_STORE_URL": url})
    assert words in text
    assert "hunter2" not in text


@pytest.mark.parametrize("where", ["me:p%40ss@db:5432/news?sslmode=require", "/news?host=/run/pg"])
def test_addresses_of_postgresql(where: str) -> None:
    settings.load({"CELEBWIRE_STORE_URL": f"postgresql://{where}"})


@pytest.mark.parametrize(
    "url", ["http://api.example", "http://10.0.0.1:8000", "http://localhost.x"]
)
def test_the_token_does_not_travel_in_clear(url: str) -> None:
    assert "must be https://" in faults({"CELEBWIRE_X_API_BASE": url})


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://[::1]", "http://localhost:1"])
def test_a_simulator_on_this_machine_needs_no_tls(url: str) -> None:
    assert settings.load({"CELEBWIRE_X_API_BASE": url + "/"}).x_api_base == url


def test_trusted_proxies_are_addresses_and_networks() -> None:
    loaded = settings.load({"CELEBWIRE_TRUSTED_PROXIES": "192.0.2.7, 10.0.0.0/8,2001:db8::/32"})
    assert loaded.trusted_proxies == ("192.0.2.7", "10.0.0.0/8", "2001:db8::/32")
    assert settings.load({"CELEBWIRE_TRUSTED_PROXIES": ""}).trusted_proxies == ()
    for wrong in ("10.0.0.1/8", "nginx.example", "10.0.0.0/33", "1.2.3"):
        text = faults({"CELEBWIRE_TRUSTED_PROXIES": f"127.0.0.1,{wrong}"})
        assert wrong in text
        assert "must be addresses, or networks like 10.0.0.0/8" in text


@pytest.mark.parametrize(
    ("key", "least", "most", "outside"),
    [
        ("WEB_PROCESSES", "1", "64", ("0", "65", "1.5")),
        ("MAX_CONNECTIONS", "10", "1000000", ("9", "1000001")),
        ("MAX_CONNECTIONS_PER_ADDRESS", "1", "1000000", ("0", "1000001")),
        ("MAX_CHANNELS", "1", "1000", ("0", "1001")),
        ("MAX_HEADER_BYTES", "1024", "65536", ("1023", "65537")),
        ("MAX_BODY_BYTES", "1024", "16777216", ("1023", "16777217")),
        ("HEADER_TIMEOUT", "0.001", "120", ("0", "121", "nan", "inf")),
        ("IDLE_TIMEOUT", "1", "3600", ("0.9", "3601", "nan")),
        ("SLOW_TIMEOUT", "1", "300", ("0.9", "301", "nan")),
        ("DRAIN_TIME", "0", "3", ("-0.1", "3.1", "nan")),
    ],
)
def test_limits_have_bounds(key: str, least: str, most: str, outside: tuple[str, ...]) -> None:
    for inside in (least, most):
        loaded = settings.load({f"CELEBWIRE_{key}": inside})
        assert getattr(loaded, key.lower()) == float(inside)
    for value in outside:
        assert f"CELEBWIRE_{key} = '{value}': " in faults({f"CELEBWIRE_{key}": value})


@pytest.mark.parametrize(
    "source", ["replay:", "replay:/nowhere", "replay:x@fast", "replay:-@0", "replay:@max", "X", ""]
)
def test_sources_that_are_none(source: str) -> None:
    faults({"CELEBWIRE_SOURCES": source})


@pytest.mark.parametrize(
    "url",
    [
        "wire.example",
        "ftp://wire.example",
        "https://",
        "https://wire.example/path",
        "https://user@wire.example",
        "https://wire.example:x",
        "https://wire.example?q",
        "https://wire.example\u00a0",
    ],
)
def test_a_public_address_is_one_without_a_path(url: str) -> None:
    assert "must look like https://host" in faults({"CELEBWIRE_PUBLIC_URL": url})


def test_a_public_address_has_no_slash_at_its_end() -> None:
    for url in ("https://wire.example", "http://[::1]:8080", "https://wire.example:8443"):
        assert settings.load({"CELEBWIRE_PUBLIC_URL": f"{url}/"}).public_url == url


@pytest.mark.parametrize("token", ["hunter2", "x" * 15, "é" * 20, "sixteen and a\nline"])
def test_a_moderator_s_token_cannot_be_found_by_trying(token: str) -> None:
    text = faults({"CELEBWIRE_MODERATOR_TOKEN": token})
    assert "CELEBWIRE_MODERATOR_TOKEN = (not shown): must have at least 16 characters" in text
    assert token not in text
    settings.load({"CELEBWIRE_MODERATOR_TOKEN": "x" * 16})


def test_what_is_on_or_off_is_true_or_false() -> None:
    assert "CELEBWIRE_MEDIA_PROXY = 'maybe': must be true or false" in faults(
        {"CELEBWIRE_MEDIA_PROXY": "maybe"}
    )
    assert settings.load({"CELEBWIRE_MEDIA_PROXY": "true"}).media_proxy
    assert not settings.load({}).media_proxy
