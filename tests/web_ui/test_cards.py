from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tweet_store.posts import NOON, author
from tests.web_ui.stored import stored_tweet
from tweet_store.discussion.model import Tag
from tweet_store.model import Entity, Media, Reference
from web_ui.below import NOTHING, Below
from web_ui.cards import Cards
from web_ui.handlers.application import load_templates

CARDS = Cards(load_templates())

VOID = {"img"}


class Tree(HTMLParser):
    """Checks that tags nest, and collects them with their attributes, and the text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def tree(**values: Any) -> Tree:
    return Tree(CARDS.render(stored_tweet("17", **values)))


def hrefs(found: Tree) -> list[str | None]:
    return [a["href"] for a in found.all("a")]


def test_a_post_of_x_as_its_display_rules_ask() -> None:
    found = tree(
        author=author("Ada", avatar_url="https://p/a.jpg", verified=True),
        text="Q&amp;A\nnow",
        lang="en",
    )
    assert found.all("li") == [
        {"class": "post", "data-id": "17", "data-chain": "17", "data-position": "17"}
    ]
    assert hrefs(found) == [
        "https://x.com/Ada",
        "https://x.com/Ada",
        "https://x.com/Ada/status/17",
        "/ada/status/17",
        "/ada",
    ]
    assert all(a.get("rel") == "nofollow noopener" for a in found.all("a")[:3])
    assert {"class": "text", "dir": "auto", "lang": "en"} in found.all("p")
    assert "Q&A\nnow" in found.text
    assert "@Ada" in found.text
    assert found.all("time") == [
        {"datetime": "2026-11-21T12:00:00Z", "title": "21 Nov 2026, 12:00 UTC"}
    ]
    assert "21 Nov 2026, 12:00 UTC" in found.text
    assert found.all("img")[0]["src"] == "https://p/a.jpg"
    assert "Verified account" in str(found.tags)


def test_what_is_ours_stands_below_the_card() -> None:
    markup = CARDS.render(stored_tweet("17"))
    card, _, below = markup.partition("</article>")
    assert '"/ada/status/17"' not in card
    assert '"/ada/status/17"' in below


def test_what_visitors_made_of_a_post_stands_below_its_card() -> None:
    tags = [Tag("redcarpet", "Red <b>", 2), Tag("gala", "gala", 1)]
    markup = CARDS.render(stored_tweet("17"), below=Below("3 comments", tags))
    card = markup.partition("</article>")[0]
    found = Tree(markup)
    assert hrefs(found)[-4:] == ["/ada/status/17", "/ada", "/tag/redcarpet", "/tag/gala"]
    assert "3 comments" in found.text
    assert "#Red <b>" in found.text
    assert "Discussion" not in found.text
    assert "/tag/" not in card
    assert [a for a in found.all("span") if "data-below" in a] == [{"data-below": None}]


def test_a_card_made_once_for_all_leaves_open_what_visitors_made_of_it() -> None:
    assert {"data-below": "unknown"} in tree().all("span")
    of_none = Tree(CARDS.render(stored_tweet("17"), below=NOTHING))
    assert {"data-below": None} in of_none.all("span")
    assert "Discussion" in of_none.text


def test_a_card_has_its_author_s_name_and_so_have_its_links() -> None:
    quoted = Reference("quoted", "9", "text", author("Eve"), NOON)
    found = tree(author=author("Ada", verified=True), references=(quoted,))
    named = [a for _, a in found.tags if "id" in a]
    assert [a["class"] for a in named] == ["name"], "the quoted post's author has none"
    [article] = found.all("article")
    assert article["aria-labelledby"] == named[0]["id"]
    described = [a["href"] for a in found.all("a") if a.get("aria-describedby") == named[0]["id"]]
    assert described == ["/ada/status/17", "/ada"]
    assert "Ada\N{NO-BREAK SPACE}✓" in found.text


def test_a_post_of_another_network_is_linked_here() -> None:
    found = tree(author=author("Ada", network="demo"))
    assert hrefs(found) == ["/ada", "/ada", "/ada/status/17", "/ada/status/17", "/ada"]
    assert all("rel" not in a for a in found.all("a"))


def test_the_same_post_gives_the_same_bytes() -> None:
    post = stored_tweet("17", text="hello")
    assert CARDS.render(post) == Cards(load_templates()).render(post)


def test_an_edited_post_says_so_and_is_found_by_its_first_id() -> None:
    found = tree(edit_ids=("15", "17"))
    assert found.all("li")[0]["data-chain"] == "15"
    assert {"class": "edited", "href": "/ada/status/17#history", "data-t": None} in found.all("a")
    assert "Edited" in found.text
    assert "Edited" not in tree().text


def test_the_same_card_says_our_words_in_the_page_s_language_and_marks_them() -> None:
    post = stored_tweet(
        "17",
        text="Discussion",
        author=author("Photo", verified=True),
        edit_ids=("15", "17"),
        reply_to_id="9",
        media=(Media("video", "https://p/1.jpg"),),
    )
    english = CARDS.render(post)
    marked = re.findall(r"<[^>]*data-t[^>]*>", english)
    shouted = re.sub(r"(<[^>]* data-t>)([^<]+)<", lambda m: f"{m[1]}{m[2].upper()}<", english)
    for name in ("alt", "aria-label"):
        shouted = re.sub(
            f'({name}=")([^"]+)("[^>]* data-t-{name})',
            lambda m: f"{m[1]}{m[2].upper()}{m[3]}",
            shouted,
        )
    assert len(marked) == 7
    assert shouted.replace("21 Nov 2026", "21 NOV 2026") == CARDS.render(post, str.upper)
    assert ">Discussion</p>" in shouted  # what the author wrote stays


def test_pictures_have_words_and_take_their_place_at_once() -> None:
    media = (
        Media("photo", "https://p/1.jpg", 800, 600, 'A "red" stage'),
        Media("video", "https://p/2.jpg"),
        Media("photo", "http://insecure/3.jpg"),
    )
    found = tree(media=media)
    first, second = found.all("img")
    assert (first["alt"], first["width"], first["height"]) == ('A "red" stage', "800", "600")
    assert (second["alt"], second.get("width")) == ("Video", None)
    assert all(image["loading"] == "lazy" for image in (first, second))
    assert "media count-2" in str(found.tags)
    links = [a["class"] for a in found.all("a") if "picture" in str(a.get("class"))]
    assert links == ["picture", "picture plays"]


def test_no_more_than_four_pictures() -> None:
    assert len(tree(media=[Media("photo", "https://p/1.jpg")] * 9).all("img")) == 4


def test_a_quoted_post_is_nested() -> None:
    quoted = Reference(
        "quoted", "9", "I &lt;3 @bob", author("Eve"), NOON, (Entity("mention", 8, 12, "bob"),)
    )
    found = tree(text="Look:", references=(quoted,))
    assert len(found.all("blockquote")) == 1
    assert "I <3 @bob" in found.text
    assert "https://x.com/Eve/status/9" in hrefs(found)
    assert "https://x.com/bob" in hrefs(found)


def test_a_quoted_post_without_a_time_is_linked_all_the_same() -> None:
    found = tree(references=(Reference("quoted", "9", "t", author("Eve")),))
    assert "View the post" in found.text
    assert "https://x.com/Eve/status/9" in hrefs(found)


@pytest.mark.parametrize(("kind", "name"), [("quoted", "quoted"), ("retweeted", "original")])
def test_a_post_that_did_not_come_along_is_linked(kind: Any, name: str) -> None:
    found = tree(references=(Reference(kind, "9"),), text="RT @eve: one…")
    assert f"View the {name} post" in found.text
    assert "RT @eve: one…" in found.text
    assert "https://x.com/i/status/9" in hrefs(found)


def test_a_repeat_shows_the_post_itself_rather_than_its_shortened_copy() -> None:
    original = Reference("retweeted", "9", "one two three", author("Eve"), NOON)
    found = tree(
        text="RT @eve: one…", references=(original,), media=(Media("photo", "https://p/1.jpg"),)
    )
    assert "Reposted" in found.text
    assert "one two three" in found.text
    assert "RT @eve" not in found.text
    assert found.all("img") == []


def test_an_answer_leads_to_our_page_of_what_it_answers() -> None:
    found = tree(references=(Reference("replied_to", "9", author=author("Eve")),), reply_to_id="9")
    assert "Replying to @Eve" in found.text
    assert hrefs(found)[0] == "/eve/status/9"
    unknown = tree(reply_to_id="9")
    assert "Replying to a post" in unknown.text
    assert hrefs(unknown)[0] == "/ada/status/9"


def test_a_long_post_is_folded_and_leads_to_the_whole() -> None:
    text = "word " * 40_000
    nested = Reference("quoted", "9", text, author("Eve"), NOON)
    post = stored_tweet("17", text=text, references=(nested,))
    folded = Tree(CARDS.render(post))
    assert len(CARDS.render(post)) < 40_000
    assert "data-cut" in folded.all("li")[0]
    assert [p["class"] for p in folded.all("p")].count("text folded cut") == 2
    assert {"class": "on", "href": "/ada/status/17", "data-t": None} in folded.all("a")
    whole = Tree(CARDS.whole(post))
    assert whole.text.count("word") == 80_000
    assert "data-cut" not in whole.all("li")[0]
    assert "Read on" not in whole.text


def test_a_post_of_some_length_is_all_there_and_folded() -> None:
    found = tree(text="word " * 300)
    assert found.text.count("word") == 300
    assert "data-cut" not in found.all("li")[0]
    assert "text folded" in str(found.all("p"))
    assert "Read on" in found.text
    assert "Read on" not in tree().text


def test_nothing_of_a_post_is_markup() -> None:
    evil = '"><script>alert(1)</script>'
    found = tree(
        author=author(evil, name=evil, account_id=evil),
        text=evil,
        lang=evil,
        edit_ids=(evil, "17"),
        media=(Media("photo", f"https://p/{evil}", 1, 1, evil),),
        references=(
            Reference("quoted", evil, evil, author(evil, name=evil)),
            Reference("replied_to", evil, author=author(evil)),
        ),
    )
    assert found.all("script") == []
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)


@given(st.text(), st.text(min_size=1), st.text())
def test_any_text_makes_a_card_that_nests_and_shows_it(text: str, handle: str, name: str) -> None:
    found = tree(author=author(handle, name=name), text=text.replace("&", ""))
    assert f"@{handle}".replace("\r", "") in found.text.replace("\r", "")
    assert len(found.all("article")) == 1


def test_a_post_that_cannot_be_rendered_is_empty_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr("web_ui.cards.fold", fail)
    assert Cards(load_templates()).render(stored_tweet("7")) == ""
    assert "post 7 cannot be rendered" in caplog.text
