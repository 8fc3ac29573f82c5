"""Following celebs without an account: whom a browser follows stands in its signed cookie.

    POST /follow {celeb, on, next}      the button
    GET  /follow?celebs=a,b             a link to take along, which asks first
    POST /follow/all {celebs, next}     what it asks
    GET  /following                     their posts, live

Event loop's thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from tornado.web import HTTPError

from tweet_store.discussion.refusals import Refused
from tweet_store.store import TweetStore
from web_ui.handlers.page import PageHandler
from web_ui.pages import StorePage
from web_ui.people import Person, person_of
from web_ui.visitors import cookies

LONGEST_LIST = 20_000
"""Characters of a list of celebs that is looked at."""
FEW = 3
"""Who follows fewer celebs is shown some to begin with."""


def followed_people(tweets: TweetStore, slugs: Sequence[str]) -> list[Person]:
    """The celebs of these slugs whom the store has."""
    return [person_of(celeb) for celeb in tweets.celebs_of(slugs)]


class Following(PageHandler):
    """What changes whom one follows."""

    def follow(self, wanted: Sequence[str]) -> None:
        """Follow these and nobody else. Raises `Refused` for more than a page can be live for."""
        most = self.parts.config.max_channels
        if len(wanted) > most or len(",".join(wanted)) > cookies.MOST_FOLLOWED_CHARACTERS:
            raise Refused(
                "too_many",
                self.locale.translate(
                    "You cannot follow more celebs than this. Unfollow some first."
                ),
            )
        cookies.write_follows(self, tuple(wanted))
        if self.wants_json:
            self.finish({"followed": list(wanted)})
        else:
            self.redirect(self.next_path(), status=303)


class FollowPage(Following):
    """`/follow`: the button, and the link that one takes along."""

    async def get(self) -> None:
        """Shows whom the link names, and changes nothing."""
        named = self.named(self.get_query_argument("celebs", ""))
        tweets = self.parts.tweets
        people = await self.parts.reader.ask(lambda: followed_people(tweets, named))
        await self.render("follow_import.html", people=people)

    head = get

    def named(self, text: str) -> tuple[str, ...]:
        """The slugs in a list, no more than one can follow. 400 for a list that is no such."""
        if len(text) > LONGEST_LIST:
            raise HTTPError(400)
        return cookies.slugs(text)[: self.parts.config.max_channels]

    async def post(self) -> None:
        """`celeb`; `on` is 1 to follow, 0 to follow no longer."""
        slug, on = self.get_body_argument("celeb"), self.get_body_argument("on")
        if cookies.slugs(slug) != (slug,) or on not in ("0", "1"):
            raise HTTPError(400)
        others = tuple(one for one in self.followed if one != slug)
        if on == "0":
            self.follow(others)
            return
        if await self.parts.reader.celeb(slug) is None:
            raise HTTPError(404)
        self.follow((*others, slug))


class FollowAllForm(FollowPage):
    """`/follow/all`"""

    async def get(self) -> None:
        """Who loads the address of a form that was refused wants the page."""
        self.redirect("/follow", status=303)

    head = get

    async def post(self) -> None:
        """`celebs`: those too. Who is not in the store is left out."""
        named = self.named(self.get_body_argument("celebs"))
        tweets = self.parts.tweets
        found = await self.parts.reader.ask(lambda: followed_people(tweets, named))
        self.follow(tuple(dict.fromkeys((*self.followed, *(one.slug for one in found)))))


class FollowingPage(StorePage):
    """`/following`: the posts of whom one follows, newest first."""

    async def get(self) -> None:
        """`?before=` is the position that the posts are older than."""
        followed = self.followed[: self.parts.config.max_channels]
        if not followed:
            await self.render("following.html", live=None, active=await self.active())
            return
        channel = ",".join(f"celeb:{slug}" for slug in followed)
        posts, live, older = await self.posts(channel, celebs=followed)
        few = len(followed) < FEW and live.new == "top"
        active = await self.active() if few else []
        await self.render("following.html", posts=posts, live=live, older=older, active=active)

    head = get
