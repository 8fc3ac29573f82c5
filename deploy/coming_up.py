"""From the start of supervisord to a site that is ready: what is waited for, and how long.

The site works without RabbitMQ, so one that is away is no reason to stop. One that answers, and
refuses us, is: no waiting mends a password.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from deploy.preflight import CannotRun, UnusableSetting
from deploy.readiness import Process, Site
from deploy.supervision import Supervisord

START_WITHIN = 60.0  # seconds
BROKER_WITHIN = 6.0  # seconds from when all else is ready; an attempt without an answer takes 5

# The part of the system that each program of supervisord.conf is, and its name for people. Of many
# web processes each has its number behind the name: site_00.
PARTS = {"rabbitmq": "broker", "epmd": "broker", "reader": "reader", "site": "site"}
TITLES = {"broker": "RabbitMQ", "reader": "The reader", "site": "The site", "store": "The store"}

# The reader's words for a BrokerRefused of stream_reader/broker.py, and those about its next try.
REFUSED = re.compile(r"^RabbitMQ at \S+ refuses ")
NEXT_TRY = re.compile(r"; (next try in \d+ s|trying now)$")


def come_up(
    supervisord: Supervisord,
    site: Site,
    reader: Process,
    logs: Path,
    stop: threading.Event,
    say: Callable[[str], None],
) -> bool:
    """Wait until all is ready, and say so. False: `stop` was set, or RabbitMQ is not there yet.

    Raises `CannotRun` if something does not come up.
    """
    began = time.monotonic()
    only_broker = None  # since when nothing but RabbitMQ is missing
    while not stop.wait(0.1):
        if not (unready := problems(site, reader)):
            say(f"Celebwire is ready: {site.address}")
            return True
        broker = NEXT_TRY.sub("", unready.get("broker", ""))
        if REFUSED.search(broker):
            raise UnusableSetting(f"{broker.rstrip('.')}.{site.advice('broker')}")
        for program in supervisord.programs():
            if program.ended:
                part = PARTS[program.name.partition("_")[0]]
                raise CannotRun(
                    f"{TITLES[part]} does not come up: {program.last_words()}"
                    f"{site.advice(part)} Log: {program.log}"
                )
        now = time.monotonic()
        if set(unready) != {"broker"}:
            only_broker = None
        elif only_broker is None:
            only_broker = now
        elif now - only_broker > BROKER_WITHIN:
            say(
                "Celebwire is ready, but without RabbitMQ for now, so posts come some seconds "
                f"late: {site.address} {broker}.{site.advice('broker')}"
            )
            return False
        if now - began > START_WITHIN:
            part, problem = next(iter(unready.items()))
            raise CannotRun(
                f"{TITLES[part]} is not ready after {START_WITHIN:g} s: {problem}."
                f"{site.advice(part)} The logs are in {logs}."
            )
        if not supervisord.running():
            break
    return False


def problems(site: Site, reader: Process) -> dict[str, str]:
    """What is wrong, by part. Of RabbitMQ the reader's words, which tell a refusal apart."""
    return (site.unready() or {}) | (reader.unready() or {})
