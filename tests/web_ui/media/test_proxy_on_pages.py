"""What pages and updates show of other hosts' pictures, with the proxy and without."""

from __future__ import annotations

import re

from tornado.httpclient import HTTPResponse

from tests.tweet_store.posts import author, tweet
from tests.web_ui.page_parts import SECRETS
from tests.web_ui.updates_case import UpdatesCase
from tweet_store.model import Media
from web_ui.media.addresses import MediaAddresses


class WithProxyTest(UpdatesCase):
    settings = {"media_proxy": True}  # noqa: RUF012

    async def page(self, path: str) -> HTTPResponse:
        return await self.http_client.fetch(self.get_url(path), raise_error=False)

    def test_no_page_and_no_update_names_another_host(self) -> None:
        face = author("ada", avatar_url="https://127.0.0.1/ada.jpg")
        post = tweet("7", author=face, media=(Media("photo", "https://pictures.example/7.jpg"),))

        async def visit() -> None:
            updates = f"/updates?channel=all&cursor={self.cursor(0)}"
            await self.arrive(post)
            for path in ("/", "/ada", "/ada/status/7", "/celebs", updates):
                found = await self.page(path)
                shown = re.findall(r'<img src=\\?"([^"\\]*)', found.body.decode())
                assert shown, path
                assert all(one.startswith("/media/") for one in shown), (path, shown)
            policy = (await self.page("/")).headers["Content-Security-Policy"]
            assert "img-src 'self';" in policy
            faces = re.findall(r'src="(/media/[^"]*)"', (await self.page("/celebs")).body.decode())
            refused = await self.page(faces[0])
            assert (refused.code, b"unreachable" in refused.body) == (404, True)

        self.io_loop.run_sync(visit, timeout=10)


class WithoutProxyTest(UpdatesCase):
    def test_pictures_are_at_their_hosts_and_nothing_is_proxied(self) -> None:
        face = author("ada", avatar_url="https://faces.example/ada.jpg")
        address = MediaAddresses(SECRETS.media_key).picture(face.avatar_url)

        async def visit() -> None:
            await self.arrive(tweet("7", author=face))
            found = await self.http_client.fetch(self.get_url("/"))
            assert b'src="https://faces.example/ada.jpg"' in found.body
            assert "img-src 'self' https:;" in found.headers["Content-Security-Policy"]
            missing = await self.http_client.fetch(self.get_url(str(address)), raise_error=False)
            assert missing.code == 404

        self.io_loop.run_sync(visit, timeout=10)
