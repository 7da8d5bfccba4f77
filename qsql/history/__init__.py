"""Everything that was asked, with its answer, kept in a file of this machine; those with a name are saved answers.

Knows nothing of models or screens. An entry is written when a question starts, so that one whose process died is there too, and
is seen to be broken off. What is kept of the rows is bounded, and so is the file: the oldest that have no name go first.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from qsql.errors import BadInput
from qsql.history.entry import COLUMNS, Entry, Verdict, entry_of, gone, pack
from qsql.records import Question, Result, Vote
from qsql.userdata import Connection, Place, UserFile, fold

FILE = "history.sqlite"  # in the folder for the user's data
MOST_ENTRIES, MOST_FILE = 5000, 100_000_000  # entries without a name, and their bytes
MOST_SAVED, MOST_SAVED_FILE = 500, 100_000_000  # the same for those with a name: the whole file has at most 200 MB
MOST_NAME, MOST_TEXT, MOST_SQL = 120, 4000, 100_000  # characters
MOST_LISTED, MOST_WORDS, MOST_TURNS = 500, 8, 10

TABLE = """CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, asked TEXT, key TEXT, database TEXT, source TEXT, question TEXT, evidence TEXT,
    earlier TEXT DEFAULT '[]', follows INTEGER, sql TEXT DEFAULT '', model TEXT DEFAULT '', seconds REAL DEFAULT 0, ran REAL DEFAULT 0,
    tokens INTEGER DEFAULT 0, agreed INTEGER, voted INTEGER, verdict TEXT DEFAULT '', name TEXT DEFAULT '', error TEXT DEFAULT '',
    hint TEXT DEFAULT '', state TEXT DEFAULT 'running', process INTEGER, born REAL, words TEXT, size INTEGER DEFAULT 0,
    row_count INTEGER DEFAULT 0, truncated INTEGER DEFAULT 0, cut INTEGER DEFAULT 0, rows BLOB)"""
SIZES = "CREATE INDEX IF NOT EXISTS sizes ON entries (name, id, size)"
TRIM = """DELETE FROM entries WHERE name = '' AND id <= (
    SELECT max(id) FROM (
        SELECT id, sum(size) OVER newest AS bytes, row_number() OVER newest AS place
        FROM entries WHERE name = '' WINDOW newest AS (ORDER BY id DESC)
    ) WHERE bytes > ? OR place > ?)"""

Deleted = tuple  # an entry as it stood in the file, for `restore`


class History:
    """The file at `path`. `trouble` is why the last asking could not be kept, as a sentence; empty where it was.

    Safe to use from several threads and processes at once. Every method raises BadInput where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        self._file = UserFile(path, TABLE, SIZES)

    def start(self, place: Place, question: Question, follows: int | None = None) -> int:
        """A new entry, running; gives its number. The oldest are dropped where there are too many."""
        asked, process = datetime.now(UTC).isoformat(timespec="seconds"), psutil.Process()
        texts = (question.text[:MOST_TEXT], question.evidence[:MOST_TEXT], _turns(question))
        values = (asked, place.key, place.name, place.source, *texts, follows, process.pid, process.create_time())
        columns = "asked, key, database, source, question, evidence, earlier, follows, process, born"
        with self._file.writing("kept") as file:
            file.execute(TRIM, (MOST_FILE, MOST_ENTRIES - 1))
            number = file.execute(f"INSERT INTO entries ({columns}) VALUES ({', '.join('?' * len(values))})", values).lastrowid
            _index(file, number)
        return number

    def finish(
        self,
        number: int,
        sql: str,
        result: Result | None,
        *,
        error: str = "",
        hint: str = "",
        model: str = "",
        seconds: float = 0.0,
        tokens: int = 0,
        vote: Vote | None = None,
    ) -> None:
        """How it ended: with rows, or with the sentences of an error and of what to do. `tokens` are those that the model wrote."""
        rows, kept = pack(result.rows) if result else (None, 0)
        count = result.rows.num_rows if result else 0
        changed = {"sql": sql[:MOST_SQL], "model": model, "seconds": seconds, "tokens": tokens} | _sentences(error, hint)
        changed |= {"agreed": vote.agreed if vote else None, "voted": vote.voted if vote else None, "rows": rows, "row_count": count}
        changed |= {"ran": result.seconds if result else 0.0, "truncated": bool(result and result.truncated), "cut": kept < count}
        self._change(number, changed | {"state": "failed" if error or result is None else "done"})

    def fail(self, number: int, error: str, hint: str = "") -> None:
        """It ended with no answer, for this reason."""
        self._change(number, {"state": "failed"} | _sentences(error, hint))

    def judge(self, number: int, verdict: Verdict) -> None:
        """Say of an answer that it is right or wrong, or (empty) neither."""
        if verdict not in ("right", "wrong", ""):
            raise BadInput(f"{verdict!r} is no verdict.", "An answer is right or wrong.")
        self._change(number, {"verdict": verdict})

    def save(self, number: int, name: str) -> None:
        """Keep it under this name until it is deleted; with an empty one it is no longer saved. Raises BadInput where there is no room."""
        name = " ".join(name.split())
        if len(name) > MOST_NAME:
            raise BadInput(f"A name has at most {MOST_NAME} characters.", "Choose a shorter one.")
        with self._file.writing("saved") as file:
            if name:
                _room_to_save(file, number)
            if not file.execute("UPDATE entries SET name = ? WHERE id = ?", (name, number)).rowcount:
                raise gone()
            _index(file, number)

    def get(self, number: int) -> Entry:
        """With its rows. Raises BadInput for one that is not there."""
        found = self._read(f"SELECT {COLUMNS}, rows FROM entries WHERE id = ?", (number,))
        if not found:
            raise gone()
        return entry_of(found[0])

    def list(
        self, place: Place | None = None, search: str = "", saved: bool | None = None, limit: int = 50, before: int | None = None
    ) -> tuple[Entry, ...]:
        """The newest first, without their rows; of one place, with all words of `search` somewhere, and older than entry `before`."""
        where, values = _filter(place, saved)
        for word in fold(search[:MOST_TEXT]).split()[:MOST_WORDS]:
            where, values = f"{where} AND instr(words, ?)", (*values, word)
        if before is not None:
            where, values = f"{where} AND id < ?", (*values, before)
        limit = max(0, min(limit, MOST_LISTED))
        return tuple(map(entry_of, self._read(f"SELECT {COLUMNS} FROM entries WHERE {where} ORDER BY id DESC LIMIT {limit}", values)))

    def count(self, place: Place | None = None, saved: bool | None = None) -> int:
        where, values = _filter(place, saved)
        return sum(number for (number,) in self._read(f"SELECT count(*) FROM entries WHERE {where}", values))

    def questions(self, place: Place | None = None, limit: int = 50) -> tuple[str, ...]:
        """What was asked, each text once, the last asked first."""
        where, values = _filter(place, None)
        sql = f"SELECT question FROM entries WHERE {where} AND question <> '' GROUP BY question ORDER BY max(id) DESC LIMIT ?"
        return tuple(text for (text,) in self._read(sql, (*values, limit)))

    def recent_databases(self, limit: int = 10) -> tuple[str, ...]:
        """The sources that were asked last, the last first, without passwords; uploads are not among them."""
        sql = "SELECT source FROM entries WHERE source <> '' GROUP BY key ORDER BY max(id) DESC LIMIT ?"
        return tuple(source for (source,) in self._read(sql, (limit,)))

    def knows(self, place: Place) -> bool:
        """Whether this database was ever asked."""
        return self.count(place) > 0

    def delete(self, number: int) -> Deleted:
        """Gives what `restore` takes. Raises BadInput for one that is not there."""
        with self._file.writing("deleted") as file:
            found = file.execute("SELECT * FROM entries WHERE id = ?", (number,)).fetchone()
            if found is None:
                raise gone()
            file.execute("DELETE FROM entries WHERE id = ?", (number,))
        return found

    def restore(self, deleted: Deleted) -> None:
        """Put it back where it was."""
        with self._file.writing("put back") as file:
            file.execute(f"INSERT OR IGNORE INTO entries VALUES ({', '.join('?' * len(deleted))})", deleted)

    def clear(self, place: Place | None = None, saved: bool = False) -> int:
        """Delete those without a name, or (`saved`) only those with one; gives how many they were."""
        if self._file.empty:
            return 0
        where, values = _filter(place, saved)
        with self._file.writing("cleared") as file:
            return file.execute(f"DELETE FROM entries WHERE {where}", values).rowcount

    def each(self, place: Place | None = None) -> Iterator[Entry]:
        """All with their rows, the oldest first."""
        where, values = _filter(place, None)
        for (number,) in self._read(f"SELECT id FROM entries WHERE {where} ORDER BY id", values):
            for row in self._read(f"SELECT {COLUMNS}, rows FROM entries WHERE id = ?", (number,)):  # none, where it was deleted meanwhile
                yield entry_of(row)

    def _change(self, number: int, changed: dict[str, object]) -> None:
        with self._file.writing("kept") as file:
            sets = ", ".join(f"{column} = ?" for column in changed)
            file.execute(f"UPDATE entries SET {sets} WHERE id = ?", (*changed.values(), number))
            _index(file, number)

    def _read(self, sql: str, values: tuple) -> Sequence[tuple]:
        if self._file.empty:
            return []
        with self._file.reading() as file:
            return file.execute(sql, values).fetchall()


