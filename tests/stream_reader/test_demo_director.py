"""What the demo's celebs say, looked at over long runs."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.demo_director import Rota, Slots
from stream_reader.demo_script import load
from tests.stream_reader.demo_run import directed, tweets
from tweet_store.model import Entity, Post, Tombstone, Tweet

SCRIPT = load()


@pytest.fixture(scope="module", params=[1, 2, 3], ids="seed {}".format)
def posts(request: pytest.FixtureRequest) -> list[Post]:
    return directed(request.param, 3000)


def is_of_a_tag(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"


def names_what_it_covers(text: str, entity: Entity) -> bool:
    covered = text[entity.start : entity.end]
    after = text[entity.end : entity.end + 1]
    if entity.kind == "hashtag":
        whole = all(map(is_of_a_tag, entity.target)) and not (after and is_of_a_tag(after))
        return covered == f"#{entity.target}" and whole
    if entity.kind == "mention":
        return covered == f"@{entity.target}" and not re.match(r"\w", after, re.ASCII)
    return entity.kind == "url" and covered == entity.target and (not after or after.isspace())


def test_entities_fit_the_text_and_name_what_they_cover(posts: list[Post]) -> None:
    for tweet in tweets(posts):
        assert all(names_what_it_covers(tweet.text, entity) for entity in tweet.entities)
        assert len(tweet.entities) == sum(map(tweet.text.count, ("#", "@", "://")))
        ends = [entity.end for entity in tweet.entities]
        assert ends == sorted(ends)


def test_mentions_are_of_celebs_and_links_to_examples(posts: list[Post]) -> None:
    found = [entity for tweet in tweets(posts) for entity in tweet.entities]
    assert {e.target for e in found if e.kind == "mention"} <= set(SCRIPT.celebs)
    urls = {e.target for e in found if e.kind == "url"}
    assert len(urls) > 20
    assert all(re.match(r"https://example\.(org|com|net)/", url) for url in urls)


def test_edits_deletes_answers_and_quotes_are_of_posts_that_are_there(posts: list[Post]) -> None:
    there: dict[str, Tweet] = {}
    for post in posts:
        if isinstance(post, Tombstone):
            for id_ in there[post.id].edit_ids:
                there.pop(id_, None)
            continue
        *earlier, own = post.edit_ids
        assert own == post.id
        if earlier:
            before = there[earlier[-1]]
            assert before.edit_ids == tuple(earlier)
            assert (before.author, before.conversation_id) == (post.author, post.conversation_id)
            assert [r.kind for r in before.references] == [r.kind for r in post.references]
            assert before.text != post.text
        for reference in post.references:
            referred = there[reference.id]
            assert reference.text == referred.text
            assert reference.author == referred.author
            if reference.kind == "replied_to":
                assert post.conversation_id == referred.conversation_id
        there[post.id] = post


def test_there_is_some_of_everything(posts: list[Post]) -> None:
    said = tweets(posts)
    share = {
        "edits": sum(len(t.edit_ids) > 1 for t in said),
        "deletes": sum(isinstance(post, Tombstone) for post in posts),
        "answers": sum(t.reply_to_id is not None for t in said),
        "quotes": sum(any(r.kind == "quoted" for r in t.references) for t in said),
    }
    assert 15 < share["edits"] < 150
    assert 10 < share["deletes"] < 100
    assert 900 < share["answers"] < 1800
    assert 100 < share["quotes"] < 400
    assert {t.author.handle for t in said} == set(SCRIPT.celebs)
    assert max(Counter(t.author.handle for t in said).values()) < len(said) / 8


def test_many_languages_soon(posts: list[Post]) -> None:
    for start in range(0, len(posts) - 300, 300):
        languages = {tweet.lang for tweet in tweets(posts[start : start + 300])}
        assert len(languages) >= 12


def test_nothing_is_repeated_within_some_minutes(posts: list[Post]) -> None:
    last: dict[str, int] = {}
    for number, tweet in enumerate(tweets(posts)):
        own_words = re.sub(r"^(@\w+ )+", "", tweet.text)
        assert number - last.get(own_words, -1000) > 200, own_words
        last[own_words] = number


def test_a_thread_is_several_celebs_talking(posts: list[Post]) -> None:
    threads: dict[str | None, list[Tweet]] = {}
    for tweet in tweets(posts):
        threads.setdefault(tweet.conversation_id, []).append(tweet)
    long = [thread for thread in threads.values() if len(thread) >= 5]
    assert len(long) > 60
    assert all(len({tweet.author for tweet in thread}) >= 2 for thread in long)


def test_no_slot_is_left_unfilled(posts: list[Post]) -> None:
    assert not [tweet.text for tweet in tweets(posts) if re.search(r"[{}]", tweet.text)]


@given(st.integers(1, 40), st.integers())
def test_a_rota_gives_each_again_only_after_half_of_the_others(size: int, seed: int) -> None:
    rota = Rota(range(size), Random(seed))
    last: dict[int, int] = {}
    for turn in range(size * 6):
        thing = rota.next()
        assert turn - last.get(thing, -size) >= size // 2
        last[thing] = turn
    assert len(last) == size


@given(st.integers())
def test_a_rota_gives_what_fits_if_it_is_due(seed: int) -> None:
    rota = Rota(range(10), Random(seed))
    assert rota.next(lambda _: False) in range(10)
    evens = [rota.next(lambda thing: thing % 2 == 0) for _ in range(3)]
    assert sum(thing % 2 for thing in evens) <= 2
    assert len(set(evens)) == 3


def test_a_slot_has_one_value_throughout() -> None:
    slots = Slots(SCRIPT.phrases, Random(4))
    first, second = slots.fill("{5-9} {place} {5-9}", "en"), slots.fill("{place} {5-9}", "en")
    number, *place = first.split(" ")
    assert place.pop() == number
    assert second == " ".join([*place, number])
