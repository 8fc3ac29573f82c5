"""`/moderation/sanctions`: who may not write, and until when."""

from __future__ import annotations

from web_ui.moderation.moderator_page import ModeratorForm, ModeratorPage

SANCTIONS_SHOWN = 200


class SanctionsPage(ModeratorPage):
    """See the module."""

    async def get(self) -> None:
        """The newest first, those included whose time is over."""
        found = await self.parts.reader.ask(lambda: self.discussion.sanctions(SANCTIONS_SHOWN))
        await self.show("moderation_sanctions.html", sanctions=found, now=self.now())

    head = get

    async def post(self) -> None:
        """`name`: ban it, in any spelling, before or after somebody takes it; `next`."""
        name = self.get_body_argument("name", "")[:100]
        await self.written(lambda now: self.discussion.sanction("name", name, "", now))
        self.go_back()


class LiftSanction(ModeratorForm):
    """`/moderation/sanctions/<number>/lift`."""

    async def post(self, number: str) -> None:
        """`next`."""
        await self.written(lambda now: self.discussion.lift(int(number), now))
        self.go_back()
