"""`/moderation/enter` and `/moderation/leave`: a moderator gives the token, and goes again."""

from __future__ import annotations

import asyncio
import logging

from tweet_store.discussion import moderation_queries
from tweet_store.discussion.refusals import Refused
from web_ui.handlers.look import own_path
from web_ui.handlers.page import PageHandler
from web_ui.moderation import sessions
from web_ui.moderation.moderator_page import START, ModeratorForm

log = logging.getLogger("celebwire.web.moderation")

PAUSE = 1.0
"""Seconds before a wrong token is answered."""


class Entrance(ModeratorForm):
    """Where the form for the token goes."""

    async def prepare(self) -> None:
        """No token is needed to give one."""
        await PageHandler.prepare(self)

    async def post(self) -> None:
        """`token`, `next`."""
        next_path = own_path(self.get_body_argument("next", START))
        key = self.address_key()
        try:
            await self.parts.writer.write(
                lambda: moderation_queries.count_token_try(self.tweets, key, self.now())
            )
        except Refused as refused:
            await self.ask_for_token(next_path, self.set_refused(refused))
            return
        token = sessions.token_of(self)
        if token is not None and token.matches(self.get_body_argument("token", "")):
            log.info("a moderator came in from %s", self.request.remote_ip)
            sessions.begin(self, token)
            self.redirect(next_path, status=303)
            return
        log.warning("a wrong moderator's token from %s", self.request.remote_ip)
        await asyncio.sleep(PAUSE)
        self.set_status(403)
        await self.ask_for_token(next_path, self.locale.translate("This is not the token."))


class Exit(ModeratorForm):
    """Where the button to leave goes."""

    async def post(self) -> None:
        """No fields."""
        sessions.end(self)
        self.redirect("/", status=303)
