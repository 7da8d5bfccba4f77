"""Who is here while the app is shared, what each has taken of what is allowed, and the uploads that are theirs.

Knows nothing of HTTP or screens. A visitor is one log-in; its `session`s are its tabs.
"""

import os
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from qsql.share.limits import Limits, Refused

Source = tuple[str, ...]
STRAY = 600.0  # seconds until the file of an upload that broke off is deleted


@dataclass(frozen=True)
class Opened:
    """Files of one upload, in a `folder` of their own."""

    session: str
    folder: Path
    size: int


@dataclass
class Account:
    """`uploads` wait to be opened: their paths and bytes; `coming` are bytes under way, `failed` those of uploads that broke
    off, with the time, for Gradio leaves their files."""

    seen: float
    sessions: list[str] = field(default_factory=list)
    uploads: dict[str, int] = field(default_factory=dict)
    opened: dict[Source, Opened] = field(default_factory=dict)
    coming: int = 0
    failed: deque = field(default_factory=deque)
    working: bool = False
    questions: deque = field(default_factory=deque)
    events: deque = field(default_factory=deque)

    def kept(self, now: float) -> int:
        """Bytes that count."""
        while self.failed and now - self.failed[0][0] > STRAY:
            self.failed.popleft()
        opened = sum(opened.size for opened in self.opened.values())
        return self.coming + sum(self.uploads.values()) + opened + sum(size for _, size in self.failed)


