"""An SQLite file -> the same tables in DuckDB, to ask questions of the one that were written for the other.

SQLite lets every value have its own type; DuckDB does not. A column gets its declared type where all its values fit, else the
one that its values have in common, else VARCHAR; a column of a foreign key gets the type of what it points at where its values
fit. Keys and views are kept where DuckDB takes them with the rows as they are, which it seldom does for a table that points at
itself. Indexes, checks and defaults are lost.
"""

import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow

from qsql.databases import duckdb, opening
from qsql.databases.base import Database, Limits
from qsql.errors import BadInput
from qsql.records import Table
from qsql.sql import read_query

READING = Limits(max_rows=20_000_000, seconds=600.0, max_bytes=4_000_000_000)

DECLARED = (  # what a declared type may mean in DuckDB, the first that fits first; read from the top, as SQLite reads it
    (r"INT", ("INTEGER", "BIGINT")),
    (r"BOOL", ("BOOLEAN",)),
    (r"CHAR|CLOB|TEXT|STRING", ("VARCHAR",)),
    (r"DATETIME|TIMESTAMP", ("TIMESTAMP",)),
    (r"DATE", ("DATE",)),
    (r"TIME", ("TIME",)),
    (r"REAL|FLOA|DOUB|DEC|NUM", ("DOUBLE",)),
    (r"BLOB", ("BLOB",)),
)
SCALED = re.compile(r"\s*(?:DECIMAL|NUMERIC)\s*\(\s*\d+\s*,\s*\d+\s*\)\s*", re.IGNORECASE)
MOMENTS = ("TIMESTAMP", "TIME")  # their text may be written in several ways, so that the way back need not give the same


@dataclass(frozen=True)
class Copied:
    """One table on its way: its columns' names and types, and its keys as SQL. The engine knows its rows as `incoming`."""

    name: str
    types: dict[str, str]
    keys: tuple[str, ...]


def to_duckdb(source: Database) -> Database:
    """A DuckDB database of its own, that goes when it is closed. Raises BadInput where a table cannot be carried over."""
    folder = Path(tempfile.mkdtemp(prefix="qsql-evaluate-")).resolve()
    path = folder / "data.duckdb"
    try:
        connection = duckdb.connect_to_build(path)
        try:
            order = _build(connection, source)
        finally:
            connection.close()
        database = opening.duckdb(path, source.name, order)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    database.on_close = weakref.finalize(database, shutil.rmtree, folder, ignore_errors=True)
    return database


def _build(connection, source: Database) -> tuple[str, ...]:
    """Make the tables, and give their names in the order of the source."""
    schema = source.schema()
    tables = [table for table in schema.tables if not _is_view(table)]
    made: dict[str, dict[str, str]] = {}
    for table in _targets_first(tables):
        rows = source.run(read_query(f"SELECT * FROM {table.name}", source.dialect), READING)
        if rows.truncated:
            raise BadInput(f"The table {table.name} has more than {READING.max_rows:,} rows.", "Leave its database out.")
        made[table.name] = _copy(connection, table, rows.rows, tables, made)
    for view in filter(_is_view, schema.tables):
        _kept(connection, [view.ddl])
    return tuple(_bare(table.name) for table in schema.tables)


def _copy(connection, table: Table, rows: pyarrow.Table, tables: list[Table], made: dict[str, dict[str, str]]) -> dict[str, str]:
    """Make one table with its rows and those of its keys that the engine takes; gives its columns' types, names in lower case."""
    names = [column.name for column in table.columns]
    connection.register("incoming", pyarrow.Table.from_arrays([_plain(column) for column in rows.columns], names=names))
    try:
        types = {column.name: _type(connection, column.name, _wanted(column.name, column.type, table, made)) for column in table.columns}
        keys = _keys(table, tables, made)
        if not _create(connection, Copied(_bare(table.name), types, keys)):
            taken: tuple[str, ...] = ()
            for key in keys:
                taken += (key,) if _create(connection, Copied(_bare(table.name), types, (*taken, key))) else ()
            if not _create(connection, Copied(_bare(table.name), types, taken)):
                raise BadInput(f"The table {table.name} cannot be carried over to DuckDB.", "Leave its database out with --databases.")
    finally:
        connection.unregister("incoming")
    return {name.lower(): kind for name, kind in types.items()}


