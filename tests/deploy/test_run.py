"""`python -m deploy` for real: RabbitMQ, the reader, the site, supervisord over them."""

from __future__ import annotations

import os
import re
import signal
import stat
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.node import BrokerNode
from tests.deploy.deployment import Deployment
from tests.processes import command, gone, listening

SECRET = "s3cret-bearer-token"
LISTENERS = 5  # site, reader, and of the broker AMQP, distribution and epmd
IMPATIENT = (
    "-c",
    "import sys, deploy.command_line as c; c.coming_up.START_WITHIN = 0.2; sys.exit(c.main())",
)


def test_all_of_it_comes_up_on_loopback_and_goes_without_a_trace(tmp_path: Path) -> None:
    with Deployment(tmp_path) as run:
        run.wait_until_ready()
        address = f"http://127.0.0.1:{run.http_port}/"
        assert run.said.splitlines()[-1] == f"Celebwire is ready: {address}"
        token = re.search(r"the moderator's token in (\S+)\.\n", run.said)
        assert token
        assert stat.S_IMODE(Path(token[1]).stat().st_mode) == 0o600
        with urllib.request.urlopen(address, timeout=5) as page:
            assert page.status == 200
        until = time.monotonic() + 20
        while len({port for _, port in listening(run.processes())}) < LISTENERS:
            assert time.monotonic() < until, run.logs()
            time.sleep(0.1)
        processes = run.processes()
        assert {host for host, _ in listening(processes)} <= {"127.0.0.1", "::1"}
        status = run.supervisorctl("status")
        for name in ("celebwire:reader", "celebwire:site", "rabbitmq", "epmd"):
            assert re.search(rf"^{name} +(RUNNING|STARTING)", status, re.MULTILINE), status
        assert run.end() == 0
        assert run.said.count("is ready") == 1
        assert run.said.endswith("Stopping.\nStopped.\n")
        gone(processes, 1)
        assert not run.processes()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, broker: BrokerNode) -> Iterator[Deployment]:
    """A run with a broker of the operator's own, for tests that leave it as it is."""
    settings = {"CELEBWIRE_AMQP_URL": broker.url, "CELEBWIRE_X_BEARER_TOKEN": SECRET}
    with Deployment(tmp_path_factory.mktemp("lasting"), settings) as run:
        run.wait_until_ready()
        yield run
        assert run.end(signal.SIGINT) == 0


def test_another_broker_is_used_where_one_is_set(lasting: Deployment) -> None:
    assert "rabbitmq" not in lasting.supervisorctl("status")
    assert not [p for p in lasting.processes() if "epmd" in command(p) or "beam" in command(p)]
    assert not (lasting.var / "broker").exists()


def test_no_secret_is_written_or_shown(lasting: Deployment) -> None:
    var = lasting.var
    assert not [p for p in lasting.processes() if SECRET in command(p) or "guest" in command(p)]
    for path in (lasting.output, *(p for p in var.rglob("*") if p.is_file())):
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert b"guest:guest" not in content, path
    assert stat.S_IMODE(var.stat().st_mode) == 0o700
    assert stat.S_IMODE((var / "celebwire.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((var / "run/supervisor.sock").stat().st_mode) == 0o600


def test_what_crashes_is_started_again(tmp_path: Path, broker: BrokerNode) -> None:
    with Deployment(tmp_path, {"CELEBWIRE_AMQP_URL": broker.url}) as run:
        run.wait_until_ready()
        before = _programs(run)
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 20
        while len(_programs(run)) < 2 or set(_programs(run).values()) & set(before.values()):
            assert time.monotonic() < until, run.logs()
            time.sleep(0.1)
        assert run.said.count("is ready") == 1
        while not all(f"{name} (terminated by SIGKILL)" in run.said for name in before):
            assert time.monotonic() < until, run.said
            time.sleep(0.1)
        assert "Ended and is started again: " in run.said


def test_a_killed_run_leaves_no_process(tmp_path: Path, broker: BrokerNode) -> None:
    with Deployment(tmp_path, {"CELEBWIRE_AMQP_URL": broker.url}) as run:
        run.wait_until_ready()
        processes = run.processes()
        assert len(processes) >= 4
        run.end(signal.SIGKILL)
        gone(processes)


def test_a_killed_supervisord_ends_the_run_and_its_programs(
    tmp_path: Path, broker: BrokerNode
) -> None:
    with Deployment(tmp_path, {"CELEBWIRE_AMQP_URL": broker.url}) as run:
        run.wait_until_ready()
        os.kill(int((run.var / "run/supervisord.pid").read_text()), signal.SIGKILL)
        assert run.status() == 1
        assert "supervisord ended by itself" in run.said
        gone(run.processes(), 1)


def test_a_second_run_in_the_same_folder_is_refused(
    lasting: Deployment, broker: BrokerNode
) -> None:
    second = Deployment(lasting.var.parent, {"CELEBWIRE_AMQP_URL": broker.url})
    assert second.status() == 1
    said = second.said
    assert said.startswith("Celebwire is already running in ")
    assert f"process {lasting.process.pid}" in said
    assert "CELEBWIRE_VAR" in said
    assert lasting.process.poll() is None


def test_a_broker_that_does_not_come_up_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "var/broker").mkdir(parents=True)
    (tmp_path / "var/broker/advanced.config").write_text("this is no Erlang term")
    with Deployment(tmp_path) as run:
        assert run.status() == 1
        (line,) = [line for line in run.said.splitlines() if line.startswith("RabbitMQ")]
        assert str(run.var / "log/rabbitmq.log") in line
        assert "CELEBWIRE_BROKER_PORT" in line
        gone(run.processes(), 1)


def test_what_does_not_come_up_in_time_ends_the_run(tmp_path: Path, broker: BrokerNode) -> None:
    with Deployment(tmp_path, {"CELEBWIRE_AMQP_URL": broker.url}, program=IMPATIENT) as run:
        assert run.status() == 1
        (line,) = [line for line in run.said.splitlines() if line.startswith("The site")]
        assert "The site is not ready after 0.2 s: it does not answer" in line
        gone(run.processes(), 1)


def _programs(run: Deployment) -> dict[str, int]:
    """The pids of the reader and the site, as far as they run now."""
    pids = {}
    for pid in run.processes():
        for name, module in (("reader", "stream_reader"), ("site", "web_ui")):
            if command(pid).endswith(f"-m {module}"):
                pids[name] = pid
    return pids
