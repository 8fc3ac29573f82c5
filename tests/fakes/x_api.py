"""A server that speaks X's API v2, the part that Celebwire uses, and misbehaves on command.

In a test, on the test's reactor:

    api = XApi(reactor)
    port = api.listen()                       # api.base is its address
    api.script += [refuse(503), silence]      # for the next connects, in order; then `stream`
    api.send({"data": ...})                   # to every open stream

By hand:

    python -m tests.fakes.x_api --port 9000 [--file lines.ndjson] [--script 503,silence,stream]

and the reader with the settings it prints. Without a file it invents a post a second by the
accounts in the rules. What it knows of X is X's documentation: filtered stream, of August 2026.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any, cast

import msgspec
from twisted.internet import reactor as default_reactor
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall, deferLater

from tests.fakes.x_answers import NAMED, PROBLEMS, Answer, Asked, Connection, Json, stream

RULES = "/2/tweets/search/stream/rules"
STREAM = "/2/tweets/search/stream"


class XApi(Factory):
    """The server. What it has been asked, and what it is to do, lie open."""

    noisy = False

    def __init__(
        self, reactor: object, *, token: str = "good-token", heartbeat: float = 20.0
    ) -> None:
        self.clock = cast(IReactorTime, reactor)
        self.token = token
        self.heartbeat = heartbeat
        self.script: deque[Answer] = deque()
        """For the next connects to the stream, in order."""
        self.rules_script: deque[Answer] = deque()
        """For the next requests on rules, in order; then they are really carried out."""
        self.rules: list[Json] = []
        self.ids_as_numbers = False
        self.asked: list[Asked] = []
        self.connections: list[Connection] = []
        self.streams: list[Connection] = []
        """Those of them on which there is a stream."""
        self.refused_values: set[str] = set()
        """Rules that it does not take."""
        self._port: Any = None
        self._rule_ids = count(1_000_000_000_000_000_000)

    def listen(self, port: int = 0) -> int:
        """Listen on loopback; the port."""
        reactor: Any = self.clock
        self._port = reactor.listenTCP(port, self, interface="127.0.0.1")
        return int(self._port.getHost().port)

    async def close(self) -> None:
        """Stop listening, and hang up on everyone."""
        await self._port.stopListening()
        for connection in list(self.connections):
            connection.abort()
        while self.connections:
            await deferLater(self.clock, 0.001)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._port.getHost().port}"

    @property
    def connects(self) -> list[Asked]:
        """The requests for the stream."""
        return [asked for asked in self.asked if asked.path == STREAM]

    def buildProtocol(self, addr: object) -> Connection:  # noqa: N802
        return Connection(self)

    def send(self, *lines: bytes | Json) -> None:
        """Lines to every open stream."""
        for line in lines:
            data = line if isinstance(line, bytes) else msgspec.json.encode(line)
            for connection in list(self.streams):
                connection.chunk(data + b"\r\n")

    def answer(self, connection: Connection, asked: Asked) -> None:
        """What comes back to a request."""
        if asked.path == STREAM and self.script:
            self.script.popleft()(connection)
        elif asked.path == RULES and self.rules_script:
            self.rules_script.popleft()(connection)
        elif asked.headers.get("authorization") != f"Bearer {self.token}":
            NAMED["401"](connection)
        elif asked.path == STREAM and asked.method == "GET":
            self._connect(connection)
        elif asked.path == RULES and asked.method == "GET":
            meta = {"sent": "2026-08-01T12:00:00Z", "result_count": len(self.rules)}
            connection.json(
                200, {"data": self.rules, "meta": meta} if self.rules else {"meta": meta}
            )
        elif asked.path == RULES and asked.method == "POST":
            connection.json(201, self._change(msgspec.json.decode(asked.body)))
        else:
            connection.json(404, {"title": "Not Found Error"})

    def _connect(self, connection: Connection) -> None:
        if not self.rules:
            problem = {"title": "ConnectionException", "connection_issue": "RuleConfigurationIssue",
                       "detail": "You must define rules before you connect."}  # fmt: skip
            connection.json(409, problem)
        elif self.streams:
            NAMED["429"](connection)
        else:
            stream(connection)

    def _change(self, change: Json) -> Json:
        if "delete" in change:
            ids = set(change["delete"]["ids"])
            self.rules = [rule for rule in self.rules if str(rule["id"]) not in ids]
            return {"meta": {"summary": {"deleted": len(ids), "not_deleted": 0}}}
        made, errors = [], []
        for rule in change["add"]:
            if problem := self._problem_with(rule["value"]):
                errors.append({"value": rule["value"], **problem})
                continue
            number = next(self._rule_ids)
            made.append({**rule, "id": number if self.ids_as_numbers else str(number)})
            self.rules.append(made[-1])
        answer: Json = {"meta": {"summary": {"created": len(made), "not_created": len(errors)}}}
        if made:
            answer["data"] = made
        if errors:
            answer["errors"] = errors
        return answer

    def _problem_with(self, value: str) -> Json | None:
        if any(rule["value"] == value for rule in self.rules):
            return {"title": "DuplicateRule", "type": PROBLEMS + "duplicate-rules"}
        if len(self.rules) >= 1000:
            return {"title": "RulesCapExceeded", "type": PROBLEMS + "rule-cap"}
        if len(value) > 1024 or value in self.refused_values:
            details = ["Rules must be no longer than 1024 characters"]
            return {"title": "Invalid Rule", "details": details, "type": PROBLEMS + "invalid-rules"}
        return None


def line_of(handle: str, post_id: int, text: str) -> Json:
    """A post as X would send it now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    account_id = str(sum(handle.encode()) + 1_000_000)
    return {
        "data": {"id": str(post_id), "text": text, "author_id": account_id, "created_at": now,
                 "edit_history_tweet_ids": [str(post_id)], "lang": "en"},
        "includes": {"users": [{"id": account_id, "username": handle, "name": handle.title()}]},
        "matching_rules": [{"id": "1", "tag": "celebwire:follow"}],
    }  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="An X API that misbehaves on command.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--file", type=Path, help="X v2 stream lines to send, plain or .gz")
    parser.add_argument("--rate", type=float, default=1.0, help="lines a second, default 1")
    parser.add_argument(
        "--script", default="", help=f"for the first connects, with commas, of: {', '.join(NAMED)}"
    )
    options = parser.parse_args()
    unknown = [name for name in options.script.split(",") if name and name not in NAMED]
    if unknown:
        parser.error(f"no such misbehaviour: {', '.join(unknown)}")
    api = XApi(default_reactor)
    api.listen(options.port)
    api.script += [NAMED[name] for name in options.script.split(",") if name]
    lines = _lines_of(options.file) if options.file else _invented(api)
    follow = "ada,bob"
    if options.file:
        first = (msgspec.json.decode(line) for line in _lines_of(options.file))
        users = (user for line in first for user in line.get("includes", {}).get("users", []))
        follow = ",".join(dict.fromkeys(user["username"] for user in islice(users, 5)))
    print(
        f"CELEBWIRE_SOURCES=x CELEBWIRE_X_API_BASE={api.base} "
        f"CELEBWIRE_X_BEARER_TOKEN={api.token} CELEBWIRE_FOLLOW={follow}",
        flush=True,
    )

    def send() -> None:
        if api.streams:
            line = next(lines, None)
            if line is None:
                print("all sent", file=sys.stderr)
                sender.stop()
            else:
                api.send(line)

    sender = LoopingCall(send)
    sender.start(1 / options.rate)
    cast(Any, default_reactor).run()


def _lines_of(path: Path) -> Iterator[bytes]:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as lines:
        for line in lines:
            if line.strip():
                yield line.strip()


def _invented(api: XApi) -> Iterator[bytes]:
    for number in count(1):
        handles = [
            word.removeprefix("from:") for rule in api.rules for word in rule["value"].split(" OR ")
        ]
        handle = handles[number % len(handles)] if handles else "ada"
        post_id = int(time.time() * 1000 - 1_288_834_974_657) << 22 | number % 4096
        yield msgspec.json.encode(line_of(handle, post_id, f"Invented post {number} #simulated"))


if __name__ == "__main__":
    main()
