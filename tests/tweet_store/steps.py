"""How much work SQLite does, counted in steps of its virtual machine: the same on any computer."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

EVERY = 10


def steps_of(writer: Engine, action: Callable[[], object]) -> int:
    """About how many steps the one connection of `writer` takes meanwhile."""
    taken = 0

    def note() -> int:
        nonlocal taken
        taken += EVERY
        return 0

    with writer.connect() as connection:
        driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(note, EVERY)
    try:
        action()
    finally:
        driver.set_progress_handler(None, 0)
    return taken
