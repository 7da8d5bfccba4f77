"""Excel files, old and new -> a table for each sheet that has names and rows.

A sheet is gone through twice, row by row: once to find its names and what each column holds, once to hand its rows over in
pieces.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyarrow

from qsql.databases import names, workbook
from qsql.databases.duckdb import quoted
from qsql.databases.reading import count, grouped
from qsql.databases.refine import ALWAYS, AMONG, Column, refined
from qsql.databases.sources import Source
from qsql.errors import CannotOpen, MissingLibrary

ROWS = 10_000  # at a time
LOOKED_AT = 50  # rows, for the one of names
NOTHING = {*ALWAYS, *AMONG}
WHOLE = 2**63
TYPES = {
    frozenset({int}): pyarrow.int64(),
    frozenset({float}): pyarrow.float64(),
    frozenset({int, float}): pyarrow.float64(),
    frozenset({bool}): pyarrow.bool_(),
    frozenset({datetime.date}): pyarrow.date32(),
    frozenset({datetime.datetime}): pyarrow.timestamp("us"),
    frozenset({datetime.date, datetime.datetime}): pyarrow.timestamp("us"),
    frozenset({datetime.time}): pyarrow.time64("us"),
    frozenset({datetime.timedelta}): pyarrow.duration("us"),
}


@dataclass
class Held:
    """What the cells of one column are."""

    kinds: set[type] = field(default_factory=set)
    text: bool = False  # that is more than a word for nothing
    words: bool = False

    @property
    def is_text(self) -> bool:
        return self.type == pyarrow.string()

    def value(self, cell: object) -> object:
        """As the column's type has it."""
        kind = type(cell)
        if kind is str and (cell == "" or not self.is_text):
            return None
        if self.is_text:
            return _heading(cell) if kind is float else str(cell) if kind is not str else cell
        if kind is float and self.type == pyarrow.int64():
            return int(cell)
        if kind is datetime.date and datetime.datetime in self.kinds:
            return datetime.datetime.combine(cell, datetime.time())
        return cell

    def take(self, cell: object) -> None:
        if type(cell) is str:
            self.words, self.text = True, self.text or cell.strip() not in NOTHING
        elif type(cell) is float and cell.is_integer() and abs(cell) < WHOLE:
            self.kinds.add(int)  # Excel knows no whole numbers
        else:
            self.kinds.add(type(cell))

    @property
    def type(self) -> pyarrow.DataType:
        return pyarrow.string() if self.text else TYPES.get(frozenset(self.kinds), pyarrow.string())

    @property
    def empty(self) -> bool:
        return not self.kinds and not self.words


@dataclass(frozen=True)
class Sheet:
    """`first` is the row in which the values begin; `columns` are those that are kept: place, heading, name, what they hold."""

    first: int
    columns: tuple[tuple[int, str, str, Held], ...]
    notes: tuple[str, ...]


