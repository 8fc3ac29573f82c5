from __future__ import annotations

import gzip
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.gunzip import PIECE, Gunzip


def unpack(pieces: list[bytes]) -> tuple[bytes, int]:
    """What comes out, and how often `bad` was called."""
    bad: list[str] = []
    gunzip = Gunzip(bad.append)
    out = b"".join(out for piece in pieces for out in gunzip.feed(piece))
    gunzip.finish()
    return out, len(bad)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_several_members_with_padding_come_out_as_one(size: int) -> None:
    packed = gzip.compress(b"one\n") + gzip.compress(b"") + gzip.compress(b"two\n") + b"\0" * 9
    assert unpack(cut(packed, size)) == (b"one\ntwo\n", 0)


def test_plain_bytes_pass() -> None:
    assert unpack([b"{", b"}", b"\x1f\x8b"]) == (b"{}\x1f\x8b", 0)
    assert unpack([]) == (b"", 0)


@given(st.binary(max_size=2000), st.integers(1, 200))
def test_what_was_packed_comes_out(data: bytes, size: int) -> None:
    assert unpack(cut(gzip.compress(data), size)) == (data, 0)


def test_a_huge_file_comes_in_small_pieces() -> None:
    gunzip = Gunzip(lambda _: None)
    sizes = [len(piece) for piece in gunzip.feed(gzip.compress(b"x" * 5_000_000))]
    assert sum(sizes) == 5_000_000
    assert max(sizes) == PIECE


def test_a_file_cut_off_gives_what_is_there_and_is_reported() -> None:
    data = random.Random(1).randbytes(10_000)
    packed = gzip.compress(data)
    out, bad = unpack([packed[:5000]])
    assert data.startswith(out)
    assert bad == 1


def test_a_damaged_file_gives_what_is_good_and_is_reported_once() -> None:
    packed = gzip.compress(b"good\n") + b"\x1f\x8bgarbage"
    assert unpack([*cut(packed, 6), b"more", b"\x1f\x8b\x08"]) == (b"good\n", 1)


def test_plain_bytes_behind_a_member_pass() -> None:
    assert unpack([gzip.compress(b"packed\n") + b"plain\n"]) == (b"packed\nplain\n", 0)


def test_many_tiny_members_do_not_nest() -> None:
    assert unpack([gzip.compress(b"x") * 5000]) == (b"x" * 5000, 0)
