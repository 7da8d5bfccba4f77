"""The border to every database: open read-only, describe, run one checked query within limits.

What every backend protects from:
  - a query that writes: the engine itself is opened read-only, whatever the SQL says;
  - a query that reads other files or the network through DuckDB or SQLite: the engine is locked first;
  - a result without end: rows are fetched within the limits, and it says so;
  - a query without end: it is interrupted at the deadline, or when the person stops it.

What the worker around it protects from: an engine that hears no interrupt, takes all memory, or crashes; see `pool`.

What neither protects from: a file that takes over the engine that reads it, which is then a process of this user's; and what a
server's role may do beyond writing: give the role no more than SELECT.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from qsql.databases.reading import Reading
from qsql.errors import QueryTimeout, Stopped
from qsql.records import Query, Result, Schema


@dataclass(frozen=True)
class Limits:
    """Rows and bytes of rows to fetch at most, seconds to run at most, and the event that stops it sooner.

    Rows beyond either bound are not fetched, and the result says that there are more.
    """

    max_rows: int = 1000
    seconds: float = 30.0
    cancel: Event | None = None
    max_bytes: int = 64_000_000


class Database(Protocol):
    """`name` is for people and holds no password; `dialect` is sqlglot's name for the SQL it takes.

    `notices` warn of what its role may do beyond reading; `reading` says how files of rows were read.
    Where it is `metered`, each look at its rows costs money or a cluster's time: none is taken that nobody asked for.
    """

    name: str
    dialect: str
    notices: tuple[str, ...]
    reading: Reading | None
    metered: bool

    @property
    def changed(self) -> bool:
        """Whether its file was replaced, written to or deleted since it was opened; what asks for rows after that is refused."""

    def schema(self) -> Schema:
        """Tables in the order in which the engine lists them. Read once, then kept until `refresh` finds them changed.

        First rows are read for as long as that is quick; the tables of a large schema may be without.
        """

    def refresh(self) -> None:
        """Before a question: look whether the tables were changed, in which case `schema` reads them anew. Raises ConnectionLost."""

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        """Run it and fetch its rows. Raises QueryFailed, QueryTimeout or Stopped. Safe to call from several threads."""

    def grants(self) -> str:
        """Lines for an administrator that make a role that may only read; empty where none are known."""

    def close(self) -> None:
        """Let go of files and connections."""


@contextmanager
def interrupting(interrupt: Callable[[], None], limits: Limits) -> Iterator[None]:
    """Call `interrupt` from a thread of its own, again and again, once the limits are reached, until the block ends.

    Leaving the block after that raises QueryTimeout or Stopped in place of the engine's own error.
    """
    done, hit = threading.Event(), []

    def watch() -> None:
        deadline = time.monotonic() + limits.seconds
        while not done.wait(0.02):
            if limits.cancel is not None and limits.cancel.is_set():
                hit.append(Stopped())
            elif time.monotonic() > deadline:
                hit.append(too_slow(limits))
            if hit:
                interrupt()

    watcher = threading.Thread(target=watch, name="qsql-interrupt", daemon=True)
    watcher.start()
    try:
        yield
    except Exception as error:
        if hit:
            raise hit[0] from error
        raise
    finally:
        done.set()
        watcher.join()
    if hit:
        raise hit[0]


def too_slow(limits: Limits) -> QueryTimeout:
    """What to say after the deadline."""
    return QueryTimeout(
        f"The query was stopped after {limits.seconds:g} seconds.",
        "Ask for less, add a condition, or allow more time with --seconds.",
    )
