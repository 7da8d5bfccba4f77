"""DuckDB, natively: a file opened read-only, without access to any other file, and locked so before a query sees it.

Nothing is spilled to disk: a query that needs more memory than MEMORY fails. `files` and `sample` build their databases
through `connect_to_build`, close them, and open them again here.
"""

import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow

from qsql.databases import arrow
from qsql.databases.base import Limits, interrupting
from qsql.databases.ddl import create_table
from qsql.errors import CannotOpen, DatabaseError, NotReadOnly, QueryFailed, QueryTimeout
from qsql.records import Column, ForeignKey, Query, Result, Schema, Table

MEMORY = "2GB"
BATCH = 20_000  # rows
FIRST_ROWS = Limits(max_rows=3, seconds=2.0)

QUIET = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
}
READ_ONLY = QUIET | {
    "memory_limit": MEMORY,
    "temp_directory": "",
    "max_temp_directory_size": "0B",
    "allow_extension_repositories": "forbidden",
    "max_expression_depth": "250",
}
BUILDING = QUIET | {"memory_limit": "1500MB", "max_temp_directory_size": "20GB"}
UNKNOWN_TO_ARROW = ("BIGNUM", "BIT")
LOCKS = (  # in this order: each would refuse the one before it
    "SET enable_external_access = false",
    "SET disabled_filesystems = 'LocalFileSystem'",
    "SET lock_configuration = true",
)

TABLES = """
    SELECT schema_name, table_name, sql, comment, estimated_size, 0 AS kind, table_oid AS made
    FROM duckdb_tables() WHERE NOT internal AND database_name = current_database()
    UNION ALL
    SELECT schema_name, view_name, sql, comment, NULL, 1, view_oid
    FROM duckdb_views() WHERE NOT internal AND database_name = current_database()
    ORDER BY kind, made"""
COLUMNS = """
    SELECT schema_name, table_name, column_name, data_type, is_nullable, comment
    FROM duckdb_columns() WHERE NOT internal AND database_name = current_database()
    ORDER BY schema_name, table_name, column_index"""
KEYS = """
    SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names
    FROM duckdb_constraints() WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')
    ORDER BY schema_name, table_name, constraint_index"""
RESERVED = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category != 'unreserved'"

_opening = threading.Lock()


def open(source: str | Path, name: str = "", order: Sequence[str] = ()) -> "DuckDatabase":
    """Open a DuckDB file; the tables in `order` come in that order, before all others. Raises CannotOpen."""
    path = Path(source)
    try:
        return DuckDatabase(name or path.name, _locked(path), order)
    except duckdb.Error as error:
        raise _cannot_open(name or path.name, str(error)) from error


