from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import event, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.web_ui.request_heads import HOST, RECOGNISED
from tests.web_ui.tornado_peer import GOODBYE, LAST, MOST, TornadoPeer
from web_ui import update_request
from web_ui.cursor import Cursor
from web_ui.update_request import RequestFields, RequestReader, UpdatesTarget
from web_ui.updates_query import UpdatesQuery
from web_ui.web_socket_frames import accept_value

LINE = b"GET /updates?channel=all&cursor=5f3a9c01.812&wait=25 HTTP/1.1"
PLAIN = b"Host: celebs.example\r\nAccept: */*\r\n\r\n"
SOCKET = (
    b"Host: celebs.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: 5R/YXhqOzsBRYNePCdOGtg==\r\n\r\n"
)


@pytest.fixture(scope="module")
def tornado() -> Iterator[TornadoPeer]:
    with TornadoPeer() as peer:
        yield peer


def read(reader: RequestReader, head: bytes) -> tuple[UpdatesTarget, RequestFields] | None:
    """As the front door does: the line, the block behind it, and both together."""
    line, _, block = head.partition(b"\r\n")
    target, fields = reader.line(line), reader.fields(block)
    assert (target, fields) == (reader.line(line), reader.fields(block)), "it remembers wrongly"
    if target is None or fields is None:
        return None
    target = target.with_fields(fields)
    return None if target is None else (target, fields)


def agrees(tornado: TornadoPeer, head: bytes, target: UpdatesTarget, fields: RequestFields) -> None:
    """Tornado reads the same, and begins the next request where this one ends."""
    if fields.upgrade is None:
        seen, answers = tornado.reads(head + head + LAST)
        assert [one.transport for one in seen] == [target.transport] * 2 + ["last"], seen
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == 3
        del seen[-1]
    else:
        seen, answers = tornado.reads(head + GOODBYE)
        assert [one.transport for one in seen] == ["ws"]
        assert answers.startswith(b"HTTP/1.1 101 ")
        accepted = re.findall(rb"\r\nSec-Websocket-Accept: (.*)\r\n", answers, re.IGNORECASE)
        assert accepted == [accept_value(fields.upgrade)]
    for one in seen:
        assert one.query == target.query
        assert one.forwarded_for == fields.forwarded_for
        assert (one.last_event_id or None) == fields.last_event_id
        assert "gzip" in one.encodings or not fields.gzip
        assert one.body == b""


# What must be recognised


@pytest.mark.parametrize("name", RECOGNISED)
def test_what_browsers_send_is_recognised_and_read_as_tornado_reads_it(
    name: str, tornado: TornadoPeer
) -> None:
    found = read(RequestReader(MOST), RECOGNISED[name])
    assert found is not None
    agrees(tornado, RECOGNISED[name], *found)
    target, fields = found
    assert fields.gzip == (b"gzip" in RECOGNISED[name])
    assert (fields.forwarded_for == "203.0.113.7") == name.startswith("nginx")
    seq = 813 if b"Last-Event-ID" in RECOGNISED[name] else 812
    assert target.query.cursor == (None if name == "http.client" else Cursor("5f3a9c01", seq))


channel = st.one_of(
    st.just("all"),
    st.from_regex(r"\A(celeb|room):[a-z0-9_-]{1,64}\Z"),
    st.from_regex(r"\Athread:[A-Za-z0-9:._~-]{1,128}\Z"),
    st.text(st.characters(codec="utf-8", exclude_categories=["Z", "Cc"]), min_size=1, max_size=20)
    .filter(lambda tag: not re.search(r"[\s,:/?#]", tag))
    .map("tag:".__add__),
)
cursor = st.builds(Cursor, st.from_regex(r"\A[0-9a-z]{1,32}\Z"), st.integers(0, 10**18 - 1))
asked = st.fixed_dictionaries(
    {"channel": st.lists(channel, min_size=1, max_size=5).map(",".join)},
    optional={
        "cursor": cursor.map(str),
        "wait": st.integers(0, 120).map(str) | st.floats(0.001, 120).map("{:.3f}".format),
        "html": st.sampled_from("01"),
    },
)


