"""The pages: everybody's posts, a celeb's, one post with its answers, and the directory.

    Application([*own, *routes(store, cards, current_cursor)], **application_settings(loader))

The routes with a celeb in front take any word, so they come last; that no celeb bears the name of
one of the site's own paths is `tweet_store.slugs`' care. A page carries the cursor it was rendered
at: it is read before the posts are, so that whatever comes in between is given again by the first
poll rather than lost, and `static/live.js` puts a post that is there already in its own place.
Event loop's thread; the store answers from a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from tornado.routing import URLSpec
from tornado.web import HTTPError

from tweet_store.model import StoredTweet
from web_ui.addresses import celeb_path, status_path
from web_ui.cards import Cards
from web_ui.cursor import Cursor
from web_ui.people import Person, person_of
from web_ui.site_handler import PageHandler
from web_ui.store_reader import StoreReader

POSTS_A_PAGE = 50
ANSWERS_A_PAGE = 100
MOST_ANSWERS = 2_000
"""Answers to one post that can be paged through: a page of later ones reads those before it."""
CELEBS_A_PAGE = 60
CELEBS_ASIDE = 8
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

    def initialize(
        self, store: StoreReader, cards: Cards, current_cursor: Callable[[], Cursor]
    ) -> None:
        """Tornado hands over here what `routes` was given."""
        self.store = store
        self.cards = cards
        self.current_cursor = current_cursor

    def number(self, name: str, *, lowest: int, highest: int) -> int | None:
        """A query argument, None where it is not given. 400 for anything but a number in range."""
        text = self.get_query_argument(name, None)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 19):
            raise HTTPError(400)
        value = int(text)
        if not lowest <= value <= highest:
            raise HTTPError(400)
        return value

    def lead_to(self, path: str, *, permanent: bool = False) -> None:
        """The same page is at another address: go there, with the same query."""
        query = self.request.query
        self.redirect(f"{path}?{query}" if query else path, permanent=permanent)

    async def posts(
        self, channel: str, celeb: str | None = None
    ) -> tuple[list[StoredTweet], Live, int | None]:
        """A page of posts, what is live about it, and the position where older ones begin."""
        before = self.number("before", lowest=1, highest=LAST_POSITION)
        cursor = self.current_cursor()
        live = Live(channel, str(cursor), "top" if before is None else "none")
        # Not what came after the cursor: the first poll gives that, in its order.
        found = await self.store.timeline(
            celeb=celeb, before=before, limit=POSTS_A_PAGE + 1, up_to=cursor.seq
        )
        shown = found[:POSTS_A_PAGE]
        return shown, live, shown[-1].position if len(found) > len(shown) else None

    async def active(self) -> list[Person]:
        """The celebs who wrote last, for beside the posts."""
        return [person_of(celeb) for celeb in await self.store.celebs(limit=CELEBS_ASIDE)]


class EverybodyPage(StorePage):
    """`/`: the posts of all celebs, newest first."""

    async def get(self) -> None:
        """`?before=` is the position that the posts are older than."""
        (posts, live, older), active = await asyncio.gather(self.posts("all"), self.active())
        await self.render("everybody.html", posts=posts, live=live, older=older, active=active)

    head = get


class CelebPage(StorePage):
    """`/<celeb>`: who it is, and the celeb's posts."""

    async def get(self, slug: str) -> None:
        """`?before=` is the position that the posts are older than."""
        if slug != slug.lower():
            self.lead_to(celeb_path(slug.lower()))
            return
        (posts, live, older), celeb, active = await asyncio.gather(
            self.posts(f"celeb:{slug}", slug), self.store.celeb(slug), self.active()
        )
        if celeb is None:
            raise HTTPError(404)
        await self.render(
            "celeb.html",
            person=person_of(celeb),
            posts=posts,
            live=live,
            older=older,
            active=active,
        )

    head = get


class StatusPage(StorePage):
    """`/<celeb>/status/<id>`: a post and the celebs' answers to it, oldest first."""

    async def get(self, slug: str, id_: str) -> None:
        """Any id of an edit chain shows the current version; a wrong celeb is put right.
        `?after=` is the position that the answers are later than."""
        after = self.number("after", lowest=0, highest=LAST_POSITION)
        cursor = self.current_cursor()
        post = await self.store.tweet(id_)
        if post is not None and post.celeb != slug:
            self.lead_to(status_path(post.celeb, id_))
            return
        ids = (id_,) if post is None else tuple(dict.fromkeys((id_, post.id, *post.edit_ids)))
        most = ANSWERS_A_PAGE if after is None else MOST_ANSWERS
        answers, celeb, deleted = await asyncio.gather(
            self.store.replies(ids, most + 1, up_to=cursor.seq),
            self.store.celeb(slug),
            self.store.was_deleted(id_),
        )
        if post is None:
            self.set_status(410 if deleted else 200 if answers else 404)
        later = [answer for answer in answers if after is None or answer.position > after]
        shown = later[:ANSWERS_A_PAGE]
        more = shown[-1].position if len(later) > len(shown) else None
        await self.render(
            "status.html",
            id=id_,
            post=post,
            deleted=deleted,
            person=None if celeb is None else person_of(celeb),
            replies=shown,
            after=after,
            more=more,
            # A new answer comes after all the others, and so after those that are not shown.
            live=Live(
                ",".join(f"thread:{i}" for i in ids), str(cursor), "none" if more else "bottom"
            ),
        )

    head = get


class DirectoryPage(StorePage):
    """`/celebs`: everybody who is followed, the most recently active first."""

    async def get(self) -> None:
        """`?page=` counts from 1."""
        page = self.number("page", lowest=1, highest=10_000) or 1
        found = await self.store.celebs(limit=CELEBS_A_PAGE + 1, offset=(page - 1) * CELEBS_A_PAGE)
        if page > 1 and not found:
            raise HTTPError(404)
        await self.render(
            "celebs.html",
            people=[person_of(celeb) for celeb in found[:CELEBS_A_PAGE]],
            page=page,
            more=len(found) > CELEBS_A_PAGE,
        )

    head = get


class SlashPage(StorePage):
    """`/<celeb>/` and the like: a page's address with a slash too many."""

    def get(self, path: str) -> None:
        """For good."""
        self.lead_to(path, permanent=True)

    head = get


def routes(store: StoreReader, cards: Cards, current_cursor: Callable[[], Cursor]) -> list[URLSpec]:
    """The pages' routes. They come after all others: the last ones take any word for a celeb.

    `current_cursor` gives the cursor up to which everything is in the store.
    """
    parts = {"store": store, "cards": cards, "current_cursor": current_cursor}
    slug, id_ = "[A-Za-z0-9_-]{1,64}", "[A-Za-z0-9._~:-]{1,128}"
    return [
        URLSpec("/", EverybodyPage, parts),
        URLSpec("/celebs", DirectoryPage, parts),
        URLSpec(f"/({slug})/status/({id_})", StatusPage, parts),
        URLSpec(f"/({slug})", CelebPage, parts),
        # It begins with one slash and never with two, which would be another host.
        URLSpec(f"(/{slug}(?:/status/{id_})?)/", SlashPage, parts),
    ]
