"""Files of rows: CSV, TSV, JSON, JSON Lines, Parquet and Excel, or folders of them, read once into a private DuckDB file.

While reading, the engine may open just these files. Then the copy is opened read-only and locked, like any DuckDB file.
What a column holds, the engine finds by looking at all of it: numbers with leading zeros stay text.
"""

import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from qsql.databases import delimited, duckdb, excel, names
from qsql.databases.reading import Reading, ReadTable
from qsql.databases.sources import MAX_UNPACKED, NAMES, Source, cannot_read, files_in, format_of, prepared, too_large, unpacked
from qsql.errors import CannotOpen, MissingLibrary

MAX_BUILT = 40_000_000_000  # bytes of the copy, and of what is unpacked beside it
SPARE = 500_000_000  # bytes that stay free on its disk
MAX_ROWS = 2_000_000_000  # of a Parquet file, which can claim any number in a few bytes
NULL = '"NULL"'  # the engine's name for the type of what has no value at all

Loaded = list[tuple[str, str, tuple[str, ...]]]  # table, sheet, notes


def build(folder: Path, sources: Sequence[Path]) -> Reading:
    """Make folder/data.duckdb of these files: a table for each, for each sheet of Excel, and for each file of a folder.

    Reads the sources and writes to `folder`, and touches nothing else. A file that was named must be readable; one that was
    only found in a folder is left out where it is not, and the reading says so. Raises CannotOpen or MissingLibrary.
    """
    if not sources:
        raise CannotOpen("No file was chosen.", "Choose at least one.")
    chosen, notes = _chosen(sources)
    copies = {path: folder / f"{index}.copy" for index, path in enumerate(chosen)}
    tables: list[ReadTable] = []
    with _building(folder, [file for path, copy in copies.items() for file in (_resolved(path), copy, unpacked(copy))]) as connection:
        for path, copy in copies.items():
            try:
                tables += _read(connection, path, copy, [table.name for table in tables])
            except CannotOpen as error:
                if not chosen[path]:
                    raise
                notes.append(f"Left out: {error.message}")
    if not tables:
        raise CannotOpen("No file in the folder can be read.", notes[-1])
    return Reading(tuple(tables), tuple(notes))


def _chosen(given: Sequence[Path]) -> tuple[dict[Path, bool], list[str]]:
    """Each file, with whether it was only found in a folder; and what is said of the folders."""
    chosen: dict[Path, bool] = {}
    notes: list[str] = []
    for path in given:
        found, said = files_in(path) if path.is_dir() else ([], ())
        notes += said
        for file in found:
            chosen.setdefault(file, True)
        if not path.is_dir():
            chosen[path] = False
    return chosen, notes


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise cannot_read(path) from error


@contextmanager
def _building(folder: Path, readable: Sequence[Path]) -> Iterator[object]:
    """A connection to the new database, which is stopped before it fills the disk."""
    connection = duckdb.connect_to_build(folder / "data.duckdb", readable)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            if _size(folder) > MAX_BUILT or shutil.disk_usage(folder).free < SPARE:
                connection.interrupt()

    watcher = threading.Thread(target=watch, name="qsql-room", daemon=True)
    watcher.start()
    try:
        yield connection
    finally:
        done.set()
        watcher.join()
        connection.close()


