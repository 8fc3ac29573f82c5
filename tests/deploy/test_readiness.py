"""What `/readyz` answers, turned into what the operator reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from deploy.readiness import Site
from settings import load
from tests.broker.ports import reserve_port
from tests.deploy.deployment import reserve_process_ports


class Answer(BaseHTTPRequestHandler):
    status: ClassVar[int]
    body: ClassVar[bytes]

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def site(status: int, body: bytes, port: int = 0) -> Iterator[Site]:
    handler = type("Handler", (Answer,), {"status": status, "body": body})
    with HTTPServer(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Site(load({"CELEBWIRE_HTTP_PORT": str(server.server_port)}))
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"ready":true,"store":"ok","broker":"ok"}', None),
        (503, b'{"ready":false,"store":"ok","broker":"away"}', {"broker": "away"}),
        (503, b'{"ready":false,"store":"full","broker":"ok"}', {"store": "full"}),
        (502, b"<h1>Bad gateway</h1>", {"site": "/readyz answers 502"}),
        (503, b"[1]", {"site": "/readyz answers 503"}),
    ],
)
def test_what_is_wrong_is_named_by_part(
    status: int, body: bytes, expected: dict[str, str] | None
) -> None:
    with site(status, body) as there:
        assert there.unready() == expected


def test_of_several_web_processes_every_one_must_be_ready() -> None:
    first = reserve_process_ports(2)
    ok, away = (200, b"{}"), (503, b'{"store":"ok","broker":"away"}')
    with site(*ok) as shared:
        number = shared.netloc.rpartition(":")[2]
        both = Site(
            load(
                {
                    "CELEBWIRE_HTTP_PORT": number,
                    "CELEBWIRE_WEB_PROCESSES": "2",
                    "CELEBWIRE_PROCESS_PORT": str(first),
                }
            )
        )
        problem = both.unready()
        assert problem is not None
        assert problem["site"].startswith("web process 0 does not answer")
        with site(*ok, port=first):
            problem = both.unready()
            assert problem is not None
            assert problem["site"].startswith("web process 1 does not answer")
            with site(*away, port=first + 1):
                assert both.unready() == {"broker": "away"}
            with site(*ok, port=first + 1):
                assert both.unready() is None


def test_a_site_that_is_not_there_is_not_ready() -> None:
    problem = Site(load({"CELEBWIRE_HTTP_PORT": str(reserve_port())})).unready()
    assert problem is not None
    assert "does not answer" in problem["site"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080/"),
        ("0.0.0.0", "http://127.0.0.1:8080/"),
        ("::", "http://[::1]:8080/"),
        ("site.example", "http://site.example:8080/"),
    ],
)
def test_the_address_is_one_that_a_browser_takes(host: str, address: str) -> None:
    assert Site(load({"CELEBWIRE_HTTP_HOST": host})).address == address


def test_advice_names_the_setting_and_no_password() -> None:
    private = Site(load({}))
    other = Site(load({"CELEBWIRE_AMQP_URL": "amqp://me:hidden@mq.example/%2F"}))
    assert "CELEBWIRE_BROKER_PORT" in private.advice("broker")
    assert "CELEBWIRE_STORE_URL" in private.advice("store")
    assert other.advice("broker") == " CELEBWIRE_AMQP_URL names the broker on mq.example."
    assert private.advice("site") == ""
