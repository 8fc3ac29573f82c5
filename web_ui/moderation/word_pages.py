"""`/moderation/words`: the words that nobody may write."""

from __future__ import annotations

from web_ui.moderation.moderator_page import ModeratorPage

LONGEST_TYPED = 200


class WordsPage(ModeratorPage):
    """See the module."""

    async def get(self) -> None:
        """All of them, as they were written."""
        words = await self.parts.reader.ask(self.discussion.words)
        await self.show("moderation_words.html", words=words)

    head = get

    async def post(self) -> None:
        """`act`: `forbid` or `allow`; `word`, `next`."""
        word = self.get_body_argument("word", "")[:LONGEST_TYPED]
        if self.choice("act", "forbid", "allow") == "forbid":
            await self.written(lambda now: self.discussion.add_word(word, now))
        else:
            await self.written(lambda now: self.discussion.remove_word(word, now))
        self.go_back()
