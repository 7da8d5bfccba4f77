"""A database that lives in worker processes, where its engine can be killed: the border that the app holds on to.

What it protects the app from:
  - an engine that crashes: the question ends in an error, and the next one gets a new process;
  - an engine that does not hear an interrupt: it is killed half a second after the deadline or the stop;
  - an engine that takes all memory: on Linux its process may have no more than its kind is given;
  - what an engine broken by its file or its query sends back: see `wire`;
  - a file that is replaced or changed while it is open: no old rows are passed off as fresh.

What it does not protect from:
  - a file that takes over the engine's process: that process is still the user's, and may do what the user may do;
  - memory on macOS and Windows, which have no such bound: there the engine's own limit and the deadline are all.
"""

import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from qsql.databases.base import Limits
from qsql.databases.reading import Reading
from qsql.databases.worker import Worker, wait
from qsql.errors import CannotOpen, DatabaseChanged, QsqlError, QueryFailed, QueryTimeout
from qsql.records import Query, Result, Schema

OPENING = Limits(seconds=60.0)
READING = Limits(seconds=120.0)  # of a schema
LOOKING = Limits(seconds=30.0)  # whether it changed
MOST = 4  # processes of one database
KEPT = 2  # of them, while nothing is asked

NO_ANSWER = ("The server did not answer in time.", "See that it runs, and that its address is right.")
BROKEN = ("The database's engine broke down while opening it.", "It may be damaged: choose another.")


@dataclass(frozen=True)
class Watched:
    """Files, and what told them from others when `watch` saw them, which must be before they are read.

    Where they are `live`, only their replacement counts as a change, for their rows are always read anew.
    """

    files: tuple[Path, ...] = ()
    live: bool = False
    marks: tuple = ()

    @property
    def changed(self) -> bool:
        return _marks(self.files, self.live) != self.marks


@dataclass(frozen=True)
class Opening:
    """What a worker opens: a module of this folder, what its `open` is given, bytes of memory, and the files whose change is told.

    `bare`: without this process's environment. Drivers for servers may need theirs.
    """

    module: str
    arguments: dict = field(repr=False)  # an address may hold a password
    memory: int
    watched: Watched = Watched()
    bare: bool = True


class WorkerDatabase:
    """A database that lives in worker processes, one for each query that runs at the same time. Raises what opening raises.

    `notices` warn of what this database, or the role at its server, lets a query do beyond reading; `reading` says how files
    of rows were read.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._slots = threading.BoundedSemaphore(MOST)
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._schema: Schema | None = None
        self._mark = ""
        self._closed = False
        self.on_close: Callable[[], object] = lambda: None
        worker, opened = _started(opening)
        self.name, self.dialect = opened["name"], opened["dialect"]
        self.notices: tuple[str, ...] = tuple(opened["notices"])
        self.metered: bool = opened["metered"]
        self.reading: Reading | None = None
        self._idle.append(worker)
        weakref.finalize(self, _end_all, self._idle)

    @property
    def changed(self) -> bool:
        """Whether its file was replaced, written to or deleted since it was opened."""
        return self._opening.watched.changed

    def schema(self) -> Schema:
        schema = self._schema
        if schema is None:
            with self._worker(READING) as worker:
                self._mark = worker.ask("mark", READING)  # before: a change meanwhile is found at the next look
                schema = self._schema = worker.ask("schema", READING)
        return schema

    def refresh(self) -> None:
        if self._schema is None:
            return
        with suppress(QueryFailed, QueryTimeout), self._worker(LOOKING) as worker:  # a query meets these again
            if worker.ask("mark", LOOKING) != self._mark:
                self._schema = None

    def grants(self) -> str:
        """Lines for a server's administrator that make a role that may only read; empty for files, and where they are not known."""
        with self._worker(READING) as worker:
            return worker.ask("grants", READING)

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        start = time.perf_counter()
        self._check_file()
        with self._worker(limits) as worker:
            result = worker.ask("run", limits, query=query, limits=replace(limits, cancel=None))
        return replace(result, seconds=time.perf_counter() - start)

    def close(self) -> None:
        self._closed = True
        with self._lock:
            _end_all(self._idle)
        self.on_close()

    def _check_file(self) -> None:
        if self._closed:
            raise QueryFailed("The database is closed.", "Open it again.")
        if self.changed:
            gone = [file.name for file in self._opening.watched.files if not file.exists()]
            what = f"{gone[0]!r} is no longer there." if gone else f"{self.name!r} has changed since it was opened."
            raise DatabaseChanged(what, "Put it back, or open another." if gone else "Ask again: it is opened anew.")

    @contextmanager
    def _worker(self, limits: Limits) -> Iterator["Worker"]:
        """A process for one request; it goes back to the others if it lived through it."""
        wait(lambda: self._slots.acquire(timeout=0.02), limits)
        worker = None
        try:
            worker = self._take() or _started(self._opening, limits.cancel)[0]
            yield worker
        finally:
            self._give_back(worker)
            self._slots.release()

    def _take(self) -> "Worker | None":
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                worker.end()  # it broke while nothing was asked
        return None

    def _give_back(self, worker: "Worker | None") -> None:
        with self._lock:
            if worker is not None and worker.alive and len(self._idle) < KEPT and not self._closed:
                self._idle.append(worker)
                return
            alone = worker is not None and not self._idle and not self._closed
        if worker is not None:
            worker.end()
        if alone:
            threading.Thread(target=_replace, args=(weakref.ref(self),), name="qsql-worker", daemon=True).start()


def _started(opening: Opening, cancel: threading.Event | None = None) -> tuple[Worker, dict]:
    worker = Worker(opening.memory, opening.bare)
    try:
        return worker, worker.ask("open", replace(OPENING, cancel=cancel), module=opening.module, arguments=opening.arguments)
    except QsqlError as error:
        worker.end()
        if isinstance(error, (QueryFailed, QueryTimeout)):
            raise CannotOpen(*(BROKEN if opening.bare else NO_ANSWER)) from error
        raise


def _replace(reference: "weakref.ref[WorkerDatabase]") -> None:
    """After a kill, a new process before the next question; where that fails, the next question says why."""
    database = reference()
    if database is None:
        return
    with suppress(QsqlError):
        worker, _ = _started(database._opening)
        with database._lock:
            if not database._closed and len(database._idle) < KEPT:
                database._idle.append(worker)
                return
        worker.end()


def watch(files: Sequence[Path], live: bool = False) -> Watched:
    """These files as they are now."""
    return Watched(tuple(files), live, _marks(files, live))


def _marks(files: Sequence[Path], live: bool) -> tuple:
    return tuple(_mark(file, live) for file in files)


def _mark(file: Path, live: bool) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if live else (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _end_all(workers: list[Worker]) -> None:
    while workers:
        workers.pop().end()
