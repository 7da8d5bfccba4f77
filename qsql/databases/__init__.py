"""Where rows come from: `open_database` looks at a source and has a worker process open it by the module for its kind.

What a file is, its first bytes say; its suffix only where they do not. Each module has one `open`, and is imported when
first asked for, so that a driver that is not there hurts only those who need it.
"""

import importlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from qsql.databases.base import Database
from qsql.errors import CannotOpen, MissingLibrary
from qsql.settings import Settings

Progress = Callable[[int, int, str], None]  # steps done, steps in all, what is being done

SERVERS = ("postgresql", "postgres", "mysql", "mariadb", "mssql", "oracle", "snowflake", "bigquery", "trino", "clickhouse", "clickhousedb")
SCHEMES = {"duckdb": "file", "sqlite": "file"} | {scheme: "sqlalchemy" for scheme in SERVERS} | {"sc": "spark"}
ADDRESSES = {"sqlalchemy": "sqlalchemy_address", "spark": "spark_address"}

MAGIC = (  # where the bytes stand, the bytes, the module
    (0, b"SQLite format 3\0", "sqlite"),
    (8, b"DUCK", "duckdb"),
    (0, b"PAR1", "files"),
    (0, b"PK\x03\x04", "files"),
    (0, b"\xd0\xcf\x11\xe0", "files"),
)
DATABASE_SUFFIXES = (".db", ".db3", ".sqlite", ".sqlite3", ".duckdb", ".ddb")
FILE_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
KINDS = "DuckDB, SQLite, CSV, TSV, Parquet, JSON, JSON Lines or Excel"

REQUIREMENTS = {"duckdb": "duckdb", "sqlalchemy": "sqlalchemy", "pyspark": "pyspark-client"}


def open_database(source: str | Path, settings: Settings | None = None, progress: Progress | None = None) -> Database:
    """Open "sample", a file, an SQLAlchemy URL or the address of Spark Connect, read-only; `progress` is told while the sample is built.

    Raises CannotOpen or MissingLibrary.
    """
    settings = settings or Settings.load()
    text = str(source).strip()
    if not text:
        raise CannotOpen("No database was named.", "Give sample, the path of a file, or an SQLAlchemy URL.")
    if text == "sample":
        return load("sample").open(text, settings, progress)
    if "://" not in text:
        return open_file(Path(text).expanduser())
    scheme = _scheme(text)
    if scheme == "spark":
        raise CannotOpen(
            "This is the address of a cluster, not of its Spark Connect server.", "Write sc://host:15002, the port where that runs."
        )
    if scheme not in SCHEMES:
        raise CannotOpen(f"No database is known by the scheme {scheme!r}.", f"Known are {', '.join(SCHEMES)}.")
    if SCHEMES[scheme] == "file":
        return open_database(_path_in(text), settings)
    return load("opening").SERVERS[SCHEMES[scheme]](text)


def open_file(path: Path) -> Database:
    """Open one file. Raises CannotOpen or MissingLibrary."""
    kind = kind_of(path)
    return open_files([path]) if kind == "files" else load("opening").OPENINGS[kind](path.absolute(), path.name)


def open_files(paths: Sequence[str | Path]) -> Database:
    """Open files of rows, or folders of them, as one database: a table for each file, and for each sheet of Excel.

    Raises CannotOpen or MissingLibrary.
    """
    sources = [Path(path).expanduser() for path in paths]
    if not sources:
        raise CannotOpen("No file was chosen.", "Choose at least one.")
    for source in sources:
        if kind_of(source) != "files":
            raise CannotOpen(f"{source.name!r} is a database.", "Open it by itself.")
    return load("opening").rows([source.absolute() for source in sources])


def shown(source: str) -> str:
    """What names it on a screen: the source itself, but for an address, which loses its secrets. Raises CannotOpen."""
    address = ADDRESSES.get(SCHEMES.get(_scheme(source), ""))
    return load(address).readable(source) if address else source


def _scheme(source: str) -> str:
    return source.partition("://")[0].partition("+")[0].lower() if "://" in source else ""


def load(name: str):
    """The module for one kind. Raises MissingLibrary where its driver is not installed."""
    try:
        return importlib.import_module(f"qsql.databases.{name}")
    except ImportError as error:  # pyspark has one of its own, where something of its own is missing
        missing = "pyspark" if name == "spark" else error.name
        if missing not in REQUIREMENTS:
            raise
        raise MissingLibrary(missing, REQUIREMENTS[missing]) from error


def kind_of(path: Path) -> str:
    """The name of the module that opens this file. Raises CannotOpen for what none can open."""
    if os.path.isdir(path):  # which raises for no name
        return "files"
    head = _head(path)
    for offset, magic, module in MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return module
    suffix = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if suffix in DATABASE_SUFFIXES:
        raise CannotOpen(f"{path.name!r} is not a database, or is encrypted.", "Choose another file, or decrypt it first.")
    if suffix not in FILE_SUFFIXES:
        raise CannotOpen(f"{path.name!r} is not of a kind that can be opened.", f"Choose a file that is {KINDS}.")
    return "files"


def _head(path: Path) -> bytes:
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe or a device, which may never end
            raise CannotOpen(f"{path.name!r} is no ordinary file.", "Choose a file, or copy what it gives into one.")
        with path.open("rb") as file:
            head = file.read(32)
    except FileNotFoundError as error:
        raise CannotOpen(f"There is no file {str(path)!r}.", "Check the path.") from error
    except PermissionError as error:
        raise CannotOpen(f"{str(path)!r} may not be read by you.", "Change its permissions, or copy it.") from error
    except (OSError, ValueError) as error:  # a name that no file can have, a broken disk
        raise CannotOpen(f"{str(path)!r} cannot be read.", "Check the path.") from error
    if not head:
        raise CannotOpen(f"{path.name!r} is empty.", "Choose a file that holds something.")
    return head


def _path_in(url: str) -> str:
    """sqlite:////absolute, sqlite:///relative or duckdb:///... -> the path."""
    path = url.partition("://")[2].partition("?")[0]
    if not path.startswith("/") or path[1:] in ("", ":memory:"):
        raise CannotOpen(f"{url!r} names no file.", "Write three slashes and a path, as in sqlite:///shop.db.")
    return path[1:]
