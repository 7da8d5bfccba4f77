"""Right, Wrong and changed SQL: what is kept for a question, and what is not; no server is needed."""

import sqlite3
from contextlib import closing

import pytest

from qsql.accepted import database_key
from qsql.errors import BadInput, NotReadOnly
from qsql.records import Question
from qsql.settings import Settings
from qsql.sql import read_query
from qsql.ui.verdict import FORGOTTEN, KEPT, Asked, _said, rerun
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


def test_right_keeps_and_wrong_forgets(workspace, source):
    asked = Asked(source, QUESTION, "SELECT count(*) FROM city;")
    assert KEPT in _said(asked, workspace.keep, KEPT) and kept(workspace, source) == "SELECT count(*) FROM city"
    assert FORGOTTEN in _said(asked, lambda *_: workspace.forget(source, QUESTION), FORGOTTEN) and kept(workspace, source) is None


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


def test_changed_sql_that_ran_is_kept_and_is_what_the_screen_shows(workspace, source):
    asked, said = rerun(Asked(source, QUESTION, "SELECT 1"), source, query("SELECT 2"), workspace)
    assert (asked.sql, said) == ("SELECT 2", KEPT) and kept(workspace, source) == "SELECT 2"


def test_sql_that_was_not_changed_is_not_kept(workspace, source):
    asked = Asked(source, QUESTION, "SELECT 1")
    assert rerun(asked, source, query("SELECT 1;"), workspace) == (asked, "") and kept(workspace, source) is None


@pytest.mark.parametrize("asked", [None, Asked("another.sqlite", QUESTION, "SELECT 1")])
def test_sql_on_a_database_of_which_nothing_was_asked_is_not_kept(workspace, source, asked):
    assert rerun(asked, source, query("SELECT 2"), workspace) == (None, "") and kept(workspace, source) is None


def test_what_cannot_be_kept_is_a_sentence(workspace, source):
    workspace.accepted.path.parent.write_text("a file, no folder")
    asked = Asked(source, QUESTION, "SELECT 1")
    assert "QSQL_DATA" in _said(asked, workspace.keep, KEPT)
    changed, said = rerun(asked, source, query("SELECT 2"), workspace)
    assert changed.sql == "SELECT 2" and "could not be kept" in said


def test_without_a_question_there_is_nothing_to_judge(workspace):
    assert "Ask a question first." in _said(None, workspace.keep, KEPT)
