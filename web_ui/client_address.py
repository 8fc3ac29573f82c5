"""Who a visitor is, for counting: the peer of the socket, or whom a trusted proxy names. Pure.

A proxy (nginx) appends the address it was called from to `X-Forwarded-For`, so the list is to be
believed from its right end for as long as the machines that wrote it are our own. Whatever stands
further left was written by strangers and is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

REMEMBERED = 16_384
"""Answers kept of each kind; when there are more, all are forgotten and begun anew."""
LONGEST_KEPT = 256
"""Characters of a text whose answer is kept. An IPv6 address has 45 at most."""


class ClientAddresses:
    """Reads addresses. `trusted`: addresses and networks (`10.0.0.0/8`) of our own proxies."""

    def __init__(self, trusted: Sequence[str]) -> None:
        """Raises ValueError, which names the entry that is neither address nor network."""
        self._networks = [ip_network(text) for text in trusted]
        self._trusts: dict[str, bool] = {}
        self._clients: dict[tuple[str, str], str] = {}
        self._keys: dict[str, str] = {}

    def trusts(self, peer: str) -> bool:
        """Whether what this peer says of others is believed."""
        known = self._trusts.get(peer)
        if known is None:
            address = _read(peer)
            known = address is not None and self._is_ours(address)
            if len(peer) <= LONGEST_KEPT:
                _make_room(self._trusts)
                self._trusts[peer] = known
        return known

    def of(self, peer: str, forwarded_for: str) -> str:
        """The visitor's address: the peer's, unless the peer is trusted; then the right-most of
        `forwarded_for` that is not trusted, or the left-most where all are. A malformed entry
        ends the search: the peer's. IPv4 in IPv6 (`::ffff:192.0.2.1`) is written as IPv4."""
        known = self._clients.get((peer, forwarded_for))
        if known is None:
            known = self._find(peer, forwarded_for)
            if len(peer) + len(forwarded_for) <= LONGEST_KEPT:
                _make_room(self._clients)
                self._clients[peer, forwarded_for] = known
        return known

    def key(self, address: str) -> str:
        """What an address is counted by: IPv4 itself, of IPv6 the /64 that one customer has."""
        known = self._keys.get(address)
        if known is None:
            parsed = _read(address)
            if isinstance(parsed, IPv6Address):
                known = str(IPv6Network((int(parsed) >> 64 << 64, 64)))
            else:
                known = address if parsed is None else str(parsed)
            if len(address) <= LONGEST_KEPT:
                _make_room(self._keys)
                self._keys[address] = known
        return known

    def _of_peer(self, peer: str) -> str:
        address = _read(peer)
        return peer if address is None else str(address)

    def _find(self, peer: str, forwarded_for: str) -> str:
        own = self._of_peer(peer)
        if not forwarded_for or not self.trusts(peer):
            return own
        found = own
        for text in reversed(forwarded_for.split(",")):
            address = _read(text.strip(" \t"))
            if address is None:
                return own
            found = str(address)
            if not self._is_ours(address):
                break
        return found

    def _is_ours(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.scope_id is not None:  # which of our own interfaces it came by
            return IPv6Address(int(address))
    return address


def _make_room(kept: dict[str, bool] | dict[str, str] | dict[tuple[str, str], str]) -> None:
    if len(kept) >= REMEMBERED:
        kept.clear()
