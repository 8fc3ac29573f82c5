"""Every text that the site says, read from its templates, its Python and its scripts."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from tweet_store.discussion import refusals
from web_ui import times
from web_ui.cards import MEDIA_NAMES
from web_ui.handlers.application import load_templates
from web_ui.visitors.script_words import SCRIPT_WORDS

WEB_UI = Path(times.__file__).parent
LOCALE = WEB_UI / "locale"
TRANSLATING = {"_", "translate"}

Row = tuple[str, str]
"""An English text, and `unknown`, or which form of what is counted: Tornado's words for it."""


def in_templates(*names: str) -> set[Row]:
    """What templates say: these, or all."""
    loader = load_templates()
    found = names or [path.name for path in (WEB_UI / "templates").glob("*.html")]
    return {row for name in found for row in _in_code(loader.load(name).code)}


def in_python() -> set[Row]:
    """What handlers say."""
    files = WEB_UI.rglob("*.py")
    return {row for path in files for row in _in_code(path.read_text(encoding="utf-8"))}


def in_lists() -> set[Row]:
    """What is said by way of a list."""
    texts = (*times.MONTHS, *MEDIA_NAMES.values(), *refusals.TEXTS, *SCRIPT_WORDS)
    return {(text, "unknown") for text in texts}


def by_scripts() -> set[str]:
    """What the scripts say themselves."""
    texts: set[str] = set()
    for path in (WEB_UI / "static").glob("*.js"):
        source = re.sub(r"(?m)^\s*//.*$", "", path.read_text(encoding="utf-8"))
        calls = re.findall(r'\bsay\(\s*("(?:[^"\\]|\\.)*")', source)
        texts |= {ast.literal_eval(call) for call in calls}
    return texts


def translated(path: Path) -> list[tuple[Row, str]]:
    """The rows of a file of Tornado's."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return [((row[0], row[2] if len(row) > 2 else "unknown"), row[1]) for row in rows]


def _in_code(code: str) -> Iterator[Row]:
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        said = [text for text in texts if isinstance(text, str)]
        if name in TRANSLATING and len(said) == 2:
            yield said[0], "singular"
            yield said[1], "plural"
        elif name in TRANSLATING and len(said) == 1:
            yield said[0], "unknown"
