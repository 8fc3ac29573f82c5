"""The bytes of answers, read as clients read them."""

from __future__ import annotations

import gzip
import json
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from tests.web_ui.raw_visitor import _read_answer, _read_frame
from tests.web_ui.stored import entry
from web_ui import answers
from web_ui.answers import POLL, SOCKET, SSE, Answer, refusal
from web_ui.cursor import Cursor
from web_ui.web_socket_frames import TEXT

CARDS = st.lists(st.text(max_size=900), max_size=6)
FLAGS = st.booleans()


def an_answer(cards: list[str]) -> Answer:
    entries = [entry(number, card=card) for number, card in enumerate(cards, 1)]
    return Answer(Cursor("e1", len(cards)), "live", entries)


def expected(cards: list[str], html: bool) -> object:
    events = [
        {"seq": n, "kind": "tweet", "id": str(n), "celeb": "ada"} | ({"html": card} if html else {})
        for n, card in enumerate(cards, 1)
    ]
    return {"cursor": f"e1.{len(cards)}", "verdict": "live", "events": events}


@given(CARDS, FLAGS, FLAGS, FLAGS)
def test_a_polls_answer_is_whole_http(
    cards: list[str], html: bool, zipped: bool, last: bool
) -> None:
    wire = an_answer(cards).wire(POLL[html, zipped, last])
    found = _read_answer(wire + b"HTTP/1.1 ", "GET")
    assert found is not None
    answer, size = found
    assert size == len(wire)
    assert (answer.status, answer.last) == (200, last)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Vary"] == "Accept-Encoding"
    body = answer.body
    if answer.headers["Content-Encoding"] == "gzip":
        assert zipped
        body = gzip.decompress(body)
        assert len(body) >= answers.WORTH_COMPRESSING
    else:
        assert not zipped or len(body) < answers.WORTH_COMPRESSING
    assert json.loads(body) == expected(cards, html)


@given(CARDS, FLAGS)
def test_an_events_data_is_one_line_however_the_cards_break(cards: list[str], html: bool) -> None:
    text = an_answer(cards).wire(SSE[html]).decode()
    assert text.endswith("\n\n")
    # The standard breaks lines at these three, and nowhere else.
    id_line, data, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert rest == ["", ""]
    assert id_line == f"id: e1.{len(cards)}"
    assert json.loads(data.removeprefix("data: ")) == expected(cards, html)


@given(CARDS, FLAGS)
def test_a_message_is_one_frame_of_text(cards: list[str], html: bool) -> None:
    wire = an_answer(cards).wire(SOCKET[html])
    found = _read_frame(wire)
    assert found is not None
    opcode, payload, size = found
    assert (opcode, size, wire[0] & 0x80) == (TEXT, len(wire), 0x80)
    assert json.loads(payload.decode()) == expected(cards, html)


def test_bytes_are_made_once_for_all_who_are_told_the_same() -> None:
    answer = an_answer(["<li>" * 500])
    for form in (POLL[True, True, False], SSE[True], SOCKET[True]):
        with mock.patch.object(form, "encode", wraps=form.encode) as encode:
            wires = [answer.wire(form) for _ in range(5)]
        assert encode.call_count == 1
        assert all(wire is wires[0] for wire in wires)
    assert answer.json(html=True) is answer.json(html=True)


def test_a_refusal() -> None:
    for last in (False, True):
        found = _read_answer(refusal(b"429 Too Many Requests", "too many", 7, last=last), "GET")
        assert found is not None
        answer = found[0]
        assert (answer.status, answer.json, answer.last) == (429, {"error": "too many"}, last)
        assert answer.headers["Retry-After"] == "7"
