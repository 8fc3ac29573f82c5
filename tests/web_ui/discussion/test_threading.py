"""Answers under what they answer, three levels deep."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tests.web_ui.discussion.comments import comment
from web_ui.discussion.threading import LEVELS, Branch, nest


def shape(branches: list[Branch]) -> list[object]:
    """Positions, as nested lists."""
    return [[branch.comment.position, *shape(branch.answers)] for branch in branches]


def walk(branches: list[Branch], level: int = 1) -> Iterator[tuple[int, Branch]]:
    for branch in branches:
        yield level, branch
        yield from walk(branch.answers, level + 1)


def test_an_answer_stands_under_what_it_answers() -> None:
    found = nest([comment(2), comment(3, parent=2), comment(4), comment(5, parent=2)])
    assert shape(found) == [[2, [3], [5]], [4]]


def test_deeper_answers_stand_flat_in_the_third_level() -> None:
    found = nest([comment(n, parent=n - 1 if n > 2 else None) for n in range(2, 7)])
    assert shape(found) == [[2, [3, [4], [5], [6]]]]


def test_an_answer_to_what_is_on_an_earlier_page_stands_at_the_top() -> None:
    assert shape(nest([comment(7, parent=2), comment(8, parent=7)])) == [[7, [8]]]


@given(st.lists(st.integers(0, 40), max_size=40))
def test_every_comment_stands_once_and_in_order(parents: list[int]) -> None:
    given_ = [comment(n + 1, parent=p or None) for n, p in enumerate(parents)]
    found = list(walk(nest(given_)))
    assert sorted(b.comment.position for _, b in found) == [c.position for c in given_]
    assert all(level <= LEVELS for level, _ in found)
    for branches in [nest(given_), *(branch.answers for _, branch in found)]:
        positions = [branch.comment.position for branch in branches]
        assert positions == sorted(positions)
