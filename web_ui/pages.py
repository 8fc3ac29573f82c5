"""The pages: everybody's posts, a celeb's, the directory and search.

    Application([*own, *routes(parts)], **application_settings(loader, secrets))

The routes with a celeb in front take any word, so they come last; that no celeb bears the name of
one of the site's own paths is `tweet_store.slugs`' care. A page carries the cursor it was rendered
at: it is read before the posts are, so that whatever comes in between is given again by the first
poll rather than lost, and `static/live.js` puts a post that is there already in its own place.
Event loop's thread; the store answers from a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tornado.routing import URLSpec
from tornado.web import HTTPError

from tweet_store import search_query
from tweet_store.discussion.model import Tag
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.tag_form import tag_of
from tweet_store.model import Celeb, StoredTweet
from web_ui.addresses import POST_ID, SLUG, celeb_path, tag_path
from web_ui.below import NOTHING, Below, below
from web_ui.folding import excerpt
from web_ui.handlers.look import TooLong
from web_ui.handlers.page import PageHandler
from web_ui.parts import Parts
from web_ui.people import Person, person_of
from web_ui.read_limits import SEARCH_TOKENS

POSTS_A_PAGE = 50
CELEBS_A_PAGE = 60
CELEBS_ASIDE = 8
CELEBS_FOUND = 6
"""Celebs shown above the posts that a search finds."""
TAGS_ASIDE = 8
TAGS_TO_TRY = 20
"""Tags shown to who has not searched yet."""
PEEK = 5
"""Messages of the room that a celeb's page shows."""
LONGEST_SEARCH = 200
"""Characters of what is looked for."""
LAST_POSITION = 2**63 - 1
"""The largest that the database can count to."""


class Live(NamedTuple):
    """What a list of posts tells the script: where to listen, since when, and where news goes."""

    channel: str
    cursor: str
    new: str
    """`top`, `bottom`, or `none` for a list that new posts do not belong to, or not yet."""


class StorePage(PageHandler):
    """A page made from the store."""

    def initialize(self, parts: Parts) -> None:
        """Tornado hands over here what `routes` was given."""
        super().initialize(parts)
        self.store = parts.reader
        self.cards = parts.cards
        self.current_cursor = parts.current_cursor
        self._below: dict[int, Below] = {}

    async def posts(
        self, channel: str, celeb: str | None = None, celebs: Sequence[str] | None = None
    ) -> tuple[list[StoredTweet], Live, int | None]:
        """A page of posts, of everybody, one celeb or several; what is live about it; and the
        position where older ones begin."""
        before = self.number("before", lowest=1, highest=LAST_POSITION)
        cursor = self.current_cursor()
        live = Live(channel, str(cursor), "top" if before is None else "none")
        # Not what came after the cursor: the first poll gives that, in its order.
        found = await self.store.timeline(
            celeb=celeb, celebs=celebs, before=before, limit=POSTS_A_PAGE + 1, up_to=cursor.seq
        )
        shown = found[:POSTS_A_PAGE]
        await self.store.ask(lambda: self.look_below(shown))
        return shown, live, shown[-1].position if len(found) > len(shown) else None

    def look_below(self, posts: Sequence[StoredTweet]) -> None:
        """Find out what is to stand below the cards of these. In a worker."""
        self._below = below(self.parts.discussion, posts, self.locale)

    def get_template_namespace(self) -> dict[str, Any]:
        """With `card(tweet)`: its HTML, in the page's language, times from now."""
        translate, now = self.locale.translate, self.now()

        def card(tweet: StoredTweet) -> str:
            beneath = self._below.get(tweet.position, NOTHING)
            return self.cards.render(tweet, translate, now, beneath)

        return super().get_template_namespace() | {"card": card, "tag_path": tag_path}

    def looked_for(self, tokens: float = 1.0) -> str:
        """What `?q=` looks for. 400 for more than the box takes, 429 for who asks too often."""
        text = self.get_query_argument("q", "")
        if len(text) > LONGEST_SEARCH:
            raise TooLong(LONGEST_SEARCH)
        asked = " ".join(text.split())
        if asked:
            self.limit_reads(tokens)
        return asked

    async def active(self) -> list[Person]:
        """The celebs who wrote last, for beside the posts."""
        return [person_of(celeb) for celeb in await self.store.celebs(limit=CELEBS_ASIDE)]


class EverybodyPage(StorePage):
    """`/`: the posts of all celebs, newest first."""

    async def get(self) -> None:
        """`?before=` is the position that the posts are older than."""
        (posts, live, older), active, used = await asyncio.gather(
            self.posts("all"), self.active(), self.parts.tag_counts.popular()
        )
        await self.render(
            "everybody.html",
            posts=posts,
            live=live,
            older=older,
            active=active,
            used=used[:TAGS_ASIDE],
        )

    head = get