def _turns(question: Question) -> str:
    return json.dumps([(turn.text[:MOST_TEXT], turn.sql[:MOST_TEXT]) for turn in question.earlier[-MOST_TURNS:]], ensure_ascii=False)


def _sentences(error: str, hint: str) -> dict[str, object]:
    return {"error": error[:MOST_TEXT], "hint": hint[:MOST_TEXT]}


def _filter(place: Place | None, saved: bool | None) -> tuple[str, tuple]:
    named = {None: "true", True: "name <> ''", False: "name = ''"}[saved]
    return (named, ()) if place is None else (f"{named} AND key = ?", (place.key,))


def _index(file: Connection, number: int) -> None:
    """What is searched in, and how much room the entry takes."""
    sql = "SELECT question, sql, name, database, evidence, earlier, error, hint, coalesce(length(rows), 0) FROM entries WHERE id = ?"
    for *texts, packed in file.execute(sql, (number,)).fetchall():
        words = fold("\n".join(texts[:4]))
        size = packed + sum(len(text.encode()) for text in (*texts, words))
        file.execute("UPDATE entries SET words = ?, size = ? WHERE id = ?", (words, size, number))


def _room_to_save(file: Connection, number: int) -> None:
    sql = "SELECT count(*), coalesce(sum(size), 0) FROM entries WHERE name <> '' AND id <> ?"
    count, size = file.execute(sql, (number,)).fetchone()
    if count >= MOST_SAVED or size >= MOST_SAVED_FILE:
        raise BadInput(f"There is no room for more than {count} saved answers.", "Delete one first.")
