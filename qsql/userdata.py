"""A SQLite file of the user's own data, safe for several threads and processes, and what a database is called in such files.

Knows nothing of what is kept in it. A write is a transaction that is there whole or not at all, also where the process is killed.
"""

import hashlib
import json
import os
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from qsql.databases import shown
from qsql.databases.base import Database
from qsql.errors import BadInput

WAIT = 5.0  # seconds for another process that is writing
Connection = sqlite3.Connection
FAILURES = (sqlite3.Error, OSError, UnicodeEncodeError)  # the last: half a character, which only a program sends
HINT = "See that you may write there and that it is not broken, or choose another folder with QSQL_DATA."


@dataclass(frozen=True)
class Place:
    """A database as the user's files know it; `source` is how it is opened again, without a password, and empty for uploads.

    `key` stays the same while its tables change, but for uploads, which have no place of their own.
    """

    key: str
    name: str
    source: str


def place_of(source: str | tuple[str, ...], opened: Callable[[str | tuple[str, ...]], Database]) -> Place:
    """The place of a source; `opened` is called for uploads only. Raises CannotOpen."""
    if not isinstance(source, str):
        database = opened(source)
        return Place(database_key(database), database.name, "")
    text = shown(source.strip())
    if "://" in text or text == "sample":
        return Place(_hash(text), text, text)
    path = os.path.abspath(os.path.expanduser(text))
    return Place(_hash(os.path.normcase(path)), os.path.basename(path) or path, path)


def database_key(database: Database) -> str:
    """One for each name, dialect and set of tables."""
    return _hash([database.name, database.dialect, sorted(table.ddl for table in database.schema().tables)])


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def fold(text: str) -> str:
    """One spelling for all cases, widths and white space of a text."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


class UserFile:
    """The file at `path`, made with its `tables` (CREATE TABLE IF NOT EXISTS, each) when something is first written."""

    def __init__(self, path: Path, *tables: str) -> None:
        self.path = path
        self._tables = tables

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written."""
        try:
            return os.path.getsize(self.path) == 0
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False  # it may be there: reading it says why it cannot be read

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises BadInput where it cannot be read; makes no file."""
        try:
            uri = f"{self.path.absolute().as_uri()}?mode=rw"  # rw: to take back what a killed process had half written
            with closing(sqlite3.connect(uri, uri=True, timeout=WAIT)) as file:
                yield file
        except FAILURES as error:
            raise BadInput(f"This could not be read in {str(self.path)!r}.", HINT) from error

    @contextmanager
    def writing(self, done: str) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises BadInput, which says that it could not be `done`; what is deleted is overwritten in the file."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)) as file, file:
                file.execute("PRAGMA secure_delete = ON")
                file.execute("PRAGMA auto_vacuum = FULL")
                file.execute("BEGIN IMMEDIATE")  # waits for others now, where waiting cannot end in a deadlock
                for table in self._tables:
                    file.execute(table)
                yield file
        except FAILURES as error:
            raise BadInput(f"This could not be {done} in {str(self.path)!r}.", HINT) from error
