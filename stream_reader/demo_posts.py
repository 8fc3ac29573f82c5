"""The demo's posts, made as X would send them: ids, links, references, JSON.

Each is first put together as a line of X's API v2 and then read by the same parser as X's own, so
that what is stored looks like the real thing down to its raw JSON. Pure but for the randomness
given; the reactor's thread.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from stream_reader import text_entities, x_v2
from stream_reader.demo_script import Celeb
from stream_reader.x_fields import Json
from tweet_store.model import Author, Entity, Tweet

SHORT = 280
"""Characters past which X sends a post whole in `note_tweet` and its beginning in `text`."""

_MILLISECOND = timedelta(milliseconds=1)
_X_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
_BELOW_TIME = 22
"""Bits of an id that follow its time in milliseconds since X's epoch."""


class PostIds:
    """Ids such as X's, from the time: rising, also over restarts, as long as the clock does.

    The lower bits are random, so that even a clock that was set back gives no id a second time.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._last = 0

    def next(self, at: datetime) -> str:
        """The id of a post made at this time, higher than any before it."""
        time = (at - _X_EPOCH) // _MILLISECOND
        drawn = time << _BELOW_TIME | self._random.getrandbits(_BELOW_TIME)
        self._last = max(drawn, self._last + 1)
        return str(self._last)


class Said:
    """A post that was made and may still be answered, quoted, edited or deleted."""

    def __init__(self, celeb: Celeb, data: Json) -> None:
        self.celeb = celeb
        self.data = data
        """The `data` of its newest version."""
        self.deleted = False

    @property
    def id(self) -> str:
        """The id of its newest version."""
        return str(self.data["id"])


class PostWriter:
    """Makes posts by the given celebs."""

    def __init__(self, celebs: dict[str, Celeb], random: Random) -> None:
        self._ids = PostIds(random)
        self._authors = {handle: celeb.author for handle, celeb in celebs.items()}
        self._by_id = {author.account_id: author for author in self._authors.values()}

    def write(
        self,
        celeb: Celeb,
        text: str,
        at: datetime,
        *,
        lang: str | None = None,
        answers: Said | None = None,
        quotes: Said | None = None,
        replaces: Said | None = None,
    ) -> tuple[Tweet, Said]:
        """A post of `celeb` at this time; `replaces` makes it the next version of that one."""
        post_id = self._ids.next(at)
        text = html.escape(text, quote=False)
        if answers and answers.celeb is not celeb:
            text = f"@{answers.celeb.handle} {text}"
        earlier = replaces.data["edit_history_tweet_ids"] if replaces else []
        data = {
            "id": post_id,
            "author_id": celeb.author.account_id,
            "created_at": _time(at),
            "conversation_id": _conversation(post_id, answers, replaces),
            "edit_history_tweet_ids": [*earlier, post_id],
            "lang": lang or celeb.lang,
            **self._text(text),
        }
        references = {
            kind: said for kind, said in (("replied_to", answers), ("quoted", quotes)) if said
        }
        if references:
            data["referenced_tweets"] = [
                {"type": kind, "id": said.id} for kind, said in references.items()
            ]
        if answers:
            data["in_reply_to_user_id"] = answers.celeb.author.account_id
        included = [said.data for said in references.values()]
        said = replaces or Said(celeb, data)
        said.data = data
        return self._read(data, included), said

    def _text(self, text: str) -> Json:
        found = text_entities.find(text)
        if len(text) <= SHORT:
            return {"text": text, "entities": self._entities(found)}
        cut = SHORT - 1
        return {
            "text": text[:cut] + "…",
            "entities": self._entities(entity for entity in found if entity.end <= cut),
            "note_tweet": {"text": text, "entities": self._entities(found)},
        }

    def _entities(self, found: Any) -> Json:
        entities: Json = {}
        for entity in found:
            entities.setdefault(f"{entity.kind}s", []).append(self._entity(entity))
        return entities

    def _entity(self, entity: Entity) -> Json:
        place = {"start": entity.start, "end": entity.end}
        if entity.kind == "url":
            display = entity.target.removeprefix("https://")
            return {
                **place,
                "url": entity.target,
                "expanded_url": entity.target,
                "display_url": display,
            }
        if entity.kind == "mention":
            account_id = self._authors[entity.target].account_id
            return {**place, "username": entity.target, "id": account_id}
        return {**place, "tag": entity.target}

    def _read(self, data: Json, included: list[Json]) -> Tweet:
        ids = dict.fromkeys(post["author_id"] for post in [data, *included])
        line: Json = {
            "data": data,
            "includes": {"users": [_user(self._by_id[id_]) for id_ in ids]},
            "matching_rules": [{"id": "1", "tag": "demo"}],
        }
        if included:
            line["includes"]["tweets"] = included
        tweet = x_v2.parse(line, msgspec.json.encode(line))
        # The parser knows X alone; these accounts and posts are not there.
        return msgspec.structs.replace(
            tweet,
            id=stored_id(tweet.id),
            author=self._by_id[tweet.author.account_id],
            conversation_id=tweet.conversation_id and stored_id(tweet.conversation_id),
            reply_to_id=tweet.reply_to_id and stored_id(tweet.reply_to_id),
            edit_ids=tuple(map(stored_id, tweet.edit_ids)),
            references=tuple(
                msgspec.structs.replace(
                    reference,
                    id=stored_id(reference.id),
                    author=self._by_id[reference.author.account_id],
                )
                for reference in tweet.references
                if reference.author
            ),
        )


def stored_id(id_: str) -> str:
    """A post's id outside its network: no post of X has it."""
    return f"demo:{id_}"


def _conversation(post_id: str, answers: Said | None, replaces: Said | None) -> str:
    kept = replaces or answers
    return str(kept.data["conversation_id"]) if kept else post_id


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def _user(author: Author) -> Json:
    return {
        "id": author.account_id,
        "name": author.name,
        "username": author.handle,
        "description": author.bio,
        "verified": author.verified,
    }
