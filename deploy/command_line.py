"""What `python -m deploy` does: all of Celebwire on one machine, under supervisord.

    settings -> checks -> var/supervisord.conf -> supervisord -> /readyz -> until a signal comes

    python -m deploy restart                 one web process after another: rolling_restart.py
    python -m deploy nginx [ADDRESS:PORT]    writes var/nginx.conf: nginx_configuration.py

Exit status: 2 where a setting, or a word on the command line, has to be changed; 1 where it cannot
run for another reason, or something ended that should not; 0 when it was stopped by Ctrl-C, SIGTERM
or a closed terminal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TextIO

from deploy import coming_up, nginx_configuration, preflight, rolling_restart, supervision
from deploy.ended_programs import EndedPrograms
from deploy.preflight import CannotRun
from deploy.readiness import Reader, Site
from deploy.supervision import Supervisord
from settings import BadSettings, Settings, load

STOP_WITHIN = 9.5  # seconds; the programs' own limits in supervisord.conf add up to less

USAGE = "python -m deploy [restart | nginx [ADDRESS:PORT]]"


def main() -> int:
    """Run until stopped; the exit status."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        match sys.argv[1:]:
            case []:
                return run(load(os.environ), stop)
            case ["restart"]:
                rolling_restart.restart(load(os.environ), stop, _say)
            case ["nginx"]:
                _say(nginx_configuration.write(load(os.environ)))
            case ["nginx", address]:
                _say(nginx_configuration.write(load(os.environ), address))
            case _:
                _say(f"Usage: {USAGE}", sys.stderr)
                return 2
        return 0  # noqa: TRY300
    except BadSettings as error:
        _say(str(error), sys.stderr)
        return 2
    except CannotRun as error:
        _say(str(error), sys.stderr)
        return error.status


def run(settings: Settings, stop: threading.Event) -> int:
    """Start everything, watch over it until `stop` is set, end everything. The exit status.

    Raises `CannotRun` where nothing could be started.
    """
    var = settings.var
    node = preflight.private_broker(settings)
    preflight.make_folders(var)
    with preflight.lock(var) as lock:
        preflight.check(settings, node)
        if node is not None:
            preflight.install_rabbitmq()
        try:
            if node is not None:
                node.prepare()
            supervision.write_configuration(settings, settings.broker_port if node else None)
        except OSError as error:
            raise CannotRun(
                f"The folder {var} cannot be used: {error}. CELEBWIRE_VAR chooses another."
            ) from None
        if stop.is_set():
            return 0
        broker = f"RabbitMQ (port {settings.broker_port}), " if node else ""
        site = f"{settings.web_processes} web processes" if settings.process_ports else "the site"
        own_token = not settings.moderator_token.get_secret_value()
        token = f", the moderator's token in {settings.moderator_token_file}" if own_token else ""
        _say(f"Starting {broker}the reader and {site}; logs are in {var / 'log'}{token}.")
        supervisord = Supervisord(
            var, os.environ, lock, standard_input=preflight.reads_standard_input(settings)
        )
        status = 0
        try:
            watch(supervisord, Site(settings), Reader(settings), var.absolute() / "log", stop)
        except CannotRun as error:
            _say(str(error), sys.stderr)
            status = error.status
        finally:
            _say("Stopping.")
            orderly = supervisord.stop(STOP_WITHIN)
    _say("Stopped." if orderly else f"Not all ended within {STOP_WITHIN:g} s; that was killed.")
    return status if orderly else status or 1


def watch(
    supervisord: Supervisord, site: Site, reader: Reader, logs: Path, stop: threading.Event
) -> None:
    """Say when the site is ready, then wait for `stop`. `CannotRun` if it does not come up."""
    ready = coming_up.come_up(supervisord, site, reader, logs, stop, _say)
    ended = EndedPrograms(logs)
    while not stop.wait(0.5):
        if line := ended.news():
            _say(line)
        if not supervisord.running():
            raise CannotRun(f"supervisord ended by itself: see {logs / 'supervisord.log'}.")
        if not ready and not coming_up.problems(site, reader):
            ready = True
            _say(f"RabbitMQ is there. Celebwire is ready: {site.address}")


def _say(line: str, stream: TextIO = sys.stdout) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever read our output is gone; we go on
        stream.write(f"{line}\n")
        stream.flush()
