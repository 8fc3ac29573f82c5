from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stream_reader.lines import SHOWN, LineSplitter


def split(pieces: list[bytes], limit: int = 10) -> tuple[list[bytes], list[bytes]]:
    """The lines, and the beginnings of those that were too long."""
    too_long: list[bytes] = []
    splitter = LineSplitter(limit, too_long.append)
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return lines + splitter.finish(), too_long


def test_lines_come_whole_whatever_the_pieces() -> None:
    assert split([b"a", b"b\nc", b"\n\nd\ne", b"f"]) == ([b"ab", b"c", b"", b"d", b"ef"], [])


def test_a_line_of_the_limit_passes_and_a_longer_one_is_skipped_to_its_end() -> None:
    assert split([b"x" * 10 + b"\n" + b"y" * 11 + b"\nz\n"]) == ([b"x" * 10, b"z"], [b"y" * 11])


def test_the_next_line_after_an_endless_one_comes_through() -> None:
    lines, too_long = split([b"y" * 7] * 1000 + [b"\ngood\n"])
    assert lines == [b"good"]
    assert too_long == [b"y" * 14]


def test_an_endless_line_is_not_kept() -> None:
    shown: list[bytes] = []
    splitter = LineSplitter(1000, shown.append)
    for _ in range(1000):
        splitter.feed(b"y" * 5000)
    assert splitter.finish() == []
    assert [len(line) for line in shown] == [SHOWN]


def test_finish_makes_ready_for_another_source() -> None:
    splitter = LineSplitter(10, lambda _: None)
    splitter.feed(b"z" * 11)
    assert splitter.finish() == []
    assert splitter.feed(b"a\n") == [b"a"]


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"a", b"\n"))), st.data())
def test_splitting_in_pieces_gives_what_splitting_at_once_gives(
    pieces: list[bytes], data: st.DataObject
) -> None:
    limit = data.draw(st.integers(1, 40))
    whole = b"".join(pieces).split(b"\n")
    if not whole[-1]:
        whole.pop()
    lines, too_long = split(pieces, limit)
    assert lines == [line for line in whole if len(line) <= limit]
    assert len(too_long) == sum(len(line) > limit for line in whole)
