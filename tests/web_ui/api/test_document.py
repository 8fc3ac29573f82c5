"""The OpenAPI document, against the running site: schemathesis asks all that it says can be asked,
and much that it says cannot, and holds each answer to it."""

from __future__ import annotations

import asyncio
import html
import json
import sys
import tempfile
from pathlib import Path
from unittest import mock

from tornado.testing import gen_test

from tests.tweet_store.posts import NOON, author, tweet
from tests.web_ui.api.api_case import ApiCase
from tests.web_ui.updates_case import UpdatesCase
from tweet_store.discussion.model import Sender
from tweet_store.discussion.store import DiscussionStore
from tweet_store.model import Entity, Media, Reference, Tombstone
from tweet_store.store import TweetStore
from web_ui.api.operations import OPERATIONS

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def fill(store: TweetStore) -> None:
    """Whatever the document's examples name, and something of each kind."""
    tags = (Entity("hashtag", 4, 7, "tea"), Entity("mention", 8, 12, "bob"))
    photo = Media("photo", "https://pbs.twimg.com/media/a.jpg", 4, 5, "Tea")
    quoted = Reference("quoted", "9", "hear &amp; hear", author("carl"), NOON)
    store.save(
        [
            tweet("1001", text="old #tea @bob", entities=tags),
            tweet("1002", text="new #tea @bob", entities=tags, edit_ids=("1001", "1002")),
            tweet("1003", author=author("bob"), references=(Reference("replied_to", "1001"),)),
            tweet("1004", media=(photo,), references=(quoted,), lang="in"),
            tweet("1005"),
            Tombstone("1005"),
        ]
    )
    store.index_posts(100)
    discussion = DiscussionStore(store)
    carla = Sender(discussion.sign_in("Carla", b"address", NOON), b"address")
    first = discussion.add_comment(carla, "one", NOON, nonce="nonce-of-one", post_id="1001")
    discussion.add_comment(
        carla, "two", NOON, nonce="nonce-of-two", post_id="1001", parent_id=first.id
    )
    discussion.add_comment(carla, "hello", NOON, nonce="nonce-of-hello", room="ada")
    discussion.remove_comment(carla, first.id, NOON)
    discussion.tag_post(carla, "1001", "Red Carpet", NOON)


class SiteTest(UpdatesCase):
    settings = {"max_reads_per_minute": 1_000_000}  # noqa: RUF012

    @gen_test(timeout=110)
    async def test_the_site_does_what_its_document_says(self) -> None:
        fill(self.store)
        with tempfile.TemporaryDirectory() as empty:
            process = await asyncio.create_subprocess_exec(
                SCHEMATHESIS,
                "run",
                self.get_url("/api/v1/openapi.json"),
                "--checks=all",
                "--mode=all",
                "--max-examples=8",
                "--generation-deterministic",
                "--no-color",
                cwd=empty,  # no settings of another place's
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            told, _ = await process.communicate()
        assert process.returncode == 0, told.decode()
        assert b"No issues found" in told


class DocumentTest(ApiCase):
    def test_it_names_each_operation_and_its_own_address(self) -> None:
        document = self.told("/openapi.json")
        assert list(document["paths"]) == [operation.path for operation in OPERATIONS]
        assert document["servers"] == [{"url": self.get_url("/api/v1")}]
        ids = [
            method["operationId"]
            for path in document["paths"].values()
            for name, method in path.items()
            if name in ("get", "head")
        ]
        assert len(set(ids)) == len(ids)

    def test_it_is_built_once_whatever_the_host_is_called(self) -> None:
        self.told("/openapi.json")
        with mock.patch("msgspec.json.schema_components", side_effect=AssertionError):
            for host in ("one.example", "two.example"):
                found = self.get("/api/v1/openapi.json", Host=host)
                assert json.loads(found.body)["servers"] == [{"url": f"http://{host}/api/v1"}]

    def test_the_parameters_of_a_path_are_in_it(self) -> None:
        for path, item in self.told("/openapi.json")["paths"].items():
            in_path = [p for p in item["parameters"] if p["in"] == "path"]
            assert all(p["required"] and f"{{{p['name']}}}" in path for p in in_path)
            assert len(in_path) == path.count("{")

    def test_the_page_for_people_has_the_same(self) -> None:
        body = html.unescape(self.get("/api").body.decode())
        for operation in OPERATIONS:
            assert f"/api/v1{operation.path}" in body
            assert operation.summary in body


class PublicAddressTest(ApiCase):
    settings = {"public_url": "https://celebs.example"}  # noqa: RUF012

    def test_addresses_are_those_that_visitors_know(self) -> None:
        self.store.save([tweet("1")])
        assert self.told("/posts/1")["post"]["url"] == "https://celebs.example/ada/status/1"
        servers = json.loads(self.get("/api/v1/openapi.json").body)["servers"]
        assert servers == [{"url": "https://celebs.example/api/v1"}]
