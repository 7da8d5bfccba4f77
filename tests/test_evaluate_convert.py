"""SQLite's loose tables in DuckDB: rows kept, and types and keys as far as the rows allow."""

import sqlite3
from contextlib import closing

import pytest

import qsql
from qsql import show
from qsql.evaluate.convert import to_duckdb
from tests import shop


@pytest.fixture
def convert(tmp_path):
    opened = []

    def from_script(script: str):
        path = tmp_path / f"{len(opened)}.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        opened.append(qsql.open_database(str(path)))
        opened.append(to_duckdb(opened[-1]))
        return opened[-1]

    yield from_script
    for database in opened:
        database.close()


def rows(database, sql):
    return show.rows(database.run(qsql.read_query(sql, database.dialect)).rows)


def types(database):
    return {column.name: column.type for table in database.schema().tables for column in table.columns}


def test_the_shop_is_the_same_shop(convert):
    database = convert(shop.SCRIPT)
    assert database.dialect == "duckdb"
    assert [table.name for table in database.schema().tables] == ["customers", "products", "orders", "sold"]
    assert rows(database, "SELECT name, city FROM customers ORDER BY id") == [["王芳", "北京"], ["Ann", None], ["Bob", "100% Town"]]
    assert rows(database, 'SELECT count(*), max("order day") FROM orders')[0][0] == 5
    assert rows(database, "SELECT times FROM sold WHERE name = 'tea'") == [[2]]
    found = types(database)
    assert (found["born"], found["vip"], found["price"], found["barcode"]) == ("DATE", "BOOLEAN", "DECIMAL(10,2)", "BIGINT")
    orders = database.schema().tables[2]
    assert orders.primary_key == ("id",) and {key.to_table for key in orders.foreign_keys} == {"customers", "products"}


LOOSE = [  # declared, values, type, what becomes of the values
    ("INTEGER", "1, 2", "INTEGER", [1, 2]),
    ("INTEGER", "1, 3000000000", "BIGINT", [1, 3000000000]),
    ("INTEGER", "1, 'x'", "VARCHAR", ["1", "x"]),
    ("INTEGER", "1, 2.5", "DOUBLE", [1.0, 2.5]),
    ("REAL", "0.1, 2", "DOUBLE", [0.1, 2.0]),
    ("DECIMAL(10,2)", "0.125, 1", "DOUBLE", [0.125, 1.0]),
    ("DATE", "'2013-07-01', NULL", "DATE", None),
    ("DATE", "'2013-07-01', 'soon'", "VARCHAR", ["2013-07-01", "soon"]),
    ("DATE", "'2013-07-01 10:00:00', NULL", "VARCHAR", ["2013-07-01 10:00:00", None]),
    ("DATETIME", "'2013-07-01 10:00:00.0', NULL", "TIMESTAMP", None),
    ("BOOLEAN", "0, 1", "BOOLEAN", [False, True]),
    ("BOOLEAN", "0, 2", "BIGINT", [0, 2]),
    ("VARCHAR(3)", "'long text', '007'", "VARCHAR", ["long text", "007"]),
    ("INTEGER", "NULL, NULL", "INTEGER", [None, None]),
    ("", "NULL, NULL", "VARCHAR", [None, None]),
    ("", "1, 2.5", "DOUBLE", [1.0, 2.5]),
    ("BLOB", "x'00ff', NULL", "BLOB", [b"\x00\xff", None]),
]


@pytest.mark.parametrize("declared, values, kind, kept", LOOSE, ids=lambda value: str(value))
def test_a_column_has_its_declared_type_where_its_values_fit(convert, declared, values, kind, kept):
    first, second = values.split(", ")
    database = convert(f"CREATE TABLE t (n INTEGER, a {declared}); INSERT INTO t VALUES (1, {first}), (2, {second});")
    assert types(database)["a"] == kind
    if kept is not None:
        assert [value for (value,) in rows(database, "SELECT a FROM t ORDER BY n")] == kept


A, B = "CREATE TABLE a (x INT PRIMARY KEY); ", "CREATE TABLE b (y INT REFERENCES a (x)); "
LOOSE_A = "CREATE TABLE a (x INT); "
SELF = "CREATE TABLE a (x INT PRIMARY KEY, z INT REFERENCES a (x)); "
KEYS = [  # what there is about it, tables and rows, the foreign keys that stay, the primary keys that stay
    ("all is well", A + B + "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)", 1, 1),
    ("the target's columns are left out", A + "CREATE TABLE b (y INT REFERENCES a); INSERT INTO a VALUES (1)", 1, 1),
    ("the target comes later", B + A, 1, 1),
    ("the types differ", A + "CREATE TABLE b (y TEXT REFERENCES a); INSERT INTO a VALUES (1); INSERT INTO b VALUES ('1')", 1, 1),
    ("one points nowhere", A + B + "INSERT INTO b VALUES (1)", 0, 1),
    ("the target is no key but unique", LOOSE_A + B + "INSERT INTO a VALUES (1)", 1, 0),
    ("the target is not unique", LOOSE_A + B + "INSERT INTO a VALUES (1), (1)", 0, 0),
    ("the target is gone", B, 0, 0),
    ("no value in a key", "CREATE TABLE a (x TEXT PRIMARY KEY); INSERT INTO a VALUES (NULL), ('q')", 0, 0),
    ("a circle", "CREATE TABLE a (x INT PRIMARY KEY, z INT REFERENCES b (y)); CREATE TABLE b (y INT PRIMARY KEY REFERENCES a (x))", 1, 2),
    ("it points at itself, where DuckDB looks before the rows are there", SELF + "INSERT INTO a VALUES (1, NULL), (2, 1)", 0, 1),
]


@pytest.mark.parametrize("script, foreign, primary", [case[1:] for case in KEYS], ids=[case[0] for case in KEYS])
def test_keys_stay_where_the_rows_allow(convert, script, foreign, primary):
    tables = convert(script + ";").schema().tables
    assert sum(len(table.foreign_keys) for table in tables) == foreign
    assert sum(bool(table.primary_key) for table in tables) == primary


def test_odd_names_and_views_that_duckdb_cannot_read_hurt_nobody(convert):
    table = '''CREATE TABLE "order" ("a ""b""" INT, "select" TEXT); INSERT INTO "order" VALUES (1, 'x');'''
    database = convert(table + """CREATE VIEW v AS SELECT char(65) AS z, julianday('now') FROM "order";""")
    assert rows(database, 'SELECT "a ""b""", "select" FROM "order"') == [[1, "x"]]
    assert [table.name for table in database.schema().tables] == ['"order"']


def test_the_copy_goes_when_it_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = qsql.open_database(shop.make_sqlite(tmp_path / "shop.sqlite"))
    copy = to_duckdb(source)
    assert list(tmp_path.glob("qsql-evaluate-*"))
    copy.close()
    source.close()
    assert not list(tmp_path.glob("qsql-evaluate-*"))
