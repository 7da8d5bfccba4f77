"""What can be opened, and what is said of everything else."""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest

from qsql.databases import open_database, servers, shown, sqlite
from qsql.errors import CannotOpen, MissingLibrary
from tests import shop

WITHOUT_CONTENT = b""
RANDOM = bytes(range(255, 0, -1)) * 20
SQLITE = b"SQLite format 3\0" + RANDOM
DUCKDB = RANDOM[:8] + b"DUCK" + RANDOM

BAD_FILES = [
    ("empty.csv", WITHOUT_CONTENT, "is empty"),
    ("empty.db", WITHOUT_CONTENT, "is empty"),
    ("secret.db", RANDOM, "is not a database, or is encrypted"),
    ("secret.sqlite", RANDOM, "is not a database, or is encrypted"),
    ("note.duckdb", b"Dear all, " * 100, "is not a database, or is encrypted"),
    ("damaged.db", SQLITE, "cannot be read as an SQLite database"),
    ("damaged.duckdb", DUCKDB, "cannot be read as a DuckDB database"),
    ("picture.png", b"\x89PNG" + RANDOM, "is not of a kind that can be opened"),
    ("nosuffix", RANDOM, "is not of a kind that can be opened"),
    ("noise.csv", RANDOM, "cannot be read as CSV: it is not text"),
    ("noise.txt", RANDOM[2:], "cannot be read as CSV: it is not text"),
    ("endless.csv", b'a,b\n1,"' + b"x" * 5_000_000, "cannot be read as CSV"),
    ("half.json", b'{"a": [1, ', "cannot be read as JSON"),
    ("bad.parquet", b"PAR1" + RANDOM, "cannot be read as Parquet"),
    ("bad.xlsx", b"PK\x03\x04" + RANDOM, "cannot be read as an Excel file"),
    ("bad.xls", b"\xd0\xcf\x11\xe0" + RANDOM, "cannot be read as an Excel file"),
]
BAD_SOURCES = [
    ("", "No database was named"),
    ("  ", "No database was named"),
    ("/nowhere/shop.db", "There is no file '/nowhere/shop.db'"),
    ("\0", "cannot be read"),
    ("x" * 5000, "cannot be read"),
    ("redis://localhost/1", "the scheme 'redis'. Known are duckdb, sqlite, postgresql"),
    ("sqlite://", "names no file"),
    ("sqlite:///:memory:", "names no file"),
    ("duckdb:///", "names no file"),
    ("duckdb:////nowhere/shop.duckdb", "There is no file '/nowhere/shop.duckdb'"),
    ("postgresql://kim:s3cret@host:port/shop", "This address cannot be read"),
    ("postgresql://kim:s3cret@[::1/shop", "This address cannot be read"),
    ("postgresql+nosuch://kim:s3cret@host/shop", "No driver is known as 'postgresql+nosuch'"),
    ("postgresql://kim:s3cret@127.0.0.1:1/shop", "PostgreSQL could not be reached"),
    ("postgresql://kim@127.0.0.1:1/shop?password=s3cret", "PostgreSQL could not be reached"),
]


@pytest.mark.parametrize(("name", "content", "said"), BAD_FILES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_cannot_be_opened_is_explained(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotOpen, match=re.escape(said)) as raised:
        open_database(tmp_path / name)
    assert repr(name) in raised.value.message and raised.value.hint


@pytest.mark.parametrize(("source", "said"), BAD_SOURCES, ids=[source[:40].strip("\0") or "empty" for source, _ in BAD_SOURCES])
def test_a_source_that_cannot_be_opened_is_explained(source, said):
    with pytest.raises(CannotOpen, match=re.escape(said)) as raised:
        open_database(source)
    assert raised.value.hint and "s3cret" not in str(raised.value) + repr(raised.value) + repr(raised.value.__cause__)


def test_a_folder_without_any_file_of_rows_is_explained(tmp_path):
    with pytest.raises(CannotOpen) as raised:
        open_database(tmp_path)
    assert raised.value.hint and str(tmp_path.parent) not in str(raised.value)


def test_a_file_that_may_not_be_read_is_explained(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with ordinary_user(), pytest.raises(CannotOpen, match="may not be read"):
        open_database(path)


def test_sqlite_in_wal_mode_is_read_in_a_folder_that_may_not_be_written():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)")
        os.chmod(folder, 0o555)
        with ordinary_user():  # who may not run this Python, where it is root's
            assert sqlite.open(path).schema().tables[0].rows == ((7,),)
        os.chmod(folder, 0o755)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "rows.csv")
    with pytest.raises(CannotOpen, match="no ordinary file"):
        open_database(tmp_path / "rows.csv")


