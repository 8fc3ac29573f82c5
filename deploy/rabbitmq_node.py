"""A private RabbitMQ node: the folder, configuration, environment and command lines it needs.

Used by `make run` and by the tests (tests/broker/node.py). Nothing is started here: `prepare`
writes files; whoever supervises the node runs `epmd_command` and `node_command`, both in the
foreground and both with `environment()`.

Everything the node keeps lies below its folder; whatever it opens listens on 127.0.0.1: AMQP, the
Erlang distribution, and epmd, which is the node's own. A node of the distribution, on the same
machine, is neither used nor disturbed.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from string import Template

ADDRESS = "127.0.0.1"
# "localhost" and not the machine's name: Debian resolves that to 127.0.1.1, where our epmd is not.
NODE_NAME = "celebwire@localhost"
# Debian's /usr/sbin/rabbitmq-server switches to the user rabbitmq; this one runs as its caller.
DEBIAN_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONFIG_TEMPLATE = Path(__file__).with_name("rabbitmq.conf")


class NoRabbitMQ(Exception):  # noqa: N818  (reads as what it is)
    """RabbitMQ is not installed. The text says how to get it."""


@dataclass(frozen=True)
class RabbitMQNode:
    """One node: its folder, which is its own, and its three ports on loopback."""

    folder: Path
    amqp_port: int
    epmd_port: int
    distribution_port: int

    @classmethod
    def on_port(cls, folder: Path, amqp_port: int) -> RabbitMQNode:
        """A node whose epmd is 10,000 and whose distribution 20,000 above its AMQP port.

        So that one setting moves all three, and an operator's rabbitmqctl can find them.
        """
        step = 10_000 if amqp_port + 20_000 <= 65_535 else -10_000
        return cls(folder, amqp_port, amqp_port + step, amqp_port + 2 * step)

    def prepare(self) -> None:
        """Make the folder, the cookie and the configuration file. Data of an earlier run is kept.

        Raises `OSError` where the folder cannot be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home.mkdir(mode=0o700, exist_ok=True)
        cookie = self._home / ".erlang.cookie"
        if not cookie.exists() or not cookie.stat().st_size:
            # Whoever knows the cookie commands the node; Erlang insists on 0400 or 0600.
            cookie.touch(mode=0o600)
            cookie.write_text(secrets.token_hex(32), encoding="ascii")
        template = Template(CONFIG_TEMPLATE.read_text(encoding="utf-8"))
        self._config.write_text(template.substitute(amqp_port=self.amqp_port), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """The whole environment for both commands: nothing of the caller's but PATH.

        It holds no secret, and no RABBITMQ_* of the caller can get in.
        """
        folder = self.folder.absolute()
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._home.absolute()),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": ADDRESS,
            "ERL_EPMD_PORT": str(self.epmd_port),
            # Otherwise each erl that finds no epmd leaves a daemon behind.
            "ERL_AFLAGS": "-start_epmd false",
            # The log says why; a dump holds the whole memory and may take minutes to write.
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": NODE_NAME,
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface "
            f"{{{ADDRESS.replace('.', ',')}}}",
            "RABBITMQ_CONFIG_FILE": str(self._config.absolute()),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_PID_FILE": str(folder / "node.pid"),
            # These do not exist, so that those in /etc/rabbitmq are not read: no plugins.
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            # RabbitMQ's script then becomes the Erlang machine (`exec`) rather than its parent: a
            # signal reaches the node itself, and SIGTERM stops it in order.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    @property
    def epmd_command(self) -> list[str]:
        """Runs epmd in the foreground. Start it before the node."""
        return [_program("epmd")]

    @property
    def node_command(self) -> list[str]:
        """Runs the node in the foreground, as the caller's user."""
        if DEBIAN_SCRIPT.exists():
            return [str(DEBIAN_SCRIPT)]
        return [_program("rabbitmq-server")]

    @property
    def ports(self) -> tuple[int, int, int]:
        """All that it listens on."""
        return self.amqp_port, self.epmd_port, self.distribution_port

    @property
    def _home(self) -> Path:
        return self.folder / "home"

    @property
    def _config(self) -> Path:
        return self.folder / "rabbitmq.conf"


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NoRabbitMQ(
            f"RabbitMQ is not installed ({name} is missing): sudo apt-get install rabbitmq-server"
        )
    return found
