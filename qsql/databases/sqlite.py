"""SQLite, natively: a file opened read-only, with an authorizer that lets through reading and nothing else.

Each query has a connection of its own, so that an interrupt hits only that query. The schema is read before the
authorizer is set, because reading it takes pragmas that a query may not use. SQLite gives every value its own type:
`arrow` finds what a column's values have in common.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from qsql.databases import arrow
from qsql.databases.base import Limits, interrupting
from qsql.errors import CannotOpen, QueryFailed
from qsql.records import Column, ForeignKey, Query, Result, Schema, Table

MAX_VALUE = 1_000_000  # bytes: one function over a longer text may run for minutes without hearing an interrupt
MAX_BLOB = 20_000_000  # the same where the schema has columns for blobs, which are often longer
COUNTING = 1.0  # seconds for counting the rows of all tables; what is not counted by then stays unknown
READING = 5.0  # seconds for the first rows of all tables and views

LIMITS = {
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 50_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
PRAGMAS = ("query_only=1", "trusted_schema=0", "cell_size_check=1", "mmap_size=0", "temp_store=2", "hard_heap_limit=200000000")
CONFIG = {"SQLITE_DBCONFIG_DEFENSIVE": True, "SQLITE_DBCONFIG_TRUSTED_SCHEMA": False, "SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION": False}

READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE)
FORBIDDEN_FUNCTIONS = {"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "zipfile"}
ALLOWED_PRAGMAS = {"table_info", "table_xinfo", "data_version"}
CATALOGS = ("sqlite_master", "sqlite_temp_master")

MASTER = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
NO_LOG = ("unable to open", "attempt to write a readonly")  # WAL mode keeps its log in files that it cannot make here
REFUSED = (sqlite3.Error, sqlite3.Warning, MemoryError)


def open(source: str | Path) -> "SqliteDatabase":
    """Open an SQLite file. Raises CannotOpen."""
    source = Path(source)
    try:
        return SqliteDatabase(source.absolute())
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise CannotOpen(f"{source.name!r} is in use by another program.", "Close it there, then open it here.") from error
        raise CannotOpen(f"{source.name!r} cannot be read as an SQLite database; it may be damaged.", "Choose another file.") from error


class SqliteDatabase:
    """One SQLite file."""

    dialect = "sqlite"
    metered = False

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        with closing(_connect(path)) as connection:
            blobs = [sql for _, _, sql in connection.execute(MASTER) if "BLOB" in (sql or "").upper()]
        self._max_value = MAX_BLOB if blobs else MAX_VALUE

    def schema(self) -> Schema:
        """Read anew each time."""
        with _translated(), closing(_connect(self._path)) as connection:
            return Schema(self.dialect, "SQLite", _tables(connection))

    def mark(self) -> str:
        """What changes with the tables."""
        with _translated(), closing(_connect(self._path)) as connection:
            return str(connection.execute("PRAGMA schema_version").fetchone()[0])

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        start = time.perf_counter()
        with _translated(), closing(_connect(self._path)) as connection:
            _lock(connection, self._max_value)
            with interrupting(connection.interrupt, limits):
                cursor = connection.execute(query.sql)
                rows = arrow.fetch(cursor.fetchmany, limits)
            names = [column[0] for column in cursor.description or ()]
        return arrow.result(arrow.table(names, rows), limits, start)

    def close(self) -> None:
        """Nothing stays open between queries."""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise QueryFailed("The query needs more memory than it may use (200 MB).", "Ask for less at once.") from error
    except REFUSED as error:
        reason = str(error).rstrip(".")
        raise QueryFailed(f"The database refused the query: {reason}.", "Correct the SQL, or ask in other words.") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Read-only; a database in WAL mode in a folder that may not be written is read as it is, without its log."""
    uri = f"file:{quote(str(path))}?mode=ro"
    for address in (uri, uri + "&immutable=1"):
        connection = sqlite3.connect(address, uri=True, timeout=1, isolation_level=None, check_same_thread=False)
        connection.text_factory = _text
        try:
            connection.execute(MASTER).fetchone()
            return connection
        except sqlite3.OperationalError as error:
            connection.close()
            if address != uri or not any(words in str(error) for words in NO_LOG):
                raise
        except sqlite3.Error:
            connection.close()
            raise


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _lock(connection: sqlite3.Connection, max_value: int) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max_value)
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    if hasattr(connection, "setconfig"):  # Python 3.12
        for name, value in CONFIG.items():
            connection.setconfig(getattr(sqlite3, name), value)
    connection.set_authorizer(_authorize)


