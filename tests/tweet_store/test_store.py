"""The store as its users see it: idempotent, in order, complete, and able to forget."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tweet_store.databases import Databases, holds, on_postgresql, on_sqlite
from tests.tweet_store.posts import NOON, author, tweet
from tweet_store.database import StoreUnavailable
from tweet_store.model import Post, Reference, Tombstone, Tweet
from tweet_store.store import Selection, TweetStore


def test_saving_gives_one_event_a_post_in_order(store: TweetStore) -> None:
    events = store.save([tweet("1"), tweet("2"), tweet("3")])
    assert [(e.seq, e.kind, e.id, e.celeb) for e in events] == [
        (1, "tweet", "1", "ada"),
        (2, "tweet", "2", "ada"),
        (3, "tweet", "3", "ada"),
    ]
    assert store.latest_seq() == 3


def test_saving_twice_is_saving_once(store: TweetStore) -> None:
    store.save([tweet("1"), tweet("1")])
    assert store.save([tweet("1"), tweet("2")])[0].id == "2"
    assert [t.id for t in store.timeline()] == ["2", "1"]


def test_a_post_comes_back_as_it_was_saved(store: TweetStore) -> None:
    saved = tweet(
        "5",
        text="Ünï &amp; 😀\n#x",
        lang="de",
        conversation_id="4",
        reply_to_id="4",
        references=(Reference("replied_to", "4", text="before", author=author("bob")),),
    )
    store.save([saved])
    found = store.tweet("5")
    assert found is not None
    for name in ("id", "author", "text", "lang", "conversation_id", "reply_to_id", "references"):
        assert getattr(found, name) == getattr(saved, name)
    assert found.created_at == saved.created_at
    assert found.position == 1
    assert found.edit_ids == ("5",)


def test_an_edit_takes_the_place_of_the_post(store: TweetStore) -> None:
    store.save([tweet("1", text="teh"), tweet("2")])
    [event] = store.save([tweet("3", text="the", edit_ids=("1", "3"))])
    assert (event.kind, event.id) == ("edit", "3")
    assert [(t.id, t.text) for t in store.timeline()] == [("2", "hello"), ("3", "the")]
    for id_ in ("1", "3"):
        found = store.tweet(id_)
        assert found is not None
        assert found.edit_ids == ("1", "3")


def test_an_older_version_that_comes_late_changes_nothing(store: TweetStore) -> None:
    store.save([tweet("3", text="the", edit_ids=("1", "3"))])
    assert store.save([tweet("1", text="teh")]) == []
    found = store.tweet("1")
    assert found is not None
    assert found.text == "the"


def test_a_post_its_edit_and_its_delete_may_share_a_batch(store: TweetStore) -> None:
    events = store.save([tweet("1"), tweet("2", edit_ids=("1", "2")), Tombstone("1"), tweet("9")])
    assert [(e.kind, e.id) for e in events] == [
        ("tweet", "1"),
        ("edit", "2"),
        ("delete", "2"),
        ("tweet", "9"),
    ]
    assert [t.id for t in store.timeline()] == ["9"]


def test_deleting_takes_the_whole_chain_and_keeps_it_away(store: TweetStore) -> None:
    store.save([tweet("1"), tweet("2", edit_ids=("1", "2"))])
    [event] = store.save([Tombstone("1")])
    assert (event.kind, event.id) == ("delete", "2")
    assert store.save([tweet("2", edit_ids=("1", "2")), tweet("3", edit_ids=("1", "2", "3"))]) == []
    for id_ in ("1", "2", "3"):
        assert store.tweet(id_) is None
        assert store.was_deleted(id_)


def test_a_delete_that_comes_first_wins(store: TweetStore) -> None:
    assert store.save([Tombstone("7")]) == []
    assert store.save([tweet("7")]) == []
    assert store.was_deleted("7")
    assert not store.was_deleted("8")


SECRET = "unsayable"


def quote(id_: str, of: str, text: str | None = SECRET, **values: Any) -> Tweet:
    """A post that quotes another, whose words it carries as X sends them."""
    quoted = Reference("quoted", of, text=text, author=author("ada"))
    included = {"id": of.rpartition(":")[2], "text": text, "padding": SECRET * 2000}
    raw = msgspec.json.encode({"data": {"id": id_}, "includes": {"tweets": [included]}})
    return tweet(id_, author=author("bob"), references=(quoted,), raw=raw, **values)


def nothing_is_left(store: TweetStore, url: str) -> None:
    """While the store is still open."""
    assert store.empty_log()
    assert not holds(url, SECRET)


def test_deleted_words_stay_nowhere(store: TweetStore, url: str) -> None:
    repeat = tweet("3", text=f"RT @ada: {SECRET}", references=(Reference("retweeted", "1"),))
    store.save([tweet("1", text=SECRET, raw=SECRET.encode() * 2000), quote("2", "1"), repeat])
    events = store.save([Tombstone("1")])
    assert [(e.kind, e.id) for e in events] == [("delete", "1"), ("edit", "2"), ("delete", "3")]
    found = store.tweet("2")
    assert found is not None
    assert found.references == (Reference("quoted", "1"),)
    nothing_is_left(store, url)


def test_words_of_a_post_that_was_never_here_are_forgotten_too(store: TweetStore, url: str) -> None:
    repeat = tweet("3", text=SECRET, references=(Reference("retweeted", "1"),))
    store.save([quote("2", "1"), repeat])
    events = store.save([Tombstone("1")])
    assert [(e.kind, e.id) for e in events] == [("edit", "2"), ("delete", "3")]
    nothing_is_left(store, url)


def test_a_quote_or_repeat_that_comes_after_the_delete_brings_nothing_back(
    store: TweetStore, url: str
) -> None:
    store.save([tweet("demo:1"), Tombstone("demo:1")])
    repeat = tweet("3", text=SECRET, references=(Reference("retweeted", "demo:1"),))
    events = store.save([quote("2", "demo:1"), repeat])
    assert [(e.kind, e.id) for e in events] == [("tweet", "2")]
    nothing_is_left(store, url)


def test_an_edited_quote_forgets_as_well(store: TweetStore, url: str) -> None:
    store.save([tweet("1", text=SECRET), quote("2", "1")])
    store.save([quote("3", "1", edit_ids=("2", "3"))])
    store.save([Tombstone("1")])
    nothing_is_left(store, url)


def test_a_post_that_both_quotes_and_answers_is_news_once(store: TweetStore) -> None:
    both = (Reference("quoted", "1", text=SECRET), Reference("replied_to", "1", text=SECRET))
    store.save([tweet("1"), tweet("2", references=both, reply_to_id="1")])
    assert [(e.kind, e.id) for e in store.save([Tombstone("1")])] == [
        ("delete", "1"),
        ("edit", "2"),
    ]


def test_repeats_of_repeats_go_once(store: TweetStore) -> None:
    store.save(
        [
            tweet("1"),
            tweet("2", references=(Reference("retweeted", "1"),)),
            tweet("3", references=(Reference("retweeted", "2"), Reference("quoted", "1"))),
        ]
    )
    events = store.save([Tombstone("1")])
    assert [(e.kind, e.id) for e in events] == [("delete", "1"), ("delete", "2"), ("delete", "3")]


def test_a_long_chain_of_repeats_goes_as_a_whole(store: TweetStore) -> None:
    """Each repeats the one before it, and is quoted."""
    repeats = [
        tweet(str(2 * n), references=(Reference("retweeted", str(2 * n - 2)),))
        for n in range(2, 602)
    ]
    quotes = [quote(str(2 * n + 1), str(2 * n)) for n in range(1, 602)]
    store.save([tweet("2"), *repeats, *quotes])
    events = store.save([Tombstone("2")])
    assert [e.id for e in events if e.kind == "delete"] == [str(2 * n) for n in range(1, 602)]
    edited = [e.id for e in events if e.kind == "edit"]
    assert sorted(edited) == sorted(str(2 * n + 1) for n in range(1, 602))
    left = store.timeline(limit=200)
    assert left
    assert all(t.references[0].text is None for t in left)


def test_raw_that_cannot_be_searched_is_given_up(store: TweetStore, url: str) -> None:
    deep = b'{"a":' * 5000 + b'"' + SECRET.encode() + b'"' + b"}" * 5000
    store.save([tweet("1"), tweet("2", references=(Reference("quoted", "1"),), raw=deep)])
    assert len(store.save([Tombstone("1")])) == 2
    nothing_is_left(store, url)


def test_the_delete_of_a_later_version_deletes_the_earlier(store: TweetStore) -> None:
    store.save([tweet("1"), Tombstone("2")])
    events = store.save([tweet("2", edit_ids=("1", "2"))])
    assert [(e.kind, e.id) for e in events] == [("delete", "1")]
    assert store.save([tweet("3", edit_ids=("1", "2", "3"))]) == []
    assert store.timeline() == []
    assert all(store.was_deleted(id_) for id_ in "123")


def test_two_posts_that_turn_out_to_be_one_are_merged(store: TweetStore) -> None:
    store.save([tweet("1"), tweet("2")])
    events = store.save([tweet("3", edit_ids=("1", "2", "3"))])
    assert [(e.kind, e.id) for e in events] == [("delete", "2"), ("edit", "3")]
    assert [(t.id, t.position) for t in store.timeline()] == [("3", 1)]
    assert [c.tweet_count for c in store.celebs()] == [1]
    store.save([Tombstone("2")])
    assert store.timeline() == []


def test_of_two_posts_that_turn_out_to_be_one_the_last_version_is_shown(
    store: TweetStore,
) -> None:
    about = (Reference("quoted", "9", text=SECRET),)
    late = [tweet("2", text="second", references=about), tweet("1", edit_ids=("1", "2", "3"))]
    store.save([tweet("1", text="first")])
    events = store.save(late)
    assert [(e.kind, e.id) for e in events] == [("tweet", "2"), ("delete", "2"), ("edit", "2")]
    [shown] = store.timeline()
    assert (shown.id, shown.text, shown.position) == ("2", "second", 1)
    assert shown.edit_ids == ("1", "2", "3")
    assert [version.id for version in store.versions(1)] == ["1"]
    assert store.save(late) == []
    store.save([Tombstone("9")])
    assert store.timeline()[0].references == (Reference("quoted", "9"),)


def test_every_version_names_the_whole_chain_and_the_last_received_is_shown(
    store: TweetStore,
) -> None:
    chain = ("1", "2", "3")
    for id_, shown in [("2", "2"), ("1", "2"), ("3", "3"), ("2", "3")]:
        store.save([tweet(id_, text=id_, edit_ids=chain)])
        assert [(t.id, t.text) for t in store.timeline()] == [(shown, shown)]


def test_nobody_edits_another_s_post(store: TweetStore) -> None:
    store.save([tweet("1")])
    [event] = store.save([tweet("2", author=author("bob"), edit_ids=("1", "2"))])
    assert (event.kind, event.celeb) == ("tweet", "bob")
    store.save([Tombstone("1")])
    assert [(c.slug, c.tweet_count) for c in store.celebs()] == [("bob", 1), ("ada", 0)]


def test_an_account_known_only_by_its_id_changes_nothing_that_is_stored(store: TweetStore) -> None:
    unknown = author("user_5", account_id="id-of-ada", known=False)
    store.save([tweet("1"), tweet("2", author=unknown)])
    assert [t.author.handle for t in store.timeline()] == ["ada", "ada"]
    store.save([tweet("3", author=author("user_6", known=False))])
    assert store.timeline()[0].celeb == "user_6"


def test_the_time_of_a_celeb_s_last_post_never_goes_back_and_goes_with_it(
    store: TweetStore,
) -> None:
    store.save([tweet("1"), tweet("2", created_at=NOON - timedelta(days=999))])
    assert [c.last_tweet_at for c in store.celebs()] == [NOON]
    store.save([Tombstone("1")])
    assert [c.last_tweet_at for c in store.celebs()] == [NOON - timedelta(days=999)]
    store.save([Tombstone("2")])
    assert [c.last_tweet_at for c in store.celebs()] == [None]


def test_events_after_gives_the_rest_with_what_is_needed_to_show_it(store: TweetStore) -> None:
    store.save([tweet("1"), tweet("2", reply_to_id="1"), tweet("3")])
    store.save([Tombstone("3")])
    found = store.events_after(1, limit=10)
    assert [e.event.seq for e in found] == [2, 3, 4]
    assert [e.tweet.id if e.tweet else None for e in found] == ["2", None, None]
    assert found[0].thread_ids == ("2", "1")
    assert [e.event.seq for e in store.events_after(0, limit=2)] == [1, 2]


def test_a_selection_holds_the_events_of_its_celebs_and_threads(store: TweetStore) -> None:
    bob = author("bob")
    answer = tweet("3", author=bob, reply_to_id="1", references=(Reference("replied_to", "1"),))
    store.save([tweet("1"), tweet("2", author=bob), answer])
    store.save([tweet("4", edit_ids=("1", "4")), Tombstone("3")])

    def seqs(selection: Selection) -> list[int]:
        return [e.event.seq for e in store.events_after(0, 10, selection)]

    assert seqs(Selection(celebs=["bob"])) == [2, 3, 5]
    assert seqs(Selection(threads=["1"])) == [1, 3, 4, 5]
    assert seqs(Selection(threads=["4"])) == [1, 4]
    assert seqs(Selection(celebs=["ada"], threads=["2"])) == [1, 2, 4]
    assert seqs(Selection()) == []
    assert store.count_after(0, 3, Selection(celebs=["bob"])) == 3
    assert store.count_after(0, 2, Selection(celebs=["bob"])) == 2


def test_unannounced_events_are_those_past_the_mark(store: TweetStore) -> None:
    store.save([tweet(str(n)) for n in range(1, 6)])
    assert [e.seq for e in store.unannounced(0, limit=3)] == [1, 2, 3]
    store.mark_announced(2)
    store.mark_announced(1)
    assert [e.seq for e in store.unannounced(0, limit=9)] == [3, 4, 5]
    assert [e.seq for e in store.unannounced(4, limit=9)] == [5]


def test_the_mark_and_the_epoch_outlive_the_process(url: str) -> None:
    first = TweetStore.open(url)
    first.save([tweet("1"), tweet("2")])
    first.mark_announced(1)
    first.close()
    second = TweetStore.open(url)
    assert second.epoch == first.epoch
    assert [e.seq for e in second.unannounced(0, 9)] == [2]
    assert [e.seq for e in second.save([tweet("3")])] == [3]
    second.close()


def test_every_store_has_an_epoch_of_its_own(databases: Databases) -> None:
    stores = [TweetStore.open(databases.empty()) for _ in range(2)]
    assert stores[0].epoch != stores[1].epoch
    for opened in stores:
        opened.close()


def test_people_are_listed_by_activity_with_their_accounts(store: TweetStore) -> None:
    store.save([tweet("1"), tweet("2", author=author("bob")), tweet("3")])
    store.save([Tombstone("1")])
    assert [(c.slug, c.tweet_count) for c in store.celebs()] == [("ada", 1), ("bob", 1)]
    found = store.celeb("bob")
    assert found is not None
    assert found.accounts == (author("bob"),)
    assert store.celeb("nobody") is None


def test_a_changed_name_is_taken_over_and_a_missing_picture_is_not(store: TweetStore) -> None:
    before = author("ada", name="Ada", avatar_url="https://example.org/a.png")
    after = author("ada", name="Ada L.", avatar_url=None)
    store.save([tweet("1", author=before), tweet("2", author=after)])
    found = store.celeb("ada")
    assert found is not None
    assert found.name == "Ada L."
    assert found.accounts[0].avatar_url == "https://example.org/a.png"


def test_two_people_never_share_a_slug_nor_take_a_path_of_the_site(store: TweetStore) -> None:
    people = [author("Celebs"), author("celebs", account_id="x2"), author("updates"), author("!!")]
    store.save([tweet(str(n), author=who) for n, who in enumerate(people)])
    slugs = [e.event.celeb for e in store.events_after(0, 9)]
    assert slugs == ["celebs-x", "celebs-x-2", "updates-x", "user-id-of"]


def test_a_failed_batch_leaves_no_trace(store: TweetStore) -> None:
    with pytest.raises(UnicodeEncodeError):
        store.save([tweet("1", author=author("eve")), tweet("2", text="\ud800")])
    assert store.latest_seq() == 0
    assert store.celebs() == []
    assert [e.seq for e in store.save([tweet("1", author=author("eve"))])] == [1]
    assert [c.slug for c in store.celebs()] == ["eve"]


def test_two_processes_writing_at_once_share_one_gapless_order(url: str) -> None:
    stores = [TweetStore.open(url) for _ in range(2)]

    def save_in_the_end(store: TweetStore, posts: list[Post]) -> None:
        for _ in range(20):
            try:
                store.save(posts)
            except StoreUnavailable:  # the other one is faster; the intake tries again, too
                continue
            return
        raise AssertionError("never its turn")

    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        reader = TweetStore.open(url)
        while not (done.is_set() and reader.latest_seq() == (seen[-1] if seen else 0)):
            after = seen[-1] if seen else 0
            seen.extend(e.event.seq for e in reader.events_after(after, 50))
        reader.close()

    def write(which: int) -> None:
        for n in range(40):
            save_in_the_end(stores[which], [tweet(f"{which}{n:02}{k}") for k in range(3)])

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(which,)) for which in (0, 1)]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()
    assert seen == list(range(1, 241))
    for opened in stores:
        opened.close()


Step = tuple[str, int, int, int]
STEPS = st.tuples(
    st.sampled_from(["tweet", "edit", "full", "quote", "repeat", "delete"]),
    st.integers(1, 4),
    st.integers(0, 2),
    st.integers(1, 4),
)


@on_sqlite
@settings(max_examples=80)
@given(steps=st.lists(STEPS, max_size=25), cut=st.integers(1, 7))
def test_any_history_in_any_batches_ends_the_same_and_forgets_what_was_deleted(
    databases: Databases, empty_store: str, steps: list[Step], cut: int
) -> None:
    ends_the_same(databases, empty_store, steps, cut)


@on_postgresql
@settings(max_examples=10)
@given(steps=st.lists(STEPS, max_size=25), cut=st.integers(1, 7))
def test_any_history_ends_the_same_on_postgresql(
    databases: Databases, empty_store: str, steps: list[Step], cut: int
) -> None:
    ends_the_same(databases, empty_store, steps, cut)


def ends_the_same(databases: Databases, empty_store: str, steps: list[Step], cut: int) -> None:
    posts = [_post(step) for step in steps]
    urls = [databases.copy(empty_store) for _ in range(2)]
    whole, pieces = map(TweetStore.open, urls)
    whole.save(posts)
    for start in range(0, len(posts), cut):
        pieces.save(posts[start : start + cut])
        assert pieces.save(posts[start : start + cut]) == []
    assert pieces.events_after(0, 999) == whole.events_after(0, 999)
    assert pieces.timeline() == whole.timeline()
    assert pieces.celebs() == whole.celebs()
    seqs = [e.event.seq for e in whole.events_after(0, 999)]
    assert seqs == list(range(1, len(seqs) + 1))
    dead = {post.id for post in posts if isinstance(post, Tombstone)}
    for shown in whole.timeline(limit=999):
        assert not dead.intersection(shown.edit_ids)
        assert not any(r.text for r in shown.references if r.id in dead)
    assert sum(c.tweet_count for c in whole.celebs()) == len(whole.timeline(limit=999))
    whole.close()
    pieces.close()
    for url in urls:
        databases.drop(url)


def _post(step: Step) -> Tweet | Tombstone:
    """Post `chain` in one of three versions, alone or with its history, or about another post."""
    kind, chain, version, other = step
    versions = tuple(f"{chain}{n}" for n in range(3))
    own = versions[version]
    if kind == "delete":
        return Tombstone(own)
    if kind in ("quote", "repeat"):
        of = f"{other}{version}"
        how: Any = "quoted" if kind == "quote" else "retweeted"
        about = Reference(how, of, text=f"words of {of}")
        return tweet(f"9{chain}{version}", author=author("bob"), references=(about,))
    named = {"tweet": (own,), "edit": versions[: version + 1], "full": versions}[kind]
    return tweet(own, text=own, author=author(f"celeb{chain}"), edit_ids=named)


def test_times_keep_their_milliseconds(store: TweetStore) -> None:
    time = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC) + timedelta(milliseconds=678)
    store.save([tweet("1", created_at=time)])
    assert store.timeline()[0].created_at == time
