"""CSV, TSV and other text in columns -> a table, by the engine's own reader.

The engine finds out how the file is written by looking at all of it. Where its rows are uneven, it is told the mark between
columns, and pads the short ones; where quotes or line ends are not as they should be, it is told to bear with them. Rows
that still do not fit are left out and counted, as long as they are few.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qsql.databases import names
from qsql.databases.duckdb import EngineError, literal, quoted
from qsql.databases.reading import NAMED, count, grouped
from qsql.databases.refine import Column, Made, refined, strptime
from qsql.databases.sources import Source
from qsql.errors import CannotOpen

MAX_COLUMNS = 10_000
WIDE = 500  # columns; more are kept beside while they are looked at, for reading all of them again takes long
MAX_LINE = 4_000_000  # bytes of one row; more, and a quote was left open
MAX_REJECTED = 1000  # rows that do not fit; and no more than one in FEW
FEW = 10
HEAD = 200_000  # bytes that are looked at here

DELIMITERS = {
    ",": "Columns are parted by commas.",
    ";": "Columns are parted by semicolons.",
    "\t": "Columns are parted by tabs.",
    "|": "Columns are parted by bars.",
    " ": "Columns are parted by spaces.",
    ":": "Columns are parted by colons.",
}
UNEVEN = ",;\t|"
UNNAMED = re.compile(r"column\d+")  # what the engine calls a column without a name, counted from 0
PLAIN = f"sample_size = -1, max_line_size = {MAX_LINE}"
KEPT = ("BIGINT", "HUGEINT", "BOOLEAN", "DOUBLE", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")


@dataclass(frozen=True)
class Layout:
    """How a file is written, as the engine found it, and what it was told for that."""

    told: str
    delimiter: str
    quote: str
    escape: str
    comment: str
    skip: int
    header: bool
    columns: tuple[tuple[str, str], ...]  # name, type
    formats: tuple[str, ...]  # of dates and moments, where they are not ISO's


def load(connection, source: Source, table: str) -> tuple[str, ...]:
    """Make the table; gives what the person should know. Raises CannotOpen or duckdb.Error."""
    _check_width(source)
    layout = _layout(connection, source)
    headings = [name for name, _ in layout.columns]
    columns = _columns(layout, names.columns(["" if UNNAMED.fullmatch(name) else name for name in headings]))
    rows, stored = _rows(source.readable, layout, columns), _rows(source.readable, layout, columns, store=True)
    if len(columns) > WIDE:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE wide_rows AS SELECT * FROM {stored}")
        rows = stored = "wide_rows"
    made = refined(connection, rows, columns, layout.delimiter)
    kept = [column for column, heading in zip(made, headings) if not (column.empty and UNNAMED.fullmatch(heading))] or made
    total = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
    _create(connection, stored, kept, table)
    rejected = _rejected(connection, source)
    made_rows = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    _check_rejected(source, rejected, made_rows)
    return (*_notes(source, layout, _raw(connection, source, layout), made, kept), *_left_out(rejected, total - made_rows))


def _columns(layout: Layout, given: list[str]) -> list[Column]:
    """Columns that `refine` knows better are left as text: dates that are not ISO's, and decimals where commas may be meant."""
    kinds = tuple(strptime(form) for form in layout.formats)
    found = []
    for index, (name, (_, kind)) in enumerate(zip(given, layout.columns)):
        formatted = kinds and kind in ("DATE", "TIMESTAMP")
        doubted = kind == "DOUBLE" and layout.delimiter != ","
        typed = kind in KEPT and not formatted and not doubted
        found.append(Column(f"c{index}", name, kind if typed else "VARCHAR", kinds if formatted else ()))
    return found


def _rows(file: Path, layout: Layout, columns: list[Column], store: bool = False) -> str:
    """SQL of the rows that fit, to stand after FROM."""
    types = ", ".join(f"{literal(column.key)}: {literal(column.type)}" for column in columns)
    rejects = f"store_rejects = true, rejects_limit = {MAX_REJECTED}" if store else "ignore_errors = true"
    return f"read_csv({literal(str(file))}, {_dialect(layout)}, header = {layout.header}, columns = {{{types}}}, {rejects})"


def _dialect(layout: Layout) -> str:
    marks = {"delim": layout.delimiter, "quote": layout.quote, "escape": layout.escape, "comment": layout.comment}
    told = layout.told.replace("sample_size = -1, ", "")
    told = re.sub(r", (delim|quote) = '.'", "", told)
    return f"auto_detect = false, {', '.join(f'{name} = {literal(mark)}' for name, mark in marks.items())}, skip = {layout.skip}, {told}"


def _create(connection, rows: str, kept: list[Made], table: str) -> None:
    """Rows without any value are left out, unless a row is one value alone."""
    listed = ", ".join(f"{made.sql} AS {quoted(made.column.name)}" for made in kept)
    empty = " AND ".join(f"{quoted(made.column.key)} IS NULL" for made in kept)
    where = f" WHERE NOT ({empty})" if len(kept) > 1 else ""
    connection.execute(f"CREATE TABLE {table} AS SELECT {listed} FROM {rows}{where}")


def _layout(connection, source: Source) -> Layout:
    """The first way of reading that the engine and the look of the rows agree on. Raises what the engine last said."""
    said = None
    for told in _ways(source.readable):
        try:
            layout = _sniffed(connection, source.readable, told)
        except EngineError as error:
            said = error
            continue
        if told != PLAIN or not _misread(source.readable, layout):
            return layout
    raise said or CannotOpen(f"{source.path.name!r} cannot be read as CSV.", "Choose another file.")


