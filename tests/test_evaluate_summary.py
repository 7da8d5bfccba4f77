"""Figures of runs whose answers are known beforehand."""

import pytest

from qsql.errors import BadInput
from qsql.evaluate.summary import bootstrap, compare, summarize


def line(number, right, group="shop", **more):
    tokens = {"prompt": 100, "cached": 50, "completion": 10}
    base = {"id": str(number), "database": group, "group": group, "question": f"q{number}", "gold": "SELECT 1", "scores": {"spider": right}}
    return base | {"error": None, "gold_error": None, "seconds": float(number), "tokens": tokens} | more


def test_a_row_for_each_group_and_one_for_all():
    lines = [line(number, number % 2 == 0, "shop" if number < 10 else "bank") for number in range(20)]
    lines[0] |= {"error": "QueryFailed", "scores": {"spider": False}}
    lines[1] |= {"gold_error": "QueryFailed"}
    shop, bank, total = summarize(lines)
    assert (shop.name, bank.name, total.name) == ("shop", "bank", "total")
    assert (shop.questions, shop.errors, shop.gold_fails, bank.errors) == (10, 1, 1, 0)
    assert bank.scores["spider"].mean == 0.5 and total.scores["spider"].mean == 0.45
    assert (total.median_seconds, total.slowest_seconds, total.completion_tokens) == (9.5, 18.0, 200)


def test_one_group_is_the_total():
    assert [row.name for row in summarize([line(1, True)])] == ["shop"]


def test_an_interval_is_about_as_wide_as_theory_says_and_always_the_same():
    values = [1] * 400 + [0] * 100
    share = bootstrap(values)
    assert share.mean == 0.8 and share == bootstrap(values)
    assert share.low == pytest.approx(0.765, abs=0.006) and share.high == pytest.approx(0.835, abs=0.006)


def test_a_comparison_pairs_the_questions():
    first = [line(number, number < 300) for number in range(500)]
    second = [line(number, number < 340 and number >= 10) for number in range(500)]
    (found,) = compare(first, second[::-1])
    assert (found.right, found.broken, found.questions) == (40, 10, 500)
    assert found.share.mean == pytest.approx(0.06) and found.share.low > 0 and not found.is_noise


NOISE = [  # turned right, broken, of how many, whether that is noise
    (40, 10, 500, False),
    (10, 0, 500, True),
    (16, 0, 500, False),
    (30, 25, 500, True),
    (5, 0, 50, False),
    (3, 0, 50, True),
    (0, 0, 500, True),
]


@pytest.mark.parametrize("right, broken, questions, noise", NOISE)
def test_what_is_noise(right, broken, questions, noise):
    first = [line(number, right <= number < right + broken) for number in range(questions)]
    second = [line(number, number < right) for number in range(questions)]
    assert compare(first, second)[0].is_noise is noise


def test_only_questions_of_both_are_compared():
    assert compare([line(1, True), line(2, True)], [line(2, False), line(3, True)])[0].questions == 1


OTHERS = [([line(9, True)], "no question in common"), ([line(1, True, question="other")], "not the same")]


@pytest.mark.parametrize("second, words", OTHERS)
def test_runs_over_other_questions_are_refused(second, words):
    with pytest.raises(BadInput, match=words):
        compare([line(1, True)], second)
