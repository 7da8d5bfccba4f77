"""Folders of questions as people have them: Spider's, BIRD's, and broken ones."""

import json

import pytest

from qsql.errors import BadInput
from qsql.evaluate.cases import read_suite, select
from tests import shop

SPIDER = [{"db_id": "shop", "question": "How many orders?", "query": "SELECT count(*) FROM orders;"}]
BIRD = [{"question_id": 7, "db_id": "shop", "question": "How many?", "evidence": "orders are sales", "SQL": "SELECT 1"}]


def folder(path, questions, databases="database", names=("shop",), file="dev.json"):
    path.joinpath(file).write_text(questions if isinstance(questions, str) else json.dumps(questions), "utf-8")
    for name in names:
        path.joinpath(databases, name).mkdir(parents=True)
        shop.make_sqlite(path / databases / name / f"{name}.sqlite")
    return str(path)


def test_reads_spiders_layout(tmp_path):
    suite = select(read_suite(folder(tmp_path, SPIDER)))
    (case,) = suite.cases
    assert (case.id, case.database, case.question, case.gold) == ("0", "shop", "How many orders?", "SELECT count(*) FROM orders")
    assert suite.files["shop"] == tmp_path / "database/shop/shop.sqlite"


def test_reads_birds_layout(tmp_path):
    suite = select(read_suite(folder(tmp_path, BIRD, "dev_databases")))
    (case,) = suite.cases
    assert (case.id, case.gold, case.evidence) == ("7", "SELECT 1", "orders are sales")
    assert suite.files["shop"] == tmp_path / "dev_databases/shop/shop.sqlite"


@pytest.mark.parametrize("inside", [True, False])
def test_takes_another_file_of_questions_from_the_folder_or_from_elsewhere(tmp_path, inside):
    root = folder(tmp_path, SPIDER, file="other.json")
    assert read_suite(root, "other.json" if inside else str(tmp_path / "other.json")).cases[0].question == "How many orders?"


def test_a_limit_strides_over_all_databases(tmp_path):
    many = [SPIDER[0] | {"db_id": name, "question": f"{name} {number}"} for number in range(10) for name in "abc"]
    suite = read_suite(folder(tmp_path, many, names="abc"))
    chosen = select(suite, limit=6).cases
    assert [case.database for case in chosen] == list("aabbcc") and len({case.id for case in chosen}) == 6
    assert {case.database for case in select(suite, ["b", "c"], 1000).cases} == {"b", "c"}
    assert select(suite, limit=6).digest != suite.digest


def test_a_database_that_is_left_out_need_not_be_there(tmp_path):
    suite = read_suite(folder(tmp_path, SPIDER + [SPIDER[0] | {"db_id": "gone"}]))
    assert len(select(suite, ["shop"]).cases) == 1
    with pytest.raises(BadInput, match="gone.sqlite"):
        select(suite)


def test_the_sample_comes_in_both_languages_and_a_stride_meets_both():
    suite = read_suite("sample")
    for cases in (suite.cases, select(suite, limit=4).cases):
        assert {case.id.partition(".")[2] for case in cases} == {case.group.split()[1] for case in cases} == {"en", "zh"}
    assert {case.group.split()[1] for case in read_suite("sample", language="zh").cases} == {"zh"}


def test_the_unanswerable_say_which_can_be_answered():
    assert {(case.answerable, case.group) for case in read_suite("unanswerable").cases} == {(True, "answerable"), (False, "unanswerable")}


BROKEN = [
    ("", "cannot be read as JSON"),
    ("{]", "cannot be read as JSON"),
    ({"db_id": "shop"}, "not a list"),
    (["shop"], "not a list"),
    ([{"db_id": "shop", "question": "How many?"}], "Question 0"),
    ([SPIDER[0] | {"question": 5}], "Question 0"),
    ([SPIDER[0] | {"question": " "}], "Question 0"),
    (BIRD + BIRD, "same id"),
    ([], "no questions"),
]


@pytest.mark.parametrize("questions, words", BROKEN, ids=lambda value: str(value)[:40])
def test_broken_questions_are_a_sentence(tmp_path, questions, words):
    with pytest.raises(BadInput, match=words):
        select(read_suite(folder(tmp_path, questions)))


def test_what_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(BadInput, match="no folder 'nowhere'"):
        read_suite("nowhere")
    with pytest.raises(BadInput, match="no dev.json"):
        read_suite(str(tmp_path))
    with pytest.raises(BadInput, match="'mars'"):
        select(read_suite(folder(tmp_path, SPIDER)), ["mars"])
