"""A site with visitors who write and a moderator who acts, over real HTTP on a real store."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPResponse

from tests.tweet_store.posts import tweet
from tests.web_ui.updates_case import UpdatesCase
from tweet_store.discussion.model import Sender, StoredComment
from tweet_store.discussion.refusals import Refused
from tweet_store.discussion.store import DiscussionStore
from web_ui.visitors.secret_file import web_secrets

TOKEN = "a token for the tests"


class Browser:
    """Keeps cookies, and sends forms with their hidden token. Follows no redirect."""

    def __init__(self, case: ModerationCase) -> None:
        self._case = case
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> HTTPResponse:
        return self._send(path)

    def post(self, path: str, **fields: Any) -> HTTPResponse:
        """`headers` among the fields are the request's."""
        headers = fields.pop("headers", None)
        if "_xsrf" not in self.cookies:
            self.get("/moderation/log")
        sent = {"_xsrf": self.cookies.get("_xsrf", ""), **fields}
        return self._send(path, headers, method="POST", body=urlencode(sent, doseq=True))

    def enter(self, token: str = TOKEN, **fields: str) -> HTTPResponse:
        return self.post("/moderation/enter", token=token, **fields)

    def _send(
        self, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> HTTPResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        fetching = self._case.http_client.fetch(
            self._case.get_url(path),
            headers={"Cookie": cookies, **(headers or {})},
            follow_redirects=False,
            raise_error=False,
            **options,
        )

        async def fetch() -> HTTPResponse:
            return await fetching

        found: HTTPResponse = self._case.io_loop.run_sync(fetch, timeout=10)
        for line in found.headers.get_list("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.coded_value
        return found


class ModerationCase(UpdatesCase):
    """`moderator` has given the token; post `7` of Ada's is there to be discussed."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.settings = {"moderator_token": TOKEN, "var": folder.name}
        super().setUp()
        self.secrets = web_secrets(Path(folder.name))
        self.discussion = DiscussionStore(self.store)
        self.store.save([tweet("7", text="the post")])
        self.moderator = Browser(self)
        assert self.moderator.enter().code == 303
        self.senders: dict[str, Sender] = {}

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sender(self, name: str) -> Sender:
        """A visitor of this name, with an address of their own."""
        if name not in self.senders:
            key = name.encode()
            self.senders[name] = Sender(self.discussion.sign_in(name, key, self.now()), key)
        return self.senders[name]

    def comment(self, text: str, name: str = "Eve", **where: Any) -> StoredComment:
        """Written by that visitor under the post, or where it says."""
        nonce = f"n{self.store.latest_seq()}"
        place = where or {"post_id": "7"}
        return self.discussion.add_comment(
            self.sender(name), text, self.now(), nonce=nonce, **place
        )

    def report(self, target: str, reason: str = "rude") -> None:
        self.discussion.report(target, reason, b"somewhere", self.now())

    def act(self, path: str, **fields: Any) -> HTTPResponse:
        """Send a form of the moderator's pages; it leads back."""
        found = self.moderator.post(f"/moderation{path}", **fields)
        assert found.code == 303, (path, found.code, words(found)[:500])
        return found

    def page(self, path: str = "", **options: Any) -> str:
        found = self.moderator.get(f"/moderation{path}")
        assert found.code == 200, path
        return words(found)

    def refusal(self, name: str = "Eve", **where: Any) -> str:
        """Why that visitor cannot write there."""
        try:
            self.comment("once more", name, **where)
        except Refused as refused:
            return refused.reason
        return ""

    def actions(self) -> list[str]:
        return [entry.action for entry in reversed(self.discussion.audit_log())]

    def body(self, path: str) -> str:
        return self.moderator.get(path).body.decode()


def words(response: HTTPResponse) -> str:
    """What a page says, without its marks."""
    html = re.sub(r"(?s)<script.*?</script>", "", response.body.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))
