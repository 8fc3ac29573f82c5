"""`make bench`: the figures of the README, measured on this machine. Loopback only, bounded.

python -m tests.benchmarks [intake] [latency]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks import intake, latency, machine
from tests.broker.node import BrokerNode

BENCHMARKS = {"intake": intake.run, "latency": latency.run}


def main(names: list[str]) -> None:
    """Run the named ones, or all, on one RabbitMQ node of their own."""
    print(machine.description())
    with tempfile.TemporaryDirectory() as folder:
        broker = BrokerNode(Path(folder))
        broker.start()
        try:
            for name in names or BENCHMARKS:
                print(BENCHMARKS[name](broker), flush=True)
        finally:
            broker.kill()


if __name__ == "__main__":
    main(sys.argv[1:])
