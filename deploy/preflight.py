"""What must be true before anything is started: folders, the lock, free ports, RabbitMQ installed.

Each fault raises `CannotRun` with one line that names the setting to change. Nothing is left behind
by a check that fails but the folders it made.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from deploy.rabbitmq_node import ADDRESS as LOOPBACK
from deploy.rabbitmq_node import RabbitMQNode
from settings import Settings

FOLDERS = ("run", "log")
LONGEST_SOCKET = 96  # sockaddr_un holds 107 bytes; supervisord appends a dot and its pid at first
INSTALLER = Path(__file__).with_name("install_packages.sh")


class CannotRun(Exception):  # noqa: N818  (reads as what it is)
    """Celebwire cannot start here. The text is one line for the operator."""


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
        raise CannotRun(
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


def check_ports(settings: Settings, node: RabbitMQNode | None) -> None:
    """See that every port we are about to listen on is free."""
    wanted = [
        ("http", settings.http_host, settings.http_port),
        ("reader_http", settings.reader_http_host, settings.reader_http_port),
        *(("process", LOOPBACK, port) for port in settings.process_ports),
    ]
    if node is not None:
        wanted += [("broker", LOOPBACK, port) for port in node.ports]
    with ExitStack() as held:  # all at once, so that no two of ours can be the same
        for name, host, port in wanted:
            held.enter_context(_listen(name, host, port))


def install_rabbitmq() -> None:
    """See that RabbitMQ is there; through apt where it is missing. Quick where it is not."""
    done = subprocess.run([INSTALLER, "rabbitmq"], check=False)  # noqa: S603
    if done.returncode != 0:
        raise CannotRun(
            "RabbitMQ is missing. Install it as said above, or set CELEBWIRE_AMQP_URL to one "
            "that runs elsewhere."
        )


def _listen(name: str, host: str, port: int) -> socket.socket:
    setting = f"CELEBWIRE_{name.upper()}_PORT"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotRun(
                f"Port {port} on {host} is taken: set {setting} to a free one."
            ) from error
        if error.errno == errno.EACCES:
            raise CannotRun(
                f"Port {port} needs rights that this user lacks: set {setting} to one above 1023."
            ) from error
        raise CannotRun(
            f"Nothing can listen on {host} ({str(error.strerror).partition(' (while')[0]}): "
            f"set CELEBWIRE_{name.upper()}_HOST to an address of this machine."
        ) from error


def _unwritable(var: Path, error: OSError) -> CannotRun:
    return CannotRun(
        f"The folder {var.absolute()} cannot be written ({error.strerror}): "
        "set CELEBWIRE_VAR to one that can."
    )
