"""A visitor who polls for ever and writes down what came, for tests of the whole way."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec

from tests.running import get


class Visitor:
    """Polls `channel` from now on, in a thread, through restarts of the site, until `leave`."""

    def __init__(self, site_url: str, channel: str = "all") -> None:
        self.events: list[dict[str, Any]] = []
        self.verdicts: set[str] = set()
        self._site_url = site_url
        self._channel = channel
        self._leaving = False
        self._cursor = self._poll("wait=0")["cursor"]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def seqs(self) -> list[int]:
        """Of the events, in the order in which they came."""
        return [event["seq"] for event in self.events]

    def leave(self) -> None:
        """Stop polling."""
        self._leaving = True
        self._thread.join()

    def _run(self) -> None:
        while not self._leaving:
            answer = self._poll(f"wait=1&html=0&cursor={self._cursor}")
            if answer is None:
                time.sleep(0.05)
                continue
            self.verdicts.add(answer["verdict"])
            self.events += answer["events"]
            self._cursor = answer["cursor"]

    def _poll(self, arguments: str) -> Any:
        status, body = get(f"{self._site_url}/updates?channel={self._channel}&{arguments}")
        return msgspec.json.decode(body) if status == 200 else None
