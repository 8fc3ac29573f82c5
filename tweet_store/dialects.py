"""What SQLite and PostgreSQL have a word each for, and SQLAlchemy none for both.

Everything else that the queries say is understood by both. Where they differ in more than a word,
there are modules by their names: `sqlite` and `postgresql` (connections, locks), `fts5` and
`tsvector` (search).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Text, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement, TableValuedAlias

upsert = insert
"""`insert` with `on_conflict_do_…`: both write that alike, and SQLAlchemy's SQLite writes it from
PostgreSQL's construct, though not the reverse."""


class _JsonTexts(FunctionElement[str]):
    inherit_cache = True
    name = "json_texts"


@compiles(_JsonTexts, "sqlite")
def _json_each(element: _JsonTexts, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_JsonTexts, "postgresql")
def _json_array_elements(element: _JsonTexts, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS json))"


def json_texts(name: str) -> TableValuedAlias:
    """The strings of a JSON list, which is the parameter of this name, as a table with one column,
    `value`. So a statement for any number of them has a constant text, which is read only once."""
    parameter: BindParameter[str] = bindparam(name, type_=Text)
    return _JsonTexts(parameter).table_valued("value")
