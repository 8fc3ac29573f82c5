"""The file for nginx: nginx takes it whatever the settings are, and its limits fit them."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from deploy.nginx_configuration import QUIET, text, write
from deploy.preflight import CannotRun
from settings import Settings, load
from tests.broker.ports import reserve_port
from tests.deploy.deployment import Deployment
from tests.deploy.nginx_front import Nginx, Recorder

LIMITS = {
    "WEB_PROCESSES": st.integers(1, 64),
    "MAX_CONNECTIONS": st.integers(10, 1_000_000),
    "MAX_CONNECTIONS_PER_ADDRESS": st.integers(1, 1_000_000),
    "MAX_HEADER_BYTES": st.integers(1024, 65_536),
    "MAX_BODY_BYTES": st.integers(1024, 16 * 1024**2),
    "HEADER_TIMEOUT": st.floats(0.001, 120),
    "IDLE_TIMEOUT": st.floats(1, 3600),
    "SLOW_TIMEOUT": st.floats(1, 300),
    "POLL_WAIT": st.floats(0.1, 120),
}
any_settings = st.fixed_dictionaries(LIMITS).map(
    lambda drawn: load({f"CELEBWIRE_{key}": str(value) for key, value in drawn.items()})
)


def in_var(settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"var": folder / "var"})


@hypothesis_settings(max_examples=15)
@given(settings=any_settings)
def test_nginx_takes_the_file_whatever_the_settings(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    done = Nginx(in_var(settings, tmp_path_factory.mktemp("nginx"))).check()
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@given(settings=any_settings)
def test_its_limits_fit_those_of_the_web_processes(settings: Settings) -> None:
    content = text(settings)

    def ms(name: str, within: str = content) -> float:
        match = re.search(rf"^ *{name} (\d+)ms;", within, re.MULTILINE)
        assert match is not None
        return int(match[1]) / 1000

    assert ms("proxy_read_timeout") >= settings.poll_wait + 5
    assert ms("proxy_read_timeout") >= QUIET + 5
    upstream = content[content.index("upstream site") : content.index("map ")]
    assert ms("keepalive_timeout", upstream) < settings.idle_timeout
    connections = re.search(r"worker_connections (\d+);", content)
    idle = re.search(r"keepalive (\d+);", upstream)
    assert connections is not None
    assert idle is not None
    assert int(idle[1]) == int(connections[1]) // 2
    assert upstream.count("server 127.0.0.1:") == settings.web_processes
    for port in settings.process_ports:
        assert f"server 127.0.0.1:{port} " in upstream


def test_one_web_process_is_asked_at_the_port_of_the_site() -> None:
    assert "server 127.0.0.1:8080 " in text(load({}))
    assert "server [::1]:9000 " in text(
        load({"CELEBWIRE_HTTP_HOST": "::", "CELEBWIRE_HTTP_PORT": "9000"})
    )


def test_the_block_for_tls_is_right_once_its_marks_are_gone(tmp_path: Path) -> None:
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=celebs.example", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
        timeout=20,
    )

    def change(content: str) -> str:
        address = re.search(r"listen (127\.0\.0\.1:\d+)", content)
        assert address is not None
        content = content.replace(address[0], "#")
        content, lines = re.subn(r"^ {8}#( {5}\S)", r"        \1", content, flags=re.MULTILINE)
        assert lines == 8
        content = content.replace("/etc/letsencrypt/live/celebs.example", str(tmp_path))
        content = content.replace("listen [::]:443", "#")
        return content.replace("listen 443", f"listen {address[1]}")

    config = in_var(load({"CELEBWIRE_HTTP_PORT": str(reserve_port())}), tmp_path)
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    with Nginx(config, change) as nginx, Recorder(config.http_port) as behind:
        there = http.client.HTTPSConnection("127.0.0.1", nginx.port, timeout=10, context=context)
        there.request("GET", "/")
        assert there.getresponse().read() == b"ok"
        there.close()
        ((_, _, headers),) = behind.requests
        assert headers["X-Forwarded-Proto"] == "https"
        context.set_alpn_protocols(["h2", "http/1.1"])
        with (
            socket.create_connection(("127.0.0.1", nginx.port)) as plain,
            context.wrap_socket(plain) as secure,
        ):
            assert secure.selected_alpn_protocol() == "h2"


def test_the_command_says_how_to_start_it(tmp_path: Path) -> None:
    with Deployment(tmp_path, {"CELEBWIRE_SOURCES": "nonsense"}) as run:
        run.environment["CELEBWIRE_SOURCES"] = "demo"
        done = run.deploy("nginx", "127.0.0.1:8099")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Wrote {run.var}/nginx.conf. Start it: ")
        assert f"nginx -p {run.var} -c nginx.conf" in done.stdout
        assert "listen 127.0.0.1:8099 " in (run.var / "nginx.conf").read_text()
        wrong = run.deploy("nginx", "8099")
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert wrong.stderr == "8099: must look like 127.0.0.1:8000, *:80 or [::]:80.\n"


def test_what_somebody_wrote_into_the_file_is_kept(tmp_path: Path) -> None:
    config = in_var(load({}), tmp_path)
    path, old = config.var / "nginx.conf", config.var / "nginx.conf.old"
    assert "before" not in write(config)
    assert "before" not in write(config)
    assert not old.exists()
    path.write_text("# mine")
    assert "What was there before is now nginx.conf.old." in write(config)
    assert old.read_text() == "# mine"
    assert path.read_text() == text(config)


@pytest.mark.parametrize(
    ("environment", "own"),
    [
        ({"TRUSTED_PROXIES": ""}, "127.0.0.1"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8,::1"}, "127.0.0.1"),
        ({"TRUSTED_PROXIES": "127.0.0.1", "HTTP_HOST": "::"}, "::1"),
        ({"HTTP_HOST": "192.0.2.7"}, "192.0.2.7"),
        ({"HTTP_HOST": "192.0.2.7", "WEB_PROCESSES": "2", "TRUSTED_PROXIES": "::1"}, "127.0.0.1"),
        ({}, None),
        ({"TRUSTED_PROXIES": "127.0.0.0/8"}, None),
        ({"HTTP_HOST": "::"}, None),
        ({"HTTP_HOST": "192.0.2.7", "WEB_PROCESSES": "2"}, None),
        ({"HTTP_HOST": "celebs.example"}, None),
    ],
)
def test_an_nginx_that_is_not_believed_is_told_of(
    tmp_path: Path, environment: dict[str, str], own: str | None
) -> None:
    settings = load({f"CELEBWIRE_{key}": value for key, value in environment.items()})
    said = write(in_var(settings, tmp_path))
    assert ("TRUSTED_PROXIES" in said) == (own is not None)
    if own is not None:
        assert f"TRUSTED_PROXIES does not name {own}, from where nginx asks" in said
        assert "with 500 connections" in said


@pytest.mark.parametrize(
    "listen", ["", ":80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "*:80;", "*:80\n", "*:٨٠"]
)
def test_addresses_that_are_none(tmp_path: Path, listen: str) -> None:
    with pytest.raises(CannotRun, match="must look like"):
        write(in_var(load({}), tmp_path), listen)


@pytest.mark.parametrize("listen", ["*:80", "[::]:80", "[2001:db8::1]:443", "0.0.0.0:8000"])
def test_addresses(tmp_path: Path, listen: str) -> None:
    write(in_var(load({}), tmp_path), listen)
    assert f"listen {listen} " in (tmp_path / "var/nginx.conf").read_text()
