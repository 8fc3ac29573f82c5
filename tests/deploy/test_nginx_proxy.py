"""What a real nginx with our file hands on to a web process, and what it keeps from it."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Settings, load
from tests.deploy.deployment import reserve_process_ports
from tests.deploy.nginx_front import Nginx, Recorder
from tests.running import get, until


def two(folder: Path, **more: str) -> Settings:
    return load(
        {
            "CELEBWIRE_VAR": str(folder / "var"),
            "CELEBWIRE_AMQP_URL": "amqp://unused",
            "CELEBWIRE_WEB_PROCESSES": "2",
            "CELEBWIRE_PROCESS_PORT": str(reserve_process_ports(2)),
            **{f"CELEBWIRE_{key}": value for key, value in more.items()},
        }
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return two(tmp_path)


@contextlib.contextmanager
def client(nginx: Nginx, source: str = "127.0.0.1") -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(
        "127.0.0.1", nginx.port, timeout=20, source_address=(source, 0)
    )
    try:
        yield connection
    finally:
        connection.close()


def ask(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str
) -> int:
    connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    response = connection.getresponse()
    response.read()
    return response.status


def test_the_clients_address_is_told_and_cannot_be_forged(settings: Settings) -> None:
    first, second = settings.process_ports
    with Nginx(settings) as nginx, Recorder(first) as one, Recorder(second) as other:
        for path in ("/", "/updates?channel=all", "/updates/sse", "/static/site.css", "/nasa"):
            with client(nginx, "127.0.0.3") as connection:
                assert ask(connection, path, X_Forwarded_For="203.0.113.9") == 200
        requests = one.requests + other.requests
        assert len(requests) == 5
        for _, _, headers in requests:
            assert headers["X-Forwarded-For"] == "127.0.0.3"
            assert headers["X-Forwarded-Proto"] == "http"
            assert headers["Host"] == f"127.0.0.1:{nginx.port}"
            assert "Connection" not in headers


def test_only_a_websocket_may_ask_for_another_protocol(settings: Settings) -> None:
    with Nginx(settings) as nginx, Recorder(settings.process_port) as behind:
        with client(nginx) as connection:
            ask(connection, "/updates/ws", Connection="Upgrade", Upgrade="WebSocket")
            ask(connection, "/updates/ws", Connection="Upgrade, HTTP2-Settings", Upgrade="h2c")
        (_, _, socket_headers), (_, _, other_headers) = behind.requests
        assert socket_headers["Upgrade"].lower() == "websocket"
        assert socket_headers["Connection"] == "upgrade"
        assert "Upgrade" not in other_headers
        assert "Connection" not in other_headers


def test_connections_to_the_web_processes_are_kept(settings: Settings) -> None:
    first, second = settings.process_ports
    with Nginx(settings) as nginx, Recorder(first) as one, Recorder(second) as other:
        with client(nginx) as connection:
            for number in range(50):
                assert ask(connection, f"/updates?n={number}") == 200
        assert len(one.requests) + len(other.requests) == 50
        assert len(one.connections) <= 1
        assert len(other.connections) <= 1


def test_what_failed_is_asked_of_the_other_unless_it_may_have_changed_something(
    settings: Settings,
) -> None:
    first, second = settings.process_ports
    with Nginx(settings) as nginx, Recorder(first, mute=True) as mute, Recorder(second) as well:
        with client(nginx) as connection:
            for number in range(10):
                assert ask(connection, f"/?n={number}") == 200
        assert [path for _, path, _ in well.requests] == [f"/?n={n}" for n in range(10)]
        assert mute.requests, "it was tried"

        numbers = iter(range(1000))

        def post() -> int:
            with client(nginx) as connection:
                return ask(connection, f"/comment?n={next(numbers)}", "POST")

        until(lambda: post() == 502)
        (failed,) = [path for method, path, _ in mute.requests if method == "POST"]
        assert failed not in [path for _, path, _ in well.requests]


def test_one_that_was_gone_is_asked_again_at_once(settings: Settings) -> None:
    """As when one after another is restarted: nginx's own way would be 10 s without any."""
    first, second = settings.process_ports
    with Nginx(settings) as nginx:
        for port in (first, second, first):
            with Recorder(port):
                assert {get(f"{nginx.url}/")[0] for _ in range(10)} == {200}
        assert get(f"{nginx.url}/")[0] == 502
        assert nginx.log() == "", "no line for each request"


