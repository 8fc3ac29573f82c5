"""Comments as moderators see them: what they answer, where they stand, and how their authors stand.

in_context(tweets, comments, now)    # a few queries, however many comments; blocks
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tweet_store.discussion import moderation_queries
from tweet_store.discussion.model import StoredComment
from tweet_store.discussion.moderation_queries import Standing
from tweet_store.model import StoredTweet
from tweet_store.store import TweetStore
from web_ui.discussion import comment_text
from web_ui.discussion.paths import COMMENT_ID, home_path

_COMMENT = re.compile(COMMENT_ID)


class InContext(NamedTuple):
    """A comment with what is around it. `html` is its text; `post` is None in a room, and where
    the post was deleted."""

    comment: StoredComment
    html: str
    place: str
    post: StoredTweet | None
    answered: StoredComment | None
    standings: Sequence[Standing]


def in_context(
    tweets: TweetStore, comments: Sequence[StoredComment], now: datetime
) -> list[InContext]:
    """Each of the comments, in the order given."""
    posts = {
        post.position: post
        for post in tweets.tweets_at({one.thread for one in comments if one.thread is not None})
    }
    parents = {one.parent for one in comments if one.parent is not None}
    answered = moderation_queries.comments_at(tweets, parents)
    standings = moderation_queries.standings(tweets, {one.position for one in comments}, now)
    return [
        InContext(
            one,
            comment_text.to_html(one.text),
            home_path(one),
            None if one.thread is None else posts.get(one.thread),
            None if one.parent is None else answered.get(one.parent),
            standings.get(one.position, ()),
        )
        for one in comments
    ]


def comment_position(target: str) -> int | None:
    """The position of the comment that was reported, or acted on; None if it was something else."""
    return int(target.removeprefix("c")) if _COMMENT.fullmatch(target) else None
