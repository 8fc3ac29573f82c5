"""Where discussions, rooms and tags are on the site. Pure."""

from __future__ import annotations

from urllib.parse import quote

from tweet_store.discussion.model import StoredComment
from web_ui.addresses import celeb_path, status_path

COMMENT_ID = "c[0-9]{1,18}"
"""As in paths and form fields: a pattern."""


def home_path(comment: StoredComment) -> str:
    """The page that the comment stands on: its post's, or its room."""
    if comment.post_id is None:
        return room_path(comment.celeb)
    return status_path(comment.celeb, comment.post_id)


def comment_path(id_: str) -> str:
    """A comment's own page."""
    return f"/comments/{quote(id_, safe='')}"


def room_path(celeb: str) -> str:
    """The room of a celeb."""
    return f"/room{celeb_path(celeb)}"
