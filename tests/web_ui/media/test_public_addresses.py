from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.netutil import Resolver

from web_ui.media.public_addresses import NotPublic, PublicResolver, is_public


class Told(Resolver):
    """Knows what it was told."""

    def initialize(self, addresses: list[str]) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int, family: Any = socket.AF_UNSPEC) -> Any:
        return [(socket.AF_INET, (address, port)) for address in self.addresses]


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1", "::ffff:8.8.8.8"])
def test_the_public_internet_may_be_asked(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    """
    127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 192.0.2.1
    198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fec0::1
    ff02::1 2001:db8::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 2002:7f00:1:: 2002:a00:1:: 64:ff9b::7f00:1
    64:ff9b:1::1 localhost 127.1 0x7f000001 2130706433
    """.split(),
)
def test_what_is_near_us_may_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_nor_in_the_disguise_of_ipv6(address: Any) -> None:
    number = int(address)
    for disguise in (f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"):
        assert not is_public(disguise)


def test_of_a_host_s_addresses_only_the_public_ones_are_given() -> None:
    resolver = PublicResolver(resolver=Told(addresses=["10.0.0.1", "8.8.8.8", "127.0.0.1"]))
    found = asyncio.run(resolver.resolve("host", 443))
    assert found == [(socket.AF_INET, ("8.8.8.8", 443))]


def test_a_host_without_a_public_address_is_none() -> None:
    resolver = PublicResolver(resolver=Told(addresses=["10.0.0.1", "::1"]))
    with pytest.raises(NotPublic):
        asyncio.run(resolver.resolve("host", 443))
    with pytest.raises(NotPublic):
        asyncio.run(PublicResolver().resolve("localhost", 443))
