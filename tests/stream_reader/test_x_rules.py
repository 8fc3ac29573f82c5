from __future__ import annotations

import csv
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from hypothesis import given
from hypothesis import strategies as st

from stream_reader.x_rules import AT_ONCE, MOST_RULES, RULE_LENGTH, pack, plan, sync

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HANDLES = st.from_regex(r"[A-Za-z0-9_]{1,15}", fullmatch=True)


def handles_in(rules: list[str]) -> list[str]:
    return [word.removeprefix("from:") for rule in rules for word in rule.split(" OR ")]


def test_accounts_are_packed_into_one_rule() -> None:
    assert pack(["bob", "Ada", "ADA"]) == ["from:ada OR from:bob"]
    assert pack([]) == []


@given(st.lists(HANDLES, max_size=400))
def test_packed_rules_hold_each_account_once_within_xs_length(handles: list[str]) -> None:
    rules = pack(handles)
    assert sorted(handles_in(rules)) == sorted({handle.lower() for handle in handles})
    assert all(len(rule) <= RULE_LENGTH for rule in rules)
    assert rules == pack(reversed(handles))
    # Full: no rule could take the first account of the next.
    for rule, following in pairwise(rules):
        assert len(rule) + len(" OR ") + len(following.split(" OR ")[0]) > RULE_LENGTH


@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here")
def test_a_thousand_well_known_accounts_take_a_few_rules() -> None:
    with (DATA / "top_celebrities.csv").open(newline="") as rows:
        handles = [row[0] for row in csv.reader(rows)][1:]
    assert len(handles) == 987
    assert len(pack(handles)) <= 25


def test_what_is_missing_is_added_and_only_our_own_stale_rules_are_deleted() -> None:
    answer = {
        "data": [
            {"id": "1", "value": "from:ada", "tag": "celebwire:follow"},
            {"id": 2, "value": "from:gone", "tag": "celebwire:follow"},
            {"id": "3", "value": "cats has:images", "tag": "cats"},
            {"id": "4", "value": "dogs"},
            {"id": "5", "value": "from:bob", "tag": "someone else's, and good for us"},
            {"id": "x", "value": "from:odd", "tag": "celebwire:follow"},
            {"value": 7, "tag": ["celebwire:"]},
            None,
        ]
    }
    todo = plan(answer, ["from:ada", "from:bob", "from:cleo"])
    assert (todo.add, todo.delete) == (["from:cleo"], ["2"])
    assert todo.room == MOST_RULES - 7


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": {}}, [], None, "x", {"meta": 1}])
def test_no_rules_yet_or_an_odd_answer(answer: Any) -> None:
    assert plan(answer, ["from:ada"]).add == ["from:ada"]


class FakeClient:
    """Keeps rules as X does and writes down what it is asked."""

    def __init__(self, *values: str) -> None:
        self.rules = {str(number): value for number, value in enumerate(values, 1)}
        self.ids = count(10_000)
        self.asked: list[tuple[str, int]] = []
        self.add_answers: list[object] = []

    def get_rules(self) -> object:
        rules = self.rules.items()
        return {"data": [{"id": k, "value": v, "tag": "celebwire:follow"} for k, v in rules]}

    def add_rules(self, add: list[tweepy.StreamRule]) -> object:
        self.asked.append(("add", len(add)))
        answer = self.add_answers.pop(0) if self.add_answers else {}
        if isinstance(answer, Exception):
            raise answer
        self.rules.update({str(next(self.ids)): rule.value for rule in add})
        assert len(self.rules) <= MOST_RULES
        return answer

    def delete_rules(self, ids: list[str]) -> object:
        self.asked.append(("delete", len(ids)))
        for rule_id in ids:
            del self.rules[rule_id]
        return {}


def test_added_before_deleted_so_that_no_post_is_missed() -> None:
    client = FakeClient("from:gone")
    assert sync(client, ["from:ada"]) is None
    assert client.asked == [("add", 1), ("delete", 1)]
    assert sync(client, ["from:ada"]) is None
    assert len(client.asked) == 2


def test_where_there_is_no_room_for_both_as_many_as_fit_are_added_first() -> None:
    client = FakeClient(*[f"from:old{number}" for number in range(MOST_RULES - 30)])
    wanted = [f"from:new{number}" for number in range(250)]
    assert sync(client, wanted) is None
    assert client.asked[:2] == [("add", 30), ("delete", AT_ONCE)]
    assert list(client.rules.values()) == wanted


def test_rules_that_x_does_not_take_are_told_of_in_one_line() -> None:
    client = FakeClient()
    client.add_answers = [
        {"errors": [{"title": "Invalid Rule", "details": ["no\nsuch\toperator"], "value": "x"},
                    {"title": "DuplicateRule", "value": "y"}, "odd"]}
    ]  # fmt: skip
    problem = sync(client, ["from:a", "from:b", "from:c"])
    assert problem == "X did not take 1 of 3 rules: Invalid Rule: no such operator"


def test_a_refused_request_refuses_its_rules_only() -> None:
    response = requests.Response()
    response.status_code, response.reason = 400, "Bad Request"
    client = FakeClient()
    client.add_answers = [tweepy.BadRequest(response)]
    problem = sync(client, [f"from:a{number}" for number in range(AT_ONCE + 1)])
    assert problem == "X did not take 100 of 101 rules: 400 Bad Request"
    assert list(client.rules.values()) == [f"from:a{AT_ONCE}"]