def as_script_writes(parameters: list[tuple[str, str]]) -> str:
    """`new URLSearchParams(…)`"""
    return urlencode(parameters, safe="*").replace("~", "%7E")


def as_component(parameters: list[tuple[str, str]]) -> str:
    """`name=${encodeURIComponent(value)}`"""
    return "&".join(name + "=" + quote(value, safe="!~*'()") for name, value in parameters)


@given(
    parameters=asked.flatmap(lambda d: st.permutations(sorted(d.items()))),
    write=st.sampled_from([as_script_writes, as_component]),
    path=st.sampled_from(["", "/sse", "/ws"]),
)
def test_whatever_a_page_asks_for_is_recognised(
    tornado: TornadoPeer,
    parameters: list[tuple[str, str]],
    write: Callable[[list[tuple[str, str]]], str],
    path: str,
) -> None:
    line = f"GET /updates{path}?{write(parameters)} HTTP/1.1\r\n".encode()
    head = line + (SOCKET if path == "/ws" else PLAIN)
    found = read(RequestReader(MOST), head)
    assert found is not None
    assert found[0].query == UpdatesQuery.read(
        lambda name: [value for given, value in parameters if given == name], MOST
    )
    agrees(tornado, head, *found)


# What must not


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET /updates HTTP/1.1",
        b"GET /updates? HTTP/1.1",
        b"GET /updates?cursor=5f3a9c01.812 HTTP/1.1",
        b"get /updates?channel=all HTTP/1.1",
        b"HEAD /updates?channel=all HTTP/1.1",
        b"POST /updates?channel=all HTTP/1.1",
        b"GET /updates?channel=all HTTP/1.0",
        b"GET /updates?channel=all HTTP/1.10",
        b"GET /updates?channel=all HTTP/2.0",
        b"GET /updates?channel=all http/1.1",
        b"GET /updates?channel=all",
        b"GET  /updates?channel=all HTTP/1.1",
        b"GET\t/updates?channel=all HTTP/1.1",
        b"GET /updates?channel=all  HTTP/1.1",
        b"GET /updates?channel=all HTTP/1.1 ",
        b" GET /updates?channel=all HTTP/1.1",
        b"GET /updates?channel=all HTTP/1.1\r",
        b"GET /updates?channel=all HTTP/1.1\n",
        b"GET http://celebs.example/updates?channel=all HTTP/1.1",
        b"GET //updates?channel=all HTTP/1.1",
        b"GET /updates/?channel=all HTTP/1.1",
        b"GET /updates/sse/?channel=all HTTP/1.1",
        b"GET /Updates?channel=all HTTP/1.1",
        b"GET /%75pdates?channel=all HTTP/1.1",
        b"GET /updates?channel=all#top HTTP/1.1",
        b"GET /updates?channel=all? HTTP/1.1",
        b"GET /updates??channel=all HTTP/1.1",
        b"GET /updates?channel=all& HTTP/1.1",
        b"GET /updates?&channel=all HTTP/1.1",
        b"GET /updates?channel=all&&wait=1 HTTP/1.1",
        b"GET /updates?channel=all;wait=1 HTTP/1.1",
        b"GET /updates?channel=all&channel=all HTTP/1.1",
        b"GET /updates?channel=all&wait=1&wait=2 HTTP/1.1",
        b"GET /updates?channel=all&cursor=a.1&cursor=a.1 HTTP/1.1",
        b"GET /updates?channel=all&html=0&html=0 HTTP/1.1",
        b"GET /updates?channel=all&a=b HTTP/1.1",
        b"GET /updates?channel=all&channel HTTP/1.1",
        b"GET /updates?Channel=all HTTP/1.1",
        b"GET /updates?%63hannel=all HTTP/1.1",
        b"GET /updates?channel HTTP/1.1",
        b"GET /updates?channel= HTTP/1.1",
        b"GET /updates?channel=nothing HTTP/1.1",
        b"GET /updates?channel=all, HTTP/1.1",
        b"GET /updates?channel=all+ HTTP/1.1",
        b"GET /updates?channel=tag:a+b HTTP/1.1",
        b"GET /updates?channel=all%20 HTTP/1.1",
        b"GET /updates?channel=tag:%C2%A0x HTTP/1.1",
        b"GET /updates?channel=all%00 HTTP/1.1",
        b"GET /updates?channel=all%0a HTTP/1.1",
        b"GET /updates?channel=%00all HTTP/1.1",
        b"GET /updates?channel=tag:a%00b HTTP/1.1",
        b"GET /updates?channel=tag:a%7Fb HTTP/1.1",
        b"GET /updates?channel=tag:a%0D%0Ab HTTP/1.1",
        b"GET /updates?channel=all% HTTP/1.1",
        b"GET /updates?channel=tag:%4 HTTP/1.1",
        b"GET /updates?channel=tag:%zz HTTP/1.1",
        b"GET /updates?channel=tag:%FF HTTP/1.1",
        b"GET /updates?channel=tag:%C0%AF HTTP/1.1",
        b"GET /updates?channel=tag:%ED%A0%80 HTTP/1.1",
        b"GET /updates?channel=tag:\xc3\xbc HTTP/1.1",
        b"GET /updates?channel=tag:a\x00b HTTP/1.1",
        b"GET /updates?channel=all&cursor= HTTP/1.1",
        b"GET /updates?channel=all&cursor=5f3a9c01 HTTP/1.1",
        b"GET /updates?channel=all&cursor=5f3a9c01.012 HTTP/1.1",
        b"GET /updates?channel=all&cursor=5f3a9c01.-1 HTTP/1.1",
        b"GET /updates?channel=all&cursor=a.1" + b"0" * 18 + b" HTTP/1.1",
        b"GET /updates?channel=all&wait= HTTP/1.1",
        b"GET /updates?channel=all&wait=-1 HTTP/1.1",
        b"GET /updates?channel=all&wait=nan HTTP/1.1",
        b"GET /updates?channel=all&wait=1e9 HTTP/1.1",
        b"GET /updates?channel=all&wait=1_0 HTTP/1.1",
        b"GET /updates?channel=all&wait=1. HTTP/1.1",
        b"GET /updates?channel=all&html=2 HTTP/1.1",
        b"GET /updates?channel=" + b",".join(b"celeb:c%d" % n for n in range(51)) + b" HTTP/1.1",
    ],
)
def test_a_line_that_is_left_to_tornado(line: bytes) -> None:
    assert RequestReader(MOST).line(line) is None


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b"Accept: */*\r\n\r\n",
        b"Host: a\r\n",
        b"Host: a\n\n",
        b"Host: a\r\n\n",
        b"Host: a\n\r\n",
        b"Host: a\r\r\n\r\n",
        b"Host: a\r\n\r\n\r\n",
        b"Host: a\r\n\r\nGET /last HTTP/1.1\r\nHost: a\r\n\r\n",
        b"Host: \r\n\r\n",
        b"Host: a, b\r\n\r\n",
        b"Host: a b\r\n\r\n",
        b"Host: a@b\r\n\r\n",
        b"Host: a/b\r\n\r\n",
        b"Host: a:\r\n\r\n",
        b"Host: a:b\r\n\r\n",
        b"Host: [::1\r\n\r\n",
        b"Host: ::1\r\n\r\n",
        b"Host: a\r\nHost: a\r\n\r\n",
        b"Host: a\r\nhost: b\r\n\r\n",
        b"Host: a\r\nContent-Length: 0\r\n\r\n",
        b"Host: a\r\ncontent-length: 5\r\n\r\n",
        b"Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"Host: a\r\nContent-Length:\r\n\r\n",
        b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"Host: a\r\nTRANSFER-ENCODING: identity\r\n\r\n",
        b"Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        b"Host: a\r\nTransfer-Encoding\r\n : chunked\r\n\r\n",
        b"Host: a\r\nExpect: 100-continue\r\n\r\n",
        b"Host: a\r\nTrailer: x\r\n\r\n",
        b'Host: a\r\nIf-None-Match: "x"\r\n\r\n',
        b"Host: a\r\nConnection: close\r\n\r\n",
        b"Host: a\r\nConnection: keep-alive, close\r\n\r\n",
        b"Host: a\r\nConnection: Upgrade\r\n\r\n",
        b"Host: a\r\nConnection: Host\r\n\r\n",
        b"Host: a\r\nConnection:\r\n\r\n",
        b"Host: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
        b"Host: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
        b"Host: a\r\nUpgrade: websocket\r\n\r\n",
        b"Host: a\r\nUpgrade:\r\n\r\n",
        b"Host : a\r\n\r\n",
        b"Host: a\r\nAccept : b\r\n\r\n",
        b"Host: a\r\nContent-Length : 5\r\n\r\n",
        b" Host: a\r\n\r\n",
        b"Host: a\r\n Content-Length: 5\r\n\r\n",
        b"Host: a\r\nAccept: b\r\n\tc\r\n\r\n",
        b"Host: a\r\nAccept\r\n\r\n",
        b"Host: a\r\n: b\r\n\r\n",
        b"Host: a\r\nAcc(ept: b\r\n\r\n",
        b"Host: a\r\nAcc\xe9pt: b\r\n\r\n",
        b"Host: a\r\nAccept: \xe9\r\n\r\n",
        b"Host: a\r\nAccept: a\x00b\r\n\r\n",
        b"Host: a\r\nAccept: a\tb\r\n\r\n",
        b"Host: a\r\nAccept: a\x7fb\r\n\r\n",
        b"Host: a\r\nAccept: a\rContent-Length: 5\r\n\r\n",
        b"Host: a\r\nAccept: a\nContent-Length: 5\r\n\r\n",
        b"Host: a\r\nAccept: a\n\r\n\r\n",
        b"Host: a\r\nAccept: a\x0bb\r\n\r\n",
        b"Host: a\r\nAccept: a\x85b\r\n\r\n",
        b"Host: a\r\nLast-Event-ID: 17\r\n\r\n",
        b"Host: a\r\nLast-Event-ID: a.1\r\nLast-Event-ID: a.2\r\n\r\n",
        b"Host: a\r\nAccept-Encoding: gzip\r\nAccept-Encoding: br\r\n\r\n",
        b"Host: a\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 203.0.113.8\r\n\r\n",
    ],
)
def test_fields_that_are_left_to_tornado(block: bytes) -> None:
    assert RequestReader(MOST).fields(block) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Upgrade: websocket", b"Upgrade: websocket, h2c"),
        (b"Upgrade: websocket", b"Upgrade: WebSocket\r\nUpgrade: websocket"),
        (b"Connection: Upgrade", b"Connection: keep-alive"),
        (b"Connection: Upgrade", b"Connection: Upgrade, close"),
        (b"Connection: Upgrade\r\n", b""),
        (b"Version: 13", b"Version: 8"),
        (b"Version: 13", b"Version: 13, 8"),
        (b"Sec-WebSocket-Version: 13\r\n", b""),
        (b"Key: 5R/YXhqOzsBRYNePCdOGtg==", b"Key: 5R/YXhqOzsBRYNePCdOGtg"),
        (b"Key: 5R/YXhqOzsBRYNePCdOGtg==", b"Key: 5R/YXhqOzsBRYNePCdOGtx=="),
        (b"Key: 5R/YXhqOzsBRYNePCdOGtg==", b"Key: 5R/YXhqOzsBRYNePCdO="),
        (b"Key: 5R/YXhqOzsBRYNePCdOGtg==", b"Key:"),
        (b"\r\n\r\n", b"\r\nOrigin: http://elsewhere.example\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nOrigin: http://celebs.example:8080\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nOrigin: http://celebs.example.elsewhere.example\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nOrigin: http://a@celebs.example\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nOrigin: http://[celebs.example\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nOrigin: null\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nOrigin:\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nSec-Fetch-Site: cross-site\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nSec-Fetch-Site: same-site\r\nOrigin: http://celebs.example\r\n\r\n"),
    ],
)
def test_a_handshake_that_is_left_to_tornado(old: bytes, new: bytes) -> None:
    assert RequestReader(MOST).fields(SOCKET) is not None
    assert old in SOCKET
    assert RequestReader(MOST).fields(SOCKET.replace(old, new, 1)) is None


