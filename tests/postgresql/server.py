"""A PostgreSQL server for tests: started, killed with -9, started again on its port and data.

    server = PostgresServer()
    server.start()  # the first time it makes its data (2 s), later a moment
    url = server.new_database()
    server.kill()
    server.remove()

It listens on loopback only and asks for a password. As root it runs under Debian's user `postgres`,
because PostgreSQL refuses root. It ends with the test process however that ends: a guard shell, the
leader of its process group, waits for its stdin to close and then kills the group.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tests.broker.ports import reserve_port
from tests.processes import gone, with_descendants

USER, PASSWORD = "celebwire", "swordfish"
DEBIANS = "/usr/lib/postgresql"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # who is killed loses nothing; only who loses power
    "max_connections": "200",
    "shared_buffers": "32MB",
}


class PostgresDown(Exception):  # noqa: N818  (reads as what it is)
    """The server did not come up. The text ends with its log."""


class PostgresServer:
    """One private server on a free port of loopback, its files in a folder of its own."""

    def __init__(self) -> None:
        self.port = reserve_port()
        self.folder = Path(tempfile.mkdtemp(prefix="celebwire-postgresql-"))
        self.log = self.folder / "log"
        self._data = self.folder / "data"
        self._user: str | None = None
        if os.geteuid() == 0:
            self._user = "postgres"
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._guard: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def url(self, database: str = "postgres") -> str:
        """Where the store or psycopg finds a database."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self, deadline: float = 30.0) -> None:
        """Start, and wait until a query is answered. Raises `PostgresDown` after that time."""
        if not self._data.exists():
            self._make_data()
        self._guard = subprocess.Popen(
            ["sh", "-c", "read _; kill -KILL 0"], stdin=subprocess.PIPE, process_group=0
        )
        said = [f"--{name}={value}" for name, value in {**SETTINGS, "port": self.port}.items()]
        with self.log.open("ab") as output:
            self._server = subprocess.Popen(
                [program("postgres"), "-D", str(self._data), *said],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=self._user,
                process_group=self._guard.pid,
            )
        until = time.monotonic() + deadline
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > until:
                self.kill()
                raise PostgresDown(self.log.read_text(errors="replace")[-4000:])
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a power cut would. Its data stays."""
        if self._guard is None or self._server is None:
            return
        processes = with_descendants([self._server.pid])
        os.killpg(self._guard.pid, signal.SIGKILL)
        self._server.wait(10)
        self._guard.wait(10)
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        gone(processes)  # the others see that the first is dead
        self._guard = self._server = None

    def remove(self) -> None:
        """End it, and take its files away."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Carry these out, each by itself."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def new_database(self, like: str | None = None) -> str:
        """The name of an empty database, or of one that has what another has."""
        self._databases += 1
        name = f"store_{self._databases}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {like or 'template0'}")
        return name

    def drop(self, database: str) -> None:
        """Take a database away, whoever uses it."""
        self.run(f"DROP DATABASE {database} WITH (FORCE)")

    def _make_data(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        subprocess.run(
            [
                *(program("initdb"), "-D", str(self._data), "-U", USER, "--pwfile", str(secret)),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            timeout=60,
            cwd=self.folder,
            user=self._user,
            stdout=subprocess.DEVNULL,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is: Debian keeps the server's where no PATH looks."""
    newest = sorted(Path(DEBIANS).glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(newest[-1]) if newest else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is missing: deploy/install_packages.sh postgresql")
    return found
