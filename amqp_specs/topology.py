"""Exchanges and queues: the one home of their names, types and flags.

The reader declares `TWEET_IDS` and publishes to it. Each web process declares the same exchange,
the two that it publishes to, and a queue of its own, made by `web_queue`, that hears all three.
RabbitMQ refuses a second declaration that differs (406), so all sides take every flag from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LONGEST_NAME = 255
"""Bytes. AMQP 0-9-1: names are short strings."""

WEB_QUEUE_PREFIX = "extra_ui"


@dataclass(frozen=True)
class Exchange:
    """An exchange. Every queue bound to a fanout one gets every message; routing keys are moot."""

    name: str
    type: str = "fanout"
    durable: bool = True


@dataclass(frozen=True)
class Queue:
    """A queue that lives and dies with the one connection that declared it.

    A doorbell may drop: past `x-max-length` messages the oldest go, and the consumer, who asks the
    store for everything after its last seq, misses nothing.
    """

    name: str
    durable: bool = False
    exclusive: bool = True
    auto_delete: bool = True
    arguments: Mapping[str, str | int] = field(
        default_factory=lambda: MappingProxyType({"x-max-length": 1000, "x-overflow": "drop-head"})
    )


TWEET_IDS = Exchange("celeb.tweet_ids")
"""Every tweet, edit and delete, published by the reader."""

COMMENT_IDS = Exchange("celeb.comment_ids")
"""The same for what visitors write: comments and tags, published by the site."""

HERE = Exchange("celeb.here", durable=False)
"""How many visitors each web process has in which thread and room, told by all to all."""


def web_queue_name(host: str, random_suffix: str) -> str:
    """`extra_ui.<host>.<random>`, at most 255 bytes: of an overlong host the end is cut off.

    Characters of the host that no host name has become `_`. `random_suffix` is kept whole, for it
    keeps two web processes from sharing a queue, which would halve what each of them sees; it must
    be 8 to 64 letters and digits, else ValueError.
    """
    if not re.fullmatch(r"[A-Za-z0-9]{8,64}", random_suffix):
        raise ValueError(f"the random suffix must be 8 to 64 letters and digits: {random_suffix!r}")
    room = LONGEST_NAME - len(f"{WEB_QUEUE_PREFIX}..{random_suffix}")
    return f"{WEB_QUEUE_PREFIX}.{re.sub(r'[^A-Za-z0-9.-]', '_', host)[:room]}.{random_suffix}"


def web_queue(host: str, random_suffix: str) -> Queue:
    """The queue of one web process. `random_suffix` must be new for each connection."""
    return Queue(web_queue_name(host, random_suffix))
