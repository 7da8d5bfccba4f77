"""A worker process: opens one database, and does what the app asks of it over its standard input and output.

Runs in the app's stead what may crash, hang or take all memory. It ends when its input does, so never outlives the app.
Requests come one at a time; only "stop" comes in between, and stops the query that runs.
"""

import os
import pickle
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from qsql.databases import load, wire
from qsql.databases.base import Limits
from qsql.errors import QsqlError, QueryFailed
from qsql.records import Query

MAX_REQUEST = 10_000_000  # bytes


class Child:
    """`database` is the one that was opened, `cancel` stops what runs."""

    def __init__(self) -> None:
        self.database = None
        self.cancel = threading.Event()

    def open(self, module: str, arguments: dict) -> dict[str, object]:
        self.database = load(module).open(**arguments)
        told = {name: getattr(self.database, name) for name in ("name", "dialect", "metered")}
        return {**told, "notices": getattr(self.database, "notices", ())}

    def build(self, folder: Path, sources: list[Path]) -> object:
        return load("files").build(folder, sources)

    def schema(self) -> object:
        return self.database.schema()

    def mark(self) -> str:
        """What changes with its tables; the same for ever where they cannot change unnoticed."""
        return self.database.mark() if hasattr(self.database, "mark") else ""

    def grants(self) -> str:
        return self.database.grants() if hasattr(self.database, "grants") else ""

    def run(self, query: Query, limits: Limits) -> object:
        return self.database.run(query, replace(limits, cancel=self.cancel))


ACTIONS: dict[str, Callable] = {
    action.__name__: action for action in (Child.open, Child.build, Child.schema, Child.mark, Child.grants, Child.run)
}


def main() -> None:
    requests, replies = sys.stdin.buffer, _own_output()
    child, waiting = Child(), queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, child, waiting), name="qsql-listen", daemon=True).start()
    while True:
        head, body = waiting.get()
        if "memory" in head:
            bound_memory(head["memory"])
        wire.write(replies, *_answer(child, head["do"], body))


def bound_memory(size: int) -> None:
    """No more than `size` bytes for this process, and no core file; a bound only where the system has it (Linux)."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS takes the call and does not hold to it
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _answer(child: Child, action: str, arguments: bytes) -> tuple[dict, object]:
    try:
        return wire.pack(ACTIONS[action](child, **pickle.loads(arguments)))  # from the app, which is trusted
    except QsqlError as error:
        return _failed(error), b""
    except MemoryError:
        return _failed(QueryFailed("This needs more memory than it may use.", "Ask for less at once.")), b""
    except Exception as error:  # the border: the app must hear of it, and only of its kind
        return {"broken": type(error).__name__}, b""


def _failed(error: QsqlError) -> dict:
    return {"error": [type(error).__name__, error.message, error.hint, str(error.__cause__ or "")[:2000]]}


def _listen(requests: BinaryIO, child: Child, waiting: queue.SimpleQueue) -> None:
    try:
        while True:
            head, body = wire.read(requests, MAX_REQUEST)
            if head["do"] == "stop":
                child.cancel.set()
            else:
                child.cancel.clear()
                waiting.put((head, body))
    except (EOFError, OSError, wire.BadFrame):
        os._exit(0)  # the app is gone, or done with us, whatever the engine is doing


def _own_output() -> BinaryIO:
    """Standard output for frames alone: what a library prints goes nowhere."""
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return replies
