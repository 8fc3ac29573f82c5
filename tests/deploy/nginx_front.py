"""A real nginx with the file that `python -m deploy nginx` writes, and what stands behind it.

    with Nginx(settings) as nginx, Recorder(port) as behind:
        ...

`Recorder` stands in for a web process where a test looks at what nginx sends.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from deploy import nginx_configuration
from settings import Settings
from tests.broker.ports import reserve_port
from tests.running import until


class Nginx:
    """Runs in the foreground for as long as the `with` block."""

    def __init__(self, settings: Settings, change: Callable[[str], str] = str) -> None:
        """`change`: what a test changes in the file."""
        self.port = reserve_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._var = settings.var
        nginx_configuration.write(settings, f"127.0.0.1:{self.port}")
        path = self._var / "nginx.conf"
        path.write_text(change(path.read_text()))

    def check(self) -> subprocess.CompletedProcess[str]:
        """`nginx -t`."""
        return subprocess.run(
            [*self._command(), "-t"], capture_output=True, text=True, check=False, timeout=20
        )

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([*self._command(), "-g", "daemon off;"])
        until(self._listens)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        finally:
            self._process.kill()

    def log(self) -> str:
        """Its log so far."""
        return (self._var / "log/nginx.log").read_text()

    def _command(self) -> list[str]:
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        return [program, "-p", str(self._var), "-c", "nginx.conf"]

    def _listens(self) -> bool:
        assert self._process.poll() is None, self.log()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class Recorder:
    """An HTTP server on a port of loopback that writes down each request and its connection."""

    def __init__(self, port: int, headers: dict[str, str] | None = None, *, mute: bool = False):
        """`headers` of every answer. `mute`: it takes requests and hangs up."""
        self.requests: list[tuple[str, str, dict[str, str]]] = []  # method, path, headers
        self.connections: set[socket.socket] = set()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # keeps its connections

            def answer(self) -> None:
                recorder.connections.add(self.connection)
                recorder.requests.append((self.command, self.path, dict(self.headers)))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if mute:
                    self.close_connection = True
                    return
                self.send_response(200)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_POST = answer  # noqa: N815  (the names are http.server's)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # nginx closed it
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
