"""supervisord: its configuration written, itself started, asked and ended.

It runs in the foreground as a child of `python -m deploy` and keeps the programs of
supervisord.conf alive. It lives in a session of its own, so that Ctrl-C in a terminal reaches only
us and we end things in order; should we be killed with -9, the kernel sends it SIGTERM and it does
the same.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from string import Template
from typing import IO, Any
from xmlrpc.client import Fault, ProtocolError, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from deploy.preflight import reads_standard_input, socket_path
from deploy.with_standard_input import STANDARD_INPUT
from settings import Settings

TEMPLATES = Path(__file__).parent
MOST_FILES = 65_536
ENDED = ("BACKOFF", "EXITED", "FATAL")
WORDS_WITHIN = 8192  # bytes at the end of a log in which the last line is looked for
LONGEST_WORDS = 300  # characters of it that are shown


@dataclass(frozen=True)
class Program:
    """A program under supervisord, and supervisord's word for how it is."""

    name: str
    group: str
    state: str
    log: Path

    @property
    def ended(self) -> bool:
        """It is not running although it should be; supervisord will try again."""
        return self.state in ENDED

    def last_words(self) -> str:
        """The last line of its log, in quotes, or the fact that there is none."""
        return last_words(self.log)


def last_words(log: Path) -> str:
    """The last line of a log, in quotes, or the fact that there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - WORDS_WITHIN))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        lines = []
    line = next((line.strip() for line in reversed(lines) if line.strip()), None)
    return f"“{line[:LONGEST_WORDS]}”." if line else "It is mute."


def write_configuration(settings: Settings, broker_port: int | None) -> Path:
    """Write var/supervisord.conf, with a private broker if it is given a port. Its path."""
    text = (TEMPLATES / "supervisord.conf").read_text(encoding="utf-8")
    if broker_port is not None:
        text += (TEMPLATES / "supervisord-broker.conf").read_text(encoding="utf-8")
    path = settings.var.absolute() / "supervisord.conf"
    python = sys.executable.replace("%", "%%")  # supervisord expands %(name)s
    wait = f'"{python}" -m deploy.after_broker {broker_port} ' if broker_port is not None else ""
    many = settings.web_processes > 1
    values = {
        "python": python,
        "uid": os.getuid(),
        "broker_port": broker_port,
        "after_broker": wait,
        "with_input": f'"{python}" -m deploy.with_standard_input '
        if reads_standard_input(settings)
        else "",
        "minfds": STANDARD_INPUT,
        "web_processes": settings.web_processes,
        "site_name": "site_%(process_num)02d" if many else "site",
        "site_number": " %(process_num)d" if many else "",
    }
    path.write_text(Template(text).substitute(values), encoding="utf-8")
    return path


class Control:
    """What can be asked of the supervisord that runs in the folder `var`, whoever started it."""

    def __init__(self, var: Path) -> None:
        self._log = var.absolute() / "log"
        self._address = f"unix://{socket_path(var)}"

    def programs(self) -> list[Program]:
        """How each program is. Empty while supervisord does not answer."""
        try:
            answer: Any = self._call("getAllProcessInfo")
        except (OSError, HTTPException, Fault, ProtocolError):
            return []
        return [
            Program(
                info["name"],
                info["group"],
                info["statename"],
                self._log / f"{info['name']}.log",
            )
            for info in answer
        ]

    def stop_program(self, program: Program) -> None:
        """Tell it to stop, without waiting. Nothing happens where it does not run."""
        self._tell("stopProcess", program)

    def start_program(self, program: Program) -> None:
        """Start it, without waiting. Nothing happens where it runs."""
        self._tell("startProcess", program)

    def _tell(self, method: str, program: Program) -> None:
        try:
            self._call(method, f"{program.group}:{program.name}", False)
        except (OSError, HTTPException, Fault, ProtocolError):
            return  # whoever waits for what should follow from it says what is the matter

    def _call(self, method: str, *arguments: str | bool) -> Any:
        # A connection that failed once would stay so: a new one each time.
        transport = SupervisorTransport(serverurl=self._address)
        with ServerProxy("http://supervisord", transport=transport) as remote:
            return getattr(remote.supervisor, method)(*arguments)


class Supervisord(Control):
    """The running supervisord, ours."""

    def __init__(
        self, var: Path, environ: Mapping[str, str], lock: IO[str], *, standard_input: bool
    ) -> None:
        """Start it. It holds `lock` for as long as it runs, even if we are gone before it.

        `standard_input`: the reader gets ours, see `with_standard_input.py`.
        """
        super().__init__(var)
        _allow_many_files()
        config = str(var.absolute() / "supervisord.conf")
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", config]
        if standard_input:
            os.dup2(0, STANDARD_INPUT)
        self._process = subprocess.Popen(  # noqa: S603
            ["setpriv", "--pdeathsig", "TERM", *command],  # noqa: S607
            stdin=lock,  # supervisord leaves it alone and closes other files that it did not open
            pass_fds=[STANDARD_INPUT] if standard_input else [],
            env=dict(environ),
            start_new_session=True,
            umask=0o077,  # what the programs write is for their owner alone
        )
        if standard_input:
            os.close(STANDARD_INPUT)

    def running(self) -> bool:
        """Whether supervisord itself is alive."""
        return self._process.poll() is None

    def stop(self, deadline: float) -> bool:
        """End every program in order, then supervisord. False: it took force after `deadline` s."""
        self._process.terminate()
        try:
            self._process.wait(deadline)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its programs die with it: see supervisord.conf
            self._process.wait()
            return False
        return True


def _allow_many_files() -> None:
    """A visitor is a socket: let the programs have more than the usual 1024 files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
