"""Send every attack of `tests/attacks/<engine>.sql` through the border that the app uses, and again past the reader.

A file holds blocks with a blank line between them: `-- why it is dangerous`, `-- expect: refused` or `-- expect: harmless`,
perhaps `-- bites: without the lock` (it does harm to an engine that is not locked), and the SQL. In it {secret} stands for the path of a file with a known word, {canary} for one of a file that
must not come to exist, {port} for a port that must hear nothing, {database} for the database itself, {folder} for its folder.
"""

import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from qsql.databases.base import Database, Limits
from qsql.errors import QsqlError
from qsql.records import Query
from qsql.sql import read_query

FOLDER = Path(__file__).parent / "attacks"
WORD = "quokka-7261"  # what the secret file says
LIMITS = Limits(seconds=1.0)
BLOCK = re.compile(
    r"-- (?P<why>[^\n]+)\n-- expect: (?P<expect>refused|harmless)\n"
    r"(?P<bites>-- bites: without the lock\n)?(?P<sql>.+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Attack:
    """`refused`: an error must come; otherwise rows may come, as long as the world is untouched.

    `bites` says that it touches the world where the engine is not locked.
    """

    why: str
    refused: bool
    sql: str
    bites: bool = False

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class World:
    """What an attack must not touch: files, a listening port, and the rows of the database that `source` names."""

    folder: Path
    source: str
    listener: socket.socket
    checksum: Callable[[], object]
    before: tuple[object, ...] = ()

    @property
    def secret(self) -> Path:
        return self.folder / "secret.csv"

    @property
    def canary(self) -> Path:
        return self.folder / "canary.csv"

    def fill(self, sql: str) -> str:
        """The SQL with this world's paths and port in it."""
        places = {"secret": self.secret, "canary": self.canary, "database": self.source, "folder": self.folder}
        places["port"] = self.listener.getsockname()[1]
        for name, value in places.items():
            sql = sql.replace(f"{{{name}}}", str(value))
        return sql

    def state(self) -> tuple[object, ...]:
        return _files(self.folder), self.checksum()

    def untouched(self, said: str) -> None:
        """Asserts it; `said` is all that came back, rows and errors."""
        assert WORD not in said and WORD.encode().hex() not in said.lower(), f"the secret was told: {said[:300]}"
        files, rows = self.state()
        assert set(files) == set(self.before[0]), "files came or went"
        assert files == self.before[0], "a file was changed"
        assert rows == self.before[1], "the database was changed"
        assert not _heard(self.listener), "a connection was made"


def cases(engine: str) -> list:
    """The attacks on one engine, as parameters for a test. Raises AssertionError where a block cannot be read."""
    blocks = re.split(r"\n\s*\n", (FOLDER / f"{engine}.sql").read_text(encoding="utf-8").strip())
    found = [BLOCK.fullmatch(block) for block in blocks]
    assert all(found), f"not a case: {next(block for block, case in zip(blocks, found, strict=True) if not case)}"
    attacks = [Attack(case["why"], case["expect"] == "refused", case["sql"], bool(case["bites"])) for case in found]
    assert len({attack.why for attack in attacks}) == len(attacks), "two cases say the same"
    return [pytest.param(attack, id=attack.why) for attack in attacks]


@contextmanager
def world(make: Callable[[Path], str], checksum: Callable[[str], object] = lambda source: None) -> Iterator[World]:
    """A folder of its own, also for what an engine keeps in the home folder; `make` makes the database in it and gives its source.

    The bytes of all files in the folder count. For a database that is not there, give a `checksum` of its rows.
    """
    with tempfile.TemporaryDirectory(prefix="qsql-attacked-") as name, closing(_listening()) as listener:
        folder = Path(name).resolve()
        (folder / "home").mkdir()
        source = make(folder)
        made = World(folder, source, listener, lambda: checksum(source))
        made.secret.write_text(f"word\n{WORD}\n", encoding="utf-8")
        folder.chmod(0o777)  # a server that runs as another user could read and write here too
        with patch.dict(os.environ, {name: str(folder / "home") for name in ("HOME", "USERPROFILE")}):
            yield World(folder, source, listener, made.checksum, made.state())


def attack_through_the_border(world: World, database: Database, attack: Attack) -> None:
    """As the app would run it: the reader first, then the engine."""
    refused, said = _run(database, world.fill(attack.sql), lambda sql: read_query(sql, database.dialect))
    world.untouched(said)
    assert refused or not attack.refused, f"it was let through: {said[:300]}"
    _still_answers(database)


def reader_refuses(world: World, database: Database, attack: Attack) -> bool:
    try:
        read_query(world.fill(attack.sql), database.dialect)
    except QsqlError:
        return True
    return False


def attack_past_the_reader(world: World, database: Database, attack: Attack) -> None:
    """The engine's own lock, alone: it may give rows, but touches nothing."""
    _, said = _run(database, world.fill(attack.sql), lambda sql: Query(sql, database.dialect, ()))
    world.untouched(said)
    _still_answers(database)


def _run(database: Database, sql: str, read: Callable[[str], Query]) -> tuple[bool, str]:
    """Whether it was refused, and all that came back as text."""
    try:
        return False, repr(database.run(read(sql), LIMITS).rows.to_pylist())
    except QsqlError as error:
        return True, f"{error!r} {error} {error.__cause__!r}"


def _still_answers(database: Database) -> None:
    assert database.run(read_query("SELECT 1 AS one", database.dialect)).rows.to_pylist() == [{"one": 1}]


def _files(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def _listening() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    return listener


def _heard(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
        return True
    except BlockingIOError:
        return False
