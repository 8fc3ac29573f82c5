from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tweet_store.model import Entity
from web_ui.tweet_text import language, to_html, unescape

REL = ' rel="nofollow noopener"'
LTR = ' dir="ltr"'

texts = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("&<>\"';\n@#aé😀"))
) | st.lists(st.sampled_from(["&amp;", "&lt;", "&gt;", "&", "amp;", "a", "😀", "<b>"])).map("".join)
entities = st.lists(
    st.builds(
        Entity,
        kind=st.sampled_from(["url", "hashtag", "mention", "cashtag"]),
        start=st.integers(-2, 30),
        end=st.integers(-2, 30),
        target=st.one_of(st.text(), st.just("https://example.com/?a=1&b=<2>")),
    )
)


def plain(markup: str) -> str:
    """What a reader of the markup sees."""
    return html.unescape(re.sub("<[^>]*>", "", markup))


@given(texts, entities, st.sampled_from(["x", "demo", "bluesky"]))
def test_every_character_comes_out_once_whatever_the_entities(
    text: str, found: list[Entity], network: str
) -> None:
    assert plain(to_html(text, found, network)) == unescape(text)


@given(texts, entities)
def test_nothing_but_links_is_markup(text: str, found: list[Entity]) -> None:
    markup = to_html(text, found, "x")
    link = r'<a href="https?://[^"<>]*"( dir="ltr")? rel="nofollow noopener">|</a>'
    without_links = re.sub(link, "", markup)
    assert "<" not in without_links
    assert ">" not in without_links
    assert markup.count("<a ") == markup.count("</a>")


def test_the_three_escapes_of_x_are_undone_once_before_our_own() -> None:
    assert to_html("Q&amp;A &lt;3 &amp;lt; &quot;", (), "x") == (
        "Q&amp;A &lt;3 &amp;lt; &amp;quot;"
    )


def test_each_kind_links_to_its_page_at_x() -> None:
    text = "@ada #tea $CAKE"
    found = (
        Entity("cashtag", 10, 15, "CAKE"),
        Entity("mention", 0, 4, "ada"),
        Entity("hashtag", 5, 9, "tea"),
    )
    assert to_html(text, found, "x") == (
        f'<a href="https://x.com/ada"{LTR}{REL}>@ada</a> '
        f'<a href="https://x.com/hashtag/tea"{REL}>#tea</a> '
        f'<a href="https://x.com/search?q=%24CAKE"{REL}>$CAKE</a>'
    )


def test_a_url_shows_its_short_form_and_leads_to_the_whole_one() -> None:
    entity = Entity("url", 4, 16, "https://example.com/?a=1&b=2", "example.com/?a=1&…")
    assert to_html("see https://t.co", (entity,), "x") == (
        f'see <a href="https://example.com/?a=1&amp;b=2"{LTR}{REL}>example.com/?a=1&amp;…</a>'
    )


def test_offsets_count_code_points_of_the_text_as_x_delivers_it() -> None:
    assert to_html("😀&amp; #a", (Entity("hashtag", 7, 9, "a"),), "x") == (
        f'😀&amp; <a href="https://x.com/hashtag/a"{REL}>#a</a>'
    )


def test_an_invented_celeb_is_mentioned_by_our_own_page_and_tags_stay_text() -> None:
    found = (Entity("mention", 0, 4, "Ada"), Entity("hashtag", 5, 9, "tea"))
    assert to_html("@Ada #tea", found, "demo") == '<a href="/ada" dir="ltr">@Ada</a> #tea'


def test_other_networks_handles_are_not_taken_for_ours() -> None:
    assert to_html("@Ada", (Entity("mention", 0, 4, "Ada"),), "bluesky") == "@Ada"


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "//evil", "", "x"])
def test_only_web_addresses_are_links(target: str) -> None:
    assert to_html("click", (Entity("url", 0, 5, target, "https://x.com"),), "x") == "click"


def test_a_target_cannot_leave_its_attribute_or_its_path() -> None:
    found = (Entity("url", 0, 1, 'https://a/"onclick="x'), Entity("mention", 1, 2, '"/../x'))
    assert to_html("ab", found, "x") == (
        f'<a href="https://a/&quot;onclick=&quot;x"{LTR}{REL}>a</a>'
        f'<a href="https://x.com/%22%2F..%2Fx"{LTR}{REL}>b</a>'
    )


@pytest.mark.parametrize(("start", "end"), [(3, 99), (-1, 2), (4, 4), (5, 3), (2, 4), (1, 3)])
def test_an_entity_that_does_not_fit_is_left_out(start: int, end: int) -> None:
    # (2, 4) and (1, 3) begin or end inside the escape.
    text = "a&amp;bc"
    assert to_html(text, (Entity("hashtag", start, end, "t"),), "x") == "a&amp;bc"


def test_of_two_that_overlap_the_first_counts() -> None:
    found = (Entity("hashtag", 0, 3, "abc"), Entity("hashtag", 2, 5, "cde"))
    assert to_html("abcde", found, "x") == f'<a href="https://x.com/hashtag/abc"{REL}>abc</a>de'


@pytest.mark.parametrize(
    ("lang", "attribute"),
    [
        ("en", "en"),
        ("zh-tw", "zh-tw"),
        ("iw", "he"),
        ("in", "id"),
        ("und", None),
        ("qme", None),
        (None, None),
        ('en" onclick="x', None),
        ("", None),
    ],
)
def test_languages(lang: str | None, attribute: str | None) -> None:
    assert language(lang) == attribute


def test_a_latin_name_does_not_turn_an_arabic_answer_around() -> None:
    """A browser passes over what has a direction of its own when it looks for the text's."""
    found = (Entity("mention", 0, 4, "ada"),)
    assert to_html("@ada مرحبا", found, "x").startswith(f'<a href="https://x.com/ada"{LTR}')
