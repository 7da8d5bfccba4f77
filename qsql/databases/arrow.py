"""Rows of Python values -> an Arrow table, for engines that give no Arrow themselves; and a table -> a Result.

A column's type is what its values have in common; where they have nothing, or a number fits no type, it is text that
loses nothing. A column without any value has the type null. Names are kept, also when two are the same.
"""

import datetime
import json
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal

import pyarrow

from qsql.databases.base import Limits
from qsql.errors import QueryFailed
from qsql.records import Result

FETCHED = 100  # rows at a time, for they may be long
EXACT = 2**53  # beyond it a double no longer holds every integer

PLAIN = {
    bool: pyarrow.bool_(),
    int: pyarrow.int64(),
    float: pyarrow.float64(),
    str: pyarrow.string(),
    bytes: pyarrow.binary(),
    datetime.date: pyarrow.date32(),
    datetime.time: pyarrow.time64("us"),
    datetime.timedelta: pyarrow.duration("us"),
    Decimal: None,  # pyarrow finds precision and scale
}


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> pyarrow.Table:
    """One column a name, in order; every row has as many values as there are names."""
    columns = [_column([row[index] for row in rows]) for index in range(len(names))]
    return pyarrow.Table.from_arrays(columns, names=list(names))


def result(rows: pyarrow.Table, limits: Limits, start: float) -> Result:
    """The rows within the limits; `rows` goes beyond them where there were more. `start` is by time.perf_counter.

    Raises QueryFailed where not even the first row is within them.
    """
    kept = rows.slice(0, limits.max_rows)
    if kept.nbytes > limits.max_bytes:
        kept = kept.slice(0, bisect_right(range(1, kept.num_rows), limits.max_bytes, key=lambda count: kept.slice(0, count).nbytes))
        if not kept.num_rows:
            raise QueryFailed(f"One row takes more than {limits.max_bytes // 1_000_000} MB.", "Ask for fewer or shorter columns.")
    return Result(kept, kept.num_rows < rows.num_rows, time.perf_counter() - start)


def fetch(more: Callable[[int], Sequence[Sequence[object]]], limits: Limits) -> list[Sequence[object]]:
    """Rows from a cursor's `fetchmany` until just beyond the limits, or its end."""
    rows, size = [], 0
    while len(rows) <= limits.max_rows and size <= limits.max_bytes:
        found = more(min(FETCHED, limits.max_rows + 1 - len(rows)))
        if not found:
            break
        rows += found
        size += sum(_size(value) for row in found for value in row)
    return rows


def _size(value: object) -> int:
    """About how many bytes it takes."""
    if isinstance(value, (str, bytes)):
        return len(value)
    return len(str(value)) if isinstance(value, (list, tuple, dict)) else 8


def integers(rows: pyarrow.Table) -> pyarrow.Table:
    """Wide integers, which Arrow knows only as decimal(38, 0), as int64 wherever all values of a column fit."""
    for index, field in enumerate(rows.schema):
        if field.type == pyarrow.decimal128(38, 0):
            try:
                rows = rows.set_column(index, field.name, rows.column(index).cast(pyarrow.int64()))
            except pyarrow.ArrowInvalid:
                continue
    return rows


def _column(values: list[object]) -> pyarrow.Array:
    values = [bytes(value) if isinstance(value, (bytearray, memoryview)) else value for value in values]
    kinds = {type(value) for value in values if value is not None}
    try:
        return _typed(values, kinds)
    except (pyarrow.ArrowException, OverflowError, ValueError):  # too large, or no precision holds them all
        return _as_text(values)


def _typed(values: list[object], kinds: set[type]) -> pyarrow.Array:
    if not kinds:
        return pyarrow.nulls(len(values))
    if kinds == {datetime.datetime}:
        return _timestamps(values)
    if kinds == {int, float} and all(abs(value) <= EXACT for value in values if type(value) is int):
        return pyarrow.array([None if value is None else float(value) for value in values], pyarrow.float64())
    if kinds == {int, Decimal}:
        return pyarrow.array([None if value is None else Decimal(value) for value in values])
    if len(kinds) == 1 and kinds <= PLAIN.keys():
        return pyarrow.array(values, PLAIN[next(iter(kinds))])
    return _as_text(values)


def _timestamps(values: list[datetime.datetime | None]) -> pyarrow.Array:
    aware = {value.tzinfo is not None for value in values if value is not None}
    if len(aware) == 2:
        return _as_text(values)
    if aware == {False}:
        return pyarrow.array(values, pyarrow.timestamp("us"))
    in_utc = [None if value is None else value.astimezone(datetime.UTC) for value in values]
    return pyarrow.array(in_utc, pyarrow.timestamp("us", "UTC"))


def _as_text(values: list[object]) -> pyarrow.Array:
    return pyarrow.array([None if value is None else _text(value) for value in values], pyarrow.string())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
