"""Apache Spark by Spark Connect, on a real server with Java: what is read, refused, stopped and said."""

import datetime
import os
import socket
import sys
import threading
import time
from contextlib import closing
from decimal import Decimal

import pytest

import qsql
from qsql.ask import answers
from qsql.databases import load, open_database, shown, spark_address
from qsql.databases.base import Limits
from qsql.errors import CannotOpen, ConnectionLost, MissingLibrary, NotReadOnly, QueryFailed, QueryTimeout, Stopped
from qsql.models.echo import Echo
from qsql.records import Query, Question
from qsql.sql import read_query
from qsql.steps.knowledge import knowledge_of
from tests import spark

ENDLESS = "SELECT count(*) AS n FROM range(1000000000000) a JOIN range(10000) b ON a.id % 7 = b.id % 7"
SECRET = "t0k3n-of-kim"

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")


@pytest.fixture(scope="module")
def address():
    with spark.server() as where:
        spark.run(where, spark.SCRIPT)
        yield where


@pytest.fixture(scope="module")
def database(address):
    with closing(open_database(address)) as opened:
        yield opened


def run(database, sql, **limits):
    return database.run(read_query(sql, database.dialect), Limits(**limits))


def table(database, name):
    return {found.name: found for found in database.schema().tables}[name]


def test_the_catalog_has_tables_columns_types_comments_and_first_rows(database):
    assert [found.name for found in database.schema().tables] == ["customers", "orders", "sold", "back_room.boxes"]
    assert (database.name, database.dialect, database.schema().product) == ("Spark on 127.0.0.1", "spark", "Apache Spark")
    customers, orders = table(database, "customers"), table(database, "orders")
    assert customers.comment == "Who buys" and customers.columns[1].comment == "as on the card"
    assert [(column.name, column.type) for column in orders.columns][2:] == [("amount", "decimal(10,2)"), ("order day", "date")]
    assert (1, 1, Decimal("4.50"), datetime.date(2024, 1, 2)) in orders.rows and len(orders.rows) == 3
    assert orders.ddl.startswith("CREATE TABLE orders (") and "`order day` date" in orders.ddl
    for found in database.schema().tables:
        assert run(database, f"SELECT * FROM {found.name} WHERE 1 = 0").rows.column_names == [column.name for column in found.columns]


def test_a_question_is_answered_in_sparks_dialect(database):
    sql = (
        "SELECT c.`name`, sum(o.amount) AS spent FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY ALL ORDER BY spent DESC, 1"
    )
    *_, answer = answers(database, Question("Who spent how much?"), Echo([sql]), plan=qsql.Plan("low"))
    assert [(row["name"], float(row["spent"])) for row in answer.result.to_pylist()] == [("Bob", 30.25), ("王芳", 16.5), ("Ann", 4.5)]
    assert "Apache Spark" in answer.attempts[0].prompt.messages[0].text


def test_no_cell_is_read_ahead_of_a_question(database):
    assert database.metered and not knowledge_of(database, 60).index.values


@pytest.mark.parametrize(("most", "fetched", "more"), [(2, 2, True), (4, 4, False), (5, 4, False)])
def test_fetches_at_most_so_many_rows_and_says_if_there_are_more(database, most, fetched, more):
    result = run(database, "SELECT * FROM orders -- all of them", max_rows=most)
    assert (result.rows.num_rows, result.truncated) == (fetched, more)


def test_the_order_of_a_query_and_its_own_limit_stay(database):
    assert run(database, "SELECT id FROM range(100000) ORDER BY id DESC", max_rows=3).rows["id"].to_pylist() == [99999, 99998, 99997]
    assert run(database, "WITH t AS (SELECT 1 AS a) (SELECT a FROM t) UNION ALL SELECT 2 LIMIT 5").rows.num_rows == 2


def test_rows_come_until_the_bytes_are_full(database):
    result = run(database, "SELECT id, repeat('x', 10000) AS x FROM range(4000)", max_rows=1_000_000, max_bytes=20_000_000)
    assert 1000 < result.rows.num_rows < 2000 and result.truncated


