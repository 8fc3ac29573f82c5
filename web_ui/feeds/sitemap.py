"""The site map, for search engines (https://www.sitemaps.org/protocol.html).

    /sitemap.xml                 lists the others
    /sitemap/celebs/<slug>.xml   the celebs past this slug in the alphabet; `-` is before all
    /sitemap/posts/<number>.xml  the posts at a stretch of positions, which never changes but by
                                 deletes and edits; only the newest stretches are listed

Event loop's thread; the store is asked in pieces, so that a long list holds nobody up.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from web_ui import times
from web_ui.addresses import celeb_path
from web_ui.feeds.xml_text import add, document
from web_ui.handlers.program import ProgramHandler, Refusal
from web_ui.outward import page_of

CELEBS = 10_000
POSTS = 5_000
"""Celebs and positions in one list. The protocol allows 50,000."""
CELEB_LISTS, POST_LISTS = 20, 10
PIECE = 500
"""Rows asked of the store at once."""
FIRST = "-"
"""Before all slugs, and none: they begin and end with other characters."""
TOKENS = 10.0
"""What a list costs, in requests to the API."""

_XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"
TYPE = "application/xml; charset=utf-8"


class _ListHandler(ProgramHandler):
    def tell(self, root: Element) -> None:
        self.set_header("Content-Type", TYPE)
        self.finish(document(root))


class IndexHandler(_ListHandler):
    """`/sitemap.xml`."""

    async def get(self) -> None:
        """See the module."""
        self.limit_reads()
        tweets, root = self.parts.tweets, self.root
        lists = Element("sitemapindex", {"xmlns": _XMLNS})

        def listed(path: str, changed: str | None) -> None:
            one = add(lists, "sitemap")
            add(one, "loc", f"{root}/sitemap/{path}.xml")
            if changed is not None:
                add(one, "lastmod", changed)

        def find() -> None:
            newest = tweets.timeline(limit=1)
            last = newest[0].position // POSTS if newest else -1
            for number in range(last, max(-1, last - POST_LISTS), -1):
                posts = tweets.timeline(before=(number + 1) * POSTS, limit=1)
                if posts and posts[0].position >= number * POSTS:
                    listed(f"posts/{number}", times.machine(posts[0].created_at))
            after = ""
            for _ in range(CELEB_LISTS):
                slugs = tweets.celeb_slugs(after, CELEBS)
                if slugs:
                    listed(f"celebs/{after or FIRST}", None)
                if len(slugs) < CELEBS:
                    return
                after = slugs[-1]

        await self.parts.reader.ask(find)
        self.tell(lists)

    head = get


class CelebList(_ListHandler):
    """`/sitemap/celebs/<slug>.xml`."""

    async def get(self, after: str) -> None:
        """Those after this slug."""
        self.limit_reads(TOKENS)
        tweets, root = self.parts.tweets, self.root
        last = "" if after == FIRST else after
        slugs = await self.parts.reader.ask(lambda: tweets.celeb_slugs(last, CELEBS))
        urls = Element("urlset", {"xmlns": _XMLNS})
        for slug in slugs:
            add(add(urls, "url"), "loc", root + celeb_path(slug))
        self.tell(urls)

    head = get


class PostList(_ListHandler):
    """`/sitemap/posts/<number>.xml`."""

    async def get(self, number: str) -> None:
        """Newest first."""
        self.limit_reads(TOKENS)
        first = int(number) * POSTS
        latest = await self.parts.reader.latest_seq()
        if not latest - POSTS * (POST_LISTS + 1) < first <= latest:
            raise Refusal(404, "there is no such list; /sitemap.xml names those there are")
        root = self.root
        urls = Element("urlset", {"xmlns": _XMLNS})
        before: int | None = first + POSTS
        while before is not None:
            posts = await self.parts.reader.timeline(before=before, limit=PIECE)
            ours = [post for post in posts if post.position >= first]
            for post in ours:
                url = add(urls, "url")
                add(url, "loc", page_of(post, root))
                add(url, "lastmod", times.machine(post.created_at))
            before = ours[-1].position if len(ours) == PIECE else None
        self.tell(urls)

    head = get
