"""What the scripts in `static/` say and load: each word has its translation, nothing comes late."""

from __future__ import annotations

import re
from pathlib import Path

from web_ui.visitors.script_words import IN_CARDS, SAID_BY_SCRIPTS

WEB_UI = Path(__file__).parents[2] / "web_ui"
SCRIPTS = {path.name: path.read_text() for path in (WEB_UI / "static").glob("*.js")}
IMPORT = re.compile(r'^import .* from "\./(\w+\.js)";$', re.M)


def test_what_the_scripts_say_is_what_pages_carry() -> None:
    said = {text for script in SCRIPTS.values() for text in re.findall(r'\bsay\("([^"]+)"', script)}
    assert said == set(SAID_BY_SCRIPTS)


def test_what_cards_are_marked_with_is_what_pages_carry() -> None:
    names = ("card.html", "post.html", "comment.html")
    templates = "".join((WEB_UI / "templates" / name).read_text() for name in names)
    marked = {
        text
        for line in templates.splitlines()
        if "data-t" in line
        for text in re.findall(r'_\("([^"]+)"\)', line)
    }
    assert marked <= set(IN_CARDS)


def test_the_scripts_of_every_page_are_asked_for_at_once() -> None:
    found, queue = set[str](), ["live.js"]
    while queue:
        script = queue.pop()
        if script not in found:
            found.add(script)
            queue += IMPORT.findall(SCRIPTS[script])
    base = (WEB_UI / "templates" / "base.html").read_text()
    [named] = re.findall(r"{% for script in \((.*)\) %}<link rel=\"modulepreload\"", base)
    assert {f"{name}.js" for name in re.findall(r'"(\w+)"', named)} | {"live.js"} == found


def test_no_script_is_left_over_and_all_are_small() -> None:
    imported = re.compile(r'(?:from |import\()"\./(\w+\.js)"')
    used = {name for script in SCRIPTS.values() for name in imported.findall(script)}
    assert used | {"live.js"} == set(SCRIPTS)
    assert sum(len(script.encode()) for script in SCRIPTS.values()) < 79_600
