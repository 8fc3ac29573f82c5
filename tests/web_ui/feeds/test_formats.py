"""What a post is in Atom and in JSON Feed, as readers understand it."""

from __future__ import annotations

from xml.etree import ElementTree

import feedparser
from hypothesis import given
from hypothesis import strategies as st

from tests.tweet_store.posts import NOON, author, tweet
from tests.web_ui.feeds.feed_case import FeedCase
from tests.web_ui.stored import stored_tweet
from tweet_store.model import Entity, Media, Reference
from web_ui.feeds.atom import atom
from web_ui.feeds.json_feed import json_feed
from web_ui.feeds.posts_feed import FeedHead, posts_feed, type_of
from web_ui.feeds.xml_text import allowed

ROOT = "https://celebs.example"
CONTENT = "{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}content"


class FormatsTest(FeedCase):
    def test_all_of_a_post(self) -> None:
        photo = Media("photo", "https://pbs.twimg.com/media/a?format=png&name=large", 4, 5, "A cup")
        self.store.save(
            [
                tweet(
                    "1",
                    text="Tea &amp; cake\n#tea &lt;now&gt;",
                    entities=(Entity("hashtag", 15, 19, "tea"),),
                    media=(photo,),
                    lang="in",
                    author=author("ada", avatar_url="https://pbs.twimg.com/ada.jpg"),
                )
            ]
        )
        (entry,) = self.atom("all").entries
        (item,) = self.json("all")["items"]
        root = self.get_url("")
        html = (
            "<p>Tea &amp; cake<br>\n"
            '<a href="https://x.com/hashtag/tea" rel="nofollow noopener">#tea</a> &lt;now&gt;</p>\n'
            f'<p><img src="{photo.url.replace("&", "&amp;")}" alt="A cup" width="4" height="5"></p>'
        )
        assert item["content_html"] == html
        assert "<br />" in entry.content[0].value  # feedparser's way with what it sanitises
        assert entry.title == "Tea & cake #tea <now>"
        assert "title" not in item
        assert entry.author == "Ada"
        assert entry.author_detail.href == item["authors"][0]["url"] == "https://x.com/ada"
        assert item["authors"][0]["avatar"] == "https://pbs.twimg.com/ada.jpg"
        links = {link.rel: link for link in entry.links}
        assert links["alternate"].href == item["url"] == f"{root}/ada/status/1"
        assert links["via"].href == item["external_url"] == "https://x.com/ada/status/1"
        assert (links["enclosure"].href, links["enclosure"].type) == (photo.url, "image/png")
        attachment = {"url": photo.url, "mime_type": "image/png", "title": "A cup"}
        assert item["attachments"] == [attachment]
        assert [tag.term for tag in entry.tags] == item["tags"] == ["tea"]
        assert entry.content[0].language == item["language"] == "id"

    def test_a_quoted_post_is_nested(self) -> None:
        quoted = Reference("quoted", "9", "hear &amp; hear", author("bob"), NOON)
        self.store.save([tweet("1", text="this:", references=(quoted,))])
        html = self.json("all")["items"][0]["content_html"]
        assert html == (
            "<p>this:</p>\n<blockquote><p>"
            '<a href="https://x.com/bob/status/9" rel="nofollow noopener">Bob (@bob)</a></p>'
            "<p>hear &amp; hear</p></blockquote>"
        )

    def test_a_repeated_post_stands_for_itself(self) -> None:
        repeated = Reference("retweeted", "9", "the whole of it", author("bob"), NOON)
        self.store.save([tweet("1", text="RT @bob: the who…", references=(repeated,))])
        assert "RT @bob" not in self.json("all")["items"][0]["content_html"]
        assert self.atom("all").entries[0].title == "@bob: the whole of it"

    def test_what_is_quoted_and_not_known_is_linked(self) -> None:
        self.store.save([tweet("1", references=(Reference("quoted", "9"),))])
        html = self.json("all")["items"][0]["content_html"]
        assert 'href="https://x.com/i/status/9"' in html
        assert "The quoted post" in html

    def test_links_of_the_demo_lead_to_us(self) -> None:
        entities = (Entity("mention", 0, 4, "bob"),)
        demo = author("ada", network="demo")
        self.store.save([tweet("demo:1", text="@bob", entities=entities, author=demo)])
        (item,) = self.json("all")["items"]
        assert f'href="{self.get_url("/bob")}"' in item["content_html"]
        assert "external_url" not in item


def test_the_type_of_a_picture_is_told_from_its_address() -> None:
    assert type_of("https://pbs.twimg.com/media/a?format=png&name=large") == "image/png"
    assert type_of("https://pbs.twimg.com/media/a.JPG:large") == "image/jpeg"
    assert type_of("/static/demo/a.svg") == "image/svg+xml"
    assert type_of("https://[odd") == "image/jpeg"
    assert type_of("https://pbs.twimg.com/media/a.html") == "image/jpeg"


def test_a_long_title_is_cut_between_words() -> None:
    post = stored_tweet("1", text="word " * 50)
    title = posts_feed(FeedHead("", "all", "/feeds/all"), [post], ROOT, {}).items[0].title
    assert title.endswith("word…")
    assert len(title) <= 101
    post = stored_tweet("1", text="x" * 500)
    title = posts_feed(FeedHead("", "all", "/feeds/all"), [post], ROOT, {}).items[0].title
    assert title == "x" * 100 + "…"


def test_a_post_without_words_has_a_title() -> None:
    post = stored_tweet("1", text=" \n")
    assert posts_feed(FeedHead("", "all", "/feeds/all"), [post], ROOT, {}).items[0].title == "Ada"


@given(text=st.text(), name=st.text(), alt=st.none() | st.text(), title=st.text())
def test_any_text_makes_a_feed_that_can_be_read(
    text: str, name: str, alt: str | None, title: str
) -> None:
    media = (Media("photo", "https://pbs.twimg.com/a.jpg", alt=alt),)
    post = stored_tweet("1", text=text, author=author("ada", name=name), media=media)
    feed = posts_feed(FeedHead(title, "all", "/feeds/all"), [post], ROOT, {})
    written = atom(feed)
    content = ElementTree.fromstring(written).findtext(CONTENT)
    # XML reads a carriage return as the end of a line.
    assert content == allowed(feed.items[0].html).replace("\r\n", "\n").replace("\r", "\n")
    assert not feedparser.parse(written).bozo
    assert json_feed(feed)
