"""The names and flags that other programs rely on, and the name of a web process's queue."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amqp_specs.topology import (
    COMMENT_IDS,
    HERE,
    LONGEST_NAME,
    TWEET_IDS,
    Exchange,
    web_queue,
    web_queue_name,
)

suffixes = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=64)


def test_both_exchanges_are_durable_fanouts_under_their_published_names() -> None:
    assert Exchange("celeb.tweet_ids", type="fanout", durable=True) == TWEET_IDS
    assert Exchange("celeb.comment_ids", type="fanout", durable=True) == COMMENT_IDS


def test_what_is_true_for_a_moment_only_is_not_kept() -> None:
    assert Exchange("celeb.here", type="fanout", durable=False) == HERE


def test_web_queue_is_exclusive_goes_with_its_process_and_drops_the_oldest() -> None:
    queue = web_queue("web1.example", "0123456789ab")
    assert queue.name == "extra_ui.web1.example.0123456789ab"
    assert (queue.durable, queue.exclusive, queue.auto_delete) == (False, True, True)
    assert dict(queue.arguments) == {"x-max-length": 1000, "x-overflow": "drop-head"}


def test_topology_cannot_be_changed_by_one_of_its_users() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TWEET_IDS.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        web_queue("host", "01234567").arguments["x-max-length"] = 1  # type: ignore[index]


@given(host=st.text(max_size=400), suffix=suffixes)
def test_queue_name_fits_a_short_string_and_keeps_the_whole_suffix(host: str, suffix: str) -> None:
    name = web_queue_name(host, suffix)
    assert len(name.encode()) <= LONGEST_NAME
    assert name.startswith("extra_ui.")
    assert name.endswith(f".{suffix}")
    assert name.isascii()
    assert name.isprintable()


@pytest.mark.parametrize("suffix", ["", "short", "a" * 65, "with.dots.in.it", "0123456\n"])
def test_a_suffix_that_could_make_two_names_equal_is_refused(suffix: str) -> None:
    with pytest.raises(ValueError, match="8 to 64"):
        web_queue_name("host", suffix)