def _ways(file: Path) -> Iterator[str]:
    yield PLAIN
    head = _head(file)
    mark = _delimiter(head)
    if _is_quoted(head, mark):
        yield f"{PLAIN}, delim = {literal(mark)}, quote = '\"', strict_mode = false"
    yield f"{PLAIN}, null_padding = true, delim = {literal(mark)}"
    yield f"{PLAIN}, null_padding = true, delim = {literal(mark)}, strict_mode = false"


def _misread(file: Path, layout: Layout) -> bool:
    """Uneven rows taken for one column, or passed over; quotes taken for text."""
    uneven = len(layout.columns) == 1 and any(mark in layout.columns[0][0] for mark in UNEVEN)
    passed = layout.skip and not layout.header
    return bool(uneven or passed or (not layout.quote and _is_quoted(_head(file), layout.delimiter)))


def _sniffed(connection, file: Path, told: str) -> Layout:
    found = "Delimiter, Quote, Escape, Comment, SkipRows, HasHeader, Columns, DateFormat, TimestampFormat"
    row = connection.execute(f"SELECT {found} FROM sniff_csv(?, {told})", [str(file)]).fetchone()
    delimiter, quote, escape, comment = ("" if mark == "(empty)" else mark for mark in row[:4])
    columns = tuple((column["name"], column["type"]) for column in row[6])
    delimiter = delimiter.replace("\\t", "\t") or ","
    return Layout(told, delimiter, quote, escape, comment, row[4], bool(row[5]), columns, tuple(form for form in row[7:] if form))


def _head(file: Path) -> str:
    with file.open("rb") as lines:
        return lines.read(HEAD).decode("utf-8", "replace")


def _delimiter(head: str) -> str:
    first = [line for line in head.splitlines() if line.strip()][:20]
    return max(UNEVEN, key=lambda mark: sum(min(line.count(mark), 1) for line in first) * 1000 + (first[0].count(mark) if first else 0))


def _is_quoted(head: str, mark: str) -> bool:
    """Whether some value stands in quotes, from the mark before it to the one after."""
    return bool(re.search(rf'(?:^|{re.escape(mark)})"[^"\n]*"(?:{re.escape(mark)}|\r?$)', head, re.MULTILINE))


def _check_width(source: Source) -> None:
    head = _head(source.readable)
    first = head.lstrip().partition("\n")[0]
    if max(first.count(mark) for mark in UNEVEN) >= MAX_COLUMNS:
        raise CannotOpen(f"{source.path.name!r} has more than {MAX_COLUMNS:,} columns.", "Keep those that you ask about.")


def _rejected(connection, source: Source) -> list[int]:
    """The lines that did not fit."""
    lines = connection.execute("SELECT DISTINCT line FROM reject_errors ORDER BY line").fetchall()
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"DELETE FROM {table}")
    return [line for (line,) in lines]


def _check_rejected(source: Source, rejected: list[int], rows: int) -> None:
    if rejected and (len(rejected) >= MAX_REJECTED or len(rejected) * FEW > rows):
        one, name = len(rejected) == 1, source.path.name
        where = f"{name!r} cannot be read as CSV: line {rejected[0]:,} is not like the others."
        many = f"{name!r} cannot be read as CSV: {len(rejected):,} rows do not fit."
        raise CannotOpen(where if one else many, "Correct the file, or choose another.")


def _raw(connection, source: Source, layout: Layout) -> list[str]:
    """The headings as they stand in the file; none where it has none."""
    if not layout.header:
        return []
    types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(layout.columns)))
    rows = f"read_csv({literal(str(source.readable))}, {_dialect(layout)}, header = false, columns = {{{types}}}, ignore_errors = true)"
    row = connection.execute(f"SELECT * FROM {rows} LIMIT 1").fetchone()
    return [value or "" for value in row or ()]


def _notes(source: Source, layout: Layout, headings: list[str], made: list[Made], kept: list[Made]) -> Iterator[str]:
    usual = "\t" if source.suffix == ".tsv" else ","
    if layout.delimiter != usual and len(layout.columns) > 1:
        yield DELIMITERS.get(layout.delimiter) or f"Columns are parted by {layout.delimiter!r}."
    if layout.skip:
        yield f"{count(layout.skip, 'line')} above the names of the columns left out."
    if not layout.header:
        yield "The first row holds values, so the columns' names were made up."
    if "null_padding" in layout.told:
        yield "Some rows are shorter or longer than others: what they lack is empty."
    if "strict_mode" in layout.told:
        yield "Some quotes or line ends are not as they should be, and were read as well as they could be."
    keys = {column.column.key for column in kept}
    shown = [(heading, column.column.name) for heading, column in zip(headings, made) if column.column.key in keys]
    yield from names.renamed([heading for heading, _ in shown], [name for _, name in shown])
    if len(kept) < len(made):
        yield f"{count(len(made) - len(kept), 'column')} without a name or any value left out."
    yield from grouped([(column.column.name, note) for column in kept for note in column.notes])


def _left_out(rejected: list[int], empty: int) -> Iterator[str]:
    if rejected:
        lines = ", ".join(f"{line:,}" for line in rejected[:NAMED]) + (" and more" if len(rejected) > NAMED else "")
        yield f"{count(len(rejected), 'row')} that did not fit left out: line {lines}."
    if empty > 0:
        yield f"{count(empty, 'empty row')} left out."
