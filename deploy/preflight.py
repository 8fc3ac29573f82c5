"""What must be true before anything is started: folders, lock, store, ports, RabbitMQ installed.

What is wrong raises `CannotRun`, with a line for each fault that names the setting to change.
Nothing is left behind by a check that fails but the folder var and those in it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from deploy.rabbitmq_node import ADDRESS as LOOPBACK
from deploy.rabbitmq_node import RabbitMQNode
from settings import Settings, replay_parts

FOLDERS = ("run", "log")
LONGEST_SOCKET = 96  # sockaddr_un holds 107 bytes; supervisord appends a dot and its pid at first
SQLITE = b"SQLite format 3\0"  # how every database of SQLite begins
INSTALLER = Path(__file__).with_name("install_packages.sh")


class CannotRun(Exception):  # noqa: N818  (reads as what it is)
    """Celebwire cannot start here. The text is for the operator: a line for each fault."""

    status = 1
    """Of the process that ends for it."""


class UnusableSetting(CannotRun):
    """The same, and a setting has to be changed first: starting again does not help."""

    status = 2


def private_broker(settings: Settings) -> RabbitMQNode | None:
    """The RabbitMQ node that is ours to run, or None where the settings name another one."""
    if settings.amqp_url.get_secret_value():
        return None
    return RabbitMQNode.on_port(settings.var.absolute() / "broker", settings.broker_port)


def make_folders(var: Path) -> None:
    """Make `var` and the folders in it, for the owner alone."""
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FOLDERS:
            (var / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unwritable(var, error) from error
    if len(os.fsencode(socket_path(var))) > LONGEST_SOCKET:
        raise UnusableSetting(
            f"The path of the folder {var.absolute()} is too long for a socket in it: "
            "set CELEBWIRE_VAR to a shorter one."
        )


def socket_path(var: Path) -> Path:
    """Where supervisord listens for commands. The same path stands in supervisord.conf."""
    return var.absolute() / "run" / "supervisor.sock"


def lock(var: Path) -> IO[str]:
    """Take the folder for this run: an open file that holds the lock until its last copy closes."""
    path = var / "run" / "lock"
    try:
        file = path.open("a+", encoding="ascii")
    except OSError as error:
        raise _unwritable(var, error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise CannotRun(
            f"Celebwire is already running in {var.absolute()} (process {owner}): "
            "stop it, or set CELEBWIRE_VAR and the ports to run a second one."
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def check(settings: Settings, node: RabbitMQNode | None) -> None:
    """See that store, ports and standard input can be used. Raises `UnusableSetting`."""
    faults = [*_store_faults(settings), *_port_faults(settings, node)]
    if reads_standard_input(settings) and sys.stdin is None:
        faults.append("There is no standard input to read: CELEBWIRE_SOURCES has replay:-.")
    if faults:
        raise UnusableSetting("\n".join(faults))


def reads_standard_input(settings: Settings) -> bool:
    """Whether one of the sources is `replay:-`, at whatever speed."""
    replays = [text for text in settings.sources if text.startswith("replay:")]
    return any(replay_parts(text)[0] == "-" for text in replays)


def install_rabbitmq() -> None:
    """See that RabbitMQ is there; through apt where it is missing. Quick where it is not."""
    done = subprocess.run([INSTALLER, "rabbitmq"], check=False)  # noqa: S603
    if done.returncode != 0:
        raise CannotRun(
            "RabbitMQ is missing. Install it as said above, or set CELEBWIRE_AMQP_URL to one "
            "that runs elsewhere."
        )


def _store_faults(settings: Settings) -> Iterator[str]:
    file = settings.store_file
    if file is None:
        return  # whether PostgreSQL is there, reader and site see at once
    try:
        problem = _store_problem(file)
    except OSError as error:
        problem = error.strerror
    if problem:
        own = settings.store_url.get_secret_value()
        setting = "CELEBWIRE_STORE_URL" if own else "CELEBWIRE_VAR"
        yield f"The store {file} cannot be used ({problem}): set {setting} to another place."


def _store_problem(file: Path) -> str | None:
    if not file.parent.is_dir():
        return "there is no such folder"
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return "nothing can be written in its folder"
    if not file.exists():
        return None
    if not file.is_file():
        return "that is no file"
    with file.open("r+b") as store:
        head = store.read(len(SQLITE))
    return None if head in (b"", SQLITE) else "that is no SQLite database"


def _port_faults(settings: Settings, node: RabbitMQNode | None) -> list[str]:
    own = settings.process_ports
    wanted = [
        ("http", settings.http_host, settings.http_port, ""),
        ("reader_http", settings.reader_http_host, settings.reader_http_port, ""),
    ]
    if own:
        all_of = f", one of the web processes' own ({own[0]} to {own[-1]})"
        wanted += [("process", LOOPBACK, port, all_of) for port in own]
    if node is not None:
        all_of = f", one of the three that RabbitMQ takes ({', '.join(map(str, node.ports))})"
        wanted += [("broker", LOOPBACK, port, all_of) for port in node.ports]
    faults: dict[str, str] = {}
    with ExitStack() as held:  # all at once, so that no two of ours can be the same
        for name, host, port, one_of in wanted:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                held.enter_context(socket.create_server((host, port), family=family))
            except OSError as error:
                faults.setdefault(name, _port_fault(name, host, port, one_of, error))
    return list(faults.values())


def _port_fault(name: str, host: str, port: int, one_of: str, error: OSError) -> str:
    setting = f"CELEBWIRE_{name.upper()}"
    if error.errno == errno.EADDRINUSE:
        free = "another" if one_of else "a free one"
        return f"Port {port} on {host} is taken{one_of}: set {setting}_PORT to {free}."
    if error.errno == errno.EACCES:
        return (
            f"Port {port} needs rights that this user lacks: set {setting}_PORT to one above 1023."
        )
    reason = str(error.strerror).partition(" (while")[0]
    return (
        f"Nothing can listen on {host} ({reason}): "
        f"set {setting}_HOST to an address of this machine."
    )


def _unwritable(var: Path, error: OSError) -> UnusableSetting:
    return UnusableSetting(
        f"The folder {var.absolute()} cannot be written ({error.strerror}): "
        "set CELEBWIRE_VAR to one that can."
    )
