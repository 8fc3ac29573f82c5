"""The tracker of confirms, held against a model that is too simple to be wrong."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stream_reader.confirms import BadConfirm, Confirms

WINDOW = 12


class Model(RuleBasedStateMachine):
    """Every seq and every tag ever, with its state, and each question answered by looking."""

    def __init__(self) -> None:
        super().__init__()
        self.confirms = Confirms(WINDOW, 100)
        self.seqs: dict[int, str] = {}  # seq -> open | nacked | done
        self.tags: dict[int, int | None] = {}  # tag -> seq; None once it was answered
        self.passed = 0

    def watermark(self) -> int:
        mark = 100
        for seq, state in self.seqs.items():
            if state != "done":
                break
            mark = seq
        return mark

    def answered(self, tag: int, multiple: bool) -> list[int]:
        upper = max(self.tags) if multiple and tag == 0 else tag
        chosen = [t for t in self.tags if t == upper or (multiple and t <= upper)]
        seqs = [seq for t in chosen if (seq := self.tags[t]) is not None]
        self.tags.update(dict.fromkeys(chosen))
        return seqs

    @precondition(lambda self: self.confirms.room)
    @rule(gap=st.integers(1, 5))
    def publish(self, gap: int) -> None:
        seq, tag = max(self.seqs, default=100) + gap, len(self.tags) + 1
        self.seqs[seq] = "open"
        self.tags[tag] = seq
        self.confirms.published(tag, seq)

    @precondition(lambda self: self.confirms.room)
    @rule()
    def skip(self) -> None:
        seq = max(self.seqs, default=100) + 1
        self.seqs[seq] = "done"
        self.passed += self.confirms.skip(seq)

    @precondition(lambda self: self.tags)
    @rule(data=st.data(), multiple=st.booleans())
    def ack(self, data: st.DataObject, multiple: bool) -> None:
        tag = data.draw(st.integers(0 if multiple else 1, len(self.tags)))
        for seq in self.answered(tag, multiple):
            self.seqs[seq] = "done"
        self.passed += self.confirms.ack(tag, multiple)

    @precondition(lambda self: self.tags)
    @rule(data=st.data(), multiple=st.booleans())
    def nack(self, data: st.DataObject, multiple: bool) -> None:
        tag = data.draw(st.integers(0 if multiple else 1, len(self.tags)))
        refused = self.answered(tag, multiple)
        for seq in refused:
            self.seqs[seq] = "nacked"
        assert sorted(self.confirms.nack(tag, multiple)) == sorted(refused)

    @rule()
    def publish_again(self) -> None:
        for seq, state in self.seqs.items():
            if state == "nacked":
                tag = len(self.tags) + 1
                self.seqs[seq] = "open"
                self.tags[tag] = seq
                self.confirms.published(tag, seq)

    @rule(beyond=st.integers(1, 1000), multiple=st.booleans())
    def confirm_of_what_was_never_published(self, beyond: int, multiple: bool) -> None:
        with pytest.raises(BadConfirm):
            self.confirms.ack(len(self.tags) + beyond, multiple)

    @invariant()
    def every_answer_is_the_models(self) -> None:
        mark = self.watermark()
        behind = [seq for seq in self.seqs if seq > mark]
        assert self.confirms.watermark == mark
        assert self.confirms.oldest == (behind[0] if behind else None)
        assert self.confirms.room == WINDOW - len(behind)
        assert self.confirms.unconfirmed == sum(state != "done" for state in self.seqs.values())
        assert self.passed == sum(seq <= mark for seq in self.seqs)


Model.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestConfirms = Model.TestCase


def test_nothing_is_forgotten_behind_and_nothing_kept_for_ever() -> None:
    confirms = Confirms(10, 0)
    for seq in range(1, 10_001):
        confirms.published(seq, seq)
        confirms.ack(seq, False)
    assert confirms.watermark == 10_000
    kept = (confirms._in_flight, confirms._open, confirms._tags, confirms._seq_of)
    assert [len(collection) for collection in kept] == [0, 0, 0, 0]


@pytest.mark.parametrize("tag", [0, 3, 2**64 - 1])
def test_a_confirm_without_a_publish_is_refused(tag: int) -> None:
    confirms = Confirms(10, 0)
    confirms.published(1, 1)
    confirms.published(2, 2)
    with pytest.raises(BadConfirm):
        confirms.nack(tag, False)


def test_seqs_must_ascend_and_so_must_tags() -> None:
    confirms = Confirms(10, 5)
    for seq in (5, 4):
        with pytest.raises(ValueError, match="seq"):
            confirms.published(1, seq)
    confirms.published(1, 7)
    with pytest.raises(ValueError, match="tag"):
        confirms.published(1, 8)
    with pytest.raises(ValueError, match="seq"):
        confirms.skip(7)
