"""What is wrong with settings: every fault at once, in plain words, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from settings import Settings
from tests.bad_settings import faults


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("HTTP_PORT", "0", "must be a whole number from 1 to 65535"),
        ("HTTP_PORT", "eighty", "must be a whole number from 1 to 65535"),
        ("WEB_PROCESSES", "1.5", "must be a whole number from 1 to 64"),
        ("POLL_WAIT", "nan", "must be a number above 0, up to 120"),
        ("POLL_WAIT", "long", "must be a number above 0, up to 120"),
        ("SLOW_TIMEOUT", "301", "must be a number from 1 to 300"),
        ("SOURCES", "", "must have at least one entry"),
        ("SOURCES", " , ", "must have at least one entry"),
        ("LOG_LEVEL", "loud", "must be debug, info, warning or error"),
        ("HTTP_HOST", "", "must not be empty"),
    ],
)
def test_what_would_do_is_said_in_plain_words(key: str, value: str, words: str) -> None:
    line = faults({f"CELEBWIRE_{key}": value}).splitlines()[1]
    assert line == f"  CELEBWIRE_{key} = {value!r}: {words}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("http_host = 1", "http_host in celebwire.toml = 1: must be text, in quotes"),
        ("var = 1", "var in celebwire.toml = 1: must be text, in quotes"),
        ("sources = 1", "sources in celebwire.toml = 1: must be a list"),
        ("follow = [1]", "follow in celebwire.toml = [1]: must be text, in quotes"),
    ],
)
def test_so_are_faults_that_only_a_file_can_have(line: str, words: str) -> None:
    Path("celebwire.toml").write_text(line)
    assert faults({}).splitlines()[1:] == [f"  {words}"]


def test_every_number_has_words_for_its_bounds() -> None:
    for key, field in Settings.model_fields.items():
        if field.annotation in (int, float):
            assert " number " in faults({f"CELEBWIRE_{key.upper()}": "many"})


def test_what_settings_have_against_each_other_is_told_with_faults_of_others() -> None:
    text = faults({"CELEBWIRE_SOURCES": "x", "CELEBWIRE_HTTP_PORT": "abc"})
    for part in ("CELEBWIRE_HTTP_PORT = 'abc'", "CELEBWIRE_X_BEARER_TOKEN", "CELEBWIRE_FOLLOW"):
        assert part in text


ALONE = {
    "CELEBWIRE_HTTP_PORT": "abc",
    "CELEBWIRE_READER_HTTP_PORT": "8080",  # http_port's default
    "CELEBWIRE_AMQP_URL": "http://h",
    "CELEBWIRE_BROKER_PORT": "8081",  # reader_http_port's default
    "CELEBWIRE_SOURCES": "x",
    "CELEBWIRE_FOLLOW": "",
    "CELEBWIRE_WEB_PROCESSES": "65",
    "CELEBWIRE_PROCESS_PORT": "65536",
    "CELEBWIRE_NO_SUCH": "1",
}


@given(st.sets(st.sampled_from(sorted(ALONE)), min_size=1))
def test_a_fault_that_rests_on_one_setting_is_told_whatever_else_is_wrong(names: set[str]) -> None:
    environ = {name: ALONE[name] for name in names}
    try:
        settings.load(environ)
        lines = []
    except settings.BadSettings as error:
        lines = str(error).splitlines()[1:]
    own = {"HTTP_PORT", "AMQP_URL", "WEB_PROCESSES", "PROCESS_PORT", "NO_SUCH"}
    for name in names & {f"CELEBWIRE_{key}" for key in own}:
        assert len([line for line in lines if line.startswith(f"  {name}")]) == 1
    # A default stands in for nothing that was said wrongly.
    collide = [line for line in lines if "the same port" in line]
    assert not (collide and "CELEBWIRE_HTTP_PORT" in names and "http_port = 8080" in collide[0])
    if "CELEBWIRE_SOURCES" in names:
        assert sum("the source x needs" in line for line in lines) == 2


def test_a_secret_is_never_shown() -> None:
    text = faults({"CELEBWIRE_AMQP_URL": "http://u:hunter2@h", "CELEBWIRE_LOG_LEVEL": "loud"})
    assert "hunter2" not in text
    loaded = settings.load({"CELEBWIRE_X_BEARER_TOKEN": "hunter2"})
    assert "hunter2" not in repr(loaded)


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
