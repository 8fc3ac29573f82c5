from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.text_entities import MOST, find, fitting
from tweet_store.model import Entity


def found(text: str) -> list[tuple[str, str, str]]:
    return [(e.kind, text[e.start : e.end], e.target) for e in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("nothing here, a@b.example # $ @ 100%", []),
        ("see #Live now", [("hashtag", "#Live", "Live")]),
        ("#日本語 と #हिन्दी", [("hashtag", "#日本語", "日本語"), ("hashtag", "#हिन्दी", "हिन्दी")]),
        (
            "#مرحبًا #ภาษาไทยนี้",
            [("hashtag", "#مرحبًا", "مرحبًا"), ("hashtag", "#ภาษาไทยนี้", "ภาษาไทยนี้")],
        ),
        ("\uff03fullwidth", [("hashtag", "\uff03fullwidth", "fullwidth")]),
        ("#1 #2026 #2nd", [("hashtag", "#2nd", "2nd")]),
        ("we're #1️⃣ #️⃣", []),
        ("😲😲@ada ok", [("mention", "@ada", "ada")]),
        ("@ada你好 \uff20bob", [("mention", "@ada", "ada"), ("mention", "\uff20bob", "bob")]),
        ("@much_too_long_for_a_handle", []),
        ("RT @ada: hi", [("mention", "@ada", "ada")]),
        ("up $TSLA, $BRK.B!", [("cashtag", "$TSLA", "TSLA"), ("cashtag", "$BRK.B", "BRK.B")]),
        ("US$TSLA $5 $TOOLONGG", []),
        (
            "(https://a.example/x_(y)?q=1#frag), ok",
            [("url", "https://a.example/x_(y)?q=1#frag", "https://a.example/x_(y)?q=1#frag")],
        ),
        ("(https://a.example/x).", [("url", "https://a.example/x", "https://a.example/x")]),
        ("HTTP://A.example、と", [("url", "HTTP://A.example", "HTTP://A.example")]),
        (
            "https://a.example/@ada #tag",
            [
                ("url", "https://a.example/@ada", "https://a.example/@ada"),
                ("hashtag", "#tag", "tag"),
            ],
        ),
        ("javascript:alert(1) ftp://a.example", []),
        ("cut off https://t.co/ab… and #Mayw…", []),
    ],
)
def test_links_are_found_as_x_would_link_them(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert found(text) == expected


@given(st.text() | st.text(alphabet="#@$\uff03 ahtps:/.\u0301😲…_1&", max_size=60))
def test_found_entities_always_fit(text: str) -> None:
    entities = find(text)
    assert fitting(text, entities) == entities
    assert all(entity.target for entity in entities)


def test_a_text_has_only_so_many_links() -> None:
    assert len(find("#a " * 5000)) == MOST
    assert len(fitting("x" * 5000, (Entity("url", n, n + 1, "") for n in range(5000)))) == MOST


def test_entities_that_do_not_fit_are_left_out_one_by_one() -> None:
    text = "😲 #ab @cd $EF x"
    good = [
        Entity("hashtag", 2, 5, "ab"),
        Entity("mention", 6, 9, "cd"),
        Entity("cashtag", 10, 13, "EF"),
        Entity("url", 14, 15, "https://a.example"),
    ]
    bad = [
        Entity("hashtag", -3, 5, "ab"),
        Entity("hashtag", 4, 4, "ab"),
        Entity("hashtag", 5, 2, "ab"),
        Entity("url", 14, 16, "https://b.example"),
        Entity("url", 99, 120, "https://b.example"),
        Entity("url", 14, 15, "https://overlapping.example"),
        Entity("mention", 7, 9, "cd"),
        Entity("hashtag", 0, 1, "not a hash sign"),
    ]
    assert fitting(text, [*reversed(good), *bad]) == tuple(good)
