"""A table of rows -> a CSV, Parquet or Excel file that carries no live formula.

What it protects from: a cell of text that a spreadsheet would run when the file is opened. In CSV, which cannot say that a
cell is text, such a cell gets an apostrophe before it; numbers and dates stay as they are. In Excel, text is written as text.

What it does not protect from: a program that takes text for formulas after all, or one that leaves out the apostrophe.
"""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow
from pyarrow import compute, csv, parquet

from qsql.errors import BadInput, MissingLibrary

FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # what begins one; the wide forms too, which some spreadsheets read as these
MAX_ROWS = 1_048_576  # of an Excel sheet, the names included
MAX_COLUMNS = 16_384
MAX_TEXT = 32_767  # characters of an Excel cell
EXACT = 10**15  # beyond it Excel, which knows only doubles, changes digits
FIRST_DAY = datetime.date(1900, 3, 1)  # Excel counts a day before it that never was
DATE, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


def to_csv(table: pyarrow.Table, path: str | Path) -> None:
    """In UTF-8, with a mark by which spreadsheets know it. An empty cell is no value. Raises OSError."""
    columns = [_disarmed(_as_text(column)) if _is_text(column.type) else column for column in table.columns]
    names = _disarmed(pyarrow.chunked_array([pyarrow.array(table.column_names, pyarrow.string())])).to_pylist()
    with Path(path).open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        csv.write_csv(pyarrow.Table.from_arrays(columns, names=names), file)


def to_parquet(table: pyarrow.Table, path: str | Path) -> None:
    """With all types and values as they are. Raises OSError."""
    parquet.write_table(table, path)


def to_excel(table: pyarrow.Table, path: str | Path) -> None:
    """One sheet, its first row the names. A text too long for a cell is cut, a number too long for Excel is written as text.

    Raises BadInput for more rows or columns than a sheet has, MissingLibrary, or OSError.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise MissingLibrary("XlsxWriter", "XlsxWriter") from error
    if table.num_rows >= MAX_ROWS or table.num_columns > MAX_COLUMNS:
        raise BadInput("An Excel sheet has too little room for these rows.", "Ask for fewer, or save them as CSV or Parquet.")
    with Path(path).open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": MOMENT}) as book:
        _write(book.add_worksheet(), table, book.add_format({"num_format": DATE}))


def _write(sheet, table: pyarrow.Table, day) -> None:
    for place, name in enumerate(table.column_names):
        sheet.write_string(0, place, name[:MAX_TEXT])
    for number, row in enumerate(_rows(table), 1):
        for place, value in enumerate(row):
            _write_cell(sheet, number, place, value, day)


def _write_cell(sheet, row: int, column: int, value: object, day) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float, Decimal)) and abs(value) < EXACT:  # never so for what is not a number
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime.datetime) and value.tzinfo is None and value.date() >= FIRST_DAY:
        sheet.write_datetime(row, column, value)
    elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime) and value >= FIRST_DAY:
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, str(value)[:MAX_TEXT])


def _rows(table: pyarrow.Table) -> Iterator[tuple[object, ...]]:
    columns = [_as_text(column) if _is_text(column.type) else column for column in table.columns]
    plain = pyarrow.Table.from_arrays(columns, names=[str(place) for place in range(table.num_columns)])
    for batch in plain.to_batches(10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns))


def _is_text(kind: pyarrow.DataType) -> bool:
    """Whether values of this type are written as text: all but numbers, truth values, dates and moments."""
    types = pyarrow.types
    numbers = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean)
    times = (types.is_date, types.is_timestamp, types.is_time, types.is_null)
    return not any(is_kind(kind) for is_kind in numbers + times)


def _as_text(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    try:
        return column.cast(pyarrow.string())
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError):  # bytes that are no text, lists, records, durations
        values = (None if value is None else value.hex() if isinstance(value, bytes) else str(value) for value in column.to_pylist())
        return pyarrow.chunked_array([pyarrow.array(values, pyarrow.string())])


def _disarmed(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    armed = compute.is_in(compute.utf8_slice_codeunits(column, 0, 1), value_set=pyarrow.array(list(FORMULA)))
    return compute.if_else(armed, compute.binary_join_element_wise("'", column, ""), column)
