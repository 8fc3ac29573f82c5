"""What goes in comes out; what is no headcount raises BadHeadcount and nothing else."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amqp_specs.headcounts import (
    LARGEST_BODY,
    MOST_CHANNELS,
    MOST_VISITORS,
    BadHeadcount,
    decode,
    encode,
)

processes = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
channels = st.from_regex(r"room:[a-z0-9_-]{1,64}", fullmatch=True) | st.from_regex(
    r"thread:[A-Za-z0-9:._~-]{1,128}", fullmatch=True
)
heads = st.dictionaries(channels, st.integers(1, MOST_VISITORS), max_size=20)

PROCESS = "0123456789abcdef"


def body(**changes: object) -> bytes:
    return json.dumps({"process": PROCESS, "here": {"room:ada": 12}} | changes).encode()


@given(processes, heads)
def test_every_headcount_survives_the_wire(process: str, here: dict[str, int]) -> None:
    found = decode(encode(process, here))
    assert (found.process, found.here) == (process, here)


def test_it_has_the_published_form_and_unknown_keys_are_ignored() -> None:
    assert json.loads(encode(PROCESS, {"room:ada": 12})) == json.loads(body())
    assert decode(body(more=1)).here == {"room:ada": 12}


def test_the_largest_fits() -> None:
    names = [f"thread:{n:0128d}" for n in range(MOST_CHANNELS)]
    largest = encode(PROCESS, dict.fromkeys(names, MOST_VISITORS))
    assert len(largest) <= LARGEST_BODY
    assert len(decode(largest).here) == MOST_CHANNELS


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"more":' + b"[" * 3000,
        body(process="x"),
        body(process=PROCESS + "\n"),
        body(here=[]),
        body(here={"all": 1}),
        body(here={"tag:x": 1}),
        body(here={"room:Ada": 1}),
        body(here={"room:ada\n": 1}),
        body(here={"room:ada": 0}),
        body(here={"room:ada": -1}),
        body(here={"room:ada": 1.5}),
        body(here={"room:ada": True}),
        body(here={"room:ada": MOST_VISITORS + 1}),
        body(here={f"room:{n}": 1 for n in range(MOST_CHANNELS + 1)}),
        body(more="x" * LARGEST_BODY),
    ],
    ids=lambda value: value[:60].decode("ascii", "replace"),
)
def test_what_is_none_is_refused_with_a_short_reason(bad: bytes) -> None:
    with pytest.raises(BadHeadcount) as caught:
        decode(bad)
    assert 0 < len(str(caught.value)) <= 200


@given(st.binary(max_size=200))
def test_garbage_never_raises_anything_else(garbage: bytes) -> None:
    with contextlib.suppress(BadHeadcount):
        decode(garbage)
