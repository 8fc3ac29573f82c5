"""The search finds the highest rate that holds, whatever the server can do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.rates import CONFIRMED, HIGHEST, LOWEST, START, Plan


@given(st.floats(LOWEST * 1.5, HIGHEST / 2))
def test_the_highest_rate_is_found_to_a_fifth_within_few_steps(capacity: float) -> None:
    plan = Plan(START)
    steps = 0
    while plan.rate is not None:
        plan.note(held=plan.rate <= capacity)
        steps += 1
    assert capacity / 2 ** (1 / 4) * 0.999 <= plan.best <= capacity
    assert steps <= 8 + 4 + CONFIRMED


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=400, max_size=400))
def test_it_ends_whatever_happens_and_gives_what_was_confirmed(
    outcomes: list[tuple[bool, bool]],
) -> None:
    plan = Plan(START)
    held: dict[float, int] = {}
    failed: list[float] = []
    for good, disturbed in outcomes:
        if plan.rate is None:
            break
        if good:
            held[plan.rate] = held.get(plan.rate, 0) + 1
        elif not disturbed:
            failed.append(plan.rate)
        plan.note(held=good, disturbed=disturbed and not good)
    assert plan.rate is None
    assert plan.best == 0 or held[plan.best] >= CONFIRMED
    assert all(plan.best < rate for rate in failed) or not failed or plan.best == 0


def test_a_disturbed_step_is_tried_again_a_few_times() -> None:
    plan = Plan(START)
    for _ in range(3):
        plan.note(held=False, disturbed=True)
        assert plan.rate == START
    plan.note(held=False, disturbed=True)
    assert plan.rate == START / 2
