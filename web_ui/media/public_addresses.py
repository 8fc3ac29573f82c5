"""Names of hosts to addresses of the public Internet, and to no others.

Whoever can make the site fetch something could otherwise have it ask the machines beside it: the
store, RabbitMQ, a cloud's metadata. The addresses that pass are those that Tornado's `TCPClient`
connects to; the name is not looked up again, so an answer that changes in between (DNS rebinding)
changes nothing. Event loop's thread.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from tornado.netutil import DefaultLoopResolver, Resolver

_EMBEDDING = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that a gateway turns into the IPv4 address in their last four bytes (RFC 6052)."""


class NotPublic(OSError):  # noqa: N818
    """The host has no public address. To try again is of no use."""


class PublicResolver(Resolver):
    """See the module. `allowed` says of an address whether it may be connected to; `resolver` knows
    all of a host's."""

    def initialize(
        self, allowed: Callable[[str], bool] | None = None, resolver: Resolver | None = None
    ) -> None:
        """Tornado hands over here what the constructor was given."""
        self._allowed = allowed or is_public
        self._resolver = resolver or DefaultLoopResolver()

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        """The allowed addresses of a host. Raises `NotPublic`, or OSError if there is none."""
        found = await self._resolver.resolve(host, port, family)
        allowed = [(family, address) for family, address in found if self._allowed(address[0])]
        if not allowed:
            raise NotPublic(f"{host} has no public address")
        return allowed


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public Internet, not this machine's or its network's."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _EMBEDDING:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