def test_a_handshake_belongs_to_its_address_and_nowhere_else() -> None:
    reader = RequestReader(MOST)
    poll, socket = reader.line(LINE), reader.line(LINE.replace(b"?", b"/ws?"))
    plain, handshake = reader.fields(PLAIN), reader.fields(SOCKET)
    assert poll
    assert socket
    assert plain
    assert handshake
    assert poll.with_fields(plain) is poll
    assert socket.with_fields(handshake) is socket
    assert poll.with_fields(handshake) is None
    assert socket.with_fields(plain) is None


def test_only_gzip_that_is_not_weighed_counts() -> None:
    for text, gzip in {
        "gzip": True,
        " gzip": True,
        "br,gzip": True,
        "br , gzip , zstd": True,
        "gzip;q=1.0": False,
        "gzip;q=0": False,
        "x-gzip": False,
        "gzipped": False,
        "GZIP": False,
        "*": False,
        "": False,
    }.items():
        fields = RequestReader(MOST).fields(f"Host: a\r\nAccept-Encoding:{text}\r\n\r\n".encode())
        assert fields is not None
        assert fields.gzip == gzip, text


# Against Tornado, with what is nearly right

PIECES = [
    *(bytes((byte,)) for byte in b"\r\n \t\x00\x0b\x7f\xff:,&=?#+;%_1aZ"),
    *(bytes((byte,)) for byte in b"abcxyz0123456789-._~*!' "),
    *b"%00 %20 %2C %3A %zz %C3%BC \xc3\xbc gzip &wait=3 &cursor=b.1 celeb:ada, websocket".split(),
    b"\r\n ",
    b"\r\n\r\n",
]
LINES = [
    b"",
    b" folded",
    b"Content-Length: 5",
    b"Content-Length : 5",
    b"Transfer-Encoding: chunked",
    b"Expect: 100-continue",
    b"Connection: close",
    b"Connection: keep-alive",
    b"Host: b",
    b"Last-Event-ID: b.7",
    b"X-Forwarded-For: 203.0.113.9",
    b"Accept-Encoding: br",
    b"Origin: http://elsewhere.example",
    b"Sec-Fetch-Site: same-origin",
    b"Upgrade: h2c",
]
SWAPS = [
    (b"HTTP/1.1", b"HTTP/1.0"),
    (b"GET", b"HEAD"),
    (b"\r\n", b"\n"),
    (b"wait=25", b"wait=2_5"),
    (b"=all", b"=tag:a+b"),
    (b"=all", b"=tag:a%2Bb"),
    (b"=all", b"=tag:a%00b"),
    (b"=all", b"=all%00"),
    (b"=all", b"=%20all"),
    (b"=all", b"=tag:%zz"),
    (b"=all", b"=tag:%FF"),
    (b"=all", b"=tag:%C3%BC,thread:a~b"),
    (b"Key: ", b"Key: a"),
]


