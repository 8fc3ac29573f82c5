"""A site as in production, and visitors who fill in its forms as a browser does."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from tests.web_ui.updates_case import UpdatesCase
from tweet_store.discussion.store import DiscussionStore

JSON = {"Accept": "application/json"}


class FormVisitor:
    """A browser without a script: keeps cookies, sends forms, follows nothing by itself."""

    def __init__(self, client: AsyncHTTPClient, origin: str) -> None:
        self.cookies: dict[str, str] = {}
        self._client = client
        self._origin = origin

    async def get(self, path: str, **headers: str) -> HTTPResponse:
        return await self._fetch(path, "GET", None, headers)

    async def post(
        self, path: str, _headers: dict[str, str] | None = None, **fields: str
    ) -> HTTPResponse:
        """Send a form of the site. The page it stood on need not be loaded first."""
        if "_xsrf" not in self.cookies:
            found = await self.get("/sign-in")
            assert "_xsrf" in self.cookies, found.code
        body = urlencode({"_xsrf": self.cookies["_xsrf"], **fields}, errors="surrogatepass")
        return await self._fetch(path, "POST", body, _headers or {})

    async def _fetch(
        self, path: str, method: str, body: str | None, headers: dict[str, str]
    ) -> HTTPResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = await self._client.fetch(
            HTTPRequest(
                self._origin + path,
                method,
                {**headers, **({"Cookie": cookies} if cookies else {})},
                body,
                follow_redirects=False,
            ),
            raise_error=False,
        )
        for line in response.headers.get_list("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return response


class DiscussionCase(UpdatesCase):
    """`self.discussion` is on the site's own store."""

    def setUp(self) -> None:
        super().setUp()
        self.discussion = DiscussionStore(self.store)

    def form_visitor(self) -> FormVisitor:
        return FormVisitor(self.http_client, self.get_url("").rstrip("/"))

    async def named(self, name: str) -> FormVisitor:
        """A visitor who has chosen a name."""
        visitor = self.form_visitor()
        found = await visitor.post("/sign-in", name=name, next="/")
        assert found.code == 303, found.body
        return visitor


def text_of(response: HTTPResponse) -> str:
    return response.body.decode()


def comment_ids(response: HTTPResponse) -> list[str]:
    """The comments on a page, from top to bottom."""
    return re.findall(r'data-comment="([^"]*)"', text_of(response))


def field(response: HTTPResponse, name: str) -> str:
    """What stands in a hidden field of the page's form for comments."""
    form = text_of(response).partition(' id="write"')[2]
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', form)
    assert found, name
    return found[1]


def location(response: HTTPResponse) -> str:
    assert response.code == 303, response.code
    return response.headers["Location"]
