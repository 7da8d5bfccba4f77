"""How each kind of source is opened in a worker: which module, how much memory, and what is told when its file changes."""

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from qsql.databases.base import Limits
from qsql.databases.worker import Opening, WorkerDatabase, in_a_process

# Bytes for each worker: what the engine may take for a query by its own limit, and what it needs beside that.
DUCKDB = 3_000_000_000
SQLITE = 1_000_000_000
SERVER = 1_500_000_000
BUILDING = 4_000_000_000
TO_BUILD = Limits(seconds=600.0)  # for reading files of rows


def duckdb(path: Path, name: str, order: Sequence[str] = (), files: Sequence[Path] = ()) -> WorkerDatabase:
    """A DuckDB file; the tables in `order` come first. `files` are those that it stands for, where it is a copy of others."""
    arguments = {"source": path, "name": name, "order": tuple(order)}
    return WorkerDatabase(Opening("duckdb", arguments, DUCKDB, tuple(files) or (path,)))


def sqlite(path: Path, name: str) -> WorkerDatabase:
    """An SQLite file, which other programs may write to meanwhile."""
    return WorkerDatabase(Opening("sqlite", {"source": path}, SQLITE, (path,), live=True))


def server(address: str) -> WorkerDatabase:
    """A database on a server; what SQLAlchemy and the driver keep of the address stays in the worker."""
    return WorkerDatabase(Opening("sqlalchemy", {"source": address}, SERVER, bare=False))


def rows(sources: Sequence[Path]) -> WorkerDatabase:
    """Files of rows, copied into a private DuckDB file by a process that ends with it; the copy goes when it is closed."""
    folder = Path(tempfile.mkdtemp(prefix="qsql-")).resolve()
    try:
        tables = in_a_process("build", BUILDING, TO_BUILD, folder=folder, sources=list(sources))
        more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
        database = duckdb(folder / "data.duckdb", sources[0].name + more, tables, sources)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    database.on_close = weakref.finalize(database, shutil.rmtree, folder, ignore_errors=True)
    return database


OPENINGS = {"duckdb": duckdb, "sqlite": sqlite}

