"""oEmbed: what another site needs to show a post of ours (https://oembed.com).

    GET /oembed?url=https://celebs.example/ada/status/1&format=json&maxwidth=400

Event loop's thread; the post is asked for in a reader's.
"""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import msgspec
from msgspec import Struct
from tornado.web import MissingArgumentError

from tweet_store.model import StoredTweet
from web_ui import times
from web_ui.addresses import POST_ID, SLUG, celeb_path
from web_ui.feeds.post_html import content_of, title_of
from web_ui.feeds.xml_text import add, document
from web_ui.handlers.program import ProgramHandler, Refusal
from web_ui.outward import page_of
from web_ui.tweet_text import escape, language, link

WIDTH, LOWEST_WIDTH = 550, 220
"""Pixels: what a post takes where there is room, and what it cannot do without."""
KEEP = 3600
"""Seconds for which who embeds a post may keep the answer."""

_POST = re.compile(rf"/({SLUG})/status/({POST_ID})/?(?:[?#].*)?")


class Embedded(Struct, frozen=True):
    """The answer: oEmbed's fields of the type `rich`, in the order of its examples."""

    version: str
    type: str
    title: str
    url: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    cache_age: int
    html: str
    width: int
    height: int


class OembedHandler(ProgramHandler):
    """See the module. Parameters that oEmbed does not know are passed over, as it wants."""

    async def get(self) -> None:
        """`url` must be the address of a post of this site."""
        self.limit_reads()
        format_ = self.get_query_argument("format", "json")
        if format_ not in ("json", "xml"):
            raise Refusal(400, "format: must be json or xml")
        width, height = self._size("maxwidth"), self._size("maxheight")
        try:
            id_ = self._post_id(self.get_query_argument("url"))
        except MissingArgumentError as error:
            raise Refusal(400, "url: is needed, the address of a post of this site") from error
        tweets, root = self.parts.tweets, self.root
        post = await self.parts.reader.ask(lambda: tweets.tweet(id_))
        if post is None:
            raise Refusal(404, f"url: there is no post {id_} here, or not any more")
        answer = embedded(post, root, width, height)
        if format_ == "json":
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.finish(msgspec.json.encode(answer))
        else:
            self.set_header("Content-Type", "text/xml; charset=utf-8")
            self.finish(_xml(answer))

    head = get

    def _post_id(self, url: str) -> str:
        """The id in an address of ours, with either scheme."""
        host = self.root.partition("://")[2]
        _, found, path = url.partition(f"://{host}/")
        match = _POST.fullmatch(f"/{unquote(path)}") if found else None
        if match is None:
            raise Refusal(404, f"url: must be the address of a post, like {self.root}/ada/status/1")
        return match[2]

    def _size(self, name: str) -> int | None:
        text = self.get_query_argument(name, None)
        if text is None:
            return None
        if not re.fullmatch("[0-9]{1,6}", text) or not int(text):
            raise Refusal(400, f"{name}: must be a number of pixels")
        return int(text)


def embedded(
    post: StoredTweet, root: str, max_width: int | None = None, max_height: int | None = None
) -> Embedded:
    """The answer for a post, no wider and no higher than asked for."""
    width = min(WIDTH, max_width or WIDTH)
    height = _height(post, max(width, LOWEST_WIDTH))
    author = post.author
    page = page_of(post, root)
    written = link(page, times.written(post.created_at))
    name = f"{escape(author.name)} (@{escape(author.handle)})"
    lang = language(post.lang)
    return Embedded(
        version="1.0",
        type="rich",
        title=title_of(post),
        url=page,
        author_name=author.name,
        author_url=root + celeb_path(post.celeb),
        provider_name="Celebwire",
        provider_url=f"{root}/",
        cache_age=KEEP,
        html=f'<blockquote cite="{escape(page)}" dir="auto"'
        + (f' lang="{lang}"' if lang else "")
        + f">{content_of(post, root)}<footer>{name}, {written}</footer></blockquote>",
        width=width,
        height=min(height, max_height or height),
    )


def _height(post: StoredTweet, width: int) -> int:
    """About what a browser will need: 8 pixels a character, 24 a line."""
    lines = 3 + sum(1 + len(line) * 8 // width for line in post.text.splitlines())
    pictures = [
        media.height * min(1.0, width / media.width) if media.width and media.height else width
        for media in post.media
    ]
    return int(lines * 24 + sum(pictures))


def _xml(answer: Embedded) -> bytes:
    root = Element("oembed")
    for name, value in msgspec.structs.asdict(answer).items():
        add(root, name, str(value))
    return document(root)
