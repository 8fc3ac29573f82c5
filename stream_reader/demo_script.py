"""The demo's content, read from the TOML files beside this one: who there is and what they say.

Pure but for the reading, which happens once, when the source is built. What a field means stands at
the head of its file.
"""

from __future__ import annotations

import tomllib
import zlib
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tweet_store.model import Author

NETWORK = "demo"
"""Not "x": an invented handle may be somebody's on X, and must not link there."""

FOLDER = Path(__file__).parent

_T = TypeVar("_T")


class Celeb(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Somebody invented, and what they post of their own accord."""

    handle: str
    name: str
    lang: str
    verified: bool
    bio: str
    posts: tuple[str, ...]

    @cached_property
    def author(self) -> Author:
        """Their account. Its id follows from the handle and is beyond any that X has given out."""
        return Author(
            account_id=str(9_000_000_000_000_000_000 + zlib.crc32(self.handle.encode())),
            handle=self.handle,
            name=self.name,
            network=NETWORK,
            bio=self.bio,
            verified=self.verified,
        )


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One post of a scene, or the edit or deletion of one. Lines count from 1, 0 is none."""

    by: str
    text: str = ""
    lang: str | None = None
    re: int = 0
    quote: int = 0
    edit: int = 0
    delete: int = 0


Scene = tuple[Line, ...]


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scenes that follow one another."""

    name: str
    scenes: tuple[Scene, ...]


class Phrases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be said in a language to any post, and what fills its slots."""

    slots: dict[str, tuple[str, ...]]
    replies: tuple[str, ...]
    quotes: tuple[str, ...]


class Script(msgspec.Struct, frozen=True):
    """All of it. Celebs by handle, phrases by language."""

    celebs: dict[str, Celeb]
    stories: tuple[Story, ...]
    phrases: dict[str, Phrases]


def load() -> Script:
    """Read the files. Raises `msgspec.ValidationError` where one does not have its shape."""
    celebs = _convert(_read("demo_celebs.toml")["celebs"], tuple[Celeb, ...])
    return Script(
        celebs={celeb.handle: celeb for celeb in celebs},
        stories=_convert(_read("demo_stories.toml")["stories"], tuple[Story, ...]),
        phrases=_convert(_read("demo_phrases.toml"), dict[str, Phrases]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _convert(value: Any, kind: type[_T]) -> _T:
    return msgspec.convert(value, kind)
