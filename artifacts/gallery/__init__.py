"""What was made, kept in a file of this machine: every version of every page, with its rows, so that none is lost when a later one is worse.

Knows nothing of models or screens. The file is bounded: the oldest that are neither named nor shared go first.
"""

import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from artifacts.gallery.packing import MOST_TEXT, checked_name, checked_picture, pack, secret_hash
from artifacts.gallery.records import ARTIFACT, VERSION, Artifact, Deleted, Version, artifact_of, gone, not_shared, version_gone, version_of
from artifacts.gallery.room import TABLES, copy, make_room, new_artifact, put, version
from artifacts.records import Page
from qsql.errors import BadInput
from qsql.userdata import Connection, UserFile, fold

__all__ = ["FILE", "Artifact", "Deleted", "Gallery", "Version"]

FILE = "artifacts.sqlite"  # in the folder for the user's data
MOST_LISTED, MOST_WORDS = 500, 8
HAS_WORD = "(instr(folded, ?) OR EXISTS (SELECT 1 FROM versions WHERE artifact = artifacts.id AND instr(words, ?)))"

Missing = Callable[[], BadInput]  # what is raised where a row is not there


class Gallery:
    """The file at `path`. Safe to use from several threads and processes at once.

    Every method raises BadInput where the file cannot be used, or where the page is not there; nothing is then changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = UserFile(path, *TABLES)

    def add(self, page: Page, model: str = "") -> Version:
        """A new artifact with this page as its version 1. The oldest artifacts are dropped where there are too many."""
        packed = pack(page)
        with self._file.writing("kept") as file:
            return put(file, new_artifact(file), packed, model)

    def change(self, artifact: int, page: Page, model: str = "") -> Version:
        """Its next version, which becomes the current one. The oldest versions without a name are dropped where there are too many."""
        packed = pack(page)
        with self._file.writing("kept") as file:
            return put(file, artifact, packed, model)

    def ran(self, version_id: int, errors: int) -> None:
        """It ran, and reported so many errors."""
        self._set("versions", version_id, version_gone, errors=max(0, errors))

    def picture(self, artifact: int, data_url: str) -> None:
        """How it looks; empty for none. Raises BadInput for what is no PNG, JPEG or WebP, or is too large."""
        checked = checked_picture(data_url)
        with self._file.writing("kept") as file:
            _set(file, "artifacts", artifact, gone, picture=checked)
            make_room(file, artifact)

    def versions(self, artifact: int) -> tuple[Version, ...]:
        """The oldest first; their pages have no rows (`data` is None)."""
        found = tuple(self._read(f"SELECT {VERSION} FROM versions WHERE artifact = ? ORDER BY number", (artifact,), version_of))
        if not found:
            raise gone()
        return found

    def version(self, artifact: int, number: int) -> Version:
        """With everything."""
        if self._file.empty:
            raise version_gone()
        with self._file.reading() as file:
            return version(file, artifact, number)

    def show(self, artifact: int, number: int) -> Version:
        """Make this the current one; those after it stay."""
        with self._file.writing("kept") as file:
            found = version(file, artifact, number)
            _set(file, "artifacts", artifact, gone, shown=number)
        return found

    def restore(self, artifact: int, number: int) -> Version:
        """A copy of this version as the newest one."""
        with self._file.writing("kept") as file:
            return copy(file, artifact, number, artifact)

    def fork(self, artifact: int, number: int) -> Version:
        """A new artifact that begins with a copy of this version."""
        with self._file.writing("kept") as file:
            return copy(file, artifact, number, new_artifact(file))

    def name(self, artifact: int, name: str) -> None:
        """What has a name is kept until it is deleted; with an empty one it has its title again."""
        name = checked_name(name)
        self._set("artifacts", artifact, gone, name=name, folded=fold(name))

    def name_version(self, version_id: int, name: str) -> None:
        """The same for one version, and for the artifact it is of."""
        self._set("versions", version_id, version_gone, name=checked_name(name))

    def list(self, search: str = "", limit: int = 60, before: int | None = None) -> tuple[Artifact, ...]:
        """The last changed first, with all words of `search` in its name, titles or requests, and after artifact `before` in this order."""
        words = fold(search[:MOST_TEXT]).split()[:MOST_WORDS]
        where, values = " AND ".join(["true", *[HAS_WORD] * len(words)]), tuple(word for word in words for _ in range(2))
        if before is not None:
            last = self.get(before)
            where, values = f"{where} AND (changed, id) < (?, ?)", (*values, last.changed.isoformat(timespec="microseconds"), last.id)
        sql = f"{ARTIFACT} WHERE {where} ORDER BY changed DESC, id DESC LIMIT {max(0, min(limit, MOST_LISTED))}"
        return tuple(self._read(sql, values, artifact_of))

    def count(self) -> int:
        return sum(self._read("SELECT count(*) FROM artifacts", (), lambda row: row[0]))

    def get(self, artifact: int) -> Artifact:
        return self._one("id", artifact, gone)

    def by_key(self, key: str) -> Artifact:
        return self._one("key_hash", secret_hash(key), gone)

    def by_link(self, link: str) -> Artifact:
        """What others may open; raises BadInput for a link that is wrong or was taken back."""
        return self._one("link_hash", secret_hash(link), not_shared)

    def share(self, artifact: int) -> str:
        """The secret of its link, the same until it is taken back."""
        with self._file.writing("kept") as file:
            found = file.execute("SELECT link FROM artifacts WHERE id = ?", (artifact,)).fetchone()
            link = found[0] if found and found[0] else secrets.token_urlsafe()
            _set(file, "artifacts", artifact, gone, link=link, link_hash=secret_hash(link))
        return link

    def unshare(self, artifact: int) -> None:
        """Nobody can open it by its link any more, also when it is shared again."""
        self._set("artifacts", artifact, gone, link="", link_hash=None)

    def delete(self, artifact: int) -> Deleted:
        """With all its versions; gives what `restore_deleted` takes."""
        with self._file.writing("deleted") as file:
            found = file.execute("SELECT * FROM artifacts WHERE id = ?", (artifact,)).fetchone()
            if found is None:
                raise gone()
            versions = tuple(file.execute("SELECT * FROM versions WHERE artifact = ?", (artifact,)))
            rows = tuple(file.execute("SELECT * FROM rows WHERE hash IN (SELECT rows FROM versions WHERE artifact = ?)", (artifact,)))
            file.execute("DELETE FROM artifacts WHERE id = ?", (artifact,))
        return Deleted(found, versions, rows)

    def restore_deleted(self, deleted: Deleted) -> None:
        """Put it back as it was, with its versions, its rows and its link."""
        with self._file.writing("put back") as file:
            if _put_back(file, "artifacts", [deleted.artifact]):  # not, where it was put back already
                _put_back(file, "rows", deleted.rows)
                _put_back(file, "versions", deleted.versions)
                make_room(file, deleted.artifact[0])

    def clear(self) -> int:
        """Delete all, also what is named or shared; gives how many they were."""
        if self._file.empty:
            return 0
        with self._file.writing("cleared") as file:
            return file.execute("DELETE FROM artifacts").rowcount

    def _set(self, table: str, number: int, missing: Missing, **values: object) -> None:
        with self._file.writing("kept") as file:
            _set(file, table, number, missing, **values)

    def _one(self, column: str, value: object, missing: Missing) -> Artifact:
        for found in self._read(f"{ARTIFACT} WHERE {column} = ?", (value,), artifact_of):
            return found
        raise missing()

    def _read(self, sql: str, values: tuple, made: Callable[[tuple], Any]) -> Iterable[Any]:
        if self._file.empty:
            return []
        with self._file.reading() as file:
            return [made(row) for row in file.execute(sql, values)]


def _set(file: Connection, table: str, number: int, missing: Missing, **values: object) -> None:
    sets = ", ".join(f"{column} = ?" for column in values)
    if not file.execute(f"UPDATE {table} SET {sets} WHERE id = ?", (*values.values(), number)).rowcount:
        raise missing()


def _put_back(file: Connection, table: str, rows: Iterable[tuple]) -> int:
    """How many were not there."""
    return sum(file.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row).rowcount for row in rows)
