"""What every database keeps to, on real DuckDB, SQLite, PostgreSQL and MariaDB."""

import datetime
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from qsql.databases import open_database
from qsql.databases.base import Limits
from qsql.errors import NotReadOnly, QueryFailed, QueryTimeout, Stopped
from qsql.records import ForeignKey, Query
from qsql.sql import read_query
from tests import mariadb, postgres, shop

ENGINES = ("duckdb", "sqlite", "postgres", "mariadb")
UNCHANGED = [(1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 3, 3), (5, 2, 2)]
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
MANY = "SELECT a.id FROM " + ", ".join(f"orders {letter}" for letter in "abcdefghijklmnop")  # 5 to the power of 16 rows
ENDLESS_BY = {"mysql": MANY.replace("a.id", "count(*)")}  # MariaDB ends a recursion after a thousand rounds

WRITES = (
    "INSERT INTO customers (id, name) VALUES (9, 'x')",
    "UPDATE orders SET product_id = 1",
    "DELETE FROM orders",
    "DELETE FROM orders RETURNING id",
    "DROP TABLE orders",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TABLE t AS SELECT * FROM orders",
    "CREATE TEMP TABLE t AS SELECT 1 AS a",
    "ALTER TABLE orders ADD COLUMN z INTEGER",
    "SELECT 1; DELETE FROM orders",
    "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
    "WITH kept AS (SELECT 1) DELETE FROM orders",
    "EXPLAIN ANALYZE DELETE FROM orders",
)
REFUSED = {
    "duckdb": (
        "ATTACH 'other.duckdb'",
        "ATTACH ':memory:' AS m",
        "COPY orders TO 'orders.csv'",
        "COPY (SELECT 1) TO '/dev/stdout'",
        "EXPORT DATABASE 'folder'",
        "SET memory_limit = '90GB'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CALL enable_logging(storage = 'file', storage_path = 'log')",
        "PREPARE p AS SELECT 1",
        "CREATE PERSISTENT SECRET (TYPE s3)",
        "CHECKPOINT",
        "BEGIN",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    ),
    "sqlite": (
        "ATTACH 'other.db' AS other",
        "ATTACH 'file:other.db?mode=rwc' AS other",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "PRAGMA temp_store_directory = '/tmp'",
        "SELECT file FROM pragma_database_list",
        "SELECT load_extension('x')",
        "CREATE VIRTUAL TABLE temp.words USING fts5(word)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "SAVEPOINT here",
        "ANALYZE",
    ),
    "postgres": (
        "COPY orders TO '/tmp/orders.csv'",
        "COPY orders TO PROGRAM 'cat'",
        "SELECT 1; COMMIT; BEGIN READ WRITE; DELETE FROM orders",
        "SET default_transaction_read_only = off",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT nextval('counter')",
        "SELECT spoil()",
        "SELECT * INTO gone FROM orders",
        "SELECT * FROM orders FOR UPDATE",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "DO $$ BEGIN DELETE FROM orders; END $$",
    ),
    "mariadb": (
        "CALL ruin()",
        "BEGIN NOT ATOMIC COMMIT; SET SESSION TRANSACTION READ WRITE; DELETE FROM orders; COMMIT; END",
        "SET STATEMENT max_statement_time = 0 FOR SELECT 1",
        "SET SESSION TRANSACTION READ WRITE",
        "COMMIT",
        "EXECUTE IMMEDIATE 'DELETE FROM orders'",
        "/*!50000 DELETE FROM orders */",
        "/* */ CALL ruin() /* */ -- SELECT",
        "--\nCALL ruin()",
        "SELECT spoil()",
        "SELECT nextval(counter)",
        "SELECT * FROM orders FOR UPDATE",
        "SELECT 1 INTO OUTFILE '/tmp/orders.csv'",
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE customers",
        "HANDLER orders OPEN",
        "ANALYZE TABLE orders",
        "DO SLEEP(1)",
    ),
}
CASES = [(engine, sql) for engine in ENGINES for sql in WRITES + REFUSED[engine]]


