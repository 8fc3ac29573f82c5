"""The private node: what it leaves behind, where it listens, and that it survives kill -9."""

from __future__ import annotations

import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pika
import pytest

from deploy.rabbitmq_node import NODE_NAME, NoRabbitMQ, RabbitMQNode
from tests.broker.node import BrokerDown, BrokerNode
from tests.broker.ports import reserve_port
from tests.processes import command, gone, listening, mentioning, with_descendants


def test_a_durable_message_survives_kill_9_and_a_new_start(own_broker: BrokerNode) -> None:
    own_broker.start()
    with pika.BlockingConnection(pika.URLParameters(own_broker.url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("kept", durable=True)
        channel.basic_publish("", "kept", b"still here", pika.BasicProperties(delivery_mode=2))
    processes = with_descendants(own_broker.pids)
    own_broker.kill()
    gone(processes)
    own_broker.start()
    with pika.BlockingConnection(pika.URLParameters(own_broker.url)) as connection:
        _, _, body = connection.channel().basic_get("kept", auto_ack=True)
    assert body == b"still here"
    own_broker.stop()
    assert "SIGTERM received - shutting down" in own_broker.log.read_text()


def test_the_node_listens_on_loopback_only_and_keeps_to_its_folder(broker: BrokerNode) -> None:
    found = listening(with_descendants(broker.pids))
    assert {address for address, _ in found} <= {"127.0.0.1", "::1"}
    assert len({port for _, port in found}) == 3  # AMQP, distribution, epmd
    cookie = broker.folder / "home/.erlang.cookie"
    assert stat.S_IMODE(cookie.stat().st_mode) in (0o400, 0o600)
    assert (broker.folder / "data" / NODE_NAME).is_dir()


def test_no_epmd_but_our_own_is_started(broker: BrokerNode) -> None:
    ours = mentioning(str(broker.folder))
    epmds = [pid for pid in ours if command(pid).split()[0].endswith("epmd")]
    assert len(epmds) == 1
    assert set(epmds) <= set(broker.pids)


def test_the_node_ends_when_its_test_process_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from tests.broker.node import BrokerNode

        node = BrokerNode(Path(sys.argv[1]))
        node.start()
        print(*node.pids, flush=True)
        time.sleep(60)
        """
    )
    command = [sys.executable, "-c", script, str(tmp_path / "broker")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pids = with_descendants([int(pid) for pid in owner.stdout.readline().split()])
        owner.kill()
    assert len(pids) >= 3
    gone(pids)


def test_a_node_that_fails_shows_its_log(own_broker: BrokerNode) -> None:
    own_broker.folder.mkdir()
    (own_broker.folder / "advanced.config").write_text("this is no Erlang term")
    with pytest.raises(BrokerDown, match="ended with status 1") as caught:
        own_broker.start()
    assert "Error during startup" in str(caught.value)
    assert own_broker.pids == []


def test_a_missing_rabbitmq_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRabbitMQ, match="apt-get install rabbitmq-server"):
        _ = RabbitMQNode(tmp_path, 1, 2, 3).epmd_command


def test_the_cookie_is_drawn_once_and_differs_from_node_to_node(tmp_path: Path) -> None:
    cookies = []
    for name in ("one", "one", "two"):
        RabbitMQNode(tmp_path / name, 1, 2, 3).prepare()
        cookies.append((tmp_path / name / "home/.erlang.cookie").read_text())
    assert cookies[0] == cookies[1] != cookies[2]
    assert len(cookies[0]) == 64


def test_nothing_of_the_callers_environment_reaches_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RABBITMQ_NODE_IP_ADDRESS", "0.0.0.0")
    monkeypatch.setenv("CELEBWIRE_X_BEARER_TOKEN", "secret")
    environment = RabbitMQNode(tmp_path, 1, 2, 3).environment()
    assert "RABBITMQ_NODE_IP_ADDRESS" not in environment
    assert "secret" not in environment.values()


def test_the_other_ports_follow_from_the_amqp_port(tmp_path: Path) -> None:
    assert RabbitMQNode.on_port(tmp_path, 5673).ports == (5673, 15673, 25673)
    assert RabbitMQNode.on_port(tmp_path, 65_535).ports == (65_535, 55_535, 45_535)


def test_reserved_ports_differ_also_between_processes() -> None:
    script = (
        "from tests.broker.ports import reserve_port; print(*[reserve_port() for _ in range(50)])"
    )
    ours = {reserve_port() for _ in range(50)}
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert len(ours) == 50
    assert not ours & {int(port) for port in other.stdout.split()}
