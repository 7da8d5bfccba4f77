"""Files of rows: CSV, TSV, JSON, JSON Lines, Parquet and Excel, read once into a private DuckDB file that goes when closed.

While reading, the engine may open just these files. Then the copy is opened read-only and locked, like any DuckDB file.
What a column holds, the engine finds by looking at all of it: numbers with leading zeros stay text.
"""

import re
import shutil
import tempfile
import unicodedata
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from qsql.databases import duckdb, excel, kind_of
from qsql.databases.decode import in_utf8
from qsql.errors import CannotOpen
from qsql.settings import Settings

GLOB = re.compile(r"[*?\[\]{}]")  # in a path, the engine takes these for a pattern
DELIMITERS = ",;\t|"
UNNAMED = re.compile(r"column\d+")  # what the engine calls a column without a name, counted from 0


def open(source: Path, settings: Settings) -> duckdb.DuckDatabase:
    """Open one file. Raises CannotOpen or MissingLibrary."""
    return open_files([source])


def open_files(paths: Sequence[str | Path]) -> duckdb.DuckDatabase:
    """Open several files as one database, a table for each (for each sheet of Excel). Raises CannotOpen or MissingLibrary."""
    sources = [Path(path).expanduser() for path in paths]
    if not sources:
        raise CannotOpen("No file was chosen.", "Choose at least one.")
    for source in sources:
        if kind_of(source) != "files":
            raise CannotOpen(f"{source.name!r} is a database.", "Open it by itself.")
    folder = Path(tempfile.mkdtemp(prefix="qsql-")).resolve()
    try:
        tables = _build(folder, sources)
        more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
        database = duckdb.open_as(sources[0].name + more, folder / "data.duckdb", order=tables)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    database.on_close = weakref.finalize(database, shutil.rmtree, folder, ignore_errors=True)
    return database


def _build(folder: Path, sources: list[Path]) -> tuple[str, ...]:
    """Fill a new database; gives its tables' names."""
    readable = [_readable(source, folder / f"{index}{''.join(source.suffixes[-2:])}") for index, source in enumerate(sources)]
    connection = duckdb.connect_to_build(folder / "data.duckdb", readable)
    tables: list[str] = []
    try:
        for source, file in zip(sources, readable):
            tables += _load(connection, source, file, tables)
    finally:
        connection.close()
    return tuple(tables)


def _load(connection, source: Path, file: Path, taken: list[str]) -> list[str]:
    """Make the tables of one file; gives their names."""
    try:
        if _format(source) == "excel":
            return _load_sheets(connection, source, taken)
        name = _table_name(_stem(source), taken)
        LOADERS[_format(source)](connection, file, duckdb.quoted(name))
        return [name]
    except duckdb.EngineError as error:
        kind = NAMES[_format(source)]
        hint = "Correct the file, or choose another."
        raise CannotOpen(f"{source.name!r} cannot be read as {kind}{_where(str(error))}.", hint) from error


def _load_sheets(connection, source: Path, taken: list[str]) -> list[str]:
    found = list(excel.sheets(source))
    if not found:
        raise CannotOpen(f"{source.name!r} has no rows in any sheet.", "Choose a file that has some, under a row of names.")
    names: list[str] = []
    for sheet, rows in found:
        names.append(_table_name(sheet if len(found) > 1 else _stem(source), taken + names))
        connection.register("sheet_rows", rows)
        connection.execute(f"CREATE TABLE {duckdb.quoted(names[-1])} AS SELECT * FROM sheet_rows")
        connection.unregister("sheet_rows")
    return names


def _load_text(connection, file: Path, table: str) -> None:
    options = "sample_size = -1"
    header, columns = _sniff(connection, file, options)
    if header is None:
        options += f", null_padding = true, delim = {duckdb.literal(_delimiter(file))}"
        header, columns = _sniff(connection, file, options)
    names = excel.unique(["" if UNNAMED.fullmatch(column["name"]) else column["name"].strip() for column in columns])
    wide = [name for name, column in zip(names, columns) if column["type"] == "BIGNUM"]
    options += f", header = {bool(header)}, names = [{', '.join(map(duckdb.literal, names))}]"
    if wide:  # no number, but a name made of digits
        options += f", types = {{{', '.join(f'{duckdb.literal(name)}: VARCHAR' for name in wide)}}}"
    connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv(?, {options})", [str(file)])


def _sniff(connection, file: Path, options: str) -> tuple[bool | None, list[dict]]:
    """Whether there is a header, and the columns; None where the engine took uneven rows for one column, or passed over them."""
    found = f"SELECT SkipRows, HasHeader, Columns FROM sniff_csv(?, {options})"
    skipped, header, columns = connection.execute(found, [str(file)]).fetchone()
    uneven = len(columns) == 1 and any(mark in columns[0]["name"] for mark in DELIMITERS)
    guessed = "delim" in options
    return (None if not guessed and (uneven or (skipped and not header)) else header), columns


def _delimiter(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as lines:
        first = next((line for line in lines if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def _load_json(connection, file: Path, table: str) -> None:
    connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_json(?, sample_size = -1)", [str(file)])


def _load_parquet(connection, file: Path, table: str) -> None:
    connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet(?)", [str(file)])


LOADERS: dict[str, Callable[[object, Path, str], None]] = {"text": _load_text, "json": _load_json, "parquet": _load_parquet}
NAMES = {"text": "CSV", "json": "JSON", "parquet": "Parquet", "excel": "Excel"}
MAGIC = {b"PAR1": "parquet", b"PK\x03\x04": "excel", b"\xd0\xcf\x11\xe0": "excel"}
FORMATS = {".parquet": "parquet", ".json": "json", ".jsonl": "json", ".ndjson": "json"}
FORMATS |= dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel")


def _format(source: Path) -> str:
    with source.open("rb") as file:
        magic = file.read(4)
    suffix = Path(source.stem).suffix if source.suffix.lower() == ".gz" else source.suffix
    return MAGIC.get(magic) or FORMATS.get(suffix.lower(), "text")


def _readable(source: Path, copy: Path) -> Path:
    """The file itself, or a copy where its text is not UTF-8 or its path would be taken for a pattern."""
    path = source.resolve()
    if _format(source) in ("text", "json") and source.suffix.lower() != ".gz":
        try:
            path = in_utf8(path, copy)
        except UnicodeError as error:
            kind = NAMES[_format(source)]
            raise CannotOpen(f"{source.name!r} cannot be read as {kind}: it is not text.", "Choose another file.") from error
    return Path(shutil.copyfile(path, copy)) if GLOB.search(str(path)) else path


def _stem(source: Path) -> str:
    return Path(source.stem).stem if source.suffix.lower() == ".gz" else source.stem


def _table_name(text: str, taken: Sequence[str]) -> str:
    """Letters (of any script), digits and underscores, in lower case, and like no other."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFC", text).lower()).strip("_")
    if not name or name[0].isdigit():
        name = f"t_{name}" if name else "data"
    return excel.unique([*taken, name])[-1]


def _where(said: str) -> str:
    """The line of a CSV error, where the engine gives it."""
    line = re.search(r"Line: (\d+)", said)
    return f": line {line[1]} is not like the others" if line else ""
