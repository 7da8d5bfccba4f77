"""Plans of real engines: shown, and never run."""

import time

import pytest

from qsql.databases import open_database
from qsql.databases.base import Limits
from qsql.errors import BadInput, NotReadOnly, QsqlError, QueryFailed
from qsql.plan_of import plan_of
from qsql.records import Query
from qsql.sql.explain import plan_query
from tests import mariadb, postgres, shop
from tests.postgres import PASSWORD

SERVERS = {"postgres": (postgres, shop.make_postgres), "mariadb": (mariadb, shop.make_mariadb)}
JOINED = "-- who\nSELECT city, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY city;"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
SAYS = {
    "duckdb": ["Hash Join", "id = customer_id", "~5 rows"],
    "sqlite": ["├─ SCAN o", "└─ USE TEMP B-TREE FOR GROUP BY"],
    "postgres": ["Hash Cond: (o.customer_id = c.id)", "  ->  Seq Scan on orders o"],
    "mariadb": ["id  select_type  table", "1   SIMPLE       o      ref "],
}


@pytest.fixture(scope="module", params=SAYS)
def engine(request, tmp_path_factory):
    if request.param in SERVERS:
        module, make = SERVERS[request.param]
        with module.server() as where:
            yield from opened(request.param, make(where, PASSWORD))
    else:
        path = tmp_path_factory.mktemp("plans") / f"shop.{request.param}"
        yield from opened(request.param, {"duckdb": shop.make_duckdb, "sqlite": shop.make_sqlite}[request.param](path))


def opened(name, source):
    database = open_database(source)
    yield name, database
    database.close()


def test_a_plan_is_text_of_several_lines(engine):
    name, database = engine
    plan = plan_of(database, JOINED)
    assert all(part in plan for part in SAYS[name]), plan


def test_what_would_run_for_ever_is_planned_at_once(engine):
    start = time.perf_counter()
    assert plan_of(engine[1], ENDLESS, Limits(seconds=20))
    assert time.perf_counter() - start < 10


MEASURED = ["EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1", "ANALYZE SELECT 1", "(ANALYZE) SELECT 1", "QUERY PLAN SELECT 1"]
MEASURED += ["ANALYZE VERBOSE SELECT 1", "(ANALYZE TRUE, FORMAT json) SELECT 1", "/* x */ EXPLAIN SELECT 1"]


@pytest.mark.parametrize("sql", MEASURED)
def test_no_plan_is_measured(engine, sql):
    with pytest.raises(QsqlError):
        plan_of(engine[1], sql)


@pytest.mark.parametrize(
    "sql", ["DELETE FROM orders", "SELECT 1; DELETE FROM orders", "WITH x AS (DELETE FROM orders RETURNING id) SELECT 1 FROM x"]
)
def test_only_what_reads_has_a_plan(engine, sql):
    with pytest.raises(QsqlError) as refused:
        plan_of(engine[1], sql)
    assert isinstance(refused.value, NotReadOnly) or engine[0] == "mariadb"


def test_what_the_engine_does_not_find_it_says(engine):
    with pytest.raises(QueryFailed, match="nope"):
        plan_of(engine[1], "SELECT nope FROM orders")


def test_past_the_reader_a_plan_is_one_statement(engine):
    _, database = engine
    for tail in ("; DELETE FROM orders", "; COMMIT; DELETE FROM orders"):
        with pytest.raises(QsqlError):
            database.run(Query(f"EXPLAIN SELECT 1{tail}", database.dialect, ()))
    assert database.run(Query("SELECT count(*) AS n FROM orders", database.dialect, ())).rows.to_pylist() == [{"n": 5}]


@pytest.mark.parametrize(
    "sql, dialect", [("PIVOT t ON a USING count(*)", "duckdb"), ("SHOW TABLES", "duckdb"), ("DESCRIBE t", "mysql"), ("SELECT 1", "tsql")]
)
def test_what_has_no_plan_says_so(sql, dialect):
    with pytest.raises(BadInput, match="[Pp]lan"):
        plan_query(sql, dialect)
