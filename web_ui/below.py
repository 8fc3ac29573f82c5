"""What stands below the cards of a page: how much is said of each post, and its tags.

    found = below(discussion, posts, words)    # by position, in two queries, however many posts

An update's card has nothing of it: it is made once for all, when nobody can have said anything.
In a worker's thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tornado.locale import Locale

from tweet_store.discussion.model import Tag
from tweet_store.discussion.store import DiscussionStore
from tweet_store.model import StoredTweet
from web_ui.visitors.language import grouped


class Below(NamedTuple):
    """Below one card."""

    said: str = ""
    """How many comments the post has, in words; empty where it has none."""
    tags: Sequence[Tag] = ()
    """Those that most visitors gave it."""


NOTHING = Below()


def below(
    discussion: DiscussionStore, posts: Sequence[StoredTweet], words: Locale
) -> dict[int, Below]:
    """By the posts' positions; a post of which nothing is to be told is left out."""
    positions = [post.position for post in posts]
    counts = discussion.comment_counts(positions)
    tags = discussion.tags_of_each(positions)
    return {
        position: Below(_said(counts.get(position, 0), words), tags.get(position, ()))
        for position in counts.keys() | tags.keys()
    }


def _said(count: int, words: Locale) -> str:
    if not count:
        return ""
    text = words.translate("%(count)s comment", "%(count)s comments", count)
    return text % {"count": grouped(count, words.code)}
