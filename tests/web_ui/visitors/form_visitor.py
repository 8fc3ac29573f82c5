"""A visitor with a cookie jar who sends forms, and no scripts: for handlers' tests."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPResponse
from tornado.testing import AsyncHTTPTestCase

HIDDEN = re.compile(r'name="_xsrf" value="([^"]+)"')


class FormVisitor:
    """`case` is the test; `headers` go with every request."""

    def __init__(self, case: AsyncHTTPTestCase, **headers: str) -> None:
        self._case = case
        self.headers = headers
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        """The Set-Cookie headers of the last answer."""

    def get(self, path: str, **headers: str) -> HTTPResponse:
        return self._fetch(path, headers)

    def post(
        self, path: str, *, page: str = "/me", token: bool = True, **fields: str
    ) -> HTTPResponse:
        """Send a form from a page, with the token that stands there."""
        if token:
            fields["_xsrf"] = self.token(page)
        return self.send(path, urlencode(fields), Referer=self._case.get_url(page))

    def token(self, page: str = "/me") -> str:
        """What stands in the forms of a page."""
        found = HIDDEN.search(self.get(page).body.decode())
        assert found, page
        return found[1]

    def send(self, path: str, body: str, **headers: str) -> HTTPResponse:
        """A form, encoded already."""
        return self._fetch(path, headers, method="POST", body=body)

    def _fetch(self, path: str, headers: dict[str, str], **options: Any) -> HTTPResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = self.headers | headers | ({"Cookie": cookies} if cookies else {})
        answer = self._case.fetch(path, headers=sent, follow_redirects=False, **options)
        self.set_cookies = answer.headers.get_list("Set-Cookie")
        for line in self.set_cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.coded_value
                else:
                    self.cookies.pop(name, None)
        return answer
