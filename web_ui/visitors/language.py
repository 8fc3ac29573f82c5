"""The languages of the site: which one a visitor reads, and its words. Pure after `load`.

Tornado's CSV files in `web_ui/locale/`: "English text","translation"[,"singular" or "plural"]. The
choice is the cookie `language`, else what the browser asks for. English is what the code says, so
it has no file.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from tornado import locale
from tornado.locale import Locale

from web_ui.visitors.script_words import SCRIPT_WORDS

ENGLISH = "en"
NAMES = {ENGLISH: "English", "es": "Español"}
"""The languages that a visitor may choose, as they call themselves."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

_FOLDER = Path(__file__).parent.parent / "locale"


def load(folder: Path = _FOLDER) -> None:
    """Read the files. Tornado keeps them for the whole process."""
    locale.set_default_locale(ENGLISH)
    locale.load_translations(str(folder), encoding="utf-8")


def named(code: str | None) -> Locale | None:
    """The language of this code, None where there is none."""
    return locale.get(code) if code and code in locale.get_supported_locales() else None


def direction(code: str) -> str:
    """How the language is written: `ltr` or `rtl`."""
    return "rtl" if code.partition("_")[0] in RIGHT_TO_LEFT else "ltr"


def grouped(number: int, code: str) -> str:
    """A number as the language writes it: 12,345 in English, 12.345 in Spanish, but 1234 there."""
    if code == ENGLISH:
        return f"{number:,}"
    return f"{number:,}".replace(",", ".") if abs(number) >= 10_000 else str(number)


@lru_cache(maxsize=16)
def script_words(words: Locale) -> str:
    """What the script says, as JSON for inside a <script> element."""
    said = {text: words.translate(text) for text in SCRIPT_WORDS}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
