from __future__ import annotations

import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse
from tornado.iostream import StreamClosedError
from tornado.routing import URLSpec
from tornado.simple_httpclient import HTTPTimeoutError
from tornado.testing import AsyncHTTPTestCase, ExpectLog
from tornado.web import Application, HTTPError

from tests.web_ui.page_parts import SECRETS
from tweet_store.database import StoreUnavailable
from web_ui.handlers.application import application_settings, load_templates
from web_ui.handlers.look import LookHandler
from web_ui.handlers.site import SECURITY_HEADERS, SiteHandler
from web_ui.handlers.static_files import static_version


class Failing:
    """Mixed into a handler: fails as the path says."""

    def get(self, how: str) -> None:
        if how == "bug":
            raise RuntimeError("a secret")
        if how == "store":
            raise StoreUnavailable("the disk is full")
        if how == "left":
            raise StreamClosedError
        raise HTTPError(int(how), "a secret")


class FailingPage(Failing, LookHandler):
    pass


class FailingProgram(Failing, SiteHandler):
    pass


class LongPage(LookHandler):
    def get(self) -> None:
        self.write("x" * 5000)


class SiteHandlerTest(AsyncHTTPTestCase):
    def get_app(self) -> Application:
        routes = [URLSpec("/page/(.*)", FailingPage), URLSpec("/program/(.*)", FailingProgram)]
        routes.append(URLSpec("/long", LongPage))
        return Application(routes, **application_settings(load_templates(), SECRETS))

    def get(self, path: str, **kwargs: Any) -> HTTPResponse:
        return self.fetch(path, follow_redirects=False, **kwargs)

    def test_every_answer_has_the_security_headers(self) -> None:
        for path in ["/nothing", "/page/400", "/program/400", "/static/site.css", "/static/no"]:
            headers = self.get(path).headers
            for name, value in SECURITY_HEADERS.items():
                assert headers[name] == value, (path, name)
            assert "Server" not in headers

    def test_nothing_inline_is_allowed(self) -> None:
        policy = SECURITY_HEADERS["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy

    def test_an_error_is_a_page_for_people_and_json_for_programs(self) -> None:
        page = self.get("/page/404")
        assert page.code == 404
        assert b"Nothing here" in page.body
        assert b"Celeb<span>wire</span>" in page.body
        program = self.get("/program/404")
        assert (program.code, program.body) == (404, b'{"error": "Not Found"}')
        assert program.headers["Content-Type"].startswith("application/json")

    def test_a_fault_of_ours_is_logged_and_never_shown(self) -> None:
        for kind in ("page", "program"):
            with ExpectLog("tornado.application", "Uncaught exception"):
                found = self.get(f"/{kind}/bug")
            assert found.code == 500
            assert b"secret" not in found.body
            assert b"Traceback" not in found.body

    def test_a_store_that_is_away_is_a_503_and_one_line(self) -> None:
        for kind in ("page", "program"):
            with ExpectLog("celebwire.web", "503 GET .*the disk is full"):
                found = self.get(f"/{kind}/store")
            assert found.code == 503
            assert found.headers["Retry-After"] == "5"
            assert b"disk" not in found.body

    def test_a_visitor_who_left_is_no_error(self) -> None:
        with self.assertNoLogs(level="WARNING"), suppress(HTTPTimeoutError):
            self.get("/page/left", request_timeout=0.2, raise_error=True)

    def test_an_unknown_path_is_404_whatever_the_method(self) -> None:
        for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            assert self.get("/no/such/page", method=method).code == 404
        assert self.get("/no/such/page", method="POST", body="").code == 404

    def test_a_page_can_only_be_read(self) -> None:
        found = self.get("/page/400", method="POST", body="")
        assert found.code == 405
        assert b"cannot be used like that" in found.body
        assert found.headers["Allow"] == "GET"

    def test_the_error_of_a_page_is_json_for_who_asks_for_it(self) -> None:
        found = self.get("/page/404", headers={"Accept": "application/json"})
        assert (found.code, found.body) == (404, b'{"error": "Not Found"}')

    def test_the_version_of_static_files_is_that_of_all(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        versions = set()
        for name, text in [("a.js", "1"), ("a.js", "2"), ("b.js", "2"), ("deep/a.js", "2")]:
            path = Path(folder.name, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            static_version.cache_clear()
            versions.add(static_version(folder.name))
        static_version.cache_clear()
        assert len(versions) == 4

    def test_versioned_static_files_are_kept_and_others_asked_for(self) -> None:
        page = self.get("/").body.decode()
        [versioned] = re.findall(r"/static/v/\w{16}/live\.js", page)
        kept = self.get(versioned).headers["Cache-Control"]
        assert kept == "public, max-age=31536000, immutable"
        # Another release's address, asked of this one in the middle of a change.
        for other in ("/static/v/0123456789abcdef/live.js", "/static/live.js"):
            assert self.get(other).headers["Cache-Control"] == "no-cache"

    def test_static_files_have_the_types_that_nosniff_asks_for(self) -> None:
        for name, kind in [
            ("live.js", "text/javascript"),
            ("site.css", "text/css"),
            ("favicon.svg", "image/svg+xml"),
        ]:
            assert self.get(f"/static/{name}").headers["Content-Type"] == kind

    def test_there_is_no_way_out_of_the_folder(self) -> None:
        for path in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py"):
            assert self.get(path).code in (403, 404)

    def test_pages_are_compressed_and_updates_are_not(self) -> None:
        accept = {"Accept-Encoding": "gzip"}
        style = self.get("/static/site.css", headers=accept, decompress_response=False)
        assert style.headers["Content-Encoding"] == "gzip"
        page = self.get("/long", headers=accept, decompress_response=False)
        assert page.headers["Content-Encoding"] == "gzip"
        program = self.get("/program/404", headers=accept, decompress_response=False)
        assert "Content-Encoding" not in program.headers


@pytest.mark.parametrize("name", ["base.html", "card.html", "error.html"])
def test_templates_hold_nothing_that_the_policy_forbids(name: str) -> None:
    template = load_templates().load(name).code
    assert "style=" not in template
    assert "onclick" not in template
