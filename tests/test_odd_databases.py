"""Databases as people have them: every question ends in rows or in a sentence."""

import sqlite3
from contextlib import closing

import pytest

import qsql
from qsql.errors import BadInput, QsqlError
from qsql.models.echo import Echo

WIDE = f"CREATE TABLE wide ({', '.join(f'c{number} INTEGER' for number in range(1990))}); INSERT INTO wide (c0, c7) VALUES (1, 7)"
SCRIPTS = {
    "2,000 columns": (WIDE, "SELECT c7 FROM wide", [7]),
    "keywords for names": (
        'CREATE TABLE "order" ("select" INT, "from" TEXT); INSERT INTO "order" VALUES (1, \'x\')',
        'SELECT "select" FROM "order"',
        [1],
    ),
    "quotes in names": (
        'CREATE TABLE "it\'s ""so""" ("a ""b""" INT); INSERT INTO "it\'s ""so""" VALUES (5)',
        'SELECT "a ""b""" FROM "it\'s ""so"""',
        [5],
    ),
    "Chinese names": (
        "CREATE TABLE 订单 (编号 INT, 城市 TEXT); INSERT INTO 订单 VALUES (3, '北京')",
        "SELECT 编号 FROM 订单 WHERE 城市 = '北京'",
        [3],
    ),
    "blobs": (
        "CREATE TABLE b (id INT, data BLOB); INSERT INTO b VALUES (1, x'00ff'), (2, zeroblob(100000))",
        "SELECT id FROM b ORDER BY id",
        [1, 2],
    ),
    "text that is no UTF-8": ("CREATE TABLE t (name TEXT); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))", "SELECT count(*) FROM t", [1]),
    "NUL in a text": ("CREATE TABLE t (name TEXT); INSERT INTO t VALUES ('a' || char(0) || 'b')", "SELECT count(*) FROM t", [1]),
    "a broken view": ("CREATE TABLE t (x INT); CREATE VIEW v AS SELECT y FROM gone; INSERT INTO t VALUES (2)", "SELECT x FROM t", [2]),
    "a key to nowhere": (
        "CREATE TABLE t (x INT REFERENCES gone (id), y INT REFERENCES t); INSERT INTO t VALUES (2, 1)",
        "SELECT t.z FROM t JOIN u ON t.x = u.x",
        None,
    ),
}


def ask(path, script, said, question="What is in it, e.g. 北京 or x?"):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    with closing(qsql.open_database(str(path))) as database:
        return qsql.ask(database, question, Echo((said,)))


@pytest.mark.parametrize("script, said, rows", SCRIPTS.values(), ids=SCRIPTS)
def test_ends_in_rows_or_in_a_sentence(tmp_path, script, said, rows):
    answer = ask(tmp_path / "odd.sqlite", script, said)
    if rows is None:
        assert isinstance(answer.error, QsqlError) and answer.error.message
    else:
        assert answer.error is None and answer.result.column(0).to_pylist() == rows


@pytest.mark.parametrize(
    "said", ["SELECT nix FROM {}", "SELECT n, count(*) FROM {} WHERE count(*) > 1 ORDER BY max(x)", "SELECT 'x' = \"y\" FROM {}"]
)
@pytest.mark.parametrize(
    "script, table", [(WIDE, "wide"), (SCRIPTS["quotes in names"][0], '"it\'s ""so"""'), (SCRIPTS["Chinese names"][0], "订单")]
)
def test_a_failing_query_on_it_is_a_sentence(tmp_path, script, table, said):
    answer = ask(tmp_path / "odd.sqlite", script, said.format(table))
    assert answer.result is not None or isinstance(answer.error, QsqlError)


def test_a_database_without_tables_says_so(tmp_path):
    with pytest.raises(BadInput, match="has no tables"):
        ask(tmp_path / "none.sqlite", "CREATE TABLE t (x INT); DROP TABLE t", "SELECT 1")
