"""What is wrong with settings, in a line each: `KEY = VALUE: what would do`.

`fault` is about one value that its type does not take, `contradictions` about values that do not go
together. `settings.py` is the only one to import this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from setting_values import HIGHEST_PORT

if TYPE_CHECKING:
    from settings import Settings

_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text, in quotes",
    "path_type": "must be text, in quotes",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list",
    "too_short": "must have at least one entry",
}
"""Words for what pydantic finds, by its own name for it."""


class Contradiction(NamedTuple):
    """A fault that rests on more than one setting: it is none where one of them is not known."""

    keys: frozenset[str]
    text: str


def fault(item: Any, field: FieldInfo | None, name: str, value: object) -> str:
    """The line about one of pydantic's errors. `field`: of the table; None where it lacks the key.

    The value of a secret, or of a URL, which may hold one, is not shown.
    """
    if field is None:
        return f"  {name}: there is no such setting"
    secret = field.annotation is SecretStr or "url" in str(item["loc"][0])
    return f"  {name} = {'(not shown)' if secret else repr(value)}: {_wanted(item, field)}"


def _wanted(item: Any, field: FieldInfo) -> str:
    if item["type"] == "value_error":  # ours
        return str(item["msg"]).removeprefix("Value error, ")
    if field.annotation in (int, float):
        return f"must be a {'whole ' if field.annotation is int else ''}number {bounds(field)}"
    if item["type"] == "literal_error":
        *others, last = get_args(field.annotation)
        return f"must be {', '.join(others)} or {last}"
    return _WORDS.get(item["type"], str(item["msg"]))


def bounds(field: FieldInfo) -> str:
    """The numbers that a setting may be: `from 1 to 64`, `above 0, up to 120`. Else nothing."""
    found = {
        name: getattr(mark, name)
        for mark in field.metadata
        for name in ("ge", "gt", "le")
        if hasattr(mark, name)
    }
    if "gt" in found:
        return f"above {found['gt']}, up to {found['le']}"
    return f"from {found['ge']} to {found['le']}" if found else ""


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    """Of settings that are each well by themselves."""
    for text in sorted({text for text in settings.sources if settings.sources.count(text) > 1}):
        yield _rests_on("sources", text=f"  sources: {text} stands there more than once")
    if "x" in settings.sources and not settings.x_bearer_token.get_secret_value():
        yield _rests_on(
            *("sources", "x_bearer_token"),
            text="  CELEBWIRE_X_BEARER_TOKEN = '': the source x needs X's bearer token",
        )
    if "x" in settings.sources and not settings.follow:
        yield _rests_on(
            *("sources", "follow"),
            text="  CELEBWIRE_FOLLOW = '': the source x needs handles to follow",
        )
    yield from _of_ports(settings)


def _of_ports(settings: Settings) -> Iterator[Contradiction]:
    ports = [("http_port", settings.http_port), ("reader_http_port", settings.reader_http_port)]
    if not settings.amqp_url.get_secret_value():
        ports.append(("broker_port", settings.broker_port))
    own = settings.process_ports
    if own and own[-1] > HIGHEST_PORT:
        yield _rests_on(
            *("process_port", "web_processes"),
            text=f"  process_port = {own[0]}: with {len(own)} web processes it ends at {own[-1]}, "
            f"past {HIGHEST_PORT}",
        )
    taken: dict[int, str] = {}
    for key, port in ports:
        broker = ("amqp_url",) if key == "broker_port" else ()
        if port in taken:
            yield _rests_on(
                *(key, taken[port], *broker),
                text=f"  {key} = {port}: the same port as {taken[port]}",
            )
        if port in own:
            yield _rests_on(
                *(key, "process_port", "web_processes", *broker),
                text=f"  {key} = {port}: one of the web processes' own, "
                f"{own[0]} to {own[-1]} (process_port)",
            )
        taken.setdefault(port, key)


def _rests_on(*keys: str, text: str) -> Contradiction:
    return Contradiction(frozenset(keys), text)
