"""Why a query gave no row, told from the rows that are there."""

import sqlite3
import threading
from contextlib import closing

import pytest

from qsql.databases import open_database
from qsql.databases.base import Limits
from qsql.errors import Stopped
from qsql.records import Column, Schema, Table
from qsql.repair.zero import parts
from qsql.sql import read_query
from qsql.zero import explain_zero
from tests import shop

MORE = """
CREATE TABLE empty (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE codes (code TEXT, label TEXT);
INSERT INTO codes VALUES ('north', 'alpha one'), ('south', 'beta two'), ('east', 'gamma three'), ('west', 'delta four'), ('up', 'x'),
    ('down', 'y'), ('left', 'z');
"""
CASES = (  # of both engines
    ("SELECT * FROM products WHERE name = 'te'", "No row of products has name = 'te'. There are only 'cup', 'pot', 'tea'."),
    ("SELECT * FROM customers WHERE city = 'Town'", "No row of customers has city = 'Town'. The nearest is '100% Town'."),
    ("SELECT * FROM codes WHERE code = 'nort'", "No row of codes has code = 'nort'. The nearest is 'north'."),
    ("SELECT * FROM codes WHERE code = 'beta two'", "No row of codes has code = 'beta two'. The column label of codes has 'beta two'."),
    ("SELECT * FROM codes WHERE code LIKE '%qqqq%'", "No row of codes has code LIKE '%qqqq%'."),
    ("SELECT * FROM products WHERE id > 3 AND name = 'tea'", "No row of products has id > 3. Its id goes from 1 to 3."),
    ("SELECT * FROM products WHERE name = 'tea' AND id = 2",
     "Each condition on products is met by some rows, but no row has name = 'tea' AND id = 2."),
    ("SELECT name FROM customers c WHERE c.id IN (SELECT id FROM products p WHERE p.name IN ('mug', 'jug'))",
     "No row of products has name IN ('mug', 'jug')."),
    ("WITH p AS (SELECT * FROM products WHERE id = 9) SELECT * FROM p", "No row of products has id = 9. Its id goes from 1 to 3."),
    (
        "SELECT count(*) FROM orders o JOIN products p ON p.id = o.product_id WHERE p.name = 'spoon'",
        "No row of products has name = 'spoon'. There are only 'cup', 'pot', 'tea'.",
    ),
    (
        "SELECT * FROM orders o JOIN products p ON p.id = o.product_id WHERE p.name = 'pot' AND o.customer_id = 1 ORDER BY 1 LIMIT 3",
        "Each condition is met by some rows, but together they are met by none.",
    ),
    (
        "SELECT * FROM customers c JOIN orders o ON o.id = c.id AND o.product_id = c.id WHERE c.name = 'Bob'",
        "There are rows of customers with name = 'Bob', but no row of the other tables goes with them.",
    ),
    ("SELECT * FROM customers c JOIN orders o ON o.id + 100 = c.id", None),
    ("SELECT * FROM customers c JOIN products p ON p.name = c.name", "No rows of customers and products go together."),
    ("SELECT * FROM orders o JOIN empty e ON e.id = o.id WHERE o.id = 1", "The table empty has no rows."),
    ("SELECT product_id FROM orders GROUP BY product_id HAVING count(*) > 7", "No group of rows has COUNT(*) > 7."),
    ("SELECT * FROM orders WHERE id NOT IN (SELECT id FROM orders o WHERE o.id < 9 OR o.id = 77)", None),
    ("SELECT * FROM orders o LEFT JOIN products p ON p.id = o.product_id AND p.name = 'mug' WHERE p.id IS NULL AND o.id < 0",
     "No row of orders has id < 0. Its id goes from 1 to 5."),
    ("SELECT * FROM products LIMIT 0", None),
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "duckdb"])
def database(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("zero") / f"shop.{request.param}"
    getattr(shop, f"make_{request.param}")(path)
    if request.param == "sqlite":
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(MORE)
    else:
        import duckdb

        with duckdb.connect(str(path)) as connection:
            connection.execute(MORE)
    opened = open_database(path)
    yield opened
    opened.close()


@pytest.mark.parametrize("sql, said", CASES)
def test_it_names_the_condition_that_no_row_meets(database, sql, said):
    query = read_query(sql, database.dialect)
    rows = database.run(query).rows
    assert rows.num_rows == 0 or rows.to_pylist() == [{rows.column_names[0]: 0}]
    assert explain_zero(database, query) == said


def test_a_double_quoted_text_of_sqlite_is_a_text(database):
    sql = 'SELECT * FROM products WHERE name = "teas"'
    if database.dialect == "sqlite":
        assert explain_zero(database, read_query(sql, "sqlite")) == "No row of products has name = 'teas'. The nearest is 'tea'."


def test_it_can_be_stopped_and_keeps_within_its_time(database):
    query = read_query("SELECT * FROM products WHERE name = 'te'", database.dialect)
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Stopped):
        explain_zero(database, query, Limits(cancel=stopped))
    assert explain_zero(database, query, Limits(seconds=0)) is None


TABLES = tuple(Table(name, (Column("a", "INT"), Column("b", "TEXT")), "") for name in ("one", "two"))


@pytest.mark.parametrize(
    "sql, conditions",
    [
        ("SELECT * FROM one WHERE a = 1 OR b = 'x'", ["a = 1 OR b = 'x'"]),
        ("SELECT * FROM one WHERE (a = 1 AND (b = 'x'))", ["a = 1", "b = 'x'"]),
        ("SELECT * FROM one WHERE NOT EXISTS (SELECT 1 FROM two WHERE two.b = 'x')", []),
        ("SELECT * FROM one WHERE a = 1 OR a IN (SELECT a FROM two WHERE b = 'x')", []),
        ("SELECT (SELECT a FROM two WHERE b = 'x') FROM one WHERE a > 1", ["a > 1"]),
        ("SELECT a FROM one WHERE a = 1 EXCEPT SELECT a FROM two WHERE b = 'x'", ["a = 1"]),
        ("SELECT * FROM one LEFT JOIN (SELECT * FROM two WHERE b = 'x') t ON t.a = one.a WHERE one.a = 2", ["a = 2"]),
        ("SELECT * FROM one LEFT JOIN two ON two.a = one.a AND two.b = 'x' WHERE COALESCE(two.a, 0) = 0", []),
        ("SELECT * FROM one JOIN two ON two.a = one.a AND two.b = 'x'", ["b = 'x'"]),
        ("SELECT * FROM one, two WHERE b = 'x' AND one.a = two.a", []),
        ("no sql at all (", []),
    ],
)
def test_it_looks_only_where_an_empty_part_makes_the_whole_empty(sql, conditions):
    found = parts(sql, Schema("duckdb", "DuckDB", TABLES))
    assert [condition.text for part in found for condition in part.conditions] == conditions
