"""Feeds over real HTTP, on a real store, read as feed readers do."""

from __future__ import annotations

import json
from typing import Any

import feedparser

from tests.web_ui.program_case import ProgramCase


class FeedCase(ProgramCase):
    """See the module."""

    def atom(self, name: str) -> Any:
        """The Atom feed of this name, which must be well-formed."""
        found = self.get(f"/feeds/{name}.atom")
        assert found.code == 200, (found.code, found.body)
        assert found.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        told = feedparser.parse(found.body)
        assert not told.bozo, told.get("bozo_exception")
        assert told.version == "atom10"
        return told

    def json(self, name: str) -> Any:
        """The JSON Feed of this name."""
        found = self.get(f"/feeds/{name}.json")
        assert found.code == 200, (found.code, found.body)
        assert found.headers["Content-Type"] == "application/feed+json; charset=utf-8"
        told = json.loads(found.body)
        assert told["version"] == "https://jsonfeed.org/version/1.1"
        return told

    def ids(self, name: str) -> list[str]:
        """The posts that both feeds of this name have, in their order."""
        entries = [entry.link.rpartition("/")[2] for entry in self.atom(name).entries]
        items = [item["url"].rpartition("/")[2] for item in self.json(name)["items"]]
        assert entries == items
        return entries
