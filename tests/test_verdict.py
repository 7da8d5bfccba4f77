"""Right, Wrong and changed SQL: what is kept for a question, and what is not; no server is needed."""

import sqlite3
from contextlib import closing

import pyarrow
import pytest

from qsql.accepted import database_key
from qsql.errors import BadInput, NotReadOnly
from qsql.records import Question, Result, Turn
from qsql.settings import Settings
from qsql.sql import read_query
from qsql.ui.shown import Shown
from qsql.ui.verdict import rerun, said
from qsql.ui.workspace import Workspace

QUESTION = Question("How many cities?")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "cities.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE city (name TEXT)")
    return str(path)


@pytest.fixture
def workspace(tmp_path, source):
    workspace = Workspace(Settings(data=tmp_path / "data"), lambda: None)
    yield workspace
    workspace.close()


def kept(workspace, source, question=QUESTION):
    return workspace.accepted.find(database_key(workspace.open(source)), question.text, question.evidence)


def query(sql):
    return read_query(sql, "sqlite")


KEPT = "Kept: the same question will get this at once."


RESULT = Result(pyarrow.table({"name": ["Bern"]}), False, 0.0)


def shown(source, sql="SELECT 1", question=QUESTION, result=RESULT):
    return Shown(source, "cities", sql, question, result)


def judge(answer, verdict, workspace):
    told = []
    return said(answer, verdict, workspace, lambda answer, verdict: told.append(verdict)), told


def test_right_keeps_and_wrong_forgets(workspace, source):
    answer = shown(source, "SELECT count(*) FROM city;")
    sentence, told = judge(answer, "right", workspace)
    assert KEPT in sentence and told == ["right"] and kept(workspace, source) == "SELECT count(*) FROM city"
    sentence, told = judge(answer, "wrong", workspace)
    assert "Nothing is kept" in sentence and told == ["wrong"] and kept(workspace, source) is None


def test_a_follow_up_is_kept_apart_from_the_same_words_alone(workspace, source):
    follow_up = Question(QUESTION.text, earlier=(Turn("List the cities", "SELECT name FROM city"),))
    judge(shown(source, "SELECT 2", follow_up), "right", workspace)
    assert kept(workspace, source) is None
    assert workspace.accepted.find(database_key(workspace.open(source)), follow_up.whole, "") == "SELECT 2"


@pytest.mark.parametrize(
    "question, sql, error",
    [
        (QUESTION, "DROP TABLE city", NotReadOnly),
        (QUESTION, "", BadInput),
        (Question(""), "SELECT 1", BadInput),
        (Question("x" * 5000), "SELECT 1", BadInput),
    ],
)
def test_only_a_question_and_reading_sql_are_kept(workspace, source, question, sql, error):
    with pytest.raises(error):
        workspace.keep(source, question, sql)
    assert kept(workspace, source, question) is None


def test_changed_sql_that_ran_is_kept_for_the_question(workspace, source):
    assert rerun(shown(source), source, query("SELECT 2"), workspace) == (QUESTION, KEPT)
    assert kept(workspace, source) == "SELECT 2"


def test_sql_that_was_not_changed_is_not_kept(workspace, source):
    assert rerun(shown(source), source, query("SELECT 1;"), workspace) == (QUESTION, "") and kept(workspace, source) is None


@pytest.mark.parametrize("sql", ["SELECT count(*) FROM City", "SELECT c.name FROM town AS t JOIN city AS c"])
@pytest.mark.parametrize("before", ["SELECT name FROM city", "SELECT count(*) FROM city JOIN country", "SELECT (", ""])
def test_sql_about_the_same_tables_corrects_the_answer(workspace, source, before, sql):
    assert rerun(shown(source, before), source, query(sql), workspace) == (QUESTION, KEPT) and kept(workspace, source) == sql


@pytest.mark.parametrize("sql", ["SELECT * FROM country", "SELECT 1", "WITH city AS (SELECT 1) SELECT * FROM city"])
def test_sql_about_other_tables_is_not_kept(workspace, source, sql):
    before = shown(source, "SELECT name FROM city")
    assert rerun(before, source, query(sql), workspace) == (None, "") and kept(workspace, source) is None


def test_whatever_runs_corrects_an_answer_that_gave_no_rows(workspace, source):
    failed = shown(source, "SELECT no_such_column FROM city", result=None)
    assert rerun(failed, source, query("SELECT 6 * 7"), workspace) == (QUESTION, KEPT) and kept(workspace, source) == "SELECT 6 * 7"


@pytest.mark.parametrize("before", [None, Shown("another.sqlite", "another", "SELECT 1", QUESTION), "no question"])
def test_sql_that_answers_no_question_is_not_kept(workspace, source, before):
    before = shown(source, question=None) if before == "no question" else before
    assert rerun(before, source, query("SELECT 2"), workspace) == (None, "") and kept(workspace, source) is None


def test_what_cannot_be_kept_is_a_sentence(workspace, source):
    workspace.accepted.path.parent.write_text("a file, no folder")
    assert "QSQL_DATA" in judge(shown(source), "right", workspace)[0]
    question, sentence = rerun(shown(source), source, query("SELECT 2"), workspace)
    assert question == QUESTION and "could not be kept" in sentence


@pytest.mark.parametrize("answer", [None, Shown("cities.sqlite", "cities", "SELECT 1")])
def test_without_a_question_there_is_nothing_to_judge(workspace, answer):
    assert "Ask a question first." in judge(answer, "right", workspace)[0]
