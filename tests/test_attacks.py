"""Whatever a query says, it reads this database's rows and touches nothing else."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from qsql.databases import open_database
from tests import shop
from tests.attacking_sql import WORD, attack_past_the_reader, attack_through_the_border, cases, reader_refuses, world

DUCKDB_TRAPS = """
CREATE SEQUENCE counter;
CREATE TABLE free (word VARCHAR);
CREATE VIEW stolen AS SELECT * FROM read_csv('{folder}/secret.csv');
CREATE MACRO stealing(file) AS TABLE SELECT * FROM read_csv(file);
"""
SQLITE_TRAPS = """
CREATE VIEW loading AS SELECT load_extension('x');
CREATE VIEW telling AS SELECT hex(fts3_tokenizer('simple'));
CREATE VIEW doors AS SELECT 1 AS x;
CREATE TRIGGER opened INSTEAD OF INSERT ON doors BEGIN DELETE FROM orders; END;
CREATE TRIGGER spoilt AFTER DELETE ON orders BEGIN DELETE FROM products; END;
CREATE TABLE made (once INTEGER, twice INTEGER GENERATED ALWAYS AS (2 * once));
CREATE TABLE "x; DELETE FROM orders; --" (x);
CREATE VIRTUAL TABLE notes USING fts5(text);
INSERT INTO notes VALUES ('tea and cups');
"""


def make_duckdb(folder: Path) -> str:
    source = shop.make_duckdb(folder / "shop.duckdb")
    rows = pyarrow.table({"word": [WORD]})
    pyarrow.parquet.write_table(rows, folder / "secret.parquet")
    (folder / "secret.json").write_text(json.dumps({"word": WORD}), encoding="utf-8")
    (folder / "secret.csv").write_text(f"word\n{WORD}\n", encoding="utf-8")  # there when the view is made
    with duckdb.connect(str(folder / "other.duckdb")) as connection:
        connection.execute(f"CREATE TABLE secrets AS SELECT '{WORD}' AS word")
    with duckdb.connect(source) as connection:
        connection.execute(DUCKDB_TRAPS.replace("{folder}", str(folder)))
    return source


def make_sqlite(folder: Path) -> str:
    source = shop.make_sqlite(folder / "shop.sqlite")
    with closing(sqlite3.connect(folder / "other.sqlite")) as connection:
        connection.executescript(f"CREATE TABLE secrets (word); INSERT INTO secrets VALUES ('{WORD}')")
    with closing(sqlite3.connect(source)) as connection:
        connection.executescript(SQLITE_TRAPS)
    return source


def run_on_duckdb(source: str, sql: str) -> object:
    python_variable = pyarrow.table({"word": [WORD]})  # noqa: F841  the engine finds it by its name
    with duckdb.connect(source) as connection:
        cursor = connection.execute(sql)
        return cursor.description, cursor.fetchall()


def run_on_sqlite(source: str, sql: str) -> object:
    with closing(sqlite3.connect(source, uri=True, isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


MAKERS = {"duckdb": make_duckdb, "sqlite": make_sqlite}
UNLOCKED = {"duckdb": run_on_duckdb, "sqlite": run_on_sqlite}


def opened(engine: str):
    with world(MAKERS[engine]) as made:
        database = open_database(made.source)
        yield made, database
        database.close()


@pytest.fixture(scope="module")
def in_duckdb():
    yield from opened("duckdb")


@pytest.fixture(scope="module")
def in_sqlite():
    yield from opened("sqlite")


@pytest.mark.parametrize("attack", cases("duckdb"))
def test_duckdb_withstands(in_duckdb, attack):
    withstands(*in_duckdb, attack)


@pytest.mark.parametrize("attack", cases("sqlite"))
def test_sqlite_withstands(in_sqlite, attack):
    withstands(*in_sqlite, attack)


def withstands(world, database, attack):
    attack_through_the_border(world, database, attack)
    if reader_refuses(world, database, attack):  # else the engine has seen it already
        attack_past_the_reader(world, database, attack)


def biting() -> list:
    """What does harm where the engine is not locked, which shows that these tests would see it."""
    found = [(engine, case.values[0]) for engine in MAKERS for case in cases(engine)]
    return [pytest.param(engine, attack, id=f"{engine}: {attack}") for engine, attack in found if attack.bites]


@pytest.mark.parametrize("engine, attack", biting())
def test_without_the_lock_it_would_do_harm(engine, attack):
    with world(MAKERS[engine]) as made:
        try:
            said = repr(UNLOCKED[engine](made.source, made.fill(attack.sql)))
        except (duckdb.Error, sqlite3.Error) as error:
            said = str(error)
        with pytest.raises(AssertionError, match="told|came or went|was changed|was made"):
            made.untouched(said)
