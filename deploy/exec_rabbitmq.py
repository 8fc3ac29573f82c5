"""Becomes the private node's epmd or the node itself, in the environment that is the node's own.

    python -m deploy.exec_rabbitmq node|epmd FOLDER AMQP_PORT

supervisord runs it. It is a program and not a line of supervisord.conf because the node must see
nothing of our environment, in which secrets may stand and RABBITMQ_* of the user's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.rabbitmq_node import RabbitMQNode


def main() -> None:
    """Replace this process. The folder must have been prepared."""
    role, folder, port = sys.argv[1:]
    node = RabbitMQNode.on_port(Path(folder), int(port))
    command = node.epmd_command if role == "epmd" else node.node_command
    os.chdir(node.folder)
    os.execve(command[0], command, node.environment())  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main()
