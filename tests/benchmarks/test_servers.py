"""Each server tells its visitors everything once and in order, over every transport.

nchan is missing here: `make bench` installs it, and the tests need no more than they did.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks import point, rates, unruly
from tests.benchmarks.heads import TRANSPORTS, Transport
from tests.benchmarks.lines import FIRST_ID
from tests.benchmarks.point import Case
from tests.benchmarks.programs import build
from tests.benchmarks.servers import Name, Ours, peer_event
from tests.broker.node import BrokerNode


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    build()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerNode]:
    """Not the one for the whole run: to measure ours, its node is tied to a core."""
    node = BrokerNode(tmp_path_factory.mktemp("broker"))
    node.start()
    yield node
    node.kill()


@pytest.fixture(scope="module")
def size(node: BrokerNode, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Of one of our events."""
    with Ours(node, tmp_path_factory.mktemp("ours"), html=True) as ours:
        return ours.event_bytes()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", ["demo", "floor"])
def test_a_peer_delivers(name: Name, transport: Transport) -> None:
    case = Case(name, transport, 20, html=False, event_bytes=94)
    found = point.measure(case, None, messages=4, seconds=20)
    assert found.faultless, found.trouble
    assert len(found.to_last_ms) == len(found.cpu_ms) == 4
    assert found.bytes_per_delivery > 94


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_ours_delivers_and_its_events_are_measured(
    transport: Transport, node: BrokerNode, size: int
) -> None:
    assert size > len(peer_event(0, 0))
    case = Case("ours", transport, 20, html=True, event_bytes=size, identity=True)
    found = point.measure(case, node, messages=3, seconds=20)
    assert found.faultless, found.trouble
    assert found.bytes_per_delivery > size


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_who_comes_back_to_a_peer_misses_nothing(transport: Transport) -> None:
    case = Case("floor", transport, 100, html=False, event_bytes=94)
    found = unruly.measure(case, None, seconds=2)
    assert found.faultless, found.trouble
    assert found.returns > 0
    assert (found.missing, found.doubled, found.disordered) == (0, 0, 0)


def test_a_rate_is_held_and_a_higher_one_tried() -> None:
    case = Case("floor", "ws", 10, html=False, event_bytes=94)
    steps = rates.repeated(case, None, 50, repeats=2, seconds=0.5)
    assert [step.faultless for step in steps] == [True, True]
    assert all(step.report.delivered == 25 * 10 for step in steps)


@given(st.integers(0, 1 << 20), st.integers(0, 3000))
def test_a_peer_s_event_is_as_long_as_ours(n: int, size: int) -> None:
    event = peer_event(n, size)
    assert msgspec.json.decode(event)["id"] == str(FIRST_ID + n)
    bare = len(peer_event(n, 0))
    assert len(event) == (size if size > bare + len(',"html":""') else bare)
