"""Channels: what a visitor waits for. Pure.

`all`, `celeb:<celeb>`, `thread:<tweet id>`, `tag:<tag>`, `room:<celeb>`; several, comma-separated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tweet_store.model import StoredEvent
from tweet_store.store import Selection

_FORM = re.compile(
    r"all|(celeb|room):[a-z0-9_-]{1,64}|thread:[A-Za-z0-9:._~-]{1,128}|tag:[^\s,:/?#]{1,100}"
)


class BadChannels(ValueError):  # noqa: N818
    """The text is no list of channels. Answer 400."""


class TooManyChannels(BadChannels):
    """More different channels than one request may name. Answer 400, and count it apart."""


def parse(text: str, most: int) -> frozenset[str]:
    """Read a comma-separated list of at most `most` different channels. Raises `BadChannels`."""
    names = frozenset(text.split(","))
    if len(names) > most:
        raise TooManyChannels(f"at most {most} channels in one request")
    for name in names:
        if not _FORM.fullmatch(name):
            lower = name.lower()
            if name.startswith(("celeb:", "room:")) and _FORM.fullmatch(lower):
                raise BadChannels(f"a celeb's name is in lower case: {lower}")
            raise BadChannels(
                "a channel is all, celeb:<celeb>, thread:<tweet id>, tag:<tag> or room:<celeb>"
            )
    return names


def of_event(stored: StoredEvent) -> tuple[str, ...]:
    """The channels on which an event is news, each once."""
    threads = tuple([f"thread:{id_}" for id_ in stored.thread_ids])
    if len(threads) > 1:
        threads = tuple(dict.fromkeys(threads))  # a source may say that a post answers itself
    comment = stored.comment
    if comment is not None:
        return threads if comment.room is None else (f"room:{comment.room}",)
    if stored.tag is not None:
        return (f"celeb:{stored.event.celeb}", *threads, f"tag:{stored.tag}")
    if stored.tags:
        threads += tuple(f"tag:{tag}" for tag in stored.tags)
    return ("all", f"celeb:{stored.event.celeb}", *threads)


def selection(channels: Iterable[str]) -> Selection:
    """The same choice, as the store understands it."""
    names: dict[str, list[str]] = {}
    for channel in channels:
        kind, _, name = channel.partition(":")
        names.setdefault(kind, []).append(name)
    return Selection(
        posts="all" in names,
        celebs=names.get("celeb", ()),
        rooms=names.get("room", ()),
        threads=names.get("thread", ()),
        tags=names.get("tag", ()),
    )
