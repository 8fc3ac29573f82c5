"""Characters that are taken for Latin letters. Pure.

    folded("ɑdа lovełace 1ѕ") == "ada lovelace ls"

Only names and words are compared in this form; what is shown stays as it was written.
"""  # noqa: RUF002

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TABLE = {
    pair[0]: pair[1:]
    for pair in """
    0o 1l |l 5s il ǀl
    аa вb гr ԁd еe һh іl јj кk ӏl мm нh оo рp ԛq сc ѕs тt уy ԝw хx ѵv
    αa βb εe ζz ηh ιl κk μm νn οo ρp τt υy χx
    ꓐb ꓑp ꓒd ꓓd ꓔt ꓖg ꓗk ꓙj ꓚc ꓜz ꓝf ꓟm ꓠn ꓡl ꓢs ꓣr ꓦv ꓧh ꓪw ꓫx ꓬy ꓮa ꓰe ꓲl ꓳo ꓴu
    Ꭰd Ꭱr Ꭲt Ꭵl Ꭺa Ꭻj Ꭼe Ꮃw Ꮇm Ꮋh Ꮐg Ꮓz Ꮟb Ꮢr Ꮤw Ꮥs Ꮩv Ꮪs Ꮮl Ꮯc Ꮲp Ꮶk Ᏼb
    ɑa ɡg ɩl æae œoe þth ðd
    """.split()  # noqa: RUF001
}
"""Digits, Cyrillic, Greek, Lisu, Cherokee and phonetic letters that look like Latin ones, in one
case or the other, all folded; and Latin letters that are written as others where they are lacking.
"""

_LATIN = re.compile(r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |DOTLESS |OPEN )?([A-Z])\b")
"""Unicode's name of a letter that is another with a stroke, a hook or the like."""
_PHONETIC = re.compile("[\u0250-\u02af\u1d00-\u1dbf]")
_OF_WORDS = frozenset("\u0259\u0263\u0283\u028a\u0292\u0294")
"""Of the phonetic letters, those that languages from Azerbaijani to Ewe are written with."""
_ALPHABETS = frozenset(
    "ARMENIAN BAMUM CANADIAN CARIAN CHEROKEE COPTIC CYRILLIC DESERET ELBASAN GEORGIAN GLAGOLITIC "
    "GOTHIC GREEK LISU LYCIAN LYDIAN NKO OLD OSAGE TIFINAGH VAI WARANG".split()
)
"""How Unicode's names of letters begin, in scripts with letters that look like Latin ones."""


def folded(text: str) -> str:
    """A text without case and accents: look-alikes as the Latin letters they look like."""
    return text.translate(_TRANSLATED) if text.isascii() else "".join(map(_folded, text))


def misleads(text: str) -> bool:
    """Whether Latin letters stand beside letters of a script that has look-alikes of them, or
    phonetic ones in it are no letters of any word (Unicode Technical Standard 39)."""
    if text.isascii():
        return False
    scripts = {_script(one) for one in text if unicodedata.category(one)[0] == "L"}
    if "LATIN" in scripts and not _ALPHABETS.isdisjoint(scripts):
        return True
    phonetic = set(_PHONETIC.findall(text.casefold())) - _OF_WORDS
    return any(not _folded(one).isascii() for one in phonetic)


_TRANSLATED = str.maketrans(_TABLE)


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    if character in _TABLE:
        return _TABLE[character]
    named = None if character.isascii() else _LATIN.match(unicodedata.name(character, ""))
    if named is None:
        return character
    letter = named[1].lower()
    return _TABLE.get(letter, letter)


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