class CelebPage(StorePage):
    """`/<celeb>`: who it is, and the celeb's posts."""

    async def get(self, slug: str) -> None:
        """`?before=` is the position that the posts are older than."""
        if slug != slug.lower():
            self.lead_to(celeb_path(slug.lower()))
            return
        # First, for any word may come here.
        celeb = await self.store.celeb(slug)
        if celeb is None:
            raise HTTPError(404)
        discussion = self.parts.discussion
        (posts, live, older), tags, said, active = await asyncio.gather(
            self.posts(f"celeb:{slug}", slug),
            self.parts.tag_counts.of_celeb(slug),
            self.store.ask(lambda: discussion.room(slug, limit=PEEK)),
            self.active(),
        )
        await self.render(
            "celeb.html",
            person=person_of(celeb),
            posts=posts,
            live=live,
            older=older,
            active=active,
            tags=tags,
            said=said,
            here=self.parts.here(f"room:{slug}"),
            excerpt=excerpt,
        )

    head = get


class DirectoryPage(StorePage):
    """`/celebs`: everybody who is followed, the most recently active first."""

    async def get(self) -> None:
        """`?page=` counts from 1; `?q=` asks for names."""
        page = self.number("page", lowest=1, highest=10_000) or 1
        asked, tweets = self.looked_for(), self.parts.tweets
        most, skipped = CELEBS_A_PAGE + 1, (page - 1) * CELEBS_A_PAGE
        if asked:
            found = await self.store.ask(
                lambda: tweets.find_celebs(asked, limit=most, offset=skipped)
            )
        else:
            found = await self.store.celebs(limit=most, offset=skipped)
        if page > 1 and not found:
            raise HTTPError(404)
        await self.render(
            "celebs.html",
            people=[person_of(celeb) for celeb in found[:CELEBS_A_PAGE]],
            asked=asked,
            page=page,
            more=len(found) > CELEBS_A_PAGE,
            page_query=lambda number: urlencode(
                {"q": asked, "page": number} if asked else {"page": number}
            ),
        )

    head = get


class _Found(NamedTuple):
    """What a search finds."""

    posts: Sequence[StoredTweet]
    celebs: Sequence[Celeb]
    tags: Sequence[Tag]


class SearchPage(StorePage):
    """`/search`: posts by their words, newest first, celebs by their names, and tags."""

    async def get(self) -> None:
        """`?q=` is what is looked for; `?before=` is the position that the posts are older than."""
        asked = self.looked_for(SEARCH_TOKENS)
        before = self.number("before", lowest=1, highest=LAST_POSITION)
        if asked:
            found = await self.store.ask(lambda: self._find(asked, before))
        else:
            popular = await self.parts.tag_counts.popular()
            found = _Found([], [], popular[:TAGS_TO_TRY])
        shown = found.posts[:POSTS_A_PAGE]
        await self.render(
            "search.html",
            asked=asked,
            wordless=search_query.parse(asked).is_empty,
            earlier=before is not None,
            tags=found.tags,
            people=[person_of(celeb) for celeb in found.celebs],
            posts=shown,
            older=shown[-1].position if len(found.posts) > len(shown) else None,
        )

    head = get

    def _find(self, asked: str, before: int | None) -> _Found:
        """In a worker."""
        tweets = self.parts.tweets
        posts = tweets.search(asked, before=before, limit=POSTS_A_PAGE + 1)
        self.look_below(posts)
        if before is not None:
            return _Found(posts, [], [])
        return _Found(posts, tweets.find_celebs(asked, limit=CELEBS_FOUND), self._tags_like(asked))

    def _tags_like(self, asked: str) -> Sequence[Tag]:
        """The tag of these words, and those that begin so."""
        try:
            form = tag_of(asked)
        except Refused:
            return ()
        found = self.parts.discussion.tags_beginning(form)
        return sorted(found, key=lambda tag: tag.tag != form)


class SlashPage(StorePage):
    """`/<celeb>/` and the like: a page's address with a slash too many."""

    def get(self, path: str) -> None:
        """For good."""
        self.lead_to(path, permanent=True)

    head = get


def routes(parts: Parts) -> list[URLSpec]:
    """The pages' routes. They come after all others: the last ones take any word for a celeb."""
    given = {"parts": parts}
    return [
        URLSpec("/", EverybodyPage, given),
        URLSpec("/celebs", DirectoryPage, given),
        URLSpec("/search", SearchPage, given),
        URLSpec(f"/({SLUG})", CelebPage, given),
        # It begins with one slash and never with two, which would be another host.
        URLSpec(f"(/{SLUG}(?:/status/{POST_ID})?)/", SlashPage, given),
    ]
