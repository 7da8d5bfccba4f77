"""What a person accepted is kept, found again and forgotten, whatever happens to its file."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import pytest

from qsql.accepted import Accepted, database_key
from qsql.errors import BadInput
from qsql.records import Column, Schema, Table

ASKED = ("a database", "How many flights left?", "")
SQL = "SELECT count(*) FROM flights"


@pytest.fixture
def accepted(tmp_path):
    return Accepted(tmp_path / "data" / "accepted.sqlite")


def database(name="shop", dialect="duckdb", ddl=("CREATE TABLE a (x INT)", "CREATE TABLE b (y INT)")):
    tables = tuple(Table(f"t{place}", (Column("x", "INT"),), text) for place, text in enumerate(ddl))
    return SimpleNamespace(name=name, dialect=dialect, schema=lambda: Schema(dialect, "DuckDB", tables))


def test_what_is_kept_is_found_and_what_is_forgotten_is_not(accepted):
    assert accepted.find(*ASKED) is None
    accepted.keep(*ASKED, SQL)
    assert accepted.find(*ASKED) == SQL
    accepted.forget(*ASKED)
    assert accepted.find(*ASKED) is None


def test_it_outlives_the_app(accepted):
    accepted.keep(*ASKED, SQL)
    assert Accepted(accepted.path).find(*ASKED) == SQL


def test_what_is_accepted_last_counts(accepted):
    accepted.keep(*ASKED, "SELECT 1")
    accepted.keep(*ASKED, SQL)
    assert accepted.find(*ASKED) == SQL


@pytest.mark.parametrize(
    "asked", ["how many flights left", " How many\n flights  LEFT ?! ", "Ｈow many flights left？", "How many ﬂights left."]
)
def test_case_space_width_and_the_last_mark_do_not_matter(accepted, asked):
    accepted.keep(*ASKED, SQL)
    assert accepted.find("a database", asked, "") == SQL


@pytest.mark.parametrize(
    "other",
    [("another", *ASKED[1:]), ("a database", "How many flights left JFK?", ""), (*ASKED[:2], "by noon")],
)
def test_another_database_question_or_knowledge_finds_nothing(accepted, other):
    accepted.keep(*ASKED, SQL)
    accepted.forget(*other)
    assert accepted.find(*other) is None and accepted.find(*ASKED) == SQL


@pytest.mark.parametrize("one, other", [("?", "!?"), ("Who wrote in C?", "Who wrote in C++?"), ("Who wrote in C?", "Who wrote in C#?")])
def test_marks_that_mean_something_are_kept_apart(accepted, one, other):
    accepted.keep("a database", one, "", SQL)
    assert accepted.find("a database", other, "") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "store"},
        {"dialect": "sqlite"},
        {"ddl": ("CREATE TABLE a (x INT)",)},
        {"ddl": ("CREATE TABLE a (x INT)", "CREATE TABLE b (z INT)")},
    ],
)
def test_a_database_of_another_name_dialect_or_tables_has_another_key(changed):
    assert database_key(database()) != database_key(database(**changed))


def test_the_order_of_tables_does_not_change_the_key():
    assert database_key(database()) == database_key(database(ddl=("CREATE TABLE b (y INT)", "CREATE TABLE a (x INT)")))


def test_many_may_keep_at_once(accepted):
    def keep(number: int) -> None:
        Accepted(accepted.path).keep("a database", f"question {number}", "", f"SELECT {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(40)))
    assert [accepted.find("a database", f"question {number}", "") for number in range(40)] == [f"SELECT {number}" for number in range(40)]


def test_a_broken_file_recalls_nothing_and_says_so_when_it_should_keep(accepted):
    accepted.path.parent.mkdir()
    accepted.path.write_bytes(b"not a database" * 100)
    assert accepted.find(*ASKED) is None
    for change in (lambda: accepted.keep(*ASKED, SQL), lambda: accepted.forget(*ASKED)):
        with pytest.raises(BadInput, match="QSQL_DATA"):
            change()


def test_a_file_of_another_kind_recalls_nothing(accepted):
    accepted.path.parent.mkdir()
    with closing(sqlite3.connect(accepted.path)) as file:
        file.execute("CREATE TABLE accepted (something TEXT)")
    assert accepted.find(*ASKED) is None


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "taken").write_text("a file, no folder")
    accepted = Accepted(tmp_path / "taken" / "accepted.sqlite")
    assert accepted.find(*ASKED) is None
    accepted.forget(*ASKED)
    with pytest.raises(BadInput, match="could not be kept"):
        accepted.keep(*ASKED, SQL)


def test_half_a_character_is_not_kept_and_breaks_nothing(accepted):
    assert accepted.find("a database", "\ud800", "") is None
    with pytest.raises(BadInput):
        accepted.keep("a database", "\ud800", "", SQL)
    accepted.keep(*ASKED, SQL)
    assert accepted.find("a database", "\ud800", "") is None and accepted.find(*ASKED) == SQL


def test_looking_makes_no_file(accepted):
    assert accepted.find(*ASKED) is None
    accepted.forget(*ASKED)
    assert not accepted.path.parent.exists()
