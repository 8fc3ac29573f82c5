"""The words that a page carries for its scripts, in the visitor's language, by the English ones.

What is counted has a text for one and one for more, with `%(count)s`.
"""

from __future__ import annotations

from web_ui.times import MONTHS

SAID_BY_SCRIPTS = (
    "Some posts are not shown here.",
    "Load them",
    "Load the newest",
    "They cannot be loaded just now.",
    "This page can no longer be kept up to date.",
    "This page is out of date.",
    "Not updating",
    "Live",
    "Catching up…",
    "Reconnecting…",
    "Offline",
    "Pause",
    "Resume",
    "↑ 1 new post",
    "↑ %(count)s new posts",
    "1 new post.",
    "%(count)s new posts.",
    "just now",
    "%(count)s min ago",
    "%(count)s hr ago",
    "1 day ago",
    "%(count)s days ago",
    *MONTHS,
    "Keyboard shortcuts",
    "Next post",
    "Previous post",
    "Open the post",
    "New posts",
    "Pause or go on",
    "Search",
    "This help",
    "Use these keys",
    "Close",
    "Close, or cancel",
    "Follow",
    "Following",
    "%(count)s here now",
    "Sending…",
    "This was not sent.",
    "It could not be sent just now.",
    "Try again",
    "Discard",
    "1 new comment.",
    "%(count)s new comments.",
    "↓ 1 new message",
    "↓ %(count)s new messages",
    "1 new message.",
    "%(count)s new messages.",
)
IN_CARDS = (
    "Replying to",
    "Replying to a post",
    "Reposted",
    "View the original post",
    "View the quoted post",
    "View the post",
    "Verified account",
    "Photo",
    "Video",
    "GIF",
    "Edited",
    "Read on",
    "Discussion",
    "More from",
    "in reply",
    "Reply",
    "More",
    "Removed by its author.",
    "Removed by a moderator.",
)
"""Marked with `data-t` in cards and comments: updates bring those in English, made once for all."""

SCRIPT_WORDS = SAID_BY_SCRIPTS + IN_CARDS
