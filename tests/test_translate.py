"""A Chinese question about English tables is put into English first, where that loses nothing."""

import sqlite3
from contextlib import closing

import pytest

import qsql
from qsql.models.echo import Echo
from qsql.prompt import write_translation
from qsql.records import Question

QUESTION = "2013 年 LGA 有多少个航班？"
ENGLISH = "How many flights does LGA have in 2013?"
SQL = "SELECT COUNT(*) FROM flights"


class Small(Echo):
    """An echo that calls itself a small model."""

    def __init__(self, *texts: str, name: str = "tiny-1.5b") -> None:
        super().__init__(texts)
        self.name, self.asked = name, []

    def stream(self, prompt, options):
        self.asked.append(prompt.messages[-1].text)
        return super().stream(prompt, options)


def opened(tmp_path, cell="LGA", column="origin"):
    path = tmp_path / "flights.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE flights (id INTEGER, {column} TEXT)")
        connection.execute("INSERT INTO flights VALUES (1, ?)", (cell,))
        connection.commit()
    return qsql.open_database(str(path))


def ask(database, model, question=QUESTION, **plan):
    return qsql.ask(database, question, model, plan=qsql.Plan("low", **plan))


def test_the_model_is_asked_in_english_and_the_words_of_both_are_looked_up(tmp_path):
    model = Small(ENGLISH, SQL)
    answer = ask(opened(tmp_path), model)
    assert answer.english == ENGLISH and answer.sql == SQL
    assert model.asked[0] == QUESTION
    assert f"Question: {ENGLISH}\n" in model.asked[1] and "有多少" not in model.asked[1]
    assert "flights.origin = 'LGA'" in answer.hints
    assert "CREATE TABLE" not in model.asked[0]


@pytest.mark.parametrize(
    "lossy",
    [
        "How many flights does LGA have?",
        "How many flights are there in 2013?",
        "2013 年 LGA 有多少 flights?",
        "",
        "LGA 2013" + " very" * 250,
        "To translate this question about LGA in 2013, I will follow these steps:",
    ],
)
def test_a_translation_that_loses_a_number_or_a_name_is_not_used(tmp_path, lossy):
    model = Small(lossy, SQL)
    answer = ask(opened(tmp_path), model)
    assert answer.english == "" and f"Question: {QUESTION}\n" in model.asked[1]


def test_the_translation_of_an_example_is_not_taken_for_that_of_the_question(tmp_path):
    question = "有多少个航班？"
    *_, example, asked = write_translation(Question(question)).messages
    assert (example.role, asked.text) == ("assistant", question)
    assert ask(opened(tmp_path), Small(example.text, SQL), question).english == ""


@pytest.mark.parametrize("cell, column", [("北京", "origin"), ("LGA", "机场")])
def test_where_the_tables_are_chinese_the_question_stays_so(tmp_path, cell, column):
    model = Small(SQL)
    assert ask(opened(tmp_path, cell, column), model).english == "" and f"Question: {QUESTION}\n" in model.asked[0]


def test_where_no_cell_may_be_known_the_question_stays_too(tmp_path):
    """It may name a cell in Chinese, which English words would not find."""
    assert ask(opened(tmp_path, "北京"), Small(SQL), without=frozenset({"rows"})).english == ""


@pytest.mark.parametrize("name", ["large-7b", "one-of-no-size"])
def test_a_larger_model_is_asked_as_the_person_asked(tmp_path, name):
    assert ask(opened(tmp_path), Small(SQL, name=name)).english == ""


def test_an_english_question_and_a_follow_up_are_not_translated(tmp_path):
    database = opened(tmp_path)
    later = qsql.Question("只要 LGA 的", earlier=(qsql.records.Turn("有多少个航班？", SQL),))
    assert ask(database, Small(SQL), "How many flights?").english == ask(database, Small(SQL), later).english == ""


def test_the_step_can_be_left_out(tmp_path):
    assert ask(opened(tmp_path), Small(SQL), without=frozenset({"translate"})).english == ""
