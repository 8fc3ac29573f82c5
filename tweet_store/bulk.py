"""Writing many rows of a table with one call.

SQLAlchemy, given many rows, looks at each value of each by itself, which takes longer than SQLite
takes to write them. Here it makes the SQL of its statement once, and the driver gets the rows as
they are: tuples of str, bytes, int, bool or None, in the order of the table's columns.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects.sqlite import dialect

BulkRow = tuple[Any, ...]
"""One value for each column of a table, in the order of `schema`."""


class BulkInsert:
    """Carries out one insert, or upsert, of whole rows."""

    def __init__(self, statement: Insert) -> None:
        self._sql = str(statement.compile(dialect=dialect()))

    def execute(self, connection: Connection, rows: list[BulkRow]) -> None:
        """Write the rows, in their order; there may be none."""
        if rows:
            connection.exec_driver_sql(self._sql, rows)
