"""A discussion as it is shown: answers under what they answer, at most LEVELS deep. Pure.

    nest([c1, c2 in answer to c1, c3]) == [Branch(c1, [Branch(c2, [])]), Branch(c3, [])]

Deeper answers stand flat in the last level, and an answer to a comment that is not among those
given (it is on an earlier page) stands at the top. Each list is in the order given: oldest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tweet_store.discussion.model import StoredComment

LEVELS = 3
"""On a phone, a fourth leaves no room for words."""


class Branch(NamedTuple):
    """A comment and the answers to it."""

    comment: StoredComment
    answers: list[Branch]


def nest(comments: Iterable[StoredComment]) -> list[Branch]:
    """The comments, which are in the order of their positions, as branches."""
    top: list[Branch] = []
    homes: dict[int, tuple[list[Branch], int]] = {}
    """For each comment: the list that answers to it go into, and at which level that is."""
    for comment in comments:
        siblings, level = top, 1
        if comment.parent is not None and comment.parent in homes:
            siblings, level = homes[comment.parent]
        branch = Branch(comment, [])
        siblings.append(branch)
        deeper = (branch.answers, level + 1) if level < LEVELS else (siblings, level)
        homes[comment.position] = deeper
    return top
