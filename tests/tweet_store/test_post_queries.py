"""What pages ask of the store: timelines of several, versions, answers page by page, people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tweet_store.databases import Databases, on_sqlite
from tests.tweet_store.plans import plans_of, scans
from tests.tweet_store.posts import NOON, author, tweet
from tweet_store.model import Reference, Tombstone, Version
from tweet_store.store import TweetStore


@pytest.fixture(scope="module")
def people(databases: Databases) -> Iterator[TweetStore]:
    """Of Ada, Bob, Cleo and Dan, as their initials stand in `ORDER`; and some others."""
    opened = TweetStore.open(databases.empty())
    who = {"a": author("ada"), "b": author("bob"), "c": author("cleo"), "d": author("dan")}
    opened.save([tweet(str(n), author=who[i]) for n, i in enumerate(ORDER, 1)])
    yield opened
    opened.close()


ORDER = "abacabadbbbbbbcacccd"


@given(
    st.lists(st.sampled_from(["ada", "bob", "cleo", "dan", "nobody", "'"]), max_size=6),
    st.none() | st.integers(0, 25),
    st.none() | st.integers(0, 25),
    st.integers(1, 25),
)
def test_a_timeline_of_several(
    people: TweetStore, slugs: list[str], before: int | None, up_to: int | None, limit: int
) -> None:
    found = people.timeline(celebs=slugs, before=before, up_to=up_to, limit=limit)
    everybody = people.timeline(before=before, up_to=up_to, limit=99)
    assert found == [post for post in everybody if post.celeb in slugs][:limit]


def test_posts_at_positions(people: TweetStore) -> None:
    assert [post.position for post in people.tweets_at([3, 99, 1, 7])] == [7, 3, 1]
    assert people.tweets_at([]) == []


def test_all_slugs_page_by_page(people: TweetStore) -> None:
    assert people.celeb_slugs(limit=3) == ["ada", "bob", "cleo"]
    assert people.celeb_slugs("cleo") == ["dan"]


def test_earlier_versions_in_the_order_of_the_chain(store: TweetStore) -> None:
    chain = ("9", "10", "11")
    store.save([tweet("10", text="second", edit_ids=chain)])
    assert store.versions(1) == []
    store.save([tweet("11", text="third", edit_ids=chain, created_at=NOON + timedelta(minutes=2))])
    store.save([tweet("9", text="first", edit_ids=chain, created_at=NOON - timedelta(minutes=1))])
    assert store.versions(1) == [
        Version("9", "first", NOON - timedelta(minutes=1)),
        Version("10", "second", NOON),
    ]
    store.save([Tombstone("9")])
    assert store.versions(1) == []


def test_answers_page_by_page(store: TweetStore) -> None:
    about = {"reply_to_id": "1", "references": (Reference("replied_to", "1"),)}
    store.save([tweet("1"), *(tweet(str(n), **about) for n in range(2, 7))])
    page = store.replies(["1"], limit=2)
    assert [post.id for post in page] == ["2", "3"]
    rest = store.replies(["1"], after=page[-1].position, up_to=5)
    assert [post.id for post in rest] == ["4", "5"]


@pytest.fixture(scope="module")
def directory(databases: Databases) -> Iterator[TweetStore]:
    opened = TweetStore.open(databases.empty())
    known = [
        author("Beyonce", name="Beyoncé"),
        author("jose_l", name="José Łuksza"),
        author("100percent", name="50% Off_Road"),
        author("tokyo", name="東京の人"),
        author("beyfan", name="Fan of BEYONCÉ"),
        author("backslash", name="\\o/"),
    ]
    opened.save([tweet(str(n), author=who) for n, who in enumerate(known)])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("beyonce", "beyfan beyonce"),
        ("BEYONCÉ", "beyfan beyonce"),
        ("@Beyonce", "beyonce beyfan"),
        ("fan bey", "beyfan"),
        ("luks jose", "jose_l"),
        ("jose_l", "jose_l"),
        ("e_l", "jose_l"),
        ("%", "100percent"),
        ("_", "100percent jose_l"),
        ("\\", "backslash"),
        ("京の", "tokyo"),
        ("nobody", ""),
        ("", ""),
        (" @ ", ""),
        ("\ud800", ""),
        ("x" * 5000, ""),
    ],
)
def test_people_are_found_by_name_handle_and_slug(
    directory: TweetStore, text: str, found: str
) -> None:
    assert {celeb.slug for celeb in directory.find_celebs(text)} == set(found.split())


def test_people_are_found_by_activity_page_by_page(directory: TweetStore) -> None:
    assert [celeb.slug for celeb in directory.find_celebs("bey")] == ["beyfan", "beyonce"]
    assert [celeb.slug for celeb in directory.find_celebs("bey", limit=1)] == ["beyfan"]
    assert [celeb.slug for celeb in directory.find_celebs("bey", limit=1, offset=1)] == ["beyonce"]


@given(st.text())
def test_whatever_is_typed_finds_people_or_nobody(directory: TweetStore, text: str) -> None:
    directory.find_celebs(text)


def test_who_changed_the_name_is_found_by_the_new_one(store: TweetStore) -> None:
    store.save([tweet("1", author=author("ada", name="Ada King"))])
    store.save([tweet("2", author=author("ada", name="Ada Lovelace"))])
    assert [celeb.name for celeb in store.find_celebs("lovelace")] == ["Ada Lovelace"]
    assert store.find_celebs("king") == []


@on_sqlite
def test_several_celebs_at_once_in_the_order_asked_for(people: TweetStore) -> None:
    people.celebs_of(["ada"])  # before, so that nothing is left to be prepared
    slugs = people.celeb_slugs()[::-1]
    with plans_of(people._reader) as plans:
        found = people.celebs_of(["nobody", *slugs])
    assert found == [people.celeb(slug) for slug in slugs]
    assert len(found) > 1
    assert len(plans) == 2
    assert scans(plans) == []
    assert people.celebs_of([]) == []