def test_values_come_as_they_are(database):
    sql = "SELECT 1 AS a, 2 AS a, DATE '2024-01-02' AS d, NULL AS n, array(1, 2) AS l, 9007199254740993 AS w, '100%' AS p, ':id %s ?' AS q"
    rows = run(database, sql).rows
    assert rows.column_names == ["a", "a", "d", "n", "l", "w", "p", "q"]
    assert [column[0].as_py() for column in rows.columns] == [1, 2, datetime.date(2024, 1, 2), None, [1, 2], 2**53 + 1, "100%", ":id %s ?"]
    assert run(database, "SELECT id, name FROM customers WHERE id < 0").rows.column_names == ["id", "name"]


WRITES = [
    "INSERT INTO orders VALUES (9, 9, 9, NULL)",
    "DROP TABLE orders",
    "CREATE TABLE t AS SELECT 1 AS a",
    "CREATE TEMPORARY VIEW t AS SELECT 1 AS a",
    "TRUNCATE TABLE orders",
    "SET spark.sql.runSQLOnFiles = true",
    "ADD JAR '/tmp/x.jar'",
    "CACHE TABLE orders",
    "SELECT 1) LIMIT 1; DROP TABLE orders; SELECT * FROM (SELECT 1",
    "FROM orders INSERT INTO orders SELECT *",
    "WITH t AS (SELECT 1) INSERT INTO orders SELECT 9, 9, 9, NULL",
    "(INSERT INTO orders VALUES (9, 9, 9, NULL))",
    "BEGIN DROP TABLE orders; END",
    "EXECUTE IMMEDIATE 'DROP TABLE orders'",
    "INSERT OVERWRITE LOCAL DIRECTORY '/tmp/qsql-spark-gone' USING csv SELECT * FROM orders",
    "SELECT * FROM text.`/etc/passwd`",
    "SELECT * FROM csv.`/etc`",
    "SELECT java_method('java.lang.System', 'getProperty', 'user.name')",
    "SELECT `Reflect`('java.lang.System', 'getProperty', 'user.name')",
    "SELECT system.builtin.try_reflect('java.lang.System', 'getProperty', 'user.name')",
    "SELECT IDENTIFIER('re' || 'flect')('java.lang.System', 'getProperty', 'user.name')",
    "SELECT identifier /* /* */ */ ('re' || 'flect')('java.lang.System', 'getProperty', 'user.name')",
]


@pytest.mark.parametrize("sql", WRITES)
def test_refuses_whatever_does_not_only_read(database, sql):
    with pytest.raises((QueryFailed, NotReadOnly)):
        database.run(Query(sql, "spark", ()), Limits(seconds=20))  # past the reader
    assert not os.path.exists("/tmp/qsql-spark-gone")
    assert run(database, "SELECT count(*) AS n FROM orders").rows["n"].to_pylist() == [4]


def test_the_reader_says_why():
    with pytest.raises(NotReadOnly, match="runs a program on the server"):
        read_query("SELECT reflect('java.lang.System', 'exit', 1)", "spark")


def test_a_column_may_be_called_identifier(database):
    assert run(database, "SELECT identifier FROM (SELECT 1 AS identifier) WHERE identifier = 1").rows.num_rows == 1


@pytest.mark.parametrize(("sql", "said"), [("SELECT nonesuch FROM orders", "nonesuch"), ("SELECT * FROM nonesuch", "nonesuch")])
def test_an_error_is_one_sentence_without_codes(database, sql, said):
    with pytest.raises(QueryFailed, match=said) as raised:
        run(database, sql)
    assert (
        raised.value.repairable
        and "[UNRESOLVED" not in raised.value.message
        and "[TABLE" not in raised.value.message
        and "SQLSTATE" not in str(raised.value)
    )
    assert "JVM" not in raised.value.message and "\n" not in raised.value.message


