"""What a person accepted: a question about a database, and the SQL that answers it, kept in a file of this machine.

Knows nothing of models or screens, and runs no SQL but its own: what it gives back has to be read and run like any other text.
A question is found again whatever its case, white space, width and last mark; a database whose tables changed finds nothing.
"""

import hashlib
import json
import os
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from qsql.databases.base import Database
from qsql.errors import BadInput

FILE = "accepted.sqlite"  # in the folder for the user's data
WAIT = 5.0  # seconds for another process that is writing
FAILURES = (sqlite3.Error, OSError, UnicodeEncodeError)  # the last: half a character, which only a program sends
COLUMNS = "database TEXT, question TEXT, evidence TEXT, sql TEXT, PRIMARY KEY (database, question, evidence)"


def database_key(database: Database) -> str:
    """One for each name, dialect and set of tables."""
    tables = sorted(table.ddl for table in database.schema().tables)
    return hashlib.sha256(json.dumps([database.name, database.dialect, tables]).encode()).hexdigest()


class Accepted:
    """The file at `path`, made when something is first kept. Safe to use from several threads and processes at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, key: str, question: str, evidence: str) -> str | None:
        """The SQL that was kept for this question; None where there is none, or where the file cannot be read."""
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT)) as file:
                sql = "SELECT sql FROM accepted WHERE database = ? AND question = ? AND evidence = ?"
                found = file.execute(sql, (key, _plain(question), _plain(evidence))).fetchone()
        except FAILURES:
            return None
        return found[0] if found and isinstance(found[0], str) else None

    def keep(self, key: str, question: str, evidence: str, sql: str) -> None:
        """Keep it in place of what was kept before. Raises BadInput where the file cannot be written."""
        with self._writing("kept") as file:
            file.execute("INSERT OR REPLACE INTO accepted VALUES (?, ?, ?, ?)", (key, _plain(question), _plain(evidence), sql))

    def forget(self, key: str, question: str, evidence: str) -> None:
        """Keep nothing for this question any more. Raises BadInput where the file cannot be written."""
        if os.path.exists(self.path):
            with self._writing("forgotten") as file:
                sql = "DELETE FROM accepted WHERE database = ? AND question = ? AND evidence = ?"
                file.execute(sql, (key, _plain(question), _plain(evidence)))

    @contextmanager
    def _writing(self, done: str) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=WAIT)) as file, file:
                file.execute(f"CREATE TABLE IF NOT EXISTS accepted ({COLUMNS})")
                yield file
        except FAILURES as error:
            hint = "See that you may write there and that it is not broken, or choose another folder with QSQL_DATA."
            raise BadInput(f"This could not be {done} in {str(self.path)!r}.", hint) from error


def _plain(text: str) -> str:
    """One spelling for all that count as the same question."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = " ".join(folded.split())
    return words.rstrip(" .?!;:,、。") or words
