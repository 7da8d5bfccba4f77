"""Excel files, old and new -> an Arrow table for each sheet that has a header and rows."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pyarrow

from qsql.databases import arrow
from qsql.errors import CannotOpen, MissingLibrary


def sheets(path: Path) -> Iterator[tuple[str, pyarrow.Table]]:
    """The sheets' names and rows; a sheet's first row holds its columns' names. Raises CannotOpen or MissingLibrary."""
    try:
        import python_calamine as calamine
    except ModuleNotFoundError as error:
        raise MissingLibrary("python-calamine", "python-calamine") from error
    try:
        with calamine.CalamineWorkbook.from_path(path) as workbook:
            for sheet in workbook.sheets_metadata:
                rows = workbook.get_sheet_by_name(sheet.name).to_python() if sheet.typ == calamine.SheetTypeEnum.WorkSheet else []
                if len(rows) > 1:
                    yield sheet.name, _table(rows)
    except calamine.PasswordError as error:
        raise CannotOpen(f"{path.name!r} is encrypted.", "Save it without a password first.") from error
    except calamine.CalamineError as error:
        raise CannotOpen(f"{path.name!r} cannot be read as an Excel file.", "Save it again in Excel, or choose another.") from error


def unique(names: list[str]) -> list[str]:
    """Names kept as they are, an empty one as column_N; a second one of the same letters gets a number."""
    found: dict[str, str] = {}
    for index, name in enumerate(names, 1):
        base = name or f"column_{index}"
        number, candidate = 1, base
        while candidate.casefold() in found:
            number += 1
            candidate = f"{base}_{number}"
        found[candidate.casefold()] = candidate
    return list(found.values())


def _table(rows: list[list[object]]) -> pyarrow.Table:
    header, *body = rows
    names = unique(["" if name is None else str(name).strip() for name in header])
    cells = [[None if cell == "" else cell for cell in row] for row in body]
    columns = [_alike(column) for column in zip(*(row for row in cells if any(cell is not None for cell in row)))]
    table = arrow.table(names, list(zip(*columns)))
    types = [pyarrow.string() if pyarrow.types.is_null(kind) else kind for kind in table.schema.types]
    return table.cast(pyarrow.schema(list(zip(names, types))))


def _alike(column: tuple[object, ...]) -> list[object]:
    """Excel knows only doubles, and a moment at midnight comes as a date: whole numbers and moments are told from the column."""
    kinds = {type(cell) for cell in column if cell is not None}
    if kinds <= {int, float} and all(cell is None or float(cell).is_integer() for cell in column):
        return [None if cell is None else int(cell) for cell in column]
    if kinds == {datetime.date, datetime.datetime}:
        return [datetime.datetime.combine(cell, datetime.time()) if type(cell) is datetime.date else cell for cell in column]
    return list(column)
