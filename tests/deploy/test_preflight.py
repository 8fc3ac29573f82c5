"""What stops a start: one line that names the setting, a status that is not 0, nothing started."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from deploy.preflight import UnusableSetting, check, make_folders, private_broker
from settings import load
from tests.broker.ports import reserve_broker_port, reserve_port
from tests.deploy.deployment import MODULE, ROOT, Deployment, reserve_process_ports
from tweet_store.store import TweetStore


@pytest.mark.parametrize("which", ["HTTP_PORT", "READER_HTTP_PORT"])
def test_a_taken_port_is_named_with_its_setting(tmp_path: Path, which: str) -> None:
    port = reserve_port()
    setting = f"CELEBWIRE_{which}"
    with (
        socket.create_server(("127.0.0.1", port)),
        Deployment(tmp_path, {setting: str(port)}) as run,
    ):
        assert run.status() == 2
    assert run.said == f"Port {port} on 127.0.0.1 is taken: set {setting} to a free one.\n"
    assert not (tmp_path / "var/supervisord.conf").exists()


@pytest.mark.parametrize("above", [0, 10_000, 20_000])
def test_a_taken_port_of_rabbitmq_s_three_is_named_with_all_of_them(above: int) -> None:
    port = reserve_broker_port()
    with socket.create_server(("127.0.0.1", port + above)):
        text = unusable(CELEBWIRE_BROKER_PORT=str(port))
    assert text == (
        f"Port {port + above} on 127.0.0.1 is taken, one of the three that RabbitMQ takes "
        f"({port}, {port + 10_000}, {port + 20_000}): set CELEBWIRE_BROKER_PORT to another."
    )


def test_a_taken_port_of_one_web_process_is_named_with_all_of_them() -> None:
    first = reserve_process_ports(2)
    with socket.create_server(("127.0.0.1", first + 1)):
        text = unusable(CELEBWIRE_WEB_PROCESSES="2", CELEBWIRE_PROCESS_PORT=str(first))
    assert text == (
        f"Port {first + 1} on 127.0.0.1 is taken, one of the web processes' own "
        f"({first} to {first + 1}): set CELEBWIRE_PROCESS_PORT to another."
    )


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    port = reserve_broker_port()
    with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
        text = unusable(
            CELEBWIRE_STORE_URL=f"sqlite:///{tmp_path}/no/x.db",
            CELEBWIRE_BROKER_PORT=str(port),
            CELEBWIRE_READER_HTTP_PORT=str(port + 1),
            CELEBWIRE_HTTP_HOST="300.1.1.1",
        )
    settings = re.findall("set (CELEBWIRE_[A-Z_]+)", text)
    assert settings == [
        *("CELEBWIRE_STORE_URL", "CELEBWIRE_HTTP_HOST"),
        *("CELEBWIRE_READER_HTTP_PORT", "CELEBWIRE_BROKER_PORT"),
    ]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("no/such/x.db", "there is no such folder"),
        ("file/x.db", "there is no such folder"),
        ("folder", "that is no file"),
        ("file", "that is no SQLite database"),
    ],
)
def test_a_store_that_cannot_be_used_is_named_and_nothing_made(
    tmp_path: Path, path: str, problem: str
) -> None:
    (tmp_path / "file").write_text("SQLite format 2")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    text = unusable(CELEBWIRE_STORE_URL=f"sqlite:///{tmp_path}/{path}")
    assert text == (
        f"The store {tmp_path}/{path} cannot be used ({problem}): "
        "set CELEBWIRE_STORE_URL to another place."
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_a_store_that_is_there_or_can_be_made_will_do(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    ports = {"CELEBWIRE_HTTP_PORT": reserve_port(), "CELEBWIRE_READER_HTTP_PORT": reserve_port()}
    settings = load(
        {
            **{key: str(port) for key, port in ports.items()},
            "CELEBWIRE_AMQP_URL": "amqp://h",
            "CELEBWIRE_STORE_URL": f"sqlite:///{file}",
        }
    )
    check(settings, None)
    assert not file.exists()
    file.touch()
    check(settings, None)
    TweetStore.open(settings.database_url).close()
    content = file.read_bytes()
    check(settings, None)
    assert file.read_bytes() == content


@pytest.mark.skipif(os.getuid() != 0, reason="to become somebody else")
@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_a_store_of_somebody_else_s_is_refused(mode: int) -> None:
    with tempfile.TemporaryDirectory() as name:  # tmp_path lies where nobody else can look
        folder = Path(name)
        folder.chmod(0o755 if mode == 0o644 else 0o777)
        file = folder / "x.db"
        file.touch(mode=mode)
        code = (
            "import os, sys; from pathlib import Path; from deploy import preflight as p; "
            "import settings; os.setuid(65534); "
            f"print(*p._store_faults(settings.load({{'CELEBWIRE_STORE_URL': 'sqlite:///{file}'}})))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
        )
    assert f"The store {file} cannot be used (" in done.stdout


def test_the_store_stops_a_start_with_status_2(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/celebwire.db").write_text("no database")
    with Deployment(tmp_path) as run:
        assert run.status() == 2
    assert run.said == (
        f"The store {tmp_path}/var/celebwire.db cannot be used (that is no SQLite database): "
        "set CELEBWIRE_VAR to another place.\n"
    )
    assert not (tmp_path / "var/supervisord.conf").exists()


def test_bad_settings_are_told_and_the_status_is_2(tmp_path: Path) -> None:
    with Deployment(tmp_path, {"CELEBWIRE_SOURCES": "x,nonsense"}) as run:
        assert run.status() == 2
    assert run.said.startswith("Bad settings, nothing was started:\n")
    assert "CELEBWIRE_SOURCES" in run.said
    assert not (tmp_path / "var").exists()


def test_a_folder_that_cannot_be_written_is_named_with_its_setting(tmp_path: Path) -> None:
    # A file in the way stops root too, whom no missing permission would.
    (tmp_path / "file").write_text("")
    with Deployment(tmp_path, var="file/var") as run:
        assert run.status() == 2
    assert run.said == (
        f"The folder {tmp_path}/file/var cannot be written (Not a directory): "
        "set CELEBWIRE_VAR to one that can.\n"
    )


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableSetting, match="set CELEBWIRE_VAR to a shorter one"):
        make_folders(tmp_path / ("long" * 25))


@pytest.mark.parametrize("host", ["192.0.2.1", "300.1.1.1"])
def test_an_address_that_is_not_ours_is_named_with_its_setting(host: str) -> None:
    text = unusable(CELEBWIRE_HTTP_HOST=host)
    assert text.startswith(f"Nothing can listen on {host} (")
    assert text.endswith("): set CELEBWIRE_HTTP_HOST to an address of this machine.")


def test_words_that_mean_nothing_are_told_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, *MODULE, "restrat"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Usage: python -m deploy [restart | nginx [ADDRESS:PORT]]\n"


def test_two_ports_of_ours_that_meet_are_refused() -> None:
    port = reserve_broker_port()
    text = unusable(CELEBWIRE_BROKER_PORT=str(port), CELEBWIRE_HTTP_PORT=str(port + 10_000))
    assert f"Port {port + 10_000} on 127.0.0.1 is taken, one of the three" in text


def unusable(**environ: str) -> str:
    """What is said before the start with these settings, and free ports for the rest."""
    settings = load(
        {
            "CELEBWIRE_HTTP_PORT": str(reserve_port()),
            "CELEBWIRE_READER_HTTP_PORT": str(reserve_port()),
            "CELEBWIRE_BROKER_PORT": str(reserve_broker_port()),
            "CELEBWIRE_STORE_URL": f"sqlite:///{ROOT}/never-made.db",
            **environ,
        }
    )
    with pytest.raises(UnusableSetting) as caught:
        check(settings, private_broker(settings))
    assert caught.value.status == 2
    return str(caught.value)
