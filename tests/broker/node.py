"""A RabbitMQ node for tests: started, killed with -9 and started again on the same ports and data.

    node = BrokerNode(folder)
    node.start()  # returns when AMQP answers (about 5 s)
    pika.BlockingConnection(pika.URLParameters(node.url))
    node.kill()  # SIGKILL, all of it
    node.start()  # same port, same data

It ends with the test process however that ends: a guard shell, the leader of the node's process
group, waits for its stdin to close and then kills the group. All methods block; call them from any
thread.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from deploy.rabbitmq_node import DEBIAN_SCRIPT, RabbitMQNode
from tests.broker.ports import reserve_port

AMQP_HEADER = b"AMQP\x00\x00\x09\x01"
LOG_LINES = 40
RABBITMQ_ITSELF = "lib/rabbitmq_server-*/plugins/rabbit-[0-9]*"
"""Below the folder of Debian's package. Plugins, none of which is on, lie beside it."""


class BrokerDown(Exception):  # noqa: N818  (reads as what it is)
    """The node did not come up. The text ends with the tail of its log."""


class BrokerNode:
    """One private node on free ports of loopback, its files below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = reserve_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"
        self.log = folder / "node.log"
        self.epmd_port = reserve_port()
        self._files = RabbitMQNode(folder, self.port, self.epmd_port, reserve_port())
        self._plugins = folder / "plugins"
        self._guard: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._node: subprocess.Popen[bytes] | None = None

    @property
    def pids(self) -> list[int]:
        """The node's processes that are ours to name: Erlang's machine and epmd."""
        return [process.pid for process in (self._node, self._epmd) if process is not None]

    def start(self, deadline: float = 60.0) -> None:
        """Start the node and wait until AMQP answers. `deadline` in seconds.

        Raises `BrokerDown` if it does not, `NoRabbitMQ` if it is not installed.
        """
        if self._guard is not None:
            raise RuntimeError("the node runs already")
        self._files.prepare()
        self._plugins.mkdir(exist_ok=True)
        for itself in DEBIAN_SCRIPT.parents[1].glob(RABBITMQ_ITSELF):
            with suppress(FileExistsError):
                (self._plugins / itself.name).symlink_to(itself)
        commands = self._files.epmd_command, self._files.node_command
        self._guard = subprocess.Popen(
            ["sh", "-c", "read _; kill -KILL 0"], stdin=subprocess.PIPE, process_group=0
        )
        until = time.monotonic() + deadline
        try:
            self._epmd = self._spawn(commands[0], self.folder / "epmd.log")
            self._wait(self._epmd, self._files.epmd_port, b"", until)
            self._node = self._spawn(commands[1], self.log)
            self._wait(self._node, self.port, AMQP_HEADER, until)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End the whole node at once, as a power cut would: SIGKILL. Its data stays."""
        if self._guard is None:
            return
        os.killpg(self._guard.pid, signal.SIGKILL)
        for process in (self._node, self._epmd, self._guard):
            if process is not None:
                process.wait(10)
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard = self._epmd = self._node = None

    def stop(self) -> None:
        """End the node in order (SIGTERM; a second or so), then what is left of it."""
        if self._node is not None:
            self._node.terminate()
            try:
                self._node.wait(15)
            finally:
                self.kill()

    def control(self, *arguments: str) -> None:
        """Run rabbitmqctl on this node: `control("set_vm_memory_high_watermark", "0.4")`."""
        environment = self._environment()
        program = Path(self._files.node_command[0]).with_name("rabbitmqctl")
        command = [str(program), "-n", environment["RABBITMQ_NODENAME"], *arguments]
        subprocess.run(command, env=environment, check=True, timeout=30, stdout=subprocess.DEVNULL)

    def log_tail(self) -> str:
        """The last lines of the node's log."""
        if not self.log.exists():
            return "(no log)"
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])

    def _environment(self) -> dict[str, str]:
        """With a folder of plugins where only RabbitMQ itself is: to look through all that come
        with it took a fifth of a start."""
        environment = self._files.environment()
        if any(self._plugins.iterdir()):
            environment["RABBITMQ_PLUGINS_DIR"] = str(self._plugins.absolute())
        return environment

    def _spawn(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        assert self._guard is not None
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment(),
                process_group=self._guard.pid,
            )

    def _wait(
        self, process: subprocess.Popen[bytes], port: int, hello: bytes, until: float
    ) -> None:
        """Wait until `port` takes a connection and, where we say `hello`, answers."""
        while not _answers(port, hello):
            status = process.poll()
            if status is not None or time.monotonic() > until:
                why = "too slow" if status is None else f"ended with status {status}"
                raise BrokerDown(f"{process.args!r} on port {port}: {why}\n{self.log_tail()}")
            time.sleep(0.05)


def _answers(port: int, hello: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            probe.sendall(hello)
            return not hello or len(probe.recv(1)) == 1
    except OSError:
        return False
