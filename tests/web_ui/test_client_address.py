from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_ui import client_address
from web_ui.client_address import ClientAddresses

OWN = ["127.0.0.1", "::1", "10.0.0.0/8", "fd00::/8"]

ours = st.one_of(
    st.sampled_from(["127.0.0.1", "::1", "::ffff:127.0.0.1"]),
    st.ip_addresses(network="10.0.0.0/8").map(str),
    st.ip_addresses(network="fd00::/8").map(str),
)
strangers = (
    st.ip_addresses()
    .filter(lambda a: not any(a in ip_network(n) for n in OWN))
    .filter(lambda a: getattr(a, "ipv4_mapped", None) is None)
    .map(str)
)
# Whatever can stand in a header field.
anything = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@given(strangers, anything)
def test_a_stranger_cannot_say_who_it_is(peer: str, forwarded_for: str) -> None:
    assert ClientAddresses(OWN).of(peer, forwarded_for) == peer
    assert not ClientAddresses(OWN).trusts(peer)


@given(ours, anything, strangers, st.lists(ours, max_size=4), st.sampled_from([",", ", ", " ,\t"]))
def test_whom_our_proxies_were_called_by(
    peer: str, said: str, visitor: str, proxies: list[str], comma: str
) -> None:
    addresses = ClientAddresses(OWN)
    forwarded_for = comma.join([visitor, *proxies])
    assert addresses.trusts(peer)
    assert addresses.of(peer, forwarded_for) == visitor
    # What the visitor itself had written stands further left.
    assert addresses.of(peer, said + comma + forwarded_for) == visitor


@given(ours, anything.filter(lambda text: "," not in text), st.lists(ours, max_size=3))
def test_a_malformed_list_says_nothing(peer: str, said: str, proxies: list[str]) -> None:
    if is_address(said.strip(" ")):
        return
    addresses = ClientAddresses(OWN)
    assert addresses.of(peer, ", ".join([said, *proxies])) == addresses.of(peer, "")


@given(ours, st.lists(ours, min_size=1, max_size=4))
def test_a_visitor_among_our_own_machines(peer: str, proxies: list[str]) -> None:
    addresses = ClientAddresses(OWN)
    assert addresses.of(peer, ", ".join(proxies)) == addresses.of(proxies[0], "")


def test_nobody_is_trusted_unless_named() -> None:
    addresses = ClientAddresses([])
    assert addresses.of("127.0.0.1", "203.0.113.7") == "127.0.0.1"
    assert not addresses.trusts("127.0.0.1")
    for peer in ("", "unix:", "@", "localhost", "127.0.0.1.", "1" * 300):
        assert not ClientAddresses(OWN).trusts(peer)
        assert ClientAddresses(OWN).of(peer, "203.0.113.7") == peer


def test_addresses_are_written_in_one_way() -> None:
    addresses = ClientAddresses(OWN)
    assert addresses.of("::ffff:192.0.2.1", "") == "192.0.2.1"
    assert addresses.of("2001:DB8:0::1", "") == "2001:db8::1"
    assert addresses.of("fe80::1%eth0", "") == "fe80::1"
    assert addresses.of("::ffff:10.1.2.3", "::FFFF:203.0.113.7") == "203.0.113.7"
    for malformed in ("203.0.113.7:80", "[2001:db8::1]", "2001:db8::1%1,", "010.1.1.1", "unknown"):
        assert addresses.of("10.1.2.3", malformed) == "10.1.2.3"


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_of_an_ipv6_address_the_64_counts(address: IPv6Address, host: int) -> None:
    if address.ipv4_mapped is not None:
        return
    neighbour = IPv6Address(int(address) >> 64 << 64 | host)
    if neighbour.ipv4_mapped is not None:
        return
    addresses = ClientAddresses([])
    key = addresses.key(str(address))
    assert key == addresses.key(str(neighbour))
    assert address in ip_network(key)
    assert ip_network(key).prefixlen == 64


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_counts_as_it_is_however_it_came(address: IPv4Address) -> None:
    addresses = ClientAddresses([])
    assert addresses.key(str(address)) == str(address)
    assert addresses.key(f"::ffff:{address}") == str(address)


def test_what_is_no_address_counts_as_it_is() -> None:
    assert ClientAddresses([]).key("unix:") == "unix:"


@pytest.mark.parametrize("entry", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "", "10.*"])
def test_what_cannot_be_trusted_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match=f"'{entry}'" if entry != "10.0.0.1/8" else entry):
        ClientAddresses(["127.0.0.1", entry])


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_address, "REMEMBERED", 10)
    addresses = ClientAddresses(OWN)
    for n in range(95):
        visitor = f"203.0.113.{n}"
        for _ in range(2):
            assert addresses.of("127.0.0.1", visitor) == visitor
            assert not addresses.trusts(visitor)
            assert addresses.key(visitor) == visitor
    assert addresses.of("127.0.0.1", "x" * 300) == "127.0.0.1"
    assert not addresses.trusts("x" * 300)
    assert addresses.key("x" * 300) == "x" * 300
    assert len(addresses._clients) == len(addresses._keys) == 5
    assert len(addresses._trusts) == 6  # with the proxy's own