VALUES = {  # of the first customer: what each engine has for a date and a boolean
    "duckdb": (1, "王芳", "北京", datetime.date(1990, 5, 1), True),
    "sqlite": (1, "王芳", "北京", "1990-05-01", 1),
    "postgres": (1, "王芳", "北京", datetime.date(1990, 5, 1), True),
    "mysql": (1, "王芳", "北京", datetime.date(1990, 5, 1), 1),
}
PRICES = {"duckdb": Decimal("4.50"), "sqlite": 4.5, "postgres": Decimal("4.50"), "mysql": Decimal("4.50")}


@pytest.fixture(scope="session")
def duckdb_shop(tmp_path_factory):
    return shop.make_duckdb(tmp_path_factory.mktemp("shop") / "shop.duckdb")


@pytest.fixture(scope="session")
def sqlite_shop(tmp_path_factory):
    return shop.make_sqlite(tmp_path_factory.mktemp("shop") / "shop.db")


@pytest.fixture(scope="session")
def postgres_shop():
    with postgres.server() as where:
        yield shop.make_postgres(where, postgres.PASSWORD)


@pytest.fixture(scope="session")
def mariadb_shop():
    with mariadb.server() as where:
        yield shop.make_mariadb(where, mariadb.PASSWORD)


@pytest.fixture(scope="module", params=ENGINES)
def source(request):
    return request.getfixturevalue(f"{request.param}_shop")


@pytest.fixture(scope="module")
def database(source):
    opened = open_database(source)
    yield opened
    opened.close()


def run(database, sql, **limits):
    return database.run(read_query(sql, database.dialect), Limits(**limits))


def unchecked(database, sql):
    """A query that no reader let through."""
    return Query(sql, database.dialect, ())


def quoted(database, name):
    return f"`{name}`" if database.dialect == "mysql" else f'"{name}"'


def table(database, name):
    return {found.name: found for found in database.schema().tables}[name]


def test_the_schema_has_tables_keys_rows_and_ddl(database):
    assert {"customers", "products", "orders", "sold"} <= {found.name for found in database.schema().tables}
    orders = table(database, "orders")
    assert [column.name for column in orders.columns] == ["id", "customer_id", "product_id", "order day"]
    assert orders.primary_key == ("id",)
    assert set(orders.foreign_keys) == {ForeignKey((f"{name}_id",), f"{name}s", ("id",)) for name in ("customer", "product")}
    assert [row[:3] for row in orders.rows] == UNCHANGED[:3]
    assert orders.ddl.startswith("CREATE TABLE") and quoted(database, "order day") in orders.ddl and not orders.ddl.rstrip().endswith(";")
    assert table(database, "customers").rows[0] == VALUES[database.dialect]
    assert table(database, "customers").columns[1].nullable is False
    assert table(database, "sold").ddl.startswith("CREATE VIEW")
    assert database.schema() is database.schema()


def test_each_name_can_be_written_into_a_query_as_it_is(database):
    for found in database.schema().tables:
        assert run(database, f"SELECT * FROM {found.name} WHERE 1 = 0").rows.column_names == [column.name for column in found.columns]


def test_a_join_answers(database):
    sql = """SELECT c.name, sum(p.price) AS spent FROM orders o JOIN customers c ON c.id = o.customer_id
             JOIN products p ON p.id = o.product_id GROUP BY c.id, c.name ORDER BY spent DESC, c.id"""
    result = run(database, sql)
    assert result.rows["name"].to_pylist() == ["Bob", "王芳", "Ann"]
    assert [float(spent) for spent in result.rows["spent"].to_pylist()] == [30.25, 16.5, 16.5]
    assert result.seconds > 0 and not result.truncated


def test_values_come_as_they_are(database):
    rows = run(database, "SELECT price, barcode, NULL AS absent FROM products ORDER BY id").rows
    assert rows["price"][0].as_py() == PRICES[database.dialect]
    assert rows["barcode"].to_pylist() == [2**53 + 1, 2, None]
    assert rows["absent"].to_pylist() == [None, None, None]


