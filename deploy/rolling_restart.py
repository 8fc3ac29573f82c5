"""`python -m deploy restart`: one web process after another ends and starts anew.

For new code or changed settings while visitors look on: those of the process that stops come back
to the others, with their cursor. The next one stops only when the last is ready again, so a version
that does not start costs one process, not the site. Settings of the environment stay those with
which `python -m deploy` was started; those of the file are read anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from deploy.preflight import CannotRun
from deploy.readiness import Process, Site
from deploy.supervision import Control, Program
from settings import Settings

STOP_WITHIN = 10.0  # seconds; supervisord kills after 5
START_WITHIN = 60.0  # seconds


def restart(settings: Settings, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Restart them all. `stop` ends it between two processes.

    Raises `CannotRun` where one does not come back: those after it run on as they were.
    """
    control = Control(settings.var)
    programs = _web_programs(control)
    if not programs:
        raise CannotRun(f"Celebwire does not run in {settings.var.absolute()}: CELEBWIRE_VAR.")
    if len(programs) != settings.web_processes:
        raise CannotRun(
            f"web_processes is {settings.web_processes}, and {len(programs)} run: "
            "another number takes a stop and a start of the whole."
        )
    site = Site(settings)
    for program, process in zip(programs, site.processes or [site], strict=True):
        if stop.is_set():
            raise CannotRun(f"Interrupted: {program.name} and those after it run on as they were.")
        began = time.monotonic()
        _stop(control, program)
        _start(control, program, process)
        say(f"{program.name} is ready again after {time.monotonic() - began:.1f} s.")


def _stop(control: Control, program: Program) -> None:
    until = time.monotonic() + STOP_WITHIN
    while _state(control, program).state not in ("STOPPED", "EXITED", "FATAL"):
        # More than once: supervisord refuses to stop one that has just ended, and starts it again.
        control.stop_program(program)
        if time.monotonic() > until:
            raise CannotRun(f"{program.name} does not stop. Log: {program.log}")
        time.sleep(0.05)


def _start(control: Control, program: Program, process: Process) -> None:
    control.start_program(program)
    until = time.monotonic() + START_WITHIN
    while (problem := process.unready()) is not None:
        if _state(control, program).ended:
            problem = {"": f"It said last: {program.last_words()}"}
        elif time.monotonic() < until:
            time.sleep(0.05)
            continue
        raise CannotRun(
            f"{program.name} does not come up; the others run on as they were. "
            f"{next(iter(problem.values()))} Log: {program.log}"
        )


def _web_programs(control: Control) -> list[Program]:
    found = [p for p in control.programs() if p.name.partition("_")[0] == "site"]
    return sorted(found, key=lambda program: program.name)


def _state(control: Control, program: Program) -> Program:
    """The same program as it is now; as it was where supervisord does not answer."""
    return next((p for p in control.programs() if p.name == program.name), program)
