"""Words of the question that stand in the database's cells, shown to the model after the schema."""

import threading
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

from qsql.databases.base import Database, Limits
from qsql.errors import QsqlError
from qsql.records import Answer, Column, Table
from qsql.sql import read_query
from qsql.steps.base import Asking
from qsql.values import ValueIndex, build

SECONDS = 2.0  # for the values of one column
PATIENCE = 5.0  # seconds that a question waits for the index; where it takes longer, it is asked without

_indexes: "weakref.WeakKeyDictionary[Database, Future]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def values(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Look the question up in the index of cells; what is found becomes hints."""
    index = index_of(asking.database)
    if index is None:
        return
    matches = index.find(asking.question.text)
    hints = tuple(dict.fromkeys(f"{match.table}.{match.column} = {_quoted(match.value.strip())}" for match in matches))
    notices = (*answer.notices, index.notice) if index.notice else answer.notices
    yield replace(answer, hints=hints, notices=notices)


def index_of(database: Database, patience: float = PATIENCE) -> ValueIndex | None:
    """The index of this database's cells, built once in the background; None where it is not ready in time."""
    future = prepare(database)
    try:
        return future.result(timeout=patience)
    except TimeoutError:
        return None


def prepare(database: Database) -> Future:
    """Begin to build the index, if nobody has yet."""
    with _lock:
        if database not in _indexes:
            _indexes[database] = Future()
            threading.Thread(target=_build, args=(database, _indexes[database]), name="qsql-values", daemon=True).start()
        return _indexes[database]


def _build(database: Database, future: Future) -> None:
    def distinct(table: Table, column: Column, limit: int) -> Sequence[object] | None:
        name = '"' + column.name.replace('"', '""') + '"' if database.dialect != "mysql" else f"`{column.name}`"
        sql = f"SELECT DISTINCT {name} FROM {table.name} WHERE {name} IS NOT NULL"
        try:
            rows = database.run(read_query(sql, database.dialect), Limits(limit, SECONDS)).rows
        except QsqlError:
            return None
        return rows.column(0).to_pylist()

    try:
        future.set_result(build(database.schema(), distinct))
    except Exception as error:  # handed to whoever waits for the index
        future.set_exception(error)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