def test_a_percent_sign_and_a_colon_stay_what_they_are(database):
    assert run(database, "SELECT name FROM customers WHERE city LIKE '100%'").rows["name"].to_pylist() == ["Bob"]
    assert run(database, "SELECT ':id %s %% ?' AS said").rows["said"].to_pylist() == [":id %s %% ?"]


def test_a_column_that_needs_quotes_is_found(database):
    assert run(database, f"SELECT {quoted(database, 'order day')} FROM orders WHERE id = 4").rows["order day"].to_pylist() == [None]


def test_two_columns_of_one_name_both_come(database):
    rows = run(database, "SELECT 1 AS a, 2 AS a").rows
    assert [column.to_pylist() for column in rows.columns] == [[1], [2]] and rows.column_names == ["a", "a"]


@pytest.mark.parametrize(("most", "fetched", "more"), [(2, 2, True), (5, 5, False), (6, 5, False), (1, 1, True)])
def test_fetches_at_most_so_many_rows_and_says_if_there_are_more(database, most, fetched, more):
    result = run(database, "SELECT * FROM orders", max_rows=most)
    assert (result.rows.num_rows, result.truncated) == (fetched, more)


def test_no_rows_keep_their_columns(database):
    result = run(database, "SELECT id, name FROM customers WHERE id < 0")
    assert (result.rows.column_names, result.rows.num_rows, result.truncated) == (["id", "name"], 0, False)


def test_the_first_rows_of_very_many_come_at_once(database):
    result = run(database, MANY, max_rows=10, seconds=20)
    assert result.rows.num_rows == 10 and result.truncated and result.seconds < 5


