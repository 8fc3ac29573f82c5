"""`/moderation/places`: where a discussion is locked, or slowed down."""

from __future__ import annotations

from typing import NamedTuple

from tornado.web import HTTPError

from tweet_store.discussion.model import Rule
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.rules import EVERYWHERE
from tweet_store.model import StoredTweet
from web_ui.moderation.moderator_page import ModeratorPage
from web_ui.moderation.places import is_scope, place_in, position_in

LONGEST_TYPED = 500
PAUSES = (0, 10, 30, 60, 300, 900, 3600)
"""Seconds that slow mode may ask for between two comments of one visitor. 0: no slow mode."""


class RuledPlace(NamedTuple):
    """A rule, and the post it is about: None elsewhere, and where the post was deleted."""

    rule: Rule
    post: StoredTweet | None


class PlacesPage(ModeratorPage):
    """See the module."""

    async def get(self) -> None:
        """All places with a rule of their own, and the whole site."""
        places = await self.parts.reader.ask(self._places)
        await self.show("moderation_places.html", places=places, pauses=PAUSES)

    head = get

    async def post(self) -> None:
        """`scope`, or `place` as somebody writes it; `locked` 1 or 0 and `slow_seconds`, either of
        which stays as it is where it is not given; `next`."""
        locked = self.get_body_argument("locked", "")
        slow = self.get_body_argument("slow_seconds", "")
        if locked not in ("", "0", "1") or slow not in ("", *map(str, PAUSES)):
            raise HTTPError(400)
        scope = self.get_body_argument("scope", "")
        if not scope:
            _ = self.locale.translate
            typed = self.get_body_argument("place", "")[:LONGEST_TYPED]
            if not typed:
                raise Refused("bad_text", _("Give the address of a post or a room."))
            found = await self.parts.reader.ask(lambda: self._scope(typed))
            if found is None:
                no_place = _("There is no such place. Give the address of a post or a room.")
                raise Refused("gone", no_place)
            scope = found
        elif not is_scope(scope):
            raise HTTPError(400)

        await self.written(
            lambda now: self.discussion.set_rule(
                scope,
                now,
                locked=locked == "1" if locked else None,
                slow_seconds=int(slow) if slow else None,
            )
        )
        self.go_back()

    def _places(self) -> list[RuledPlace]:
        """In a worker."""
        rules = {rule.scope: rule for rule in (Rule(EVERYWHERE), *self.discussion.rules())}
        positions = {at for scope in rules if (at := position_in(scope)) is not None}
        posts = {post.position: post for post in self.tweets.tweets_at(positions)}
        return [
            RuledPlace(rule, posts.get(position_in(scope) or 0)) for scope, rule in rules.items()
        ]

    def _scope(self, typed: str) -> str | None:
        """In a worker. None for what is no place of the site."""
        place = place_in(typed)
        if place is not None and place.room and self.tweets.celeb(place.room):
            return f"room:{place.room}"
        if place is not None and place.post_id and (post := self.tweets.tweet(place.post_id)):
            return f"post:{post.position}"
        return None