def test_an_endless_query_is_stopped_in_time_and_the_next_one_answers(database):
    start = time.perf_counter()
    with pytest.raises(QueryTimeout, match="1 seconds"):
        run(database, ENDLESS, seconds=1)
    assert time.perf_counter() - start < 10
    assert run(database, "SELECT count(*) AS n FROM orders").rows["n"].to_pylist() == [4]


def test_the_person_can_stop_it(database):
    cancel = threading.Event()
    threading.Timer(1, cancel.set).start()
    start = time.perf_counter()
    with pytest.raises(Stopped):
        run(database, ENDLESS, seconds=60, cancel=cancel)
    assert time.perf_counter() - start < 10


def test_a_table_that_comes_while_it_is_open_is_seen_by_the_next_question(address, database):
    before = database.schema()
    database.refresh()
    assert database.schema() is before
    spark.run(address, "CREATE TABLE fresh (id INT) USING parquet")
    database.refresh()
    assert "fresh" in [found.name for found in database.schema().tables]
    spark.run(address, "DROP TABLE fresh")


def test_a_server_that_goes_is_told_and_one_that_comes_back_answers(tmp_path):
    port = spark.free_port()
    with spark.running(tmp_path, port) as where:
        database, said = open_database(where), []
        assert database.schema().tables == ()
        asking = threading.Thread(target=lambda: said.append(error_of(lambda: run(database, ENDLESS, seconds=60))))
        asking.start()
        time.sleep(3)
    asking.join()
    assert said[0].message.startswith("Spark ended the connection: ") and "Rendezvous" not in said[0].message
    assert error_of(lambda: run(database, "SELECT 1 AS one")).message == "Spark could not be reached: Connection refused."
    assert error_of(database.refresh).message == "Spark could not be reached: Connection refused."
    with spark.running(tmp_path, port):
        assert run(database, "SELECT 1 AS one").rows["one"].to_pylist() == [1]
    database.close()


def error_of(action):
    with pytest.raises(ConnectionLost) as raised:
        action()
    return raised.value


BAD = [
    ("sc://127.0.0.1:1", "Spark could not be reached: Connection refused"),
    ("sc://nonesuch.invalid:15002", "Spark could not be reached: "),
    ("sc://", "This address cannot be read"),
    ("sc://host:port", "This address cannot be read"),
    (f"sc://kim:{SECRET}@127.0.0.1:1", "This address cannot be read"),
    ("sc://127.0.0.1:1/shop", "This address cannot be read"),
    (f"sc://127.0.0.1:1/;token={SECRET}", "Spark could not be reached: Connection refused"),
    ("spark://127.0.0.1:7077", "This is the address of a cluster, not of its Spark Connect server. Write sc://"),
]


@pytest.mark.parametrize(("source", "said"), BAD)
def test_an_address_that_fails_is_told_without_its_secrets(source, said):
    with pytest.raises(CannotOpen) as raised:
        open_database(source)
    assert said in str(raised.value) and SECRET not in str(raised.value) + repr(raised.value.__cause__)


def test_a_server_that_accepts_and_never_answers_is_given_up(monkeypatch):
    from qsql.databases import pool

    monkeypatch.setattr(pool, "OPENING", Limits(seconds=3.0))
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(CannotOpen, match="did not answer in time|could not be reached"):
        open_database(f"sc://127.0.0.1:{silent.getsockname()[1]}")


def test_an_address_is_shown_without_its_secrets():
    assert shown(f"sc://spark.example:15002/;token={SECRET};user_id=kim;use_ssl=true") == "sc://spark.example:15002/;use_ssl=true"
    assert spark_address.read("sc://[::1]") == ("::1", 15002, {})


def test_where_the_client_is_missing_it_says_what_to_install(monkeypatch):
    for name in ["pyspark", *(name for name in sys.modules if name.startswith("pyspark."))]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "qsql.databases.spark", raising=False)
    with pytest.raises(MissingLibrary, match="pip install pyspark-client"):
        load("spark")
