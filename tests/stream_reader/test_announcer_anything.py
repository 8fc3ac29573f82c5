"""The announcer under everything at once: random events, and what must hold whatever happens."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stream_reader.broker import BrokerRefused
from tests.stream_reader.announcer_fakes import DOWN, HandPublisher, Stage


class AnythingGoes(RuleBasedStateMachine):
    """Random events; what must hold at every moment, and that all is announced in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(window=8)
        self.stage.announcer.start()
        self.answered: dict[HandPublisher, set[int]] = {}
        self.safe: set[int] = set()
        """Seqs that were confirmed on some connection: what may be marked."""

    @property
    def publisher(self) -> HandPublisher | None:
        live = [p for p in self.stage.connector.publishers if p in self.answered]
        return live[-1] if live and not live[-1].aborts else None

    @precondition(lambda self: self.stage.connector.trying)
    @rule()
    def accept(self) -> None:
        self.answered = {}
        # The first page goes out before `accept` returns.
        self.answered[self.stage.connector.accept()] = set()

    @precondition(lambda self: self.stage.connector.trying)
    @rule(error=st.sampled_from([DOWN, BrokerRefused("refuses you")]))
    def refuse(self, error: Exception) -> None:
        self.stage.connector.refuse(error)

    @rule(count=st.integers(1, 20), others=st.integers(0, 3))
    def save(self, count: int, others: int) -> None:
        self.stage.store.add(count, others=others)
        self.stage.announcer.wake()

    @precondition(lambda self: self.publisher is not None and self.publisher.sent)
    @rule(data=st.data(), multiple=st.booleans(), good=st.booleans())
    def confirm(self, data: st.DataObject, multiple: bool, good: bool) -> None:
        publisher = self.publisher
        assert publisher is not None
        tag = data.draw(st.integers(1, len(publisher.sent)))
        tags = set(range(1 if multiple else tag, tag + 1)) - self.answered[publisher]
        self.answered[publisher] |= tags
        if good:
            self.safe |= {publisher.sent[t - 1].seq for t in tags}
            publisher.listener.acked(tag, multiple)
        else:
            publisher.listener.nacked(tag, multiple)

    @precondition(lambda self: self.publisher is not None)
    @rule()
    def lose(self) -> None:
        publisher = self.publisher
        assert publisher is not None
        self.answered = {}
        publisher.listener.lost("broke off the connection")

    @precondition(lambda self: self.publisher is not None)
    @rule(reason=st.sampled_from(["low on memory", None]))
    def block(self, reason: str | None) -> None:
        assert self.publisher is not None
        self.publisher.listener.blocked(reason)

    @rule(slow=st.booleans(), broken=st.booleans())
    def store_mood(self, slow: bool, broken: bool) -> None:
        self.stage.store.slow = slow
        self.stage.store.broken = OSError("moody") if broken else None

    @rule()
    def store_answers(self) -> None:
        self.stage.store.answer()

    @rule(seconds=st.sampled_from([0.05, 0.5, 1.0, 8.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.stage.clock.advance(seconds)

    @invariant()
    def nothing_is_marked_that_was_not_confirmed(self) -> None:
        assert {seq for seq in self._saved() if seq <= self.stage.store.marked} <= self.safe

    @invariant()
    def on_each_connection_new_seqs_go_out_in_order_without_a_hole(self) -> None:
        for publisher in self.stage.connector.publishers:
            new = list(dict.fromkeys(publisher.seqs))
            assert new == [s for s in self._saved() if new[0] <= s <= new[-1]] if new else True

    @invariant()
    def the_window_holds(self) -> None:
        unconfirmed = self.stage.count("unconfirmed")
        assert unconfirmed is not None
        assert unconfirmed <= 8

    def _saved(self) -> list[int]:
        return [event.seq for event in self.stage.store.events]

    def teardown(self) -> None:
        """The weather clears: everything that was saved is announced and marked."""
        stage = self.stage
        stage.store.slow, stage.store.broken = False, None
        for _ in range(400):
            stage.store.answer()
            if stage.connector.trying:
                self.accept()
            publisher = self.publisher
            if publisher is not None:
                publisher.listener.blocked(None)
                if publisher.sent:
                    self.safe |= set(publisher.seqs)
                    publisher.listener.acked(len(publisher.sent), True)
            stage.clock.advance(0.5)
        assert stage.store.marked == stage.store.latest
        assert stage.announcer.problem() is None
        assert stage.count("announced_total") == len(stage.store.events)
        assert stage.count("unconfirmed") == 0


AnythingGoes.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestAnythingGoes = AnythingGoes.TestCase
