"""How each kind of source is opened in a worker: which module, how much memory, and what is told when its file changes."""

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from qsql.databases.base import Limits
from qsql.databases.pool import Opening, Watched, WorkerDatabase, watch
from qsql.databases.reading import Reading
from qsql.databases.sources import files_in
from qsql.databases.worker import in_a_process
from qsql.errors import CannotOpen, QueryFailed, QueryTimeout

# Bytes for each worker: what the engine may take for a query by its own limit, and what it needs beside that.
DUCKDB = 3_000_000_000
SQLITE = 1_000_000_000
SERVER = 1_500_000_000
SPARK = 4_000_000_000  # of which the threads of its client reserve more than one that they do not use
BUILDING = 4_000_000_000
TO_BUILD = Limits(seconds=600.0)  # for reading files of rows


def duckdb(path: Path, name: str, order: Sequence[str] = (), copied: Watched | None = None) -> WorkerDatabase:
    """A DuckDB file; the tables in `order` come first. `copied` are the files that it stands for, where it is a copy of others."""
    arguments = {"source": path, "name": name, "order": tuple(order)}
    return WorkerDatabase(Opening("duckdb", arguments, DUCKDB, copied or watch([path])))


def sqlite(path: Path, name: str) -> WorkerDatabase:
    """An SQLite file, which other programs may write to meanwhile."""
    return WorkerDatabase(Opening("sqlite", {"source": path}, SQLITE, watch([path], live=True)))


def server(address: str) -> WorkerDatabase:
    """A database on a server; what SQLAlchemy and the driver keep of the address stays in the worker."""
    return WorkerDatabase(Opening("sqlalchemy", {"source": address}, SERVER, bare=False))


def spark(address: str) -> WorkerDatabase:
    """Tables of a cluster, by Spark Connect."""
    return WorkerDatabase(Opening("spark", {"source": address}, SPARK, bare=False))


def rows(sources: Sequence[Path]) -> WorkerDatabase:
    """Files of rows, copied into a private DuckDB file by a process that ends with it; the copy goes when it is closed."""
    folder = Path(tempfile.mkdtemp(prefix="qsql-")).resolve()
    try:
        copied = watch(_all(sources))  # before they are read
        reading = _read(folder, sources)
        more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
        database = duckdb(folder / "data.duckdb", sources[0].name + more, [table.name for table in reading.tables], copied)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    database.reading = reading
    database.on_close = weakref.finalize(database, shutil.rmtree, folder, ignore_errors=True)
    return database


def _read(folder: Path, sources: Sequence[Path]) -> Reading:
    try:
        return in_a_process("build", BUILDING, TO_BUILD, folder=folder, sources=list(sources))
    except QueryTimeout as error:
        raise CannotOpen(f"{sources[0].name!r} could not be read in {TO_BUILD.seconds:g} seconds.", "Choose a smaller one.") from error
    except QueryFailed as error:
        raise CannotOpen(f"{sources[0].name!r} needs more memory than it may use, or is damaged.", "Choose another file.") from error


def _all(sources: Sequence[Path]) -> list[Path]:
    """Files and folders, and the files of rows in these: a file that comes, goes or is changed makes the copy old."""
    return [*sources, *(file for source in sources if source.is_dir() for file in files_in(source)[0])]


OPENINGS = {"duckdb": duckdb, "sqlite": sqlite}
SERVERS = {"sqlalchemy": server, "spark": spark}
