"""Where the site shows a picture of another host: at that host, or through `proxy.py`.

    addresses = MediaAddresses(key)
    addresses.picture("https://pbs.twimg.com/a.jpg")    # "/media/qKf…/aHR0cHM6…"
    addresses.original("qKf…", "aHR0cHM6…")             # "https://pbs.twimg.com/a.jpg"

The signature is a keyed hash of the address, so the proxy fetches only what a page of ours shows,
and nobody else's wishes. Pure; any thread.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote, urlsplit

from web_ui.addresses import picture_address

LONGEST = 2000
"""Characters of an address that is passed on. Longer ones would not fit in a request's head."""
SIGNATURE_BYTES = 16


class MediaAddresses:
    """See the module. `key` is the same in all web processes, and for nothing else."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def picture(self, url: str | None) -> str | None:
        """The address of a picture on our pages; None if none may be shown."""
        shown = picture_address(url)
        if shown is None or shown.startswith("/"):
            return shown
        address = quote(shown, safe="!#$%&'()*+,/:;=?@[]~")
        if not may_be_fetched(address):
            return None
        written = address.encode()
        return f"/media/{self._signature(written)}/{_written(written)}"

    def original(self, signature: str, encoded: str) -> str | None:
        """The address behind one of ours. None if we did not write it."""
        try:
            address = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(self._signature(address).encode(), signature.encode()):
            return None
        return address.decode()

    def _signature(self, address: bytes) -> str:
        return _written(hmac.digest(self._key, address, "sha256")[:SIGNATURE_BYTES])


def may_be_fetched(address: str) -> bool:
    """Whether it is one of a picture's: https, a host, no user or password, not too long."""
    if len(address) > LONGEST or not address.isascii() or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and port != 0
    )


def _written(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
