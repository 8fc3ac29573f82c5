"""A RabbitMQ of the operator's own that is away, or refuses us: real ones, and what is said."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.broker.node import BrokerNode
from tests.deploy.deployment import Deployment
from tests.processes import gone
from tests.running import get, until


@pytest.mark.parametrize(
    ("login", "vhost", "refusal"),
    [
        ("guest:hidden", "/", "refuses user 'guest': ACCESS_REFUSED"),
        ("guest:guest", "nowhere", "refuses virtual host 'nowhere': NOT_ALLOWED"),
    ],
)
def test_one_that_refuses_us_ends_the_run_at_once(
    tmp_path: Path, broker: BrokerNode, login: str, vhost: str, refusal: str
) -> None:
    url = f"amqp://{login}@127.0.0.1:{broker.port}/{quote(vhost, safe='')}"
    began = time.monotonic()
    with Deployment(tmp_path, {"CELEBWIRE_AMQP_URL": url}) as run:
        assert run.status() == 2
        assert time.monotonic() - began < 20  # a machine with nothing else to do: 3 s
        line = run.said.splitlines()[1]
        assert line.startswith(f"RabbitMQ at 127.0.0.1:{broker.port} {refusal}")
        assert line.endswith(". CELEBWIRE_AMQP_URL names the broker on 127.0.0.1.")
        assert "next try" not in line
        assert "hidden" not in run.said
        gone(run.processes(), 1)


def test_one_that_is_away_is_told_and_the_site_works_and_is_ready_when_it_comes(
    tmp_path: Path,
) -> None:
    node = BrokerNode(tmp_path / "broker")
    with Deployment(tmp_path, {"CELEBWIRE_AMQP_URL": node.url}) as run:
        until(lambda: "without RabbitMQ for now" in run.said)
        address = f"http://127.0.0.1:{run.http_port}/"
        assert run.said.splitlines()[1] == (
            "Celebwire is ready, but without RabbitMQ for now, so posts come some seconds late: "
            f"{address} RabbitMQ at 127.0.0.1:{node.port} cannot be reached: connection refused. "
            "CELEBWIRE_AMQP_URL names the broker on 127.0.0.1."
        )
        assert get(address)[0] == 200
        try:
            node.start()
            until(lambda: "RabbitMQ is there." in run.said, 40)
            assert run.said.splitlines()[2:] == [
                f"RabbitMQ is there. Celebwire is ready: {address}"
            ]
            assert run.end() == 0
        finally:
            node.stop()
