"""What a person accepted: a question about a database, and the SQL that answers it, kept in a file of this machine.

Knows nothing of models or screens, and runs no SQL but its own: what it gives back has to be read and run like any other text.
A question is found again whatever its case, white space, width and last mark; a database whose tables changed finds nothing.
"""

from pathlib import Path

from qsql.errors import BadInput
from qsql.userdata import UserFile, database_key, fold

__all__ = ["FILE", "Accepted", "database_key"]

FILE = "accepted.sqlite"  # in the folder for the user's data
COLUMNS = "database TEXT, question TEXT, evidence TEXT, sql TEXT, PRIMARY KEY (database, question, evidence)"


class Accepted:
    """The file at `path`, made when something is first kept. Safe to use from several threads and processes at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = UserFile(path, f"CREATE TABLE IF NOT EXISTS accepted ({COLUMNS})")

    def find(self, key: str, question: str, evidence: str) -> str | None:
        """The SQL that was kept for this question; None where there is none, or where the file cannot be read."""
        try:
            with self._file.reading() as file:
                sql = "SELECT sql FROM accepted WHERE database = ? AND question = ? AND evidence = ?"
                found = file.execute(sql, (key, _plain(question), _plain(evidence))).fetchone()
        except BadInput:
            return None
        return found[0] if found and isinstance(found[0], str) else None

    def keep(self, key: str, question: str, evidence: str, sql: str) -> None:
        """Keep it in place of what was kept before. Raises BadInput where the file cannot be written."""
        with self._file.writing("kept") as file:
            file.execute("INSERT OR REPLACE INTO accepted VALUES (?, ?, ?, ?)", (key, _plain(question), _plain(evidence), sql))

    def forget(self, key: str, question: str, evidence: str) -> None:
        """Keep nothing for this question any more. Raises BadInput where the file cannot be written."""
        if not self._file.empty:
            with self._file.writing("forgotten") as file:
                sql = "DELETE FROM accepted WHERE database = ? AND question = ? AND evidence = ?"
                file.execute(sql, (key, _plain(question), _plain(evidence)))


def _plain(text: str) -> str:
    """One spelling for all that count as the same question."""
    words = fold(text)
    return words.rstrip(" .?!;:,、。") or words