def _authorize(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
    if action in READS:
        allowed = True
    elif action == sqlite3.SQLITE_FUNCTION:
        allowed = (second or "").lower() not in FORBIDDEN_FUNCTIONS
    elif action == sqlite3.SQLITE_PRAGMA:
        allowed = (first or "").lower() in ALLOWED_PRAGMAS
    else:  # a virtual table (json_each, FTS) asks for these as it connects; the file is read-only whatever is said here
        declares = action == sqlite3.SQLITE_CREATE_TABLE
        allowed = declares or (action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE) and first in CATALOGS)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _tables(connection: sqlite3.Connection) -> tuple[Table, ...]:
    listed = connection.execute(MASTER).fetchall()
    names = {name.lower(): _written(connection, name) for _, name, _ in listed}
    keys = {name.lower(): _primary_key(connection, name) for _, name, _ in listed}
    tables = [_table(connection, name, sql, names, keys) for _, name, sql in listed]
    deadline = time.monotonic() + COUNTING
    return tuple(_counted(connection, table, deadline) for table in tables if table)


def _table(connection: sqlite3.Connection, name: str, sql: str, names: dict[str, str], keys: dict[str, tuple]) -> Table | None:
    try:
        columns = connection.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
        rows = _within(connection, READING, lambda: connection.execute(f"SELECT * FROM {_quoted(name)} LIMIT 3").fetchall())
    except sqlite3.Error:
        return None  # a view whose tables are gone, or a virtual table whose module is not here
    return Table(
        name=names[name.lower()],
        columns=tuple(Column(column, kind, not required) for _, column, kind, required, _, _, hidden in columns if hidden != 1),
        ddl=sql or "",
        primary_key=keys[name.lower()],
        foreign_keys=_foreign_keys(connection, name, names, keys),
        rows=tuple(rows or ()),
    )


def _primary_key(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    try:
        columns = connection.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    except sqlite3.Error:
        return ()
    return tuple(column[1] for column in sorted(columns, key=lambda column: column[5]) if column[5])


def _foreign_keys(connection: sqlite3.Connection, name: str, names: dict[str, str], keys: dict[str, tuple]) -> tuple[ForeignKey, ...]:
    """SQLite lists them last first, and leaves out the target's columns where they are its primary key."""
    listed = connection.execute(f"PRAGMA foreign_key_list({_quoted(name)})").fetchall()
    found = []
    for _, group in groupby(listed, lambda row: row[0]):
        parts = list(group)
        target = parts[0][2]
        to_columns = tuple(part[4] for part in parts) if parts[0][4] is not None else keys.get(target.lower(), ())
        found.append(ForeignKey(tuple(part[3] for part in parts), names.get(target.lower(), target), to_columns))
    return tuple(reversed(found))


def _counted(connection: sqlite3.Connection, table: Table, deadline: float) -> Table:
    if not table.ddl.upper().startswith("CREATE TABLE"):
        return table
    left = deadline - time.monotonic()
    found = _within(connection, left, lambda: connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()) if left > 0 else None
    return replace(table, row_count=found[0]) if found else table


def _within(connection: sqlite3.Connection, seconds: float, read: Callable[[], object]) -> object | None:
    """What `read` gives; None where it takes longer."""
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    try:
        return read()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _written(connection: sqlite3.Connection, name: str) -> str:
    """The name as it is, where SQLite understands it so; else quoted."""
    if name.isidentifier():
        try:
            connection.execute(f"SELECT 1 FROM {name} LIMIT 0")
            return name
        except sqlite3.Error:
            pass
    return _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
