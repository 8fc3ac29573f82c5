"""The demo's posts: like X's, down to the JSON."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.demo_posts import PostIds, PostWriter, stored_id
from stream_reader.demo_script import load
from stream_reader.parsing import parse_line
from tests.stream_reader.demo_run import BEGIN, directed, tweets
from tweet_store.model import Tweet

SCRIPT = load()
FAY = SCRIPT.celebs["FayFoghorn"]
SHUSH = SCRIPT.celebs["DJ_Shush_"]
SECOND = timedelta(seconds=1)


def writer() -> PostWriter:
    return PostWriter(SCRIPT.celebs, Random(1))


def on_x(tweet: Tweet) -> Tweet:
    """The same, had it been read from X."""

    text = msgspec.json.encode(tweet).decode()
    there = text.replace('"network":"demo"', '"network":"x"').replace('"demo:', '"')
    return msgspec.json.decode(there, type=Tweet)


def test_the_raw_json_reads_as_the_post_itself() -> None:
    for tweet in tweets(directed(3, 600)):
        assert parse_line(tweet.raw) == [on_x(tweet)]


def test_ids_tell_their_time_as_x_ones_do() -> None:
    first = int(PostIds(Random(1)).next(BEGIN))
    assert timedelta(milliseconds=(first >> 22) + 1288834974657) == BEGIN - BEGIN.fromtimestamp(
        0, BEGIN.tzinfo
    )


@given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=200), st.integers())
def test_ids_rise_even_where_the_clock_does_not(steps: list[int], seed: int) -> None:
    ids = PostIds(Random(seed))
    at = BEGIN
    given_out = []
    for step in steps:
        at += timedelta(milliseconds=step)
        given_out.append(int(ids.next(at)))
    assert all(earlier < later for earlier, later in pairwise(given_out))
    assert given_out[-1] < 2**63


def test_a_plain_post_begins_its_own_conversation() -> None:
    tweet, said = writer().write(FAY, "FOG.", BEGIN)
    assert (tweet.text, tweet.lang, tweet.created_at) == ("FOG.", "en", BEGIN)
    assert tweet.conversation_id == tweet.id == stored_id(said.id)
    assert tweet.edit_ids == (tweet.id,)
    assert tweet.author == FAY.author
    assert tweet.reply_to_id is None
    assert not tweet.references
    assert not tweet.media


def test_an_answer_names_whom_it_answers_and_tells_the_post() -> None:
    posts = writer()
    asked, said = posts.write(FAY, "Louder? #Fog", BEGIN)
    answer, _ = posts.write(SHUSH, "no", BEGIN + SECOND, answers=said)
    assert answer.text == "@FayFoghorn no"
    assert answer.reply_to_id == asked.id
    assert answer.conversation_id == asked.id
    (reference,) = answer.references
    assert reference.kind == "replied_to"
    assert (reference.id, reference.text, reference.author) == (asked.id, asked.text, FAY.author)
    assert (reference.entities, reference.created_at) == (asked.entities, asked.created_at)


def test_who_answers_their_own_post_does_not_mention_themselves() -> None:
    posts = writer()
    _, said = posts.write(FAY, "FOG.", BEGIN)
    answer, _ = posts.write(FAY, "MORE FOG.", BEGIN + SECOND, answers=said)
    assert answer.text == "MORE FOG."


def test_a_quote_begins_a_conversation_and_carries_the_quoted_post() -> None:
    posts = writer()
    quoted, said = posts.write(FAY, "FOG.", BEGIN)
    quote, _ = posts.write(SHUSH, "shh", BEGIN + SECOND, quotes=said)
    assert quote.text == "shh"
    assert quote.conversation_id == quote.id
    assert quote.reply_to_id is None
    (reference,) = quote.references
    assert (reference.kind, reference.id, reference.text) == ("quoted", quoted.id, "FOG.")
    assert reference.author == FAY.author


def test_an_edit_has_an_id_of_its_own_in_the_chain_and_is_what_is_answered_then() -> None:
    posts = writer()
    first, said = posts.write(FAY, "Fgo.", BEGIN)
    second, same = posts.write(FAY, "Fog.", BEGIN + SECOND, replaces=said)
    third, _ = posts.write(FAY, "FOG.", BEGIN + 2 * SECOND, replaces=said)
    assert same is said
    assert third.edit_ids == (first.id, second.id, third.id)
    assert second.edit_ids == (first.id, second.id)
    assert third.conversation_id == first.id
    assert third.created_at == BEGIN + 2 * SECOND
    answer, _ = posts.write(SHUSH, "shh", BEGIN + 3 * SECOND, answers=said)
    assert answer.reply_to_id == third.id
    assert answer.references[0].text == "FOG."


def test_text_is_escaped_as_x_does_and_links_stand_where_it_then_is() -> None:
    tweet, _ = writer().write(FAY, "a & b <3 “c” #Fog https://example.org/fog?a=1", BEGIN)
    assert tweet.text.startswith("a &amp; b &lt;3 “c” #Fog ")
    tag, link = tweet.entities
    assert tweet.text[tag.start : tag.end] == "#Fog"
    assert tweet.text[link.start : link.end] == link.target == "https://example.org/fog?a=1"
    assert link.display == "example.org/fog?a=1"


def test_a_long_post_is_whole_and_in_its_json_a_note_as_on_x() -> None:
    text = "#Fog " + "fog " * 100 + "#End"
    tweet, _ = writer().write(FAY, text, BEGIN)
    assert tweet.text == text
    assert [entity.target for entity in tweet.entities] == ["Fog", "End"]
    data = msgspec.json.decode(tweet.raw)["data"]
    assert len(data["text"]) == 280
    assert len(data["entities"]["hashtags"]) == 1


def test_another_language_than_usual_is_told() -> None:
    tweet, _ = writer().write(FAY, "¡Niebla!", BEGIN, lang="es")
    assert tweet.lang == "es"
