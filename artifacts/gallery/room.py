"""The tables of the gallery's file, what it has room for, and how a version comes into it, all within a transaction of the caller's.

Versions go with their artifact, and rows with the last version that uses them, by triggers: no other code has to think of it.
"""

import secrets
from datetime import UTC, datetime

from artifacts.gallery.packing import Packed, secret_hash
from artifacts.gallery.records import VERSION, Version, gone, version_gone, version_of
from qsql.errors import BadInput
from qsql.userdata import Connection

MOST_ARTIFACTS = 500  # more than a person looks through; without a name, the oldest are hardly missed
MOST_VERSIONS = 100  # of one artifact: a long day's work on one page
MOST_FILE = 300_000_000  # bytes: room for all of these as they are, and for nobody's disk too many

TABLES = (
    """CREATE TABLE IF NOT EXISTS artifacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, key_hash TEXT UNIQUE, name TEXT DEFAULT '', folded TEXT DEFAULT '', made TEXT,
    changed TEXT, shown INTEGER, link TEXT DEFAULT '', link_hash TEXT UNIQUE, picture TEXT DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, artifact INTEGER, number INTEGER, model TEXT, made TEXT, name TEXT DEFAULT '',
    errors INTEGER, title TEXT, words TEXT, rows TEXT, page BLOB, UNIQUE (artifact, number))""",
    "CREATE TABLE IF NOT EXISTS rows (hash TEXT PRIMARY KEY, cells BLOB)",
    "CREATE INDEX IF NOT EXISTS changes ON artifacts (changed, id)",
    "CREATE INDEX IF NOT EXISTS uses ON versions (rows)",
    """CREATE TRIGGER IF NOT EXISTS no_artifact AFTER DELETE ON artifacts BEGIN
    DELETE FROM versions WHERE artifact = OLD.id; END""",
    """CREATE TRIGGER IF NOT EXISTS no_version AFTER DELETE ON versions BEGIN
    DELETE FROM rows WHERE hash = OLD.rows AND NOT EXISTS (SELECT 1 FROM versions WHERE versions.rows = OLD.rows); END""",
)
OLDEST = """DELETE FROM artifacts WHERE id = (
    SELECT id FROM artifacts WHERE id NOT IN (?, ?) AND name = '' AND link = ''
    AND NOT EXISTS (SELECT 1 FROM versions WHERE artifact = artifacts.id AND versions.name <> '')
    ORDER BY changed, id LIMIT 1)"""
OLD_VERSIONS = """DELETE FROM versions WHERE id IN (
    SELECT id FROM versions WHERE artifact = ? AND name = '' AND number <> (SELECT shown FROM artifacts WHERE id = artifact)
    ORDER BY number LIMIT ?)"""


def new_artifact(file: Connection) -> int:
    key, made = secrets.token_urlsafe(), _now()
    sql = "INSERT INTO artifacts (key, key_hash, made, changed) VALUES (?, ?, ?, ?)"
    return file.execute(sql, (key, secret_hash(key), made, made)).lastrowid


def put(file: Connection, artifact: int, packed: Packed, model: str) -> Version:
    """The next version, which is shown from now on."""
    number = _next(file, artifact)
    if packed.rows is not None:
        file.execute("INSERT OR IGNORE INTO rows VALUES (?, ?)", (packed.rows, packed.cells))
    columns = "artifact, number, model, made, title, words, rows, page"
    values = (artifact, number, model, _now(), packed.title, packed.words, packed.rows, packed.page)
    file.execute(f"INSERT INTO versions ({columns}) VALUES ({', '.join('?' * len(values))})", values)
    return _changed(file, artifact, number)


def copy(file: Connection, artifact: int, number: int, to: int) -> Version:
    """The same, from a version that is there already; its name stays with the old one."""
    new, same = _next(file, to), "model, errors, title, words, rows, page"
    sql = f"INSERT INTO versions (artifact, number, made, {same}) SELECT ?, ?, ?, {same} FROM versions WHERE artifact = ? AND number = ?"
    if not file.execute(sql, (to, new, _now(), artifact, number)).rowcount:
        raise version_gone()
    return _changed(file, to, new, artifact)


def version(file: Connection, artifact: int, number: int) -> Version:
    """With its rows."""
    sql = f"SELECT {VERSION}, cells FROM versions LEFT JOIN rows ON rows.hash = versions.rows WHERE artifact = ? AND number = ?"
    found = file.execute(sql, (artifact, number)).fetchone()
    if found is None:
        raise version_gone()
    return version_of(found)


def make_room(file: Connection, artifact: int, source: int | None = None) -> None:
    """The oldest go, but never this one or its source, what is shared, and what has a name. Raises BadInput where that is not enough."""
    _drop_versions(file, artifact)
    while _count(file) > MOST_ARTIFACTS or _used(file) > MOST_FILE:
        if not file.execute(OLDEST, (artifact, source or artifact)).rowcount:
            raise BadInput("There is no room for more pages.", "Delete some first.")


def _drop_versions(file: Connection, artifact: int) -> None:
    (count,) = file.execute("SELECT count(*) FROM versions WHERE artifact = ?", (artifact,)).fetchone()
    over = count - MOST_VERSIONS
    if over > 0 and file.execute(OLD_VERSIONS, (artifact, over)).rowcount < over:
        raise BadInput("There is no room for more versions of this page.", "Take the name from one that you do not need.")


def _next(file: Connection, artifact: int) -> int:
    sql = "SELECT (SELECT coalesce(max(number), 0) FROM versions WHERE artifact = artifacts.id) FROM artifacts WHERE id = ?"
    found = file.execute(sql, (artifact,)).fetchone()
    if found is None:
        raise gone()
    return found[0] + 1


def _changed(file: Connection, artifact: int, number: int, source: int | None = None) -> Version:
    file.execute("UPDATE artifacts SET shown = ?, changed = ? WHERE id = ?", (number, _now(), artifact))
    make_room(file, artifact, source)
    return version(file, artifact, number)


def _count(file: Connection) -> int:
    return file.execute("SELECT count(*) FROM artifacts").fetchone()[0]


def _used(file: Connection) -> int:
    """Bytes that the file will have after this transaction."""
    pages, free, size = (file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    return (pages - free) * size


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
