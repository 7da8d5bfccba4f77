import re
from pathlib import Path

import pytest
import sqlglot

from qsql.records import Column, ForeignKey, Schema, Table
from qsql.repair import misplaced, repair, without_nulls

CASES = (Path(__file__).parent / "sql" / "repair.sql").read_text(encoding="utf-8")


def table(name, columns, primary_key=("id",), keys=()):
    made = tuple(Column(*column.split()) for column in columns.split(", "))
    return Table(name, made, f"CREATE TABLE {name} ({columns})", primary_key, tuple(ForeignKey(*key) for key in keys))


TABLES = (
    table("singer", "id INTEGER, age INTEGER, HomeTown VARCHAR, born TEXT"),
    table("song", "id INTEGER, name VARCHAR, singer_id INTEGER", keys=[(("singer_id",), "singer", ("id",))]),
    table("play", "id INTEGER, song_id INTEGER, day DATE", keys=[(("song_id",), "song", ("id",))]),
    table("weather", "day DATE, rain DOUBLE", ("day",)),
)


def schema(dialect="sqlite"):
    return Schema(dialect, dialect, TABLES)


def cases():
    for block in re.split(r"\n\s*\n", CASES.strip()):
        why, dialect, sql, expected = re.fullmatch(r"-- (.+?)\n(?:-- dialect: (\w+)\n)?(.+?)\n-->\n(.+)", block, re.DOTALL).groups()
        yield pytest.param(sql, dialect or "sqlite", expected, id=why)


@pytest.mark.parametrize("sql, dialect, expected", list(cases()))
def test_mends(sql, dialect, expected):
    mended = repair(sql, schema(dialect))
    assert mended.sql == expected
    assert mended.changes and all(change.endswith(".") for change in mended.changes)


@pytest.mark.parametrize("sql, dialect, expected", list(cases()))
def test_changes_nothing_in_what_is_mended(sql, dialect, expected):
    assert repair(expected, schema(dialect)).sql == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM singer",
        "WITH old AS (SELECT id AS who FROM singer) SELECT who FROM old",
        "SELECT s.id FROM (SELECT id FROM singer) AS s",
        "SELECT age AS years FROM singer ORDER BY years",
        "SELECT id FROM singer WHERE EXISTS (SELECT 1 FROM song WHERE singer_id = singer.id)",
        "SELECT age, count(*) AS n FROM singer GROUP BY age HAVING n > 1",
        "SELECT rank() OVER (ORDER BY count(*)) FROM singer GROUP BY age",
        "SELECT nothing_like_it FROM weather",
        "SELECT * FROM elsewhere",
        "this is no SQL",
        "SELECT (" * 400,
    ],
)
def test_leaves_alone_what_is_well_or_beyond_it(sql):
    assert repair(sql, schema()) == (repair(sql, schema()).__class__)(sql, ())


@pytest.mark.parametrize(
    ("sql", "is_so"),
    [
        ("SELECT age FROM singer WHERE HomeTown IN (SELECT HomeTown FROM song)", True),
        ("SELECT age FROM singer WHERE id NOT IN (\n SELECT HomeTown FROM song WHERE name = 'x')", True),
        ("SELECT age FROM singer WHERE id IN (SELECT singer_id FROM song)", False),
        ("SELECT age FROM singer WHERE id IN (SELECT singer.id FROM song)", False),  # said so, so perhaps meant
        ("SELECT age FROM singer WHERE age IN (SELECT max(age) FROM song)", False),
        ("SELECT age FROM singer WHERE age IN (SELECT age FROM (SELECT * FROM song))", False),
        ("SELECT age FROM singer WHERE age IN (SELECT age FROM elsewhere)", False),
        ("SELECT age FROM singer WHERE EXISTS (SELECT HomeTown FROM song)", False),
        ("SELECT age FROM singer WHERE age IN (1, 2)", False),
        ("this is no SQL IN (SELECT", False),
        ("SELECT 1 IN (SELECT " * 400, False),
    ],
)
def test_a_list_that_gives_what_is_outside_of_it_is_found(sql, is_so):
    assert misplaced(sql, schema()) == is_so


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT age FROM singer WHERE id NOT IN (SELECT singer_id FROM song)",
            "SELECT age FROM singer WHERE NOT id IN (SELECT singer_id FROM song WHERE NOT singer_id IS NULL)",
        ),
        (
            "SELECT age FROM singer WHERE id NOT IN (SELECT s.singer_id FROM song AS s WHERE s.id = 1 OR s.id = 2)",
            "SELECT age FROM singer WHERE NOT id IN (SELECT s.singer_id FROM song AS s WHERE (s.id = 1 OR s.id = 2) AND NOT s.singer_id IS NULL)",
        ),
        ("SELECT age FROM singer WHERE id IN (SELECT singer_id FROM song)", None),
        ("SELECT age FROM singer WHERE id NOT IN (SELECT max(id) FROM song)", None),
        ("SELECT age FROM singer WHERE id NOT IN (SELECT x FROM elsewhere)", None),
        ("SELECT age FROM singer WHERE id NOT IN (SELECT id FROM key)", None),
        ("this is no SQL NOT IN (SELECT", None),
    ],
)
def test_a_list_that_nothing_is_outside_of_goes_without_null(sql, expected):
    never = Table("key", (Column("id", "INTEGER", nullable=False),), "CREATE TABLE key (id INTEGER NOT NULL)", ("id",))
    mended = without_nulls(sql, Schema("sqlite", "sqlite", (*TABLES, never)))
    assert mended.sql == (expected or sql) and bool(mended.changes) == bool(expected)


def test_names_are_taken_literally_whatever_is_in_them():
    odd = Schema("duckdb", "DuckDB", (table('"Order Items"', "id INTEGER, 数量 INTEGER"), table("选择", "id INTEGER")))
    mended = repair("SELECT 数 FROM order_items", odd)
    assert sqlglot.parse_one(mended.sql, read="duckdb")
    assert '"Order Items"' in mended.sql
