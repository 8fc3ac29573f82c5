"""What the moderators' pages have in common: the token is asked for first, and each act is a form.

Every form is a POST that changes the store, rings, and leads back to the page that it stood on
(303). The store writes each act into its audit log. Event loop's thread; the store answers from
threads of its own.
"""

from __future__ import annotations

from typing import Any

from tornado.web import HTTPError

from tweet_store.discussion import moderation_queries
from web_ui.folding import excerpt
from web_ui.handlers.look import own_path
from web_ui.handlers.page import PageHandler
from web_ui.moderation.in_context import comment_position
from web_ui.parts import Parts

START = "/moderation"


class ModeratorPage(PageHandler):
    """See the module."""

    def initialize(self, parts: Parts) -> None:
        """Tornado hands over here what `routes` was given."""
        super().initialize(parts)
        self.tweets = parts.tweets
        self.discussion = parts.discussion

    async def prepare(self) -> None:
        """Whoever has not given the token is asked for it. A form is not taken then."""
        await super().prepare()
        if self.is_moderator:
            return
        if self.request.method not in ("GET", "HEAD"):
            raise HTTPError(403)
        self.set_status(403)
        await self.ask_for_token(own_path(str(self.request.uri)))

    async def ask_for_token(self, next_path: str, problem: str = "") -> None:
        """The form for the token, which leads on to a page of this site."""
        self.set_header("Cache-Control", "no-store")
        await self.render("moderation_entrance.html", next_path=next_path, problem=problem)

    async def show(self, template: str, **values: Any) -> None:
        """A moderator's page."""
        waiting = await self.parts.reader.ask(
            lambda: moderation_queries.open_report_count(self.tweets)
        )
        self.set_header("Cache-Control", "no-store")
        await self.render(
            template, waiting=waiting, excerpt=excerpt, comment_position=comment_position, **values
        )

    def go_back(self) -> None:
        """To the page that the form stood on."""
        self.redirect(own_path(self.get_body_argument("next", START)), status=303)

    def choice(self, name: str, *choices: str) -> str:
        """A field that has one of these values. 400 for any other."""
        value = self.get_body_argument(name, "")
        if value not in choices:
            raise HTTPError(400)
        return value


class ModeratorForm(ModeratorPage):
    """Where a form goes that stands on other pages."""

    def get(self, *path: str) -> None:
        """Who loads the address of a form that was refused wants the pages."""
        self.redirect(START, status=303)

    head = get