@st.composite
def nearly_right(draw: st.DrawFn) -> bytes:
    """A head that programs send, with a little of it changed."""
    head = draw(st.sampled_from(list(RECOGNISED.values())))
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3)):
        # Half of it in the first line, where there are fewer bytes.
        end = head.find(b"\r\n") + 2 if draw(st.booleans()) else len(head)
        at = draw(st.integers(0, max(end, 0)))
        head = change(draw, head, at, min(len(head), at + draw(st.integers(1, 12))))
    return head


Change = Callable[[st.DrawFn, bytes, int, int], bytes]


def insert(draw: st.DrawFn, head: bytes, at: int, until: int) -> bytes:
    return head[:at] + draw(st.sampled_from(PIECES) | st.binary(max_size=2)) + head[at:]


def replace(draw: st.DrawFn, head: bytes, at: int, until: int) -> bytes:
    return head[:at] + draw(st.sampled_from(PIECES) | st.binary(max_size=2)) + head[until:]


def delete(draw: st.DrawFn, head: bytes, at: int, until: int) -> bytes:
    return head[:at] + head[until:]


def double(draw: st.DrawFn, head: bytes, at: int, until: int) -> bytes:
    return head[:at] + head[at:until] * 2 + head[until:]


def change_case(draw: st.DrawFn, head: bytes, at: int, until: int) -> bytes:
    return head[:at] + head[at:until].swapcase() + head[until:]


