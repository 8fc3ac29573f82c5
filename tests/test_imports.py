"""Who may import whom, read from the source of every module."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"settings", "amqp_specs", "tweet_store", "stream_reader", "web_ui", "deploy"}

ALLOWED = {
    "amqp_specs": {"msgspec"},
    "tweet_store": {"msgspec", "sqlalchemy", "alembic", "psycopg"},
    "stream_reader": {
        "settings", "amqp_specs", "tweet_store",
        "twisted", "txamqp", "tweepy", "msgspec", "prometheus_client", "requests", "urllib3",
    },
    "web_ui": {
        "settings", "amqp_specs", "tweet_store",
        "tornado", "pika", "uvloop", "msgspec", "prometheus_client", "linkify_it",
    },
    "deploy": {"settings", "msgspec", "supervisor"},
}  # fmt: skip
"""Packages besides the standard library and itself that a folder may import."""


def imported(folder: str) -> Iterator[tuple[Path, str]]:
    """(file, top-level package) of every import, wherever in the file it stands."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: imports are written in full"
                names = [node.module or ""]
            else:
                continue
            for name in names:
                yield path, name.partition(".")[0]


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    allowed = ALLOWED[folder] | {folder} | sys.stdlib_module_names
    strays = [f"{path.name}: {name}" for path, name in imported(folder) if name not in allowed]
    assert strays == []


def test_every_folder_of_ours_is_looked_at() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(ALLOWED)


def test_pika_s_deprecated_class_stays_in_one_file() -> None:
    users = {path.name for path, name in imported("web_ui") if name == "pika"}
    assert users == {"broker.py"}


def test_tornado_and_twisted_stay_apart() -> None:
    reader = {name for _, name in imported("stream_reader")}
    site = {name for _, name in imported("web_ui")}
    assert not reader & {"tornado", "pika", "web_ui"}
    assert not site & {"twisted", "txamqp", "tweepy", "stream_reader"}
