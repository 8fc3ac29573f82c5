"""Atom and JSON Feed, of everybody, of celebs, of a tag: the newest posts.

    /feeds/all.atom  /feeds/ada.json  /feeds/ada,bob.atom  /feeds/tag/redcarpet.atom

Whoever asks again with `If-None-Match` or `If-Modified-Since` is told 304 while nothing changed.
Event loop's thread; feeds are read and written in a reader's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256

from tweet_store.model import StoredTweet
from web_ui.addresses import celeb_path, picture_address, tag_path
from web_ui.feeds import atom, json_feed
from web_ui.feeds.freshness import Freshness
from web_ui.feeds.posts_feed import FeedHead, posts_feed
from web_ui.handlers.program import ProgramHandler, Refusal
from web_ui.parts import Parts

POSTS = 50
NAMED = 3
"""Celebs whom the title of a feed of several names."""

_FORMATS = {"atom": (atom.atom, atom.TYPE), "json": (json_feed.json_feed, json_feed.TYPE)}

Found = tuple[FeedHead, Sequence[StoredTweet]]


class FeedHandler(ProgramHandler):
    """What all feeds have in common."""

    def initialize(  # type: ignore[override]  # Tornado's contract is with the routes
        self, parts: Parts, freshness: Freshness
    ) -> None:
        """Tornado hands over here what the routes were given."""
        super().initialize(parts)
        self._freshness = freshness

    async def answer(self, ending: str, find: Callable[[], Found]) -> None:
        """The feed of what `find` finds, which runs in a reader's thread."""
        self.limit_reads()
        write, type_ = _FORMATS[ending]
        root, tweets = self.root, self.parts.tweets

        def make() -> bytes:
            head, posts = find()
            first_written = {
                post.id: version.created_at
                for post in posts
                if len(post.edit_ids) > 1
                for version in tweets.versions(post.position)[:1]
            }
            return write(posts_feed(head, posts, root, first_written))

        body = await self.parts.reader.ask(make)
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        since = self._freshness.since(f"{root}{self.request.path}", etag)
        self.set_header("Content-Type", type_)
        self.set_header("ETag", etag)
        self.set_header("Last-Modified", formatdate(self._freshness.told(since), usegmt=True))
        if self.check_etag_header() or self._unmodified(since):
            self.set_status(304)
            self.finish()
        else:
            self.finish(body)

    def _unmodified(self, since: int) -> bool:
        """By If-Modified-Since, which does not count beside If-None-Match (RFC 9110, 13.1.3)."""
        text = self.request.headers.get("If-Modified-Since")
        if text is None or "If-None-Match" in self.request.headers:
            return False
        try:
            time = parsedate_to_datetime(text)
            return time.replace(tzinfo=time.tzinfo or UTC).timestamp() >= since
        except (ValueError, OverflowError):
            return False


class EverybodyFeed(FeedHandler):
    """`/feeds/all.atom`."""

    async def get(self, ending: str) -> None:
        """See the class."""
        head = FeedHead("Celebwire", "all", "/feeds/all", "/")
        await self.answer(ending, lambda: (head, self.parts.tweets.timeline(limit=POSTS)))

    head = get


class CelebsFeed(FeedHandler):
    """`/feeds/ada.atom`, `/feeds/ada,bob.atom`."""

    async def get(self, names: str, ending: str) -> None:
        """Of those who are here: a list of celebs lives longer than their accounts do."""
        slugs = list(dict.fromkeys(names.lower().split(",")))
        most = self.parts.config.max_channels
        if len(slugs) > most:
            raise Refusal(400, f"at most {most} celebs in one feed")
        path = f"/feeds/{','.join(slugs)}"
        if self.request.path != f"{path}.{ending}":
            self.redirect(f"{path}.{ending}", permanent=True)
            return
        await self.answer(ending, lambda: self._find(slugs, path))

    head = get

    def _find(self, slugs: Sequence[str], path: str) -> Found:
        tweets = self.parts.tweets
        celebs = tweets.celebs_of(slugs)
        if not celebs:
            raise Refusal(404, f"there is no celeb {slugs[0]}")
        names = [celeb.name for celeb in celebs[:NAMED]]
        if len(celebs) > NAMED:
            names.append(f"{len(celebs) - NAMED} more")
        title = f"{', '.join(names)} on Celebwire"
        page = picture = None
        if len(slugs) == 1:
            page = celeb_path(slugs[0])
            pictures = (account.avatar_url for account in celebs[0].accounts)
            picture = next((url for url in pictures if picture_address(url)), None)
        head = FeedHead(title, f"celebs/{','.join(slugs)}", path, page, picture)
        return head, tweets.timeline(celebs=slugs, limit=POSTS)


class TagFeed(FeedHandler):
    """`/feeds/tag/redcarpet.atom`."""

    async def get(self, name: str, ending: str) -> None:
        """See the class."""
        await self.answer(ending, lambda: self._find(name))

    head = get

    def _find(self, name: str) -> Found:
        discussion = self.parts.discussion
        tag = discussion.tag(name)
        if tag is None:
            raise Refusal(404, f"no post has the tag {name}")
        page = tag_path(tag.tag)
        head = FeedHead(f"#{tag.shown} on Celebwire", f"tag/{tag.tag}", f"/feeds{page}", page)
        return head, discussion.tagged(tag.tag, limit=POSTS)