def connect_to_build(path: Path, readable: Iterable[Path] = ()) -> duckdb.DuckDBPyConnection:
    """A new, writable database that may read just these files. Raises duckdb.Error, known as `EngineError` here."""
    connection = duckdb.connect(str(path), config=BUILDING | {"temp_directory": str(path.parent / "spill")})
    connection.execute(f"SET allowed_paths = [{', '.join(literal(str(file)) for file in readable)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


EngineError = duckdb.Error


class DuckDatabase:
    """One DuckDB file; each query gets a cursor of its own, which is a session of its own."""

    dialect = "duckdb"
    metered = False

    def __init__(self, name: str, connection: duckdb.DuckDBPyConnection, order: Sequence[str] = ()) -> None:
        self.name = name
        self._connection = connection
        self._order = order
        self._lock = threading.Lock()
        self._schema: Schema | None = None

    def schema(self) -> Schema:
        with self._lock:
            if self._schema is None:
                self._schema = self._read_schema()
            return self._schema

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        start = time.perf_counter()
        with self._cursor() as cursor, interrupting(cursor.interrupt, limits):
            _only_reads(cursor, query.sql)
            rows = _fetch(cursor, query.sql, limits)
        return arrow.result(arrow.integers(rows), limits, start)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = None
        try:
            cursor = self._connection.cursor()
            yield cursor
        except duckdb.Error as error:
            raise _failed(error) from error
        finally:
            if cursor is not None:
                cursor.close()

    def _read_schema(self) -> Schema:
        with self._cursor() as cursor:
            tables = cursor.execute(TABLES).fetchall()
            columns = _by_table(cursor.execute(COLUMNS).fetchall())
            keys = _by_table(cursor.execute(KEYS).fetchall())
            reserved = {word for (word,) in cursor.execute(RESERVED).fetchall()}
        tables.sort(key=lambda row: self._order.index(row[1]) if row[1] in self._order else len(self._order))
        made = (self._table(row, columns.get(row[:2], []), keys.get(row[:2], []), reserved) for row in tables)
        return Schema(self.dialect, "DuckDB", tuple(table for table in made if table))

    def _table(self, row: tuple, columns: list[tuple], keys: list[tuple], reserved: set[str]) -> Table | None:
        schema, bare, ddl, comment, count, kind, *_ = row
        is_table = kind == 0
        name = _qualified(schema, bare, reserved)
        try:
            rows = self._first_rows(name)
        except DatabaseError:
            return None  # a view whose tables are gone, or that reads a file
        columns = tuple(Column(column, kind, nullable, note or "") for column, kind, nullable, note in columns)
        primary_key = next((tuple(names) for kind, names, *_ in keys if kind == "PRIMARY KEY"), ())
        foreign_keys = tuple(
            ForeignKey(tuple(names), _qualified(schema, to, reserved), tuple(to_names))
            for kind, names, to, to_names in keys
            if kind == "FOREIGN KEY"
        )
        if is_table:  # the engine rewrites what it was given into one line
            ddl = create_table(name, columns, primary_key, foreign_keys, lambda column: _written(column, reserved))
        return Table(name, columns, (ddl or "").strip().rstrip(";"), primary_key, foreign_keys, rows, count, comment or "")

    def _first_rows(self, name: str) -> tuple[tuple[object, ...], ...]:
        try:
            with self._cursor() as cursor, interrupting(cursor.interrupt, FIRST_ROWS):
                return tuple(cursor.execute(f"SELECT * FROM {name} LIMIT {FIRST_ROWS.max_rows}").fetchall())
        except QueryTimeout:
            return ()


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _locked(path: Path) -> duckdb.DuckDBPyConnection:
    with _opening:  # one file opened twice is one instance, which can be locked only once
        connection = duckdb.connect(str(path), read_only=True, config=READ_ONLY)
        if not connection.execute("SELECT current_setting('lock_configuration')").fetchone()[0]:
            for lock in LOCKS:
                connection.execute(lock)
        return connection


def _only_reads(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = cursor.extract_statements(sql)
    if len(statements) != 1:
        raise NotReadOnly(f"Only one statement can run at a time; this has {len(statements)}.", "Keep the one that you want.")
    try:
        kind = statements[0].type.name
    except ValueError:  # the Python client has no name for it
        kind = "of an unknown kind"
    pivots = kind == "MULTI" and re.match(r"\s*\(*\s*(PIVOT|WITH|FROM|SELECT)\b", sql, re.IGNORECASE)
    if kind not in ("SELECT", "EXPLAIN") and not pivots:
        raise NotReadOnly(f"Only queries that read can run here; this one is {kind}.", "Ask for rows with SELECT.")


def _fetch(cursor: duckdb.DuckDBPyConnection, sql: str, limits: Limits) -> pyarrow.Table:
    """Rows until just beyond the limits; the engine computes little more than these."""
    relation = cursor.sql(sql)
    if any(str(kind) in UNKNOWN_TO_ARROW for kind in relation.types):
        return arrow.table(relation.columns, arrow.fetch(cursor.execute(sql).fetchmany, limits))
    reader = relation.to_arrow_reader(min(limits.max_rows + 1, BATCH))
    batches, count, size = [], 0, 0
    for batch in reader:
        batches.append(batch)
        count, size = count + batch.num_rows, size + batch.nbytes
        if count > limits.max_rows or size > limits.max_bytes:
            break
    return pyarrow.Table.from_batches(batches, reader.schema).slice(0, limits.max_rows + 1)


def _by_table(rows: list[tuple]) -> dict[tuple[str, str], list[tuple]]:
    return {key: [row[2:] for row in group] for key, group in groupby(rows, lambda row: row[:2])}


def _qualified(schema: str, name: str, reserved: set[str]) -> str:
    parts = (name,) if schema == "main" else (schema, name)
    return ".".join(_written(part, reserved) for part in parts)


def _written(name: str, reserved: set[str]) -> str:
    return name if name.isidentifier() and name.lower() not in reserved else quoted(name)


def _failed(error: duckdb.Error) -> QueryFailed:
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailed(f"The query needs more memory than it may use ({MEMORY}).", "Ask for less at once.")
    first, *rest = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no reason was given"]
    reason = re.sub(r"^[A-Z]\w*(?: \w+)* Error: ", "", first).rstrip(".!")
    advice = next((line for line in rest if line.startswith(("Candidate bindings", "Did you mean"))), "")
    return QueryFailed(f"The database refused the query: {reason}.", advice or "Correct the SQL, or ask in other words.")


CANNOT_OPEN = (  # what the engine says, what it means, what to do
    ("encrypted", "{} is encrypted.", "Decrypt it first: copy its tables into a database without a key."),
    ("lock on file", "{} is in use by another program.", "Close it there, then open it here."),
    ("version number", "{} was written by another version of DuckDB.", "Export it there, or update qsql's duckdb."),
    ("", "{} cannot be read as a DuckDB database; it may be damaged.", "Choose another file."),
)


def _cannot_open(name: str, said: str) -> CannotOpen:
    meaning, hint = next((meaning, hint) for words, meaning, hint in CANNOT_OPEN if words in said)
    return CannotOpen(meaning.format(repr(name)), hint)
