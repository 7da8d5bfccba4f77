"""Our own questions for measuring: each is whole, and each gold query runs on the sample and gives rows."""

import json
import re
from importlib.resources import files

import pytest
import sqlglot
from sqlglot import exp

import qsql
from qsql.settings import Settings

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in files("qsql").joinpath("evaluate", name).read_text(encoding="utf-8").splitlines()]


SAMPLE, UNANSWERABLE = lines("sample.jsonl"), lines("unanswerable.jsonl")


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    opened = qsql.open_database("sample", Settings(cache=tmp_path_factory.mktemp("cache") / "qsql"))
    yield opened
    opened.close()


def test_there_are_sixty_questions_twenty_of_each_level():
    assert [row["id"] for row in SAMPLE] == list(range(1, 61))
    assert all(set(row) == {"id", "level", "question", "question_zh", "gold"} for row in SAMPLE)
    assert sorted(row["level"] for row in SAMPLE) == ["easy"] * 20 + ["hard"] * 20 + ["medium"] * 20


def test_every_question_is_asked_once_in_english_and_once_in_chinese():
    english, chinese = [row["question"] for row in SAMPLE], [row["question_zh"] for row in SAMPLE]
    assert all(text == text.strip() != "" for text in english + chinese)
    assert len(set(english + chinese)) == 120
    assert all(CHINESE.search(text) for text in chinese) and not any(CHINESE.search(text) for text in english)


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: row["id"])
def test_a_gold_query_reads_named_columns_and_gives_rows(row, database):
    query = qsql.read_query(row["gold"], "duckdb")
    selects = sqlglot.parse_one(row["gold"], read="duckdb").find_all(exp.Select)
    assert not any(select.is_star for select in selects)
    result = database.run(query)
    assert result.rows.num_rows and not result.truncated


def test_half_of_the_other_sixty_can_be_answered_and_the_same_share_is_chinese():
    assert [row["id"] for row in UNANSWERABLE] == list(range(1, 61))
    assert all(set(row) == {"id", "question", "answerable"} for row in UNANSWERABLE)
    assert len({row["question"] for row in UNANSWERABLE if row["question"].strip()}) == 60
    for answerable in (True, False):
        asked = [row["question"] for row in UNANSWERABLE if row["answerable"] is answerable]
        assert (len(asked), sum(bool(CHINESE.search(text)) for text in asked)) == (30, 8)
