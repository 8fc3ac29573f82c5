"""Writing many rows of a table with one call.

SQLAlchemy, given many rows, looks at each value of each by itself, which takes longer than SQLite
takes to write them. Here it makes the SQL of its statement once, and the driver gets the rows as
they are: tuples of str, bytes, int, bool or None, in the order of the table's columns.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Dialect, Insert

BulkRow = tuple[Any, ...]
"""One value for each column of a table, in the order of `schema`."""

POSITIONAL = {"sqlite": "qmark", "postgresql": "format"}
"""How the drivers have parameters written that are given in their order."""


class BulkInsert:
    """Carries out one insert, or upsert, of whole rows."""

    def __init__(self, statement: Insert) -> None:
        self._statement = statement
        self._sql: dict[str, str] = {}

    def execute(self, connection: Connection, rows: list[BulkRow]) -> None:
        """Write the rows, in their order; there may be none."""
        if rows:
            dialect = connection.dialect
            sql = self._sql.get(dialect.name) or self._compiled(dialect)
            connection.exec_driver_sql(sql, rows)

    def _compiled(self, dialect: Dialect) -> str:
        of_driver: Any = type(dialect)
        positional: Dialect = of_driver(paramstyle=POSITIONAL[dialect.name])
        sql = self._sql[dialect.name] = str(self._statement.compile(dialect=positional))
        return sql