def test_sqlite_in_use_elsewhere_is_called_so(tmp_path):
    path = shop.make_sqlite(tmp_path / "shop.db")
    program = f"import sqlite3; c = sqlite3.connect({path!r}, isolation_level=None); c.execute('BEGIN EXCLUSIVE')"
    with holding(program), pytest.raises(CannotOpen, match="in use by another program"):
        open_database(path)
    open_database(path).close()


@contextmanager
def holding(program):
    """Another process that has run this, and keeps what it opened for the block."""
    waits = program + "; import sys; print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        yield
        other.stdin.close()


@contextmanager
def ordinary_user():
    """Root may read everything: for this block it is nobody."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_an_encrypted_duckdb_file_is_called_so(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
        connection.execute(f"ATTACH '{path}' AS secret (ENCRYPTION_KEY 'key')")
        connection.execute("CREATE TABLE secret.t AS SELECT 1 AS a")
    with pytest.raises(CannotOpen, match="'shop.duckdb' is encrypted"):
        open_database(path)


def test_a_duckdb_file_that_others_only_read_can_be_opened(tmp_path):
    path = shop.make_duckdb(tmp_path / "shop.duckdb")
    database = open_database(path)
    program = f"import qsql; print(len(qsql.open_database({path!r}).schema().tables))"
    read = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    assert read.stdout == "4\n"
    database.close()


def test_a_duckdb_file_in_use_elsewhere_is_called_so(tmp_path):
    path = shop.make_duckdb(tmp_path / "shop.duckdb")
    with holding(f"import duckdb; c = duckdb.connect({path!r})"), pytest.raises(CannotOpen, match="in use by another program"):
        open_database(path)
    open_database(path).close()


@pytest.mark.parametrize("library", ["pymysql", "psycopg"])
def test_a_missing_driver_is_named_with_what_brings_it(library, monkeypatch):
    from qsql.databases import sqlalchemy

    scheme, requirement = {"pymysql": ("mysql", "PyMySQL"), "psycopg": ("postgresql", "psycopg[binary]")}[library]
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingLibrary, match=re.escape(requirement)):
        sqlalchemy.open(f"{scheme}://kim:s3cret@127.0.0.1:1/shop")


def test_a_driver_that_is_not_here_is_named_from_the_worker_too():
    with pytest.raises(MissingLibrary, match="clickhouse-connect"):
        open_database("clickhouse://kim:s3cret@127.0.0.1:1/shop")


URLS = [("sqlite:///{}", "sqlite"), ("duckdb:///{}", "duckdb"), ("{}", "sqlite"), ("{}", "duckdb")]


@pytest.mark.parametrize(("form", "engine"), URLS)
def test_a_path_and_a_url_open_the_same_file(tmp_path, form, engine):
    path = tmp_path / "my shop #1.db"
    (shop.make_sqlite if engine == "sqlite" else shop.make_duckdb)(path)
    database = open_database(form.format(path))
    assert (database.name, database.dialect) == ("my shop #1.db", engine)
    assert {"customers", "orders"} <= {table.name for table in database.schema().tables}
    database.close()


def test_the_first_bytes_say_what_a_file_is_whatever_its_name(tmp_path):
    made = shop.make_sqlite(tmp_path / "shop.csv")
    assert open_database(made).dialect == "sqlite"


def test_a_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    shop.make_sqlite(tmp_path / "shop.db")
    assert open_database("~/shop.db").name == "shop.db"


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_database_without_tables_opens(tmp_path, engine):
    path = tmp_path / "none.db"
    if engine == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("CREATE TABLE t (a); DROP TABLE t")
    database = open_database(path)
    assert database.schema().tables == ()
    database.close()


def test_odd_names_and_broken_views_do_not_stop_sqlite(tmp_path):
    path: Path = tmp_path / "odd?.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            CREATE TABLE parent (a INTEGER, b TEXT, PRIMARY KEY (b, a));
            CREATE TABLE "odd ""name"" --;" ("select" INT, "" TEXT, 名字, x BLOB REFERENCES parent);
            CREATE TABLE child (p INT, q TEXT, r INT REFERENCES "Order" (id), FOREIGN KEY (q, p) REFERENCES PARENT);
            CREATE TABLE "Order" (id INTEGER PRIMARY KEY);
            CREATE TABLE gone (a); CREATE VIEW broken AS SELECT a FROM gone; DROP TABLE gone;
            CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES ('tea');
            INSERT INTO "Order" DEFAULT VALUES; INSERT INTO child VALUES (1, CAST(x'ff41' AS TEXT), 1);
        """)
    tables = {table.name: table for table in open_database(path).schema().tables}
    assert list(tables)[:4] == ["parent", '"odd ""name"" --;"', "child", '"Order"'] and "broken" not in tables
    assert tables["parent"].primary_key == ("b", "a")
    assert [(key.to_table, key.columns, key.to_columns) for key in tables["child"].foreign_keys] == [
        ('"Order"', ("r",), ("id",)),
        ("parent", ("q", "p"), ("b", "a")),
    ]
    assert [column.name for column in tables['"odd ""name"" --;"'].columns] == ["select", "", "名字", "x"]
    assert tables["child"].rows == ((1, "\ufffdA", 1),) and tables['"Order"'].row_count == 1
    assert [column.name for column in tables["words"].columns] == ["word"]


