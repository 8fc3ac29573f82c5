"""The filter rules on X's side: what we want there, and bringing it about.

X sends what matches at least one rule. A rule asks for many accounts at once, `from:a OR from:b`.
Ours are known by their tag's beginning; those of others are never touched. Packing and comparing
are pure; `sync` talks to X, in the thread of an `XAttempt`. X docs: filtered stream, rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import tweepy

from stream_reader.x_fields import Json, as_id, as_object, as_objects, as_text

TAG = "celebwire:"
"""How our rules' tags begin. One X app serves one Celebwire: two would delete each other's."""

RULE_LENGTH = 1024
MOST_RULES = 1000
AT_ONCE = 100
"""Rules added or deleted by one request."""


class RulesClient(Protocol):
    """What `sync` needs of tweepy's `StreamingClient`, with `return_type=dict`."""

    def get_rules(self) -> Any:
        """GET /2/tweets/search/stream/rules."""

    def add_rules(self, add: list[tweepy.StreamRule]) -> Any:
        """POST the same, adding."""

    def delete_rules(self, ids: list[str]) -> Any:
        """POST the same, deleting."""


def pack(handles: Iterable[str]) -> list[str]:
    """Rules that match exactly the posts of these accounts; the same ones for any order.

    There may be more than `MOST_RULES` of them; X then takes the first so many.
    """
    rules: list[str] = []
    for handle in sorted({handle.lower() for handle in handles}):
        clause = f"from:{handle}"
        if rules and len(rules[-1]) + len(" OR ") + len(clause) <= RULE_LENGTH:
            rules[-1] += " OR " + clause
        else:
            rules.append(clause)
    return rules


@dataclass(frozen=True)
class Plan:
    """What must change on X's side. `add` holds values, `delete` ids."""

    add: list[str]
    delete: list[str]
    room: int
    """How many rules may be added before the stale ones are deleted."""


def plan(answer: object, wanted: Sequence[str]) -> Plan:
    """Compare X's answer to `get_rules` with the values wanted there.

    A rule of another's with a value that we want serves us too: X does not take it twice.
    """
    rules = as_objects(as_object(answer).get("data"))
    values = set(wanted)
    present = set()
    stale = []
    for rule in rules:
        value, rule_id = as_text(rule.get("value")), as_id(rule.get("id"))
        if value in values:
            present.add(value)
        elif rule_id and str(rule.get("tag")).startswith(TAG):
            stale.append(rule_id)
    add = [value for value in wanted if value not in present]
    return Plan(add, stale, max(0, MOST_RULES - len(rules)))


def sync(client: RulesClient, wanted: Sequence[str]) -> str | None:
    """Make the rules on X's side those wanted; None, or one line on those that X did not take.

    Posts are missed at no moment: what is missing is added before what is stale is deleted, where
    there is room for both. Raises what tweepy raises.
    """
    todo = plan(client.get_rules(), wanted)
    first, rest = todo.add[: todo.room], todo.add[todo.room :]
    refused = _add(client, first)
    for ids in _chunks(todo.delete):
        client.delete_rules(ids)
    refused += _add(client, rest)
    if not refused:
        return None
    return f"X did not take {len(refused)} of {len(wanted)} rules: {refused[0]}"


def matched(line: bytes) -> bool:
    """Whether it was a rule of ours that brought this line, which must be JSON."""
    rules = as_objects(as_object(msgspec.json.decode(line)).get("matching_rules"))
    return any(str(rule.get("tag")).startswith(TAG) for rule in rules)


def _add(client: RulesClient, values: Sequence[str]) -> list[str]:
    """Add rules; the reasons of those that X did not take."""
    reasons = []
    for chunk in _chunks(values):
        rules = [tweepy.StreamRule(value, TAG + "follow") for value in chunk]
        try:
            answer = client.add_rules(rules)
        except tweepy.BadRequest as error:
            reasons += [_shown(error)] * len(chunk)
            continue
        errors = as_objects(as_object(answer).get("errors"))
        reasons += [_reason(error) for error in errors if error.get("title") != "DuplicateRule"]
    return reasons


def _reason(error: Json) -> str:
    details = error.get("details")
    detail = details[0] if isinstance(details, list) and details else error.get("detail")
    return _shown(f"{error.get('title')}: {detail}")


def _shown(reason: object) -> str:
    return " ".join(str(reason).split())[:200]


def _chunks(items: Sequence[str]) -> Iterable[list[str]]:
    for at in range(0, len(items), AT_ONCE):
        yield list(items[at : at + AT_ONCE])
