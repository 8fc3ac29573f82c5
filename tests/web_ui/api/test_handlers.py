"""How the API answers, whatever is asked: methods, caching, limits, errors."""

from __future__ import annotations

from tornado.testing import ExpectLog

from tests.tweet_store.posts import tweet
from tests.web_ui.api.api_case import ApiCase
from web_ui.api.operations import OPERATIONS


class HandlersTest(ApiCase):
    def test_the_cursor_is_that_of_pages(self) -> None:
        self.store.save([tweet("1")])
        told = self.told("/cursor")
        assert told["cursor"] == f"{self.store.epoch}.1"
        assert told["updates_url"].endswith(f"/updates?channel=all&cursor={told['cursor']}")

    def test_head_answers_as_get_does_without_the_body(self) -> None:
        for path in ("/api/v1/posts", "/api/v1/openapi.json", "/api/v1/nothing", "/api"):
            asked, told = self.get(path), self.get(path, "HEAD")
            assert (asked.code, told.body) == (told.code, b"")
            assert asked.headers["Content-Type"] == told.headers["Content-Type"]

    def test_who_has_the_answer_already_is_told_so(self) -> None:
        etag = self.get("/api/v1/posts").headers["ETag"]
        again = self.get("/api/v1/posts", If_None_Match=etag)
        assert (again.code, again.body) == (304, b"")
        self.store.save([tweet("1")])
        assert self.get("/api/v1/posts", If_None_Match=etag).code == 200

    def test_it_can_only_be_read(self) -> None:
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            for path in ("/api/v1/posts", "/api/v1/openapi.json", "/api/v1/nothing"):
                found = self.get(path, method)
                assert found.code == 405, (method, path)
                assert found.headers["Allow"] == "GET, HEAD"
                assert found.headers["Access-Control-Allow-Origin"] == "*"

    def test_what_is_not_there_is_said_in_json(self) -> None:
        for path in ("", "/", "/nothing", "/posts/", "/posts/1/likes"):
            assert "/api" in self.error(path, 404)

    def test_odd_bytes_are_a_fault_of_who_sent_them(self) -> None:
        for path in ("/posts?limit=%ff", "/posts?%ff=1", "/posts/%ff", "/posts/%00", "/posts/%0a"):
            assert self.error(path, 400)
        assert self.error("/posts/a%2Fb", 400)

    def test_a_store_that_is_away_is_said_so(self) -> None:
        with self.store.writing() as connection:
            connection.exec_driver_sql("DROP TABLE tweets")
        with ExpectLog("celebwire.web", "503 GET /api/v1/posts"):
            found = self.get("/api/v1/posts")
        assert found.code == 503
        assert int(found.headers["Retry-After"]) > 0

    def test_no_cookie_is_set(self) -> None:
        assert "Set-Cookie" not in self.get("/api/v1/posts").headers


class SearchLimitTest(ApiCase):
    settings = {"max_reads_per_minute": 20}  # noqa: RUF012

    def test_a_search_counts_as_ten(self) -> None:
        for path in ("/search?q=tea", "/search?q=tea"):
            assert self.get(f"/api/v1{path}").code == 200
        assert self.get("/api/v1/tags").code == 429


class LimitTest(ApiCase):
    settings = {"max_reads_per_minute": 3}  # noqa: RUF012

    def test_who_asks_too_often_is_told_when_to_come_back(self) -> None:
        for _ in range(3):
            self.told("/tags")
        for path in (*(operation.path for operation in OPERATIONS), "/openapi.json"):
            found = self.get(f"/api/v1{path.replace('{', '').replace('}', '')}")
            assert found.code == 429
            longest = 60 if path == "/search" else 20
            assert 1 <= int(found.headers["Retry-After"]) <= longest
            assert b"too many requests" in found.body
