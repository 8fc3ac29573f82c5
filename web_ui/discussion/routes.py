"""The routes of this folder. Those with a celeb in front come last."""

from __future__ import annotations

from tornado.routing import URLSpec

from web_ui.addresses import POST_ID, SLUG
from web_ui.discussion.comment_page import (
    CommentPage,
    DeleteComment,
    EditComment,
    ReportComment,
)
from web_ui.discussion.here import HereHandler
from web_ui.discussion.paths import COMMENT_ID
from web_ui.discussion.post_page import PostComments, PostPage, PostTag, PostTags
from web_ui.discussion.room_page import RoomComments, RoomPage
from web_ui.discussion.tag_pages import ReportTag, TagPage, TagsPage
from web_ui.parts import Parts


def routes(parts: Parts) -> list[URLSpec]:
    """They come before those that take any word for a celeb."""
    given = {"parts": parts}
    slug, id_, tag = f"({SLUG})", f"({POST_ID})", "([^/]{1,900})"
    comment = f"/comments/({COMMENT_ID})"
    return [
        URLSpec("/here", HereHandler, given),
        URLSpec("/tags", TagsPage, given),
        URLSpec(f"/tag/{tag}", TagPage, given),
        URLSpec(f"/tag/{tag}/report", ReportTag, given),
        URLSpec(f"/room/{slug}", RoomPage, given),
        URLSpec(f"/room/{slug}/comments", RoomComments, given),
        URLSpec(comment, CommentPage, given),
        URLSpec(f"{comment}/edit", EditComment, given),
        URLSpec(f"{comment}/delete", DeleteComment, given),
        URLSpec(f"{comment}/report", ReportComment, given),
        URLSpec(f"/{slug}/status/{id_}", PostPage, given),
        URLSpec(f"/{slug}/status/{id_}/comments", PostComments, given),
        URLSpec(f"/{slug}/status/{id_}/tags", PostTags, given),
        URLSpec(f"/{slug}/status/{id_}/tags/{tag}/delete", PostTag, given),
    ]
