"""Settings: read from a file and the environment, checked as a whole, written in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import settings
from settings import BadSettings, Settings

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def faults(environ: dict[str, str]) -> str:
    with pytest.raises(BadSettings) as caught:
        settings.load(environ)
    return str(caught.value)


def test_nothing_needs_to_be_set() -> None:
    loaded = settings.load({})
    assert loaded.sources == ("demo",)
    assert loaded.broker_url == "amqp://guest:guest@127.0.0.1:5673/%2F"
    assert loaded.database_url == f"sqlite:///{Path('var/celebwire.db').absolute()}"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text('http_port = 9000\nfollow = ["ada"]\nreader_http_port = 9001\n')
    environ = {"CELEBWIRE_CONFIG": str(path), "CELEBWIRE_HTTP_PORT": "9999"}
    loaded = settings.load(environ)
    assert (loaded.http_port, loaded.reader_http_port, loaded.follow) == (9999, 9001, ("ada",))


def test_lists_are_separated_by_commas(tmp_path: Path) -> None:
    (tmp_path / "a.gz").touch()
    text = f"demo, replay:{tmp_path}/a.gz@2.5"
    assert settings.load({"CELEBWIRE_SOURCES": text}).sources == (
        "demo",
        f"replay:{tmp_path}/a.gz@2.5",
    )


def test_every_fault_is_named_with_key_and_value() -> None:
    text = faults(
        {
            "CELEBWIRE_HTTP_PORT": "eighty",
            "CELEBWIRE_SOURCES": "demo,telepathy",
            "CELEBWIRE_POLL_WAIT": "-1",
            "CELEBWIRE_NO_SUCH": "1",
        }
    )
    for part in ["HTTP_PORT = 'eighty'", "telepathy", "POLL_WAIT = '-1'", "NO_SUCH: there is no"]:
        assert part in text
    assert len(text.splitlines()) == 5


def test_a_secret_is_never_shown() -> None:
    text = faults({"CELEBWIRE_AMQP_URL": "http://u:hunter2@h", "CELEBWIRE_LOG_LEVEL": "loud"})
    assert "hunter2" not in text
    loaded = settings.load({"CELEBWIRE_X_BEARER_TOKEN": "hunter2"})
    assert "hunter2" not in repr(loaded)


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
    "url", ["http://api.example", "http://10.0.0.1:8000", "http://localhost.x"]
)
def test_the_token_does_not_travel_in_clear(url: str) -> None:
    assert "must be https://" in faults({"CELEBWIRE_X_API_BASE": url})


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://[::1]", "http://localhost:1"])
def test_a_simulator_on_this_machine_needs_no_tls(url: str) -> None:
    assert settings.load({"CELEBWIRE_X_API_BASE": url + "/"}).x_api_base == url


def test_x_needs_a_token_and_somebody_to_follow() -> None:
    text = faults({"CELEBWIRE_SOURCES": "x"})
    assert "CELEBWIRE_X_BEARER_TOKEN" in text
    assert "CELEBWIRE_FOLLOW" in text


def test_a_source_stands_there_once() -> None:
    assert "demo stands there more than once" in faults({"CELEBWIRE_SOURCES": "demo,demo"})


def test_two_things_cannot_share_a_port() -> None:
    assert "same port" in faults({"CELEBWIRE_BROKER_PORT": "8080"})
    settings.load({"CELEBWIRE_BROKER_PORT": "8080", "CELEBWIRE_AMQP_URL": "amqp://h"})


@pytest.mark.parametrize("count", [2, 64])
@pytest.mark.parametrize("key", ["HTTP_PORT", "READER_HTTP_PORT", "BROKER_PORT"])
@pytest.mark.parametrize("end", [0, -1])
def test_no_port_may_be_one_of_the_web_processes_own(count: int, key: str, end: int) -> None:
    many = {"CELEBWIRE_WEB_PROCESSES": str(count), "CELEBWIRE_PROCESS_PORT": "9000"}
    port = range(9000, 9000 + count)[end]
    text = faults({**many, f"CELEBWIRE_{key}": str(port)})
    assert f"{key.lower()} = {port}: one of the web processes' own, 9000 to {8999 + count}" in text
    for free in (8999, 9000 + count):
        settings.load({**many, f"CELEBWIRE_{key}": str(free)})
    settings.load({**many, f"CELEBWIRE_{key}": str(port), "CELEBWIRE_WEB_PROCESSES": "1"})


def test_the_ports_of_the_web_processes_are_ports() -> None:
    last = {"CELEBWIRE_WEB_PROCESSES": "4", "CELEBWIRE_PROCESS_PORT": "65532"}
    assert list(settings.load(last).process_ports) == [65532, 65533, 65534, 65535]
    text = faults({**last, "CELEBWIRE_PROCESS_PORT": "65533"})
    assert "process_port = 65533: with 4 web processes it ends at 65536, past 65535" in text
    assert not settings.load({}).process_ports


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
        ("DRAIN_TIME", "0", "4", ("-0.1", "4.1", "nan")),
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


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert "missing.toml" in faults({"CELEBWIRE_CONFIG": str(tmp_path / "missing.toml")})
    (tmp_path / "celebwire.toml").write_text("http_port = = 1")
    assert "celebwire.toml" in faults({})


def test_the_readme_has_every_setting_with_its_default() -> None:
    rows = re.findall(
        r"^\| `(?!celebwire_)(\w+)` \| (.*?) \| (.*) \|$", README.read_text(), re.MULTILINE
    )
    written = {key: (default, meaning) for key, default, meaning in rows}
    expected = {
        key: (settings.shown_default(key), field.description)
        for key, field in Settings.model_fields.items()
    }
    assert written == expected
