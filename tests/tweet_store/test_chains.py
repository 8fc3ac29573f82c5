from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.tweet_store.posts import tweet
from tweet_store.chains import chain_of, threads_of, union

chains = st.lists(st.integers(1, 2**64 - 1).map(str), max_size=6).map(tuple)


def test_a_post_is_in_its_own_chain_whatever_its_source_said() -> None:
    assert chain_of(tweet("2", edit_ids=("1", "2"))) == ("1", "2")
    assert chain_of(tweet("2", edit_ids=())) == ("2",)
    assert chain_of(tweet("2", edit_ids=("1",))) == ("1", "2")


@given(chains, chains)
def test_a_union_has_each_id_once_by_the_time_of_its_making(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    both = union(one, other)
    assert set(both) == {*one, *other}
    assert list(map(int, both)) == sorted(set(map(int, both)))
    assert union(other, one) == both


def test_a_post_is_news_on_its_own_page_and_on_that_of_what_it_answers() -> None:
    assert threads_of(("1", "2"), "9") == ("1", "2", "9")
    assert threads_of(("1",), None) == ("1",)