def test_a_stream_is_handed_on_piece_by_piece(settings: Settings) -> None:
    first, second = settings.process_ports
    with (
        Nginx(settings) as nginx,
        socket.create_server(("127.0.0.1", first)) as one,
        socket.create_server(("127.0.0.1", second)) as other,
        client(nginx) as visitor,
    ):
        visitor.request("GET", "/updates/sse", headers={"Accept-Encoding": "gzip"})
        ready, _, _ = select.select([one, other], [], [], 10)
        stream, _ = ready[0].accept()
        with stream:
            stream.recv(65_536)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            stream.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            response = visitor.getresponse()
            for piece in (b"data: 1\n\n", b"data: 2\n\n"):
                stream.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                assert response.read1(100) == piece


def test_static_files_are_kept(settings: Settings) -> None:
    cached = {"Cache-Control": "public, max-age=3600", "Content-Type": "text/css"}
    with Nginx(settings) as nginx, Recorder(settings.process_port, cached) as behind:
        for path in ("/static/site.css?v=1", "/static/site.css?v=1", "/static/site.css?v=2"):
            assert get(nginx.url + path) == (200, b"ok")
        assert [path for _, path, _ in behind.requests] == [
            "/static/site.css?v=1",
            "/static/site.css?v=2",
        ]


def test_what_is_for_operators_is_not_for_others(settings: Settings) -> None:
    with Nginx(settings) as nginx, Recorder(settings.process_port) as behind:
        for path in ("/metrics", "/readyz"):
            with client(nginx) as here, client(nginx, "127.0.0.2") as elsewhere:
                assert ask(here, path) == 200
                assert ask(elsewhere, path) == 403
        assert len(behind.requests) == 2


def test_an_ipv6_customer_is_counted_once_for_all_addresses(tmp_path: Path) -> None:
    """The addresses are said in a header, for this machine has but one."""

    def believe(content: str) -> str:
        return content.replace(
            "limit_conn address",
            "set_real_ip_from 127.0.0.1; real_ip_header X-Test; limit_conn address",
        )

    settings = two(tmp_path, MAX_CONNECTIONS_PER_ADDRESS="1")
    first, second = settings.process_ports
    with (
        Nginx(settings, believe) as nginx,
        # They take connections and answer nothing, so that each request goes on.
        socket.create_server(("127.0.0.1", first)) as one,
        socket.create_server(("127.0.0.1", second)) as other,
        client(nginx) as waiting,
        client(nginx) as sibling,
    ):
        waiting.request("GET", "/updates", headers={"X-Test": "2001:db8:0:1::1"})
        assert select.select([one, other], [], [], 10)[0], "it is on its way"
        assert ask(sibling, "/updates", X_Test="2001:db8:0:1:ffff::2") == 429
        for stranger in ("2001:db8:0:2::1", "192.0.2.1", "192.0.2.2"):
            with client(nginx) as let_in:
                let_in.request("GET", "/updates", headers={"X-Test": stranger})
                let_in.sock.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    let_in.getresponse()


def test_heads_and_bodies_have_limits_of_size_and_time(tmp_path: Path) -> None:
    settings = two(tmp_path, MAX_HEADER_BYTES="4096", MAX_BODY_BYTES="2048", HEADER_TIMEOUT="0.3")
    with Nginx(settings) as nginx, Recorder(settings.process_port) as behind:
        with client(nginx) as connection:
            assert ask(connection, "/?" + "x" * 1800) == 200
        with client(nginx) as connection:
            assert ask(connection, "/?" + "x" * 4200) == 414
        with client(nginx) as connection:
            assert ask(connection, "/", Cookie="x" * 4200) == 400
        with client(nginx) as connection:
            connection.request("POST", "/", body=b"x" * 2049)
            assert connection.getresponse().status == 413
        for slow in (b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nxx"):
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", nginx.port), 10) as raw:
                raw.sendall(slow)
                with contextlib.suppress(ConnectionResetError):
                    assert raw.recv(4096) == b""
            assert 0.2 < time.monotonic() - began < 5
        assert len(behind.requests) == 1