def test_odd_names_and_broken_views_do_not_stop_duckdb(tmp_path):
    path = tmp_path / "odd.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            CREATE TABLE "group" (id INTEGER PRIMARY KEY, "a b" INTEGER[]); COMMENT ON TABLE "group" IS 'of people';
            COMMENT ON COLUMN "group".id IS 'a number'; CREATE SCHEMA back; CREATE TABLE back."Box 1" (a INTEGER);
            CREATE VIEW seen AS SELECT id FROM "group"; CREATE TABLE gone (a INTEGER); CREATE VIEW broken AS FROM gone; DROP TABLE gone;
        """)
    database = open_database(path)
    tables = {table.name: table for table in database.schema().tables}
    assert set(tables) == {'"group"', 'back."Box 1"', "seen"}
    assert (tables['"group"'].comment, tables['"group"'].columns[0].comment, tables['"group"'].row_count) == ("of people", "a number", 0)
    database.close()


def test_the_addresses_in_the_documentation_are_read_and_shown_without_their_secrets():
    text = (Path(__file__).parent.parent / "docs/databases.md").read_text(encoding="utf-8")
    rows = [line for line in text.partition("## ")[0].splitlines() if line.startswith("|")]
    addresses = [address for row in rows for address in re.findall(r"`(\w+://[^`]+)`", row) if "..." not in address.partition("=")[0]]
    assert {address.partition("://")[0] for address in addresses} >= {
        "postgresql",
        "mariadb",
        "sc",
        "trino",
        "clickhouse",
        "snowflake",
        "bigquery",
    }
    for address in addresses:
        told = shown(address)
        assert told.partition("://")[0] == address.partition("://")[0] and "password" not in told and "token" not in told
    assert all(f"`{requirement}`" in text for requirement in servers.REQUIREMENTS.values())