def insert_line(draw: st.DrawFn, head: bytes, at: int, until: int) -> bytes:
    lines = head.split(b"\r\n")
    lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(lines + LINES)))
    return b"\r\n".join(lines)


def swap(draw: st.DrawFn, head: bytes, at: int, until: int) -> bytes:
    return head.replace(*draw(st.sampled_from(SWAPS)), 1)


CHANGES: list[Change] = [insert, replace, delete, double, change_case, insert_line, swap]


@given(head=nearly_right())
@examples(max_examples=1500)
def test_what_is_recognised_tornado_reads_the_same(tornado: TornadoPeer, head: bytes) -> None:
    found = read(RequestReader(MOST), head)
    event("recognised" if found else "left to Tornado")
    if found:
        agrees(tornado, head, *found)


# Bounds


def test_long_lines_and_blocks_are_left_to_tornado_and_soon() -> None:
    reader = RequestReader(MOST)
    for text in (b"a" * 8000, b"%41" * 2700, b"%4" * 4000, b"tag:" + b"a%" * 3900, b"," * 8000):
        assert reader.line(b"GET /updates?channel=" + text + b" HTTP/1.1") is None
    for text in (b"a" * 8100, b" " * 8100, b"a: " * 2700, b"a:b\r\n" * 1600, b"\r\n" * 4000):
        assert reader.fields(b"Host: a\r\n" + text) is None
        assert reader.fields(b"Host: a\r\nAccept: " + text + b"\x00\r\n\r\n") is None
    assert reader.fields(b"Host: a\r\nCookie: " + b"a" * 8000 + b"\r\n\r\n") is not None
    assert reader.fields(b"Host: a\r\nCookie: " + b"a" * 8192 + b"\r\n\r\n") is None


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LINES", "CHANNEL_TEXTS", "BLOCKS"):
        monkeypatch.setattr(update_request, name, 10)
    reader = RequestReader(MOST)
    for n in range(95):
        assert reader.line(LINE.replace(b"all", b"celeb:c%d" % n)) is not None
        assert reader.fields(PLAIN.replace(b"*/*", b"%d" % n)) is not None
        assert reader.fields(SOCKET) is not None
        assert reader.line(LINE.replace(b"all", b"all%d" % n)) is None
    long = b"thread:" + b"a" * 128
    assert reader.line(LINE.replace(b"all", b",".join([long] * 8))) is not None
    assert reader.fields(PLAIN.replace(b"*/*", b"a" * 1024)) is not None
    assert len(reader._lines) == len(reader._channels) == len(reader._blocks) == 5
    query = UpdatesQuery(frozenset({"all"}), Cursor("5f3a9c01", 812), 25.0, True)
    assert reader.line(LINE) == UpdatesTarget("poll", query)


def test_the_host_names_itself_in_every_usual_way() -> None:
    for host in (HOST, "localhost", "127.0.0.1:8080", "[::1]:8080", "web_1", "a.b.", "A.B"):
        assert RequestReader(MOST).fields(f"Host: {host}\r\n\r\n".encode()) is not None
