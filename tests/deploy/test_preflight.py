"""What stops a start: one line that names the setting, a status that is not 0, nothing started."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.preflight import CannotRun, check_ports, make_folders, private_broker
from settings import load
from tests.broker.ports import reserve_broker_port, reserve_port
from tests.deploy.deployment import MODULE, ROOT, Deployment, reserve_process_ports


@pytest.mark.parametrize("which", ["HTTP_PORT", "READER_HTTP_PORT", "BROKER_PORT"])
def test_a_taken_port_is_named_with_its_setting(tmp_path: Path, which: str) -> None:
    port = reserve_broker_port() if which == "BROKER_PORT" else reserve_port()
    setting = f"CELEBWIRE_{which}"
    with (
        socket.create_server(("127.0.0.1", port)),
        Deployment(tmp_path, {setting: str(port)}) as run,
    ):
        assert run.status() == 1
    assert run.said == f"Port {port} on 127.0.0.1 is taken: set {setting} to a free one.\n"
    assert not (tmp_path / "var/supervisord.conf").exists()


def test_a_taken_port_of_one_web_process_is_named_with_its_setting(tmp_path: Path) -> None:
    first = reserve_process_ports(2)
    many = {"CELEBWIRE_WEB_PROCESSES": "2", "CELEBWIRE_PROCESS_PORT": str(first)}
    with (
        socket.create_server(("127.0.0.1", first + 1)),
        Deployment(tmp_path, many) as run,
    ):
        assert run.status() == 1
    assert run.said == (
        f"Port {first + 1} on 127.0.0.1 is taken: set CELEBWIRE_PROCESS_PORT to a free one.\n"
    )


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
        assert run.status() == 1
    assert run.said == (
        f"The folder {tmp_path}/file/var cannot be written (Not a directory): "
        "set CELEBWIRE_VAR to one that can.\n"
    )


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="set CELEBWIRE_VAR to a shorter one"):
        make_folders(tmp_path / ("long" * 25))


def test_an_address_that_is_not_ours_is_named_with_its_setting() -> None:
    settings = load({"CELEBWIRE_HTTP_HOST": "192.0.2.1", "CELEBWIRE_AMQP_URL": "amqp://elsewhere"})
    with pytest.raises(CannotRun, match=r"192\.0\.2\.1 \(Cannot assign.*\): set CELEBWIRE_HTTP_H"):
        check_ports(settings, private_broker(settings))


def test_words_that_mean_nothing_are_told_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, *MODULE, "restrat"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Usage: python -m deploy [restart | nginx [ADDRESS:PORT]]\n"


def test_two_ports_of_ours_that_meet_are_refused() -> None:
    port = reserve_broker_port()
    settings = load(
        {
            "CELEBWIRE_BROKER_PORT": str(port),
            "CELEBWIRE_HTTP_PORT": str(port + 10_000),
            "CELEBWIRE_READER_HTTP_PORT": str(reserve_port()),
        }
    )
    with pytest.raises(CannotRun, match=f"{port + 10_000} .*CELEBWIRE_BROKER_PORT"):
        check_ports(settings, private_broker(settings))
