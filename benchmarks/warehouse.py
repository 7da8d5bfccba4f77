"""How soon a warehouse of many tables is open, its schema read, and a question written down; on real PostgreSQL and MariaDB.

python -m benchmarks.warehouse [TABLES] [ROUNDS] [MILLISECONDS]

The last are what each round trip to the server takes more, as if it were far away.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg

from benchmarks.distant import distant
from qsql.databases import open_database
from qsql.databases.base import Database, Limits
from qsql.prompt import write_prompt
from qsql.records import Question, Schema
from qsql.sql import read_query
from qsql.steps import knowledge
from qsql.tables import choose
from tests import mariadb, postgres, shop
from tests.postgres import PASSWORD

TABLES, ROUNDS, SCHEMAS, ROWS = 1000, 5, 8, 1_000_000
CONTEXT = 16_384  # tokens of a model, about four letters each
COLUMNS = (
    "id INTEGER PRIMARY KEY, opened DATE, city VARCHAR(40), status VARCHAR(20), amount DECIMAL(12, 2), quantity INTEGER, note VARCHAR(200)"
)
FILLED = """INSERT INTO {table} (id, opened, city, status, amount, quantity, note)
    SELECT n, {day}, concat('city ', n), 'open', n * 1.5, n, 'note' FROM {series}"""
LARGE = "(id INTEGER, day_id INTEGER, shop_id INTEGER, amount DECIMAL(12, 2)) PARTITION BY HASH (id)"
ASKED = "SELECT day_id, sum(amount) AS total FROM {table} GROUP BY day_id ORDER BY total DESC"

ASKING = Question("What is the total quantity of fact_100 by city?")

Times = dict[str, list[float | int]]


def main(tables: int, rounds: int, milliseconds: int) -> None:
    for product, made in (("PostgreSQL", in_postgres), ("MariaDB", in_mariadb)):
        with made(tables) as (near, big), distant(near, milliseconds / 1000) as address:
            print(
                f"\n{product}, {tables:,} tables, round trips {milliseconds} ms longer: seconds, median (least to most) of {rounds} rounds\n"
            )
            print("| what | seconds, or how many |\n|---|---|")
            times: Times = {}
            for _ in range(rounds):
                one_round(address, big, times)
            for what, values in times.items():
                form = ",.0f" if isinstance(values[0], int) else ".2f"
                median, least, most = (format(figure, form) for figure in (statistics.median(values), min(values), max(values)))
                print(f"| {what} | {median} ({least} to {most}) |", flush=True)


def one_round(address: str, big: str, times: Times) -> None:
    """Open it in a new process, as a start of the app does."""

    def timed(what: str, work: Callable[[], object]) -> object:
        start = time.perf_counter()
        done = work()
        times.setdefault(what, []).append(time.perf_counter() - start)
        return done

    with closing(timed("opened", lambda: open_database(address))) as database:
        schema = timed("schema read", database.schema)
        times.setdefault("tables and views", []).append(len(schema.tables))
        times.setdefault("of them with first rows", []).append(sum(bool(table.rows) for table in schema.tables))
        timed("looked whether it changed", database.refresh)
        timed("tables chosen, prompt written", lambda: _prompt(database, schema))
        timed("rows of the large table summed up", lambda: _sum(database, big))
        timed("cells read, in the background", lambda: knowledge.knowledge_of(database, 600))


def _prompt(database: Database, schema: Schema) -> None:
    """As a question has it."""
    shown = knowledge.with_rows(database, choose(schema, ASKING.text, (), CONTEXT))
    write_prompt(shown, ASKING, lambda text: len(text) // 4, CONTEXT)


def _sum(database: Database, big: str) -> None:
    found = database.run(read_query(ASKED.format(table=big), database.dialect), Limits())
    assert found.rows.num_rows == 997


@contextmanager
def in_postgres(tables: int) -> Iterator[tuple[str, str]]:
    """The address of a warehouse there, and the name of its large table."""
    with postgres.server() as where:
        address = f"postgresql://postgres:{PASSWORD}@{where}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            for part in range(SCHEMAS):
                fill = FILLED.format(table="{table}", day="DATE '2024-01-01' + n", series="generate_series(1, 20) AS s (n)")
                with connection.transaction():
                    for statement in _schema(f"area_{part}", tables // SCHEMAS, '"', fill):
                        connection.execute(statement)
            connection.execute(f"CREATE TABLE sales {LARGE}")
            for part in range(16):
                connection.execute(f"CREATE TABLE sales_{part} PARTITION OF sales FOR VALUES WITH (MODULUS 16, REMAINDER {part})")
            connection.execute(f"INSERT INTO sales SELECT n, n % 997, n % 31, n * 0.25 FROM generate_series(1, {ROWS}) AS s (n)")
            connection.execute("ANALYZE")
        yield address, "sales"


@contextmanager
def in_mariadb(tables: int) -> Iterator[tuple[str, str]]:
    """The same, in databases beside each other, which is what MariaDB calls a schema."""
    with mariadb.server() as where:
        address = f"mariadb://root:{PASSWORD}@{where}/"
        with shop.mariadb_cursor(address + "mysql") as cursor:
            for part in range(SCHEMAS):
                fill = FILLED.format(
                    table="{table}", day="DATE '2024-01-01' + INTERVAL n DAY", series="(SELECT seq AS n FROM seq_1_to_20) s"
                )
                for statement in _schema(f"area_{part}", tables // SCHEMAS, "`", fill):
                    cursor.execute(statement)
            cursor.execute(f"CREATE TABLE area_0.sales {LARGE} PARTITIONS 16")
            cursor.execute(f"INSERT INTO area_0.sales SELECT seq, seq % 997, seq % 31, seq * 0.25 FROM seq_1_to_{ROWS}")
        yield address, "area_0.sales"


def _schema(name: str, tables: int, quote: str, fill: str) -> Iterator[str]:
    """One in ten is a view, one in three has a name in mixed case; each but some points at the one before it."""
    called = [f"{name}.{quote}Fact{number}{quote}" if number % 3 == 0 else f"{name}.fact_{number}" for number in range(tables)]
    yield f"CREATE SCHEMA {name}"
    for number, table in enumerate(called):
        before = called[number - 1]
        if number % 10 == 9:
            yield f"CREATE VIEW {table} AS SELECT id, city, amount FROM {before} WHERE amount > 1"
            continue
        key = f", parent_id INTEGER, FOREIGN KEY (parent_id) REFERENCES {before} (id)" if number % 10 else ""
        comment = f" COMMENT 'Facts of number {number}'" if quote == "`" else ""
        yield f"CREATE TABLE {table} ({COLUMNS}{key}){comment}"
        if quote == '"':
            yield f"COMMENT ON TABLE {table} IS 'Facts of number {number}'"
            yield f"COMMENT ON COLUMN {table}.amount IS 'in euro, without tax'"
        yield fill.format(table=table)


if __name__ == "__main__":
    main(*map(int, (sys.argv[1:] + [TABLES, ROUNDS, 0][len(sys.argv) - 1 :])))