@pytest.mark.parametrize(("source", "sql"), CASES, indirect=["source"])
def test_refuses_whatever_does_not_only_read(source, sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = open_database(source)
    with pytest.raises((QueryFailed, NotReadOnly)):
        database.run(unchecked(database, sql), Limits(seconds=10))
    assert run(database, shop.ORDERS).rows.num_rows == 5
    database.close()
    assert shop.orders(source) == UNCHANGED
    assert list(tmp_path.iterdir()) == []


WRITE_DATA = [sql for sql in WRITES if "TEMP" not in sql]


@pytest.mark.parametrize("sql", WRITE_DATA)
def test_duckdb_is_locked_even_if_its_statements_were_not_looked_at(duckdb_shop, sql, monkeypatch):
    from qsql.databases import duckdb

    monkeypatch.setattr(duckdb, "_only_reads", lambda cursor, sql: None)
    database = duckdb.open(duckdb_shop)
    with pytest.raises(QueryFailed):
        database.run(unchecked(database, sql))
    database.close()
    assert shop.orders(duckdb_shop) == UNCHANGED


@pytest.mark.parametrize("sql", ["SELECT size FROM read_blob('{}')", "SELECT * FROM sniff_csv('{}')", "COPY orders TO '{}.wal'"])
def test_duckdb_may_not_even_touch_its_own_file(duckdb_shop, sql, monkeypatch):
    from qsql.databases import duckdb

    monkeypatch.setattr(duckdb, "_only_reads", lambda cursor, sql: None)
    database = duckdb.open(duckdb_shop)
    with pytest.raises(QueryFailed):
        database.run(unchecked(database, sql.format(duckdb_shop)))
    database.close()
    assert shop.orders(duckdb_shop) == UNCHANGED


def test_an_unknown_column_is_named(database):
    with pytest.raises(QueryFailed, match="nonesuch") as raised:
        run(database, "SELECT nonesuch FROM customers")
    assert raised.value.repairable and raised.value.__cause__ is not None
    assert "Traceback" not in str(raised.value) and "sqlalche" not in str(raised.value)


def test_an_unknown_table_is_named(database):
    with pytest.raises(QueryFailed, match="nonesuch"):
        run(database, "SELECT * FROM nonesuch")


def test_an_endless_query_is_stopped_in_time_and_the_next_one_answers(database):
    start = time.perf_counter()
    with pytest.raises(QueryTimeout, match="0.5 seconds"):
        run(database, ENDLESS_BY.get(database.dialect, ENDLESS), seconds=0.5)
    assert time.perf_counter() - start < 3
    assert run(database, shop.ORDERS).rows.num_rows == 5


def test_the_person_can_stop_it(database):
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    start = time.perf_counter()
    with pytest.raises(Stopped):
        run(database, ENDLESS_BY.get(database.dialect, ENDLESS), seconds=30, cancel=cancel)
    assert time.perf_counter() - start < 3
    assert run(database, shop.ORDERS).rows.num_rows == 5


def test_one_can_be_stopped_while_others_go_on(database):
    cancel = threading.Event()
    with ThreadPoolExecutor() as pool:
        endless = pool.submit(run, database, ENDLESS_BY.get(database.dialect, ENDLESS), seconds=60, cancel=cancel)
        answers = list(pool.map(lambda _: run(database, shop.ORDERS).rows.num_rows, range(4)))
        went_on = not endless.done()
        cancel.set()
        assert isinstance(endless.exception(timeout=20), Stopped)
    assert answers == [5] * 4 and went_on


def test_a_closed_database_says_so_and_is_not_opened_again(duckdb_shop):
    database = open_database(duckdb_shop)
    database.close()
    with pytest.raises(QueryFailed):
        run(database, shop.ORDERS)


OWN_WORDS = ["DESCRIBE orders", "SUMMARIZE orders", "SHOW TABLES", "FROM orders", "VALUES (1)", "PIVOT orders ON product_id USING count(*)"]


@pytest.mark.parametrize("sql", OWN_WORDS)
def test_duckdb_reads_in_its_own_words(duckdb_shop, sql):
    database = open_database(duckdb_shop)
    assert run(database, sql).rows.num_rows > 0
    database.close()


def test_duckdb_gives_whole_sums_as_integers_and_very_wide_ones_whole(duckdb_shop):
    database = open_database(duckdb_shop)
    rows = run(database, "SELECT sum(id) AS s, 170141183460469231731687303715884105727::HUGEINT // 100 AS w FROM orders").rows
    assert (str(rows.schema.field("s").type), rows["s"][0].as_py()) == ("int64", 15)
    assert rows["w"][0].as_py() == Decimal(170141183460469231731687303715884105727 // 100)
    assert run(database, "SELECT '12'::BIGNUM AS b").rows["b"].to_pylist() == ["12"]
    database.close()


def test_the_same_duckdb_file_can_be_opened_twice(duckdb_shop):
    first, second = open_database(duckdb_shop), open_database(duckdb_shop)
    first.close()
    assert run(second, shop.ORDERS).rows.num_rows == 5
    second.close()


def test_sqlite_reads_json_full_text_and_table_info(sqlite_shop):
    database = open_database(sqlite_shop)
    assert run(database, "SELECT value FROM json_each('[1, 2]')").rows["value"].to_pylist() == [1, 2]
    assert run(database, "SELECT name FROM pragma_table_info('orders')").rows.num_rows == 4
    database.close()


def test_postgres_has_other_schemas_and_comments(postgres_shop):
    database = open_database(postgres_shop.replace("postgresql://", "Postgres://"))
    boxes = table(database, '"Back Room".boxes')
    assert boxes.foreign_keys == (ForeignKey(("product_id",), "products", ("id",)),)
    leases = table(database, '"Back Room".leases')
    assert leases.rows == () and [column.name for column in leases.columns] == ["ends", "place"]
    customers = table(database, "customers")
    assert (customers.comment, customers.columns[4].comment) == ("Who buys", "Buys much")
    assert (database.dialect, database.schema().product) == ("postgres", "PostgreSQL")
    database.close()


def test_the_password_shows_nowhere(postgres_shop):
    database = open_database(postgres_shop)
    with pytest.raises(QueryFailed) as raised:
        run(database, "SELECT nonesuch FROM customers")
    shown = [database.name, repr(database), repr(vars(database)), str(raised.value), repr(raised.value), repr(raised.value.__cause__)]
    assert not [text for text in shown if postgres.PASSWORD in text]
    assert database.name == "shop on 127.0.0.1"
    database.close()