def _size(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    except OSError:  # a file that went meanwhile
        return 0


def _read(connection, path: Path, copy: Path, taken: list[str]) -> list[ReadTable]:
    """All tables of one file, or none of them."""
    before = _tables(connection)
    try:
        source = prepared(path, copy)
        loaded = LOADERS[source.format](connection, source, taken)
        return [_described(connection, path, *table) for table in loaded]
    except (CannotOpen, MissingLibrary):
        _drop(connection, _tables(connection) - before)
        raise
    except (duckdb.EngineError, OSError, UnicodeError, MemoryError) as error:
        _drop(connection, _tables(connection) - before)
        raise _explained(path, NAMES[format_of(path)], error) from error
    finally:
        for file in (copy, unpacked(copy)):
            file.unlink(missing_ok=True)


def _drop(connection, names: set[str]) -> None:
    with suppress(duckdb.EngineError):  # the engine may have given up this database altogether
        for name in names:
            connection.execute(f"DROP TABLE {duckdb.quoted(name)}")


def _tables(connection) -> set[str]:
    listed = "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
    return {name for (name,) in connection.execute(listed).fetchall()}


def _described(connection, path: Path, name: str, sheet: str, notes: tuple[str, ...]) -> ReadTable:
    rows = connection.execute(f"SELECT count(*) FROM {duckdb.quoted(name)}").fetchone()[0]
    columns = connection.execute(f"DESCRIBE {duckdb.quoted(name)}").fetchall()
    return ReadTable(name, path.name, sheet, rows, len(columns), notes)


def _load_text(connection, source: Source, taken: list[str]) -> Loaded:
    name = names.table(source.stem, taken)
    notes = delimited.load(connection, source, duckdb.quoted(name))
    return [(name, "", (*source.notes, *notes))]


def _load_json(connection, source: Source, taken: list[str]) -> Loaded:
    return _load_typed(connection, source, taken, f"read_json({duckdb.literal(str(source.readable))}, sample_size = -1)")


def _load_parquet(connection, source: Source, taken: list[str]) -> Loaded:
    file = duckdb.literal(str(source.readable))
    rows = connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({file})").fetchone()[0]
    size = connection.execute(f"SELECT sum(total_uncompressed_size) FROM parquet_metadata({file})").fetchone()[0]
    if (rows or 0) > MAX_ROWS or (size or 0) > MAX_UNPACKED:
        raise too_large(source.path)
    return _load_typed(connection, source, taken, f"read_parquet({file})")


def _load_typed(connection, source: Source, taken: list[str], rows: str) -> Loaded:
    """What has names and types of its own; only names that are hard to write are changed."""
    name = names.table(source.stem, taken)
    described = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
    headings = [row[0] for row in described]
    if [row[1] for row in described] == [NULL]:
        raise CannotOpen(f"{source.path.name!r} holds no rows.", "Choose a file that has some.")
    given = names.columns(headings)
    listed = ", ".join(f"{duckdb.quoted(old)} AS {duckdb.quoted(new)}" for old, new in zip(headings, given))
    connection.execute(f"CREATE TABLE {duckdb.quoted(name)} AS SELECT {listed if headings != given else '*'} FROM {rows}")
    return [(name, "", (*source.notes, *names.renamed(headings, given)))]


LOADERS: dict[str, Callable[[object, Source, list[str]], Loaded]] = {
    "text": _load_text,
    "json": _load_json,
    "parquet": _load_parquet,
    "excel": excel.load,
}
REASONS = (  # what the engine says, what it means, what to do
    ("Out of Memory", "{} needs more memory than it may use.", "Make it smaller, or open it in DuckDB first."),
    ("INTERRUPT", "{} becomes larger than there is room for.", "Make it smaller, or make room on the disk."),
    ("No space left", "{} becomes larger than there is room for.", "Make room on the disk."),
)


def _explained(path: Path, kind: str, error: Exception) -> CannotOpen:
    """What an error of the engine's or the system's means."""
    if isinstance(error, OSError) or not path.exists():
        return cannot_read(path)
    said = "out of memory" if isinstance(error, MemoryError) else str(error)
    for words, meaning, hint in REASONS:
        if words.lower() in said.lower():
            return CannotOpen(meaning.format(repr(path.name)), hint)
    if line := re.search(r"Line: (\d+)", said):  # of a CSV error, where the engine gives it
        message = f"{path.name!r} cannot be read as {kind}: line {line[1]} is not like the others."
    else:
        message = f"{path.name!r} cannot be read as {kind}."
    return CannotOpen(message, "Correct the file, or choose another.")