def load(connection, source: Source, taken: Sequence[str]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Make the tables; gives each one's name, its sheet's, and what the person should know.

    Raises CannotOpen, MissingLibrary or duckdb.Error.
    """
    try:
        import python_calamine as calamine
    except ModuleNotFoundError as error:
        raise MissingLibrary("python-calamine", "python-calamine") from error
    extent = workbook.check(source.path, source.readable)
    try:
        with calamine.CalamineWorkbook.from_path(source.readable) as book:
            made = list(_tables(connection, book, calamine, source, taken))
    except calamine.PasswordError as error:
        raise CannotOpen(f"{source.path.name!r} is encrypted.", "Save it without a password first.") from error
    except BaseException as error:
        if not isinstance(error, (calamine.CalamineError, OSError)) and type(error).__name__ != "PanicException":
            raise
        raise workbook.unreadable(source.path) from error
    if not made:
        raise CannotOpen(f"{source.path.name!r} has no rows in any sheet.", "Choose a file that has some, under a row of names.")
    return _named(connection, made, source, taken, extent)


def _tables(connection, book, calamine, source: Source, taken: Sequence[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """A table for each sheet with rows, by the sheet's name."""
    given: list[str] = []
    for listed in book.sheets_metadata:
        if listed.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        opened = book.get_sheet_by_name(listed.name)
        if opened.total_height * opened.total_width > workbook.MAX_CELLS:
            raise workbook.too_large(source.path)
        sheet = _looked_at(opened)
        if sheet is not None:
            given.append(names.table(listed.name, [*taken, *given]))
            notes = () if listed.visible == calamine.SheetVisibleEnum.Visible else ("The sheet is hidden in the file.",)
            yield given[-1], listed.name, notes + sheet.notes + _made(connection, opened, sheet, quoted(given[-1]))


def _named(connection, made: list, source: Source, taken: Sequence[str], extent: workbook.Extent) -> list:
    """A single sheet takes the name of its file; what holds for the whole file is said of its first table."""
    (first, sheet, notes), *others = made
    if not others:
        first, old = names.table(source.stem, taken), first
        if first != old:
            connection.execute(f"ALTER TABLE {quoted(old)} RENAME TO {quoted(first)}")
    said = [f"{count(extent.errors, 'cell')} with an error such as #DIV/0! left empty."] if extent.errors else []
    unsolved = f"{count(extent.unsolved, 'formula')} without a saved result left empty: open the file in Excel and save it, to have them."
    said += [unsolved] if extent.unsolved else []
    return [(first, sheet, (*notes, *said)), *others]


def _looked_at(opened) -> Sheet | None:
    """What a sheet holds; None where it has no names or no rows."""
    top = list(islice(opened.iter_rows(), LOOKED_AT))
    start, above = _heading_at(top)
    if start is None:
        return None
    named = any(type(cell) is str and cell.strip() for cell in top[start])
    first = start + 1 if named else start
    held, empty = _held(islice(opened.iter_rows(), first, None), len(top[start]))
    if held is None:
        return None
    headings = [_heading(cell) if named else "" for cell in top[start]]
    kept = [index for index, heading in enumerate(headings) if heading or not held[index].empty]
    given = names.columns([headings[index] for index in kept])
    columns = tuple((index, headings[index], name, held[index]) for index, name in zip(kept, given))
    notes = _notes(columns, named, above, len(headings) - len(kept), empty, opened.merged_cell_ranges or [])
    return Sheet(first, columns, tuple(notes))


def _heading_at(top: list[list[object]]) -> tuple[int | None, int]:
    """The row of names, and how many filled rows stand above it: those of one cell before the first of several, all texts."""
    filled = [(index, [cell for cell in row if cell != ""]) for index, row in enumerate(top)]
    filled = [(index, cells) for index, cells in filled if cells]
    if not filled:
        return None, 0
    above = next((place for place, (_, cells) in enumerate(filled) if len(cells) > 1), 0)
    if not all(type(cell) is str for cell in filled[above][1]):
        above = 0
    return filled[above][0], above


def _heading(cell: object) -> str:
    return str(int(cell)) if type(cell) is float and cell.is_integer() else str(cell).strip()


def _held(rows: Iterator[list[object]], width: int) -> tuple[list[Held] | None, int]:
    """What each column holds, and how many rows between others are empty; None where all are."""
    held, empty, waiting, some = [Held() for _ in range(width)], 0, 0, False
    for row in rows:
        filled = [(column, cell) for column, cell in zip(held, row) if cell != ""]
        if not filled:
            waiting += 1
            continue
        some, empty, waiting = True, empty + waiting, 0
        for column, cell in filled:
            column.take(cell)
    return held if some else None, empty


def _notes(columns: Sequence[tuple], named: bool, above: int, dropped: int, empty: int, merged: list) -> Iterator[str]:
    if above:
        yield f"{count(above, 'line')} above the names of the columns left out."
    if named:
        yield from names.renamed([heading for _, heading, _, _ in columns], [name for _, _, name, _ in columns])
    else:
        yield "The first row holds values, so the columns' names were made up."
    if dropped:
        yield f"{count(dropped, 'column')} without a name or any value left out."
    if empty:
        yield f"{count(empty, 'empty row')} left out."
    if merged:
        yield f"{count(len(merged), 'group')} of merged cells: only the first cell of each has the value."


def _made(connection, opened, sheet: Sheet, table: str) -> tuple[str, ...]:
    """Make the table; gives what its columns turned out to hold."""
    rows = islice(opened.iter_rows(), sheet.first, None)
    stored = False
    while piece := list(islice(rows, ROWS)):
        connection.register("sheet_piece", _arrow(piece, sheet))
        make = "INSERT INTO sheet_rows" if stored else "CREATE TEMP TABLE sheet_rows AS"
        connection.execute(f"{make} SELECT * FROM sheet_piece")
        connection.unregister("sheet_piece")
        stored = True
    columns = [Column(f"c{index}", name, "VARCHAR" if held.is_text else "") for index, _, name, held in sheet.columns]
    made = refined(connection, "sheet_rows", columns)
    listed = ", ".join(f"{column.sql} AS {quoted(column.column.name)}" for column in made)
    connection.execute(f"CREATE TABLE {table} AS SELECT {listed} FROM sheet_rows")
    connection.execute("DROP TABLE sheet_rows")
    notes = [(column.column.name, note) for column in made for note in column.notes]
    words = [name for _, _, name, held in sheet.columns if held.words and not held.is_text]
    return grouped(notes + [(name, "{}: words such as NA or - were read as no value.") for name in words])


def _arrow(rows: list[list[object]], sheet: Sheet) -> pyarrow.Table:
    filled = [row for row in rows if any(cell != "" for cell in row)]
    columns = [pyarrow.array([held.value(row[index]) for row in filled], held.type) for index, _, _, held in sheet.columns]
    return pyarrow.Table.from_arrays(columns, names=[f"c{index}" for index, *_ in sheet.columns])
