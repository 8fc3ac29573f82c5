"""One process after another: under a real supervisord, with small programs in the site's place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.preflight import CannotRun, make_folders
from deploy.readiness import Process
from deploy.rolling_restart import restart
from deploy.supervision import Control, Program, write_configuration
from settings import Settings, load
from tests.broker.ports import reserve_port
from tests.deploy.deployment import reserve_process_ports
from tests.processes import all_pids, listening
from tests.running import until

# Answers /readyz, and writes down when it starts and when it ends. A file `broken` in the folder
# var stands for a version that does not start.
PROGRAM = """
    import http.server, os, signal, sys, threading

    var, first, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if os.path.exists(f"{var}/broken"):
        sys.exit("ImportError: the new version")
    signal.signal(signal.SIGTERM, lambda *_: (tell("ends"), os._exit(0)))

    def tell(what):
        with open(f"{var}/story", "a") as file:
            file.write(f"{number} {what}\\n")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

    server = http.server.HTTPServer(("127.0.0.1", first + number), Handler)
    tell("starts")
    server.serve_forever()
"""


def kill_at(port: int) -> None:
    """As a machine out of memory does."""
    (pid,) = (pid for pid in all_pids() if ("127.0.0.1", port) in listening([pid]))
    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    port = reserve_process_ports(3)
    return load(
        {
            "CELEBWIRE_VAR": str(tmp_path / "var"),
            "CELEBWIRE_AMQP_URL": "amqp://unused",
            "CELEBWIRE_HTTP_PORT": str(reserve_port()),
            "CELEBWIRE_PROCESS_PORT": str(port),
            "CELEBWIRE_WEB_PROCESSES": "3",
        }
    )


@pytest.fixture
def control(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Control]:
    """supervisord with the configuration that `python -m deploy` writes, and PROGRAM for web_ui.

    A test's parameter is what it changes there.
    """
    var = settings.var
    make_folders(var)
    program = var / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    path = write_configuration(settings, None)
    text = path.read_text().replace("-m web_ui", f"{program} {var} {settings.process_port}")
    text = text.replace("programs = reader,site", "programs = site")
    for old, new in getattr(request, "param", {}).items():
        text = text.replace(old, new)
    path.write_text(text.replace("[program:reader]", "[program:reader]\nautostart = false"))
    supervisord = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)], env=dict(os.environ)
    )
    try:
        ports = settings.process_ports
        until(lambda: not any(Process("", "127.0.0.1", port).unready() for port in ports))
        (var / "story").unlink()
        yield Control(var)
    finally:
        supervisord.terminate()
        supervisord.wait(20)


def test_each_ends_only_when_the_one_before_it_is_ready_again(
    settings: Settings, control: Control
) -> None:
    said: list[str] = []
    restart(settings, threading.Event(), said.append)
    story = (settings.var / "story").read_text().splitlines()
    assert story == ["0 ends", "0 starts", "1 ends", "1 starts", "2 ends", "2 starts"]
    assert [line.split()[0] for line in said] == ["site_00", "site_01", "site_02"]
    assert all("is ready again after" in line for line in said)


def test_a_version_that_does_not_start_costs_one_process(
    settings: Settings, control: Control
) -> None:
    (settings.var / "broken").touch()
    with pytest.raises(CannotRun) as caught:
        restart(settings, threading.Event(), pytest.fail)
    log = settings.var / "log/site_00.log"
    assert str(caught.value) == (
        "site_00 does not come up; the others run on as they were. "
        f"It said last: “ImportError: the new version”. Log: {log}"
    )
    assert (settings.var / "story").read_text() == "0 ends\n"
    (settings.var / "broken").unlink()  # mended: supervisord starts it without being told
    until(lambda: Process("", "127.0.0.1", settings.process_port).unready() is None)


def state(control: Control, name: str) -> str:
    return next(program.state for program in control.programs() if program.name == name)


@pytest.mark.parametrize(
    "control",
    [{"startsecs = 5": "startsecs = 0", "autorestart = true": "autorestart = false"}],
    indirect=True,
)
def test_one_that_has_ended_is_started(settings: Settings, control: Control) -> None:
    kill_at(settings.process_port)
    until(lambda: state(control, "site_00") == "EXITED")
    restart(settings, threading.Event(), lambda _: None)
    story = (settings.var / "story").read_text().splitlines()
    assert story == ["0 starts", "1 ends", "1 starts", "2 ends", "2 starts"]


def test_one_that_waits_for_its_next_try_is_started_at_once(
    settings: Settings, control: Control
) -> None:
    (settings.var / "broken").touch()
    kill_at(settings.process_port)
    until(lambda: state(control, "site_00") == "BACKOFF")
    (settings.var / "broken").unlink()
    restart(settings, threading.Event(), lambda _: None)
    assert (settings.var / "story").read_text().startswith("0 starts\n1 ends\n")


def test_a_word_to_stop_that_was_lost_is_said_again(
    settings: Settings, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the process has ended by itself, and supervisord is about to start it again."""
    told: list[str] = []

    def stop_program(control: Control, program: Program) -> None:
        told.append(program.name)
        if told.count(program.name) > 1:
            stop(control, program)

    stop = Control.stop_program
    monkeypatch.setattr(Control, "stop_program", stop_program)
    restart(settings, threading.Event(), lambda _: None)
    story = (settings.var / "story").read_text().splitlines()
    assert story == ["0 ends", "0 starts", "1 ends", "1 starts", "2 ends", "2 starts"]


def test_a_signal_ends_it_between_two_processes(settings: Settings, control: Control) -> None:
    stop = threading.Event()
    with pytest.raises(CannotRun, match="site_01 and those after it run on"):
        restart(settings, stop, lambda _: stop.set())
    assert (settings.var / "story").read_text() == "0 ends\n0 starts\n"


def test_another_number_of_processes_takes_a_new_start(
    settings: Settings, control: Control
) -> None:
    fewer = settings.model_copy(update={"web_processes": 2})
    with pytest.raises(CannotRun, match="web_processes is 2, and 3 run"):
        restart(fewer, threading.Event(), pytest.fail)
    assert not (settings.var / "story").exists()


def test_where_nothing_runs_that_is_said(settings: Settings) -> None:
    with pytest.raises(CannotRun, match=r"does not run in .*/var: CELEBWIRE_VAR"):
        restart(settings, threading.Event(), pytest.fail)