def _create(connection, table: Copied) -> bool:
    """Whether the engine took the table, its rows and all these keys."""
    name = duckdb.quoted(table.name)
    lines = [*(f"{duckdb.quoted(column)} {kind}" for column, kind in table.types.items()), *table.keys]
    values = ", ".join(f"CAST({duckdb.quoted(column)} AS {kind})" for column, kind in table.types.items())
    create = f"CREATE TABLE {name} ({', '.join(lines)})"
    return _kept(connection, [f"DROP TABLE IF EXISTS {name}", create, f"INSERT INTO {name} SELECT {values} FROM incoming"])


def _kept(connection, statements: list[str]) -> bool:
    """Run all of them or none."""
    try:
        connection.execute("BEGIN")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")
        return True
    except duckdb.EngineError:
        try:
            connection.execute("ROLLBACK")
        except duckdb.EngineError:
            pass  # a COMMIT that failed has ended the transaction already
        return False


def _wanted(name: str, declared: str, table: Table, made: dict[str, dict[str, str]]) -> tuple[str, ...]:
    """Types to try: what a foreign key points at, then what was declared."""
    pointed = [
        made[key.to_table][to.lower()]
        for key in table.foreign_keys
        for own, to in zip(key.columns, key.to_columns)
        if own.lower() == name.lower() and to.lower() in made.get(key.to_table, {})
    ]
    scaled = (declared,) if SCALED.fullmatch(declared) else ()
    return (*pointed, *scaled, *next((types for pattern, types in DECLARED if re.search(pattern, declared.upper())), ()))


def _type(connection, name: str, wanted: tuple[str, ...]) -> str:
    found = connection.execute(f"SELECT typeof({duckdb.quoted(name)}) FROM incoming LIMIT 1").fetchone()
    actual = found[0] if found else ""
    if actual in ("", '"NULL"', "NULL"):  # no value that could say otherwise
        return wanted[0] if wanted else "VARCHAR"
    return next((kind for kind in wanted if kind == actual or _fits(connection, name, kind, actual)), actual)


def _fits(connection, name: str, kind: str, actual: str) -> bool:
    """Whether each value survives the way to this type and back."""
    column = duckdb.quoted(name)
    lost = f"TRY_CAST({column} AS {kind}) IS NULL"
    if kind not in MOMENTS:
        lost += f" OR TRY_CAST(TRY_CAST({column} AS {kind}) AS {actual}) IS DISTINCT FROM {column}"
    try:
        return connection.execute(f"SELECT count(*) FROM incoming WHERE {column} IS NOT NULL AND ({lost})").fetchone() == (0,)
    except duckdb.EngineError:  # no cast between the two
        return False


def _keys(table: Table, tables: list[Table], made: dict[str, dict[str, str]]) -> tuple[str, ...]:
    """Its primary key, what others point at, and what it points at, among what is there already."""
    keys = [f"PRIMARY KEY ({_names(table.primary_key)})"] if table.primary_key else []
    targets = {key.to_columns for other in tables for key in other.foreign_keys if key.to_table == table.name}
    lowered = tuple(name.lower() for name in table.primary_key)
    keys += [f"UNIQUE ({_names(target)})" for target in sorted(targets) if target and tuple(map(str.lower, target)) != lowered]
    for key in dict.fromkeys(table.foreign_keys):
        if key.to_columns and (key.to_table in made or key.to_table == table.name):
            to = f"{duckdb.quoted(_bare(key.to_table))} ({_names(key.to_columns)})"
            keys.append(f"FOREIGN KEY ({_names(key.columns)}) REFERENCES {to}")
    return tuple(keys)


def _targets_first(tables: list[Table]) -> list[Table]:
    """In an order in which foreign keys point backwards; a circle is broken at its first table."""
    left, done = list(tables), []
    while left:
        names = {table.name for table in left}
        free = [table for table in left if not {key.to_table for key in table.foreign_keys} & (names - {table.name})]
        done += free or left[:1]
        left = [table for table in left if table not in done]
    return done


def _plain(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    return column.cast(pyarrow.string()) if pyarrow.types.is_null(column.type) else column


def _is_view(table: Table) -> bool:
    return table.ddl.upper().lstrip().startswith(("CREATE VIEW", "CREATE TEMP"))


def _names(columns: Iterable[str]) -> str:
    return ", ".join(map(duckdb.quoted, columns))


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
