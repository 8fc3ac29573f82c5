"""Pictures through the site, from a host over TLS that misbehaves."""

from __future__ import annotations

import asyncio
import re
import ssl
import tempfile
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from tornado.httpclient import HTTPResponse
from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from tests.fakes.picture_host import PICTURE, Certificate, PictureHost
from tests.web_ui.page_parts import SECRETS, TEMPLATES
from web_ui.handlers.application import application_settings
from web_ui.media import proxy as media_proxy
from web_ui.media.addresses import MediaAddresses
from web_ui.media.fetch import MediaFetch, NoPicture, Picture
from web_ui.media.proxy import CACHE_BYTES, FAILURE_KEPT_FOR, KEPT_FOR, MediaMetrics, MediaProxy
from web_ui.media.public_addresses import PublicResolver

TIME_LIMIT = 0.4


class MediaProxyTest(AsyncHTTPTestCase):
    certificate: Certificate

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.certificate = Certificate.made(Path(folder.name))

    def setUp(self) -> None:
        super().setUp()
        self.host: PictureHost = self.io_loop.run_sync(self.start_host)

    def tearDown(self) -> None:
        self.io_loop.run_sync(self.proxy.close)
        self.io_loop.run_sync(self.host.stop)
        super().tearDown()

    async def start_host(self) -> PictureHost:
        return await PictureHost.start(self.certificate)

    def get_app(self) -> Application:
        self.addresses = MediaAddresses(SECRETS.media_key)
        self.registry = CollectorRegistry()
        self.time = 1000.0
        self.fetcher = self.fetch_from(lambda address: address == "127.0.0.1")
        self.proxy = MediaProxy(self.fetcher, MediaMetrics(self.registry), lambda: self.time)
        return Application(
            media_proxy.routes(self.addresses, self.proxy),
            **application_settings(TEMPLATES, SECRETS, media=self.addresses),
        )

    def fetch_from(self, allowed: Any, **options: Any) -> MediaFetch:
        return MediaFetch(
            PublicResolver(allowed=allowed),
            self.certificate.trusted(),
            **{"time_limit": 5.0, **options},
        )

    def picture(self, path: str, **options: Any) -> HTTPResponse:
        """Ask the site for a picture of the host."""
        address = self.addresses.picture(self.host.url(path))
        assert address is not None
        return self.fetch(address, **options)

    def refused(self, path: str) -> str:
        """Why the site has no such picture."""
        found = self.picture(path)
        assert found.code == 404, (path, found.code)
        assert found.headers["Cache-Control"] == "no-store"
        reason = re.search(r'"reason": "(\w+)"', found.body.decode())
        assert reason, found.body
        return reason[1]

    def counted(self, outcome: str) -> float:
        name = "celebwire_media_fetches_total"
        return self.registry.get_sample_value(name, {"outcome": outcome}) or 0

    # What is a picture.

    def test_a_picture_is_the_host_s_own(self) -> None:
        found = self.picture("/ok.jpg")
        assert (found.code, found.body) == (200, PICTURE)
        assert found.headers["Content-Type"] == "image/jpeg"
        assert found.headers["Cache-Control"] == "public, max-age=86400, immutable"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert found.headers["Etag"] == '"seven"'
        assert "Content-Encoding" not in found.headers
        assert "Set-Cookie" not in found.headers

    def test_it_comes_in_every_shape_that_http_has(self) -> None:
        for path, type_ in [
            ("/chunked.webp", "image/webp"),
            ("/until-close.gif", "image/gif"),
            ("/continue.jpg", "image/jpeg"),
            ("/capitals.png", "image/png"),
            ("/odd-etag.jpg", "image/jpeg"),
        ]:
            found = self.picture(path)
            assert (found.code, found.body) == (200, PICTURE), path
            assert found.headers["Content-Type"] == type_
            assert found.headers["Etag"].startswith('"')

    def test_who_has_it_already_is_told_so(self) -> None:
        for path in ("/ok.jpg", "/plain.jpg"):
            etag = self.picture(path).headers["Etag"]
            again = self.picture(path, headers={"If-None-Match": etag})
            assert (again.code, again.body) == (304, b"")

    def test_the_host_learns_nothing_of_the_visitor(self) -> None:
        self.picture(
            "/ok.jpg",
            headers={"User-Agent": "a-phone", "Referer": "https://x/", "Cookie": "visitor=1"},
        )
        (head,) = self.host.heads
        assert b"Celebwire" in head
        for word in (b"a-phone", b"Referer", b"visitor", b"Forwarded"):
            assert word not in head

    # What is none.

    def test_only_pictures_are_passed_on(self) -> None:
        for path in ("/page.jpg", "/drawing.svg", "/untyped", "/twice", "/packed.jpg"):
            assert self.refused(path) == "type", path

    def test_only_whole_good_answers_are(self) -> None:
        for path in ("/gone.jpg", "/broken.jpg", "/part.jpg"):
            assert self.refused(path) == "status", path
        for path in ("/cut.jpg", "/garbage", "/empty", "/long-head", "/claims-nonsense.jpg"):
            assert self.refused(path) == "unreachable", path

    def test_a_picture_too_large_is_not_read_to_its_end(self) -> None:
        for path in (
            *("/claims-much.jpg", "/claims-absurdly.jpg"),
            *("/endless.jpg", "/endless-chunked.jpg"),
        ):
            assert self.refused(path) == "size", path
        assert self.counted("size") == 4

    def test_a_host_that_takes_its_time_is_given_up(self) -> None:
        impatient = self.fetch_from(lambda address: address == "127.0.0.1", time_limit=TIME_LIMIT)
        for path in ("/slow.jpg", "/drip.jpg"):
            found = self.io_loop.run_sync(lambda p=path: impatient.picture(self.host.url(p)))
            assert found == NoPicture("time"), path

    def test_a_host_that_is_not_there(self) -> None:
        port = self.host.port
        self.io_loop.run_sync(self.host.stop)
        address = f"https://localhost:{port}/ok.jpg"
        found = self.io_loop.run_sync(lambda: self.fetcher.picture(address))
        assert found == NoPicture("unreachable")

    def test_a_certificate_that_nobody_vouches_for(self) -> None:
        strict = MediaFetch(PublicResolver(allowed=lambda _: True), ssl.create_default_context())
        found = self.io_loop.run_sync(lambda: strict.picture(self.host.url("/ok.jpg")))
        assert found == NoPicture("unreachable")

    # Where it may be fetched.

    def test_nothing_is_fetched_that_we_did_not_sign(self) -> None:
        address = self.addresses.picture(self.host.url("/ok.jpg"))
        assert address is not None
        _, _, signature, encoded = address.split("/")
        for path in (
            f"/media/{signature[:-1]}A/{encoded}",
            f"/media/{signature}/{encoded[:-2]}AA",
            f"/media/{signature}/aHR0cHM6Ly9sb2NhbGhvc3Qv",
            f"/media/{signature}/A",
            f"/media/{signature}/____",
            f"/media/{signature}",
            "/media/",
            f"/media/{signature}/{'A' * 5000}",
        ):
            if path != address:
                assert self.fetch(path).code == 404, path
        assert self.host.asked == []

    def test_nothing_near_us_is_asked(self) -> None:
        public = self.fetch_from(None)
        for name in ("localhost", "127.0.0.1", "[::1]", "127.1", "2130706433"):
            address = f"https://{name}:{self.host.port}/ok.jpg"
            found = self.io_loop.run_sync(lambda a=address: public.picture(a))
            assert found == NoPicture("unreachable"), name
        assert self.host.asked == []

    def test_two_redirects_are_followed_and_no_third(self) -> None:
        self.host.redirects |= {
            "/to-1": "/ok.jpg",
            "/to-2": "/to-1",
            "/to-3": "/to-2",
            "/to": "/to",
        }
        assert self.picture("/to-2").body == PICTURE
        assert self.refused("/to-3") == "redirects"
        assert self.refused("/to") == "redirects"
        assert len(self.host.asked) == 3 + 3 + 3

    def test_a_redirect_is_checked_like_the_first_address(self) -> None:
        port = self.host.port
        for target, reason in [
            (f"http://localhost:{port}/ok.jpg", "address"),
            (f"https://me:word@localhost:{port}/ok.jpg", "address"),
            ("file:///etc/passwd", "address"),
            ("https://[::1]:1/ok.jpg", "unreachable"),
            ("https://10.0.0.1/ok.jpg", "unreachable"),
            ("https://[broken/", "unreachable"),
            ("https://localhost:99999/", "address"),
        ]:
            self.host.redirects["/to-elsewhere"] = target
            url = self.host.url("/to-elsewhere")
            found = self.io_loop.run_sync(lambda u=url: self.fetcher.picture(u))
            assert found == NoPicture(reason), target  # type: ignore[arg-type]
        assert set(self.host.asked) == {"/to-elsewhere"}

    # Many at once.

    def test_many_who_want_the_same_picture_have_it_fetched_once(self) -> None:
        async def crowd() -> list[Picture | NoPicture]:
            url = self.host.url("/wait.jpg")
            asking = [asyncio.ensure_future(self.proxy.picture(url)) for _ in range(100)]
            asking[0].cancel()
            await self.until(lambda: len(self.host.asked) > 0)
            self.host.go.set()
            return await asyncio.gather(*asking[1:])

        found = self.io_loop.run_sync(crowd, timeout=5)
        assert found == [Picture("image/jpeg", PICTURE, '"seven"')] * 99
        assert self.host.asked == ["/wait.jpg"]

    def test_a_picture_is_kept_for_a_while_and_a_failure_for_less(self) -> None:
        for path, kept_for in (("/ok.jpg", KEPT_FOR), ("/gone.jpg", FAILURE_KEPT_FOR)):
            before = len(self.host.asked)
            self.picture(path)
            self.time += kept_for - 1
            self.picture(path)
            assert len(self.host.asked) == before + 1
            self.time += 2
            self.picture(path)
            assert len(self.host.asked) == before + 2

    def test_what_is_kept_is_bounded(self) -> None:
        big = Picture("image/png", b"x" * (CACHE_BYTES // 4), None)
        for number in range(10):
            self.proxy._keep(str(number), big)
        assert list(self.proxy._kept) == ["6", "7", "8", "9"]
        for number in range(media_proxy.MOST_CACHED + 5):
            self.proxy._keep(f"failed {number}", NoPicture("status"))
        assert len(self.proxy._kept) == media_proxy.MOST_CACHED
        assert self.proxy._bytes == 0

    def test_so_many_at_once_so_many_in_line_and_the_others_come_back(self) -> None:
        most = media_proxy.FETCHES + media_proxy.MOST_WAITING

        async def crowd() -> tuple[Picture | NoPicture, int]:
            urls = [self.host.url(f"/wait-{n}.jpg") for n in range(most)]
            asking = [asyncio.ensure_future(self.proxy.picture(url)) for url in urls]
            await self.until(lambda: len(self.host.asked) == media_proxy.FETCHES)
            await asyncio.sleep(0)
            refused = await self.proxy.picture(self.host.url("/ok.jpg"))
            at_once = len(self.host.asked)
            self.host.go.set()
            found = await asyncio.gather(*asking)
            assert all(isinstance(one, Picture) for one in found)
            return refused, at_once

        refused, at_once = self.io_loop.run_sync(crowd, timeout=20)
        assert refused == NoPicture("busy")
        assert at_once == media_proxy.FETCHES
        assert (self.counted("busy"), self.counted("fetched")) == (1, most)
        assert self.picture("/ok.jpg").code == 200  # it was not kept as a failure

    def test_who_has_to_come_back_is_told_when(self) -> None:
        async def busy(address: str) -> NoPicture:
            return NoPicture("busy")

        self.proxy.picture = busy  # type: ignore[method-assign]
        found = self.picture("/ok.jpg")
        assert found.code == 503
        assert int(found.headers["Retry-After"]) > 0

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.005)
