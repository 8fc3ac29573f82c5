"""`make bench`: the figures of the README, measured on this machine. Loopback only, bounded.

python -m tests.benchmarks [intake] [latency] [pages]
python -m tests.benchmarks fanout --help
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks import fanout, intake, latency, machine, pages
from tests.broker.node import BrokerNode

BENCHMARKS = {"intake": intake.run, "latency": latency.run, "pages": pages.run}


def main(arguments: list[str]) -> None:
    """Run the named ones on one RabbitMQ node of their own; without a name all, fanout last."""
    if arguments[:1] == ["fanout"]:
        fanout.main(arguments[1:])
        return
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"{__doc__}\nThere is no benchmark {unknown[0]}.")
    print(machine.description())
    with tempfile.TemporaryDirectory() as folder:
        broker = BrokerNode(Path(folder))
        broker.start()
        try:
            for name in arguments or BENCHMARKS:
                print(BENCHMARKS[name](broker), flush=True)
        finally:
            broker.kill()
    if not arguments:
        fanout.main([])


if __name__ == "__main__":
    main(sys.argv[1:])
