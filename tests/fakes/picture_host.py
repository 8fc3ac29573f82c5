"""A host of pictures over TLS that does what the path says: well, slowly, endlessly, wrongly.

host = await PictureHost.start(certificate)    # in the running event loop
host.url("/ok.jpg")
host.asked                                     # the paths, in order
await host.stop()
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple, Self

PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
PLENTY = 9 * 1024**2
"""More bytes than anybody takes."""


class Certificate(NamedTuple):
    """For localhost and 127.0.0.1, signed by itself."""

    path: Path
    key: Path

    @classmethod
    def made(cls, folder: Path) -> Self:
        made = cls(folder / "host.pem", folder / "host.key")
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-subj", "/CN=localhost"),
                *("-pkeyopt", "ec_paramgen_curve:P-256"),
                *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
                *("-keyout", made.key, "-out", made.path),
            ],
            check=True,
            capture_output=True,
            timeout=20,
        )
        return made

    def trusted(self) -> ssl.SSLContext:
        """For clients that believe in it."""
        return ssl.create_default_context(cafile=self.path)


def answer(*headers: str, status: str = "200 OK", body: bytes = b"", sized: bool = True) -> bytes:
    head = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {len(body)}"] if sized else [])]
    return "\r\n".join([*head, "", ""]).encode() + body


JPEG = "Content-Type: image/jpeg"
CHUNKED = "Transfer-Encoding: chunked"

ANSWERS = {
    "/ok.jpg": answer(JPEG, 'ETag: "seven"', body=PICTURE),
    "/plain.jpg": answer(JPEG, body=PICTURE),
    "/capitals.png": answer("content-type: Image/PNG; charset=x", body=PICTURE),
    "/odd-etag.jpg": answer(JPEG, 'ETag: "a"b', body=PICTURE),
    "/chunked.webp": answer("Content-Type: image/webp", CHUNKED, sized=False)
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(PICTURE), PICTURE),
    "/until-close.gif": answer("Content-Type: image/gif", body=PICTURE, sized=False),
    "/continue.jpg": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(JPEG, body=PICTURE),
    "/page.jpg": answer("Content-Type: text/html", body=b"<script>alert(1)</script>"),
    "/drawing.svg": answer("Content-Type: image/svg+xml", body=b"<svg/>"),
    "/untyped": answer(body=PICTURE),
    "/twice": answer(JPEG, "Content-Type: text/html", body=PICTURE),
    "/packed.jpg": answer(JPEG, "Content-Encoding: gzip", body=PICTURE),
    "/gone.jpg": answer(JPEG, status="404 Not Found", body=PICTURE),
    "/broken.jpg": answer(JPEG, status="500 Oh", body=PICTURE),
    "/part.jpg": answer(JPEG, status="206 Partial Content", body=PICTURE),
    "/claims-much.jpg": answer(JPEG, f"Content-Length: {PLENTY}", body=PICTURE, sized=False),
    "/claims-absurdly.jpg": answer(JPEG, "Content-Length: " + "9" * 400, sized=False),
    "/claims-nonsense.jpg": answer(JPEG, "Content-Length: many", body=PICTURE, sized=False),
    "/cut.jpg": answer(JPEG, "Content-Length: 5000", body=PICTURE, sized=False),
    "/garbage": b"\x00\x01 not HTTP at all\r\n\r\n",
    "/empty": b"",
    "/long-head": b"HTTP/1.1 200 OK\r\n" + b"X-Long: yes\r\n" * 10_000,
}
"""What is sent for a path; then the connection is closed."""


class PictureHost:
    """See the module. Other paths: `/slow…` never answers, `/drip…` sends a byte now and then,
    `/endless…` never ends, `/to…` leads to what `redirects` says, `/wait…` waits for `go`."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]
        self.asked: list[str] = []
        self.heads: list[bytes] = []
        self.redirects: dict[str, str] = {}
        self.go = asyncio.Event()
        self._visits: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(cls, certificate: Certificate) -> Self:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate.path, certificate.key)

        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            host._visits.add(task)
            try:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    await host._serve(reader, writer)
            finally:
                writer.transport.abort()
                host._visits.discard(task)

        host = cls(await asyncio.start_server(visit, "127.0.0.1", 0, ssl=tls))
        return host

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    async def stop(self) -> None:
        self._server.close()
        visits = list(self._visits)
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode()
        self.asked.append(path)
        self.heads.append(head)
        if path.startswith("/slow"):
            await reader.read()
        elif path.startswith("/drip"):
            writer.write(answer(JPEG, "Content-Length: 1000", sized=False))
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        elif path.startswith("/endless"):
            chunk = b"x" * 65_536
            chunked = "chunked" in path
            writer.write(answer(JPEG, *([CHUNKED] if chunked else []), sized=False))
            while True:
                writer.write(b"10000\r\n%b\r\n" % chunk if chunked else chunk)
                await writer.drain()
        elif path in self.redirects:
            writer.write(answer(f"Location: {self.redirects[path]}", status="302 Found"))
        elif path.startswith("/wait"):
            await self.go.wait()
            writer.write(ANSWERS["/ok.jpg"])
        else:
            writer.write(ANSWERS[path])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
