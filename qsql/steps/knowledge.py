"""What is found out about a database in the background, once: an index of its cells, and the keys that it does not declare."""

import threading
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace

from qsql.databases.base import Database, Limits
from qsql.errors import QsqlError, QueryFailed, QueryTimeout
from qsql.links import infer
from qsql.records import Column, Schema, Table
from qsql.sql import quoted, read_query
from qsql.values import ValueIndex, build

SECONDS = 2.0  # for the values of one column
ALL_SECONDS = 20.0  # for those of all columns: a warehouse has better things to do
FIRST = Limits(max_rows=3, seconds=2.0)  # of one table
ALL_FIRST = 3.0  # seconds for all that a prompt needs
PATIENCE = 5.0  # seconds that a question waits for it; where it takes longer, it is asked without

_known: "weakref.WeakKeyDictionary[Database, Future]" = weakref.WeakKeyDictionary()
_rows: "weakref.WeakKeyDictionary[Database, tuple[Schema, dict[str, tuple]]]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()  # around both


@dataclass(frozen=True)
class Knowledge:
    """`schema` is the database's own, `found_in`, with the inferred keys added."""

    found_in: Schema
    schema: Schema
    index: ValueIndex


def knowledge_of(database: Database, patience: float = PATIENCE) -> Knowledge | None:
    """What is known of this database; None where it is not ready within `patience` seconds."""
    try:
        return prepare(database).result(timeout=patience)
    except TimeoutError:
        return None


def prepare(database: Database) -> Future:
    """Begin to find out, if nobody has yet, or the tables have changed since."""
    known = _known.get(database)
    outdated = known is not None and _outdated(known, database)
    with _lock:
        if database not in _known or (outdated and _known[database] is known):
            _known[database] = Future()
            threading.Thread(target=_build, args=(database, _known[database]), name="qsql-knowledge", daemon=True).start()
        return _known[database]


def with_rows(database: Database, schema: Schema) -> Schema:
    """These tables with first rows where they came without: those of a large schema are read when a prompt first needs them.

    They are kept until the tables change, so that the next prompt waits for nothing, and begins as this one does.
    """
    end, read = time.monotonic() + ALL_FIRST, _rows_of(database)
    for table in schema.tables:
        if table.columns and not table.rows and table.name not in read and not database.metered and time.monotonic() < end:
            with suppress(QueryFailed, QueryTimeout):  # a table that may not be read, or a slow view
                listed = ", ".join(quoted(column.name, database.dialect) for column in table.columns)  # * leaves out what is INVISIBLE
                rows = database.run(read_query(f"SELECT {listed} FROM {table.name}", database.dialect), FIRST).rows
                read[table.name] = tuple(zip(*(column.to_pylist() for column in rows.columns)))
    return replace(schema, tables=tuple(replace(table, rows=table.rows or read.get(table.name, table.rows)) for table in schema.tables))


def _rows_of(database: Database) -> dict[str, tuple]:
    """The first rows that were read so far of the tables as they are now, by name."""
    schema = database.schema()
    with _lock:
        if database not in _rows or _rows[database][0] is not schema:
            _rows[database] = schema, {}
        return _rows[database][1]


def _outdated(known: Future, database: Database) -> bool:
    """Whether it came to nothing, or is of tables that were read anew since."""
    return known.done() and (known.exception() is not None or known.result().found_in is not database.schema())


def _build(database: Database, future: Future) -> None:
    end = time.monotonic() + ALL_SECONDS

    def distinct(table: Table, column: Column, limit: int) -> Sequence[object] | None:
        if time.monotonic() > end or database.metered:
            return None
        name = quoted(column.name, database.dialect)
        sql = f"SELECT DISTINCT {name} FROM {table.name} WHERE {name} IS NOT NULL"
        try:
            rows = database.run(read_query(sql, database.dialect), Limits(limit, SECONDS)).rows
        except QsqlError:
            return None
        return rows.column(0).to_pylist()

    try:
        schema = database.schema()
        future.set_result(Knowledge(schema, infer(schema, distinct), build(schema, distinct)))
    except Exception as error:  # handed to whoever waits for it
        future.set_exception(error)