class Visitors:
    """Safe to use from several threads. `folder` is for what they upload; `clock` gives seconds."""

    def __init__(self, limits: Limits, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.folder = folder
        self.clock = clock
        self._lock = threading.RLock()
        self._accounts: dict[str, Account] = {}
        self._owners: dict[str, str] = {}  # session -> visitor

    def enter(self, name: str) -> Account:
        """The account of a visitor who just did something. Raises Refused where too many are here."""
        with self._lock:
            if name not in self._accounts and len(self._accounts) >= self.limits.visitors:
                self._make_room()
            account = self._accounts.setdefault(name, Account(self.clock()))
            account.seen = self.clock()
            return account

    def event(self, name: str) -> None:
        """One request that does something. Raises Refused where there were too many."""
        with self._lock:
            _count(self.enter(name).events, self.limits.events_minute, self.clock(), "You have used your {} requests of this minute.")

    def tab(self, name: str, session: str) -> None:
        """The first visitor to use a session has it. Raises Refused for any other."""
        with self._lock:
            sessions = self.enter(name).sessions
            if self._owners.setdefault(session, name) != name:
                raise Refused("This page belongs to another visitor.", "Load it again.")
            if session not in sessions:
                sessions.append(session)
            if len(sessions) > self.limits.tabs:
                self._owners.pop(sessions.pop(0), None)

    @contextmanager
    def uploading(self, name: str, size: int) -> Iterator[list[str]]:
        """`size` bytes are coming; put the paths where they are into the list. Raises Refused where they are too many."""
        with self._lock:
            account = self.enter(name)
            if account.kept(self.clock()) + size > self.limits.upload_bytes:
                most = f"{self.limits.upload_bytes / 1e6:,.0f} MB"
                raise Refused(f"Your uploads would be more than {most} together.", "Reload the page to drop those that are open.")
            account.coming += size
        paths: list[str] = []
        try:
            yield paths
        finally:
            with self._lock:
                account.coming -= size
                if not paths:
                    account.failed.append((self.clock(), size))
                account.uploads |= {path: os.path.getsize(path) for path in paths if os.path.isfile(path)}

    def owns(self, name: str, path: object) -> bool:
        """Whether this is the path of an upload of this visitor that was not opened yet."""
        with self._lock:
            return name in self._accounts and isinstance(path, str) and path in self._accounts[name].uploads

    def take(self, name: str, session: str, paths: Sequence[object]) -> Source:
        """The files of an upload, moved to where nothing else reaches them. Raises Refused for what is not theirs."""
        with self._lock:
            account = self.enter(name)
            if not paths or not all(self.owns(name, path) for path in paths):
                raise not_yours()
            self._check_room(account)
            folder = self.folder / secrets.token_hex(8)
            sizes = [account.uploads.pop(str(path)) for path in paths]
            source = tuple(self._moved(str(path), folder / str(number)) for number, path in enumerate(paths))
            account.opened[source] = Opened(session, folder, sum(sizes))
            return source

    def find(self, name: str, text: str) -> Source | None:
        """What this visitor opened from a file of this name, the newest first."""
        with self._lock:
            opened = self._accounts[name].opened if name in self._accounts else {}
            return next((source for source in reversed(opened) if text in map(os.path.basename, source)), None)

    def holds(self, source: object) -> bool:
        """Whether these are files that a visitor has opened."""
        with self._lock:
            return any(source in account.opened for account in self._accounts.values())

    @contextmanager
    def working(self, name: str) -> Iterator[None]:
        """One question, or one upload that is read. Raises Refused where another is at work, or there were too many."""
        with self._lock:
            account = self.enter(name)
            if account.working:
                raise Refused("Another question of yours is still running.", "Wait for its end, or stop it.")
            _count(account.questions, self.limits.questions_minute, self.clock(), "You have used your {} questions of this minute.")
            account.working = True
        try:
            yield
        finally:
            account.working = False
            account.seen = self.clock()

    def leave(self, name: str, session: str) -> list[Source]:
        """A tab was closed: what it opened is no longer theirs. Gives what is to be closed, before `remove`."""
        with self._lock:
            if self._owners.get(session, name) != name or name not in self._accounts:
                return []
            self._owners.pop(session, None)
            account = self._accounts[name]
            account.sessions = [kept for kept in account.sessions if kept != session]
            return [source for source, opened in account.opened.items() if opened.session == session]

    def idle(self) -> list[Source]:
        """Visitors without a sign for too long are forgotten with their uploads; what they opened is given, as by `leave`."""
        with self._lock:
            now = self.clock()
            gone = [name for name, account in self._accounts.items() if now - account.seen > self.limits.idle and not account.working]
            return [source for name in gone for source in self._forget(name)]

    def remove(self, source: Source) -> None:
        """Delete the files of what was opened and is closed."""
        with self._lock:
            for account in self._accounts.values():
                account.opened.pop(source, None)
            folder = Path(source[0]).parent.parent
        shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self) -> None:
        """Forget who was not seen the longest of those who keep nothing. Raises Refused where all do."""
        now = self.clock()
        empty = [name for name, account in self._accounts.items() if not account.working and not account.kept(now)]
        if not empty:
            raise Refused("As many people as can be are here already.", "Try again later.")
        self._forget(min(empty, key=lambda name: self._accounts[name].seen))

    def _forget(self, name: str) -> list[Source]:
        account = self._accounts.pop(name)
        for session in account.sessions:
            self._owners.pop(session, None)
        for path in account.uploads:
            self._unlink(path)
        return list(account.opened)

    def _check_room(self, account: Account) -> None:
        if len(account.opened) >= self.limits.databases:
            raise Refused(f"You have {len(account.opened)} uploads open, as many as can be.", "Reload the page to close them.")
        if sum(len(each.opened) for each in self._accounts.values()) >= self.limits.all_databases:
            raise Refused("As many uploads as can be are open, of all visitors.", "Try again later.")

    def _moved(self, path: str, folder: Path) -> str:
        """Two visitors who upload the same bytes get the same path: it stays until the last has it."""
        folder.mkdir(parents=True)
        target = folder / os.path.basename(path)
        try:
            os.link(path, target)
        except OSError:  # another disk, or one without links
            shutil.copyfile(path, target)
        self._unlink(path)
        return str(target)

    def _unlink(self, path: str) -> None:
        if not any(path in account.uploads for account in self._accounts.values()):
            Path(path).unlink(missing_ok=True)


def not_yours() -> Refused:
    return Refused("Only the shared database and files that you upload can be opened here.", "Use Upload files.")


def _count(times: deque, most: int, now: float, refusal: str) -> None:
    """Raises Refused for one more than `most` within a minute."""
    while times and now - times[0] >= 60.0:
        times.popleft()
    if len(times) >= most:
        raise Refused(refusal.format(most), f"Wait {60.0 - (now - times[0]):.0f} seconds.")
    times.append(now)
