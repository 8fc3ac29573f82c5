"""How a database carries out what a store asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


@contextmanager
def plans_of(*engines: Engine, explain: str = "EXPLAIN QUERY PLAN") -> Iterator[list[list[str]]]:
    """Within it, the steps of the plan of each query, in the order in which they are asked."""
    found: list[list[str]] = []

    def note(
        _connection: Connection, cursor: object, sql: str, parameters: object, *_: object
    ) -> None:
        if sql.startswith(("SELECT", "WITH")):
            plan = cursor.execute(f"{explain} {sql}", parameters)  # type: ignore[attr-defined]
            found.append([row[-1] for row in plan])

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def scans(plans: list[list[str]]) -> list[str]:
    """The steps that go through a whole table or index."""
    return [step for plan in plans for step in plan if step.startswith("SCAN")]
