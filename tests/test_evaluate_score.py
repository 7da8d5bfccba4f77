"""The three scorers, case by case: what each of them takes for right."""

import json
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import qsql
from qsql.evaluate import score
from qsql.evaluate.equal import canonical, same_rows
from qsql.evaluate.score import SCORERS, Side, without_distinct
from tests import shop


def cases(name: str) -> list[dict]:
    return [json.loads(line) for line in Path(__file__).with_name("evaluate").joinpath(name).read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    opened = qsql.open_database(shop.make_sqlite(tmp_path_factory.mktemp("shop") / "shop.sqlite"))
    yield opened
    opened.close()


@pytest.fixture
def side(database):
    return Side(database)


@pytest.mark.parametrize("case", cases("scores.jsonl"), ids=lambda case: case["why"])
def test_each_scorer_says_what_its_rule_says(case, side):
    scores, failure = score.score(case["gold"], side, case["predicted"], side)
    assert scores == {name: case[name] for name in SCORERS} and failure is None


@pytest.mark.parametrize("case", cases("distinct.jsonl"), ids=lambda case: case["sql"])
def test_distinct_goes_and_operators_close_but_not_in_quotes(case):
    assert without_distinct(case["sql"]) == case["without"]


@pytest.mark.parametrize("case", cases("values.jsonl"), ids=lambda case: f"{case['left']!r} {case['right']!r}")
def test_what_two_engines_write_differently_is_the_same(case):
    assert (canonical(case["left"]) == canonical(case["right"])) is case["same"]


@pytest.mark.parametrize("value, text", [(date(2013, 7, 1), "2013-07-01"), (datetime(2013, 7, 1), "2013-07-01"), (Decimal("4.50"), "4.5")])
def test_a_typed_value_is_the_same_as_its_text(value, text):
    assert canonical(value) == canonical(text)


def test_values_that_are_no_numbers_have_an_end_too():
    assert canonical(float("nan")) == canonical(Decimal("NaN")) == "nan"
    assert canonical(float("inf")) == "inf" and canonical(b"\xff") == b"\xff"


def test_a_gold_that_fails_is_told_apart_and_right_for_nobody(side):
    scores, failure = score.score("SELECT nothing_like_it FROM orders", side, "SELECT 1", side)
    assert not any(scores.values()) and "nothing_like_it" in failure


def test_a_query_cut_by_the_row_limit_is_wrong(side, monkeypatch):
    monkeypatch.setattr(score, "SCORING", qsql.Limits(max_rows=3))
    scores, failure = score.score("SELECT 1", side, "SELECT id FROM orders", side)
    assert not any(scores.values()) and failure is None
    assert "more than 3 rows" in score.score("SELECT id FROM orders", side, "SELECT 1", side)[1]


def test_a_result_is_computed_once_for_all_scorers(database):
    ran = []

    class Counting:
        dialect = "sqlite"

        def run(self, query, limits):
            ran.append(query.sql)
            return database.run(query, limits)

    side = Side(Counting())
    score.score("SELECT DISTINCT id FROM orders", side, "SELECT id FROM orders", side)
    assert sorted(ran) == ["SELECT  id FROM orders", "SELECT DISTINCT id FROM orders", "SELECT id FROM orders"]


def test_twelve_columns_that_look_alike_take_no_time():
    rows = tuple(tuple((row * step) % 101 for step in range(1, 13)) for row in range(101))
    turned = tuple(tuple(reversed(row)) for row in reversed(rows))
    start = time.perf_counter()
    assert same_rows(rows, turned, ordered=False)
    assert not same_rows(rows, (*turned[:-1], turned[0]), ordered=False)
    assert time.perf_counter() - start < 2
