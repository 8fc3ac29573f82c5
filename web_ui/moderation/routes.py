"""The routes of this folder."""

from __future__ import annotations

from tornado.routing import URLSpec

from web_ui.discussion.paths import COMMENT_ID
from web_ui.moderation.comment_pages import CommentAct, NewestComments
from web_ui.moderation.entrance import Entrance, Exit
from web_ui.moderation.log_page import LogPage
from web_ui.moderation.place_pages import PlacesPage
from web_ui.moderation.report_pages import ReportsPage, SettleReports
from web_ui.moderation.sanction_pages import LiftSanction, SanctionsPage
from web_ui.moderation.tag_pages import TagsPage
from web_ui.moderation.word_pages import WordsPage
from web_ui.parts import Parts


def routes(parts: Parts) -> list[URLSpec]:
    """They come before those that take any word for a celeb."""
    given = {"parts": parts}
    return [
        URLSpec("/moderation", ReportsPage, given),
        URLSpec("/moderation/enter", Entrance, given),
        URLSpec("/moderation/leave", Exit, given),
        URLSpec("/moderation/reports", SettleReports, given),
        URLSpec("/moderation/comments", NewestComments, given),
        URLSpec(f"/moderation/comments/({COMMENT_ID})", CommentAct, given),
        URLSpec("/moderation/sanctions", SanctionsPage, given),
        URLSpec("/moderation/sanctions/([0-9]{1,18})/lift", LiftSanction, given),
        URLSpec("/moderation/words", WordsPage, given),
        URLSpec("/moderation/places", PlacesPage, given),
        URLSpec("/moderation/tags", TagsPage, given),
        URLSpec("/moderation/log", LogPage, given),
    ]
