"""One worker process, seen from the app: it is started, asked one thing at a time, interrupted, and killed.

Without secrets: a worker for files gets neither this process's environment nor its open files. See `pool` for what all this
protects from.
"""

import json
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from qsql import errors
from qsql.databases import wire
from qsql.databases.base import Limits, too_slow
from qsql.errors import QsqlError, QueryFailed, QueryTimeout, Stopped
from qsql.settings import bare_environment

GRACE = 0.5  # seconds between the interrupt and the kill
MAX_REPLY = 200_000_000  # bytes, beside the rows

# Without qsql/__init__.py, which imports everything that asks and answers: this halves the time to start.
BOOT = """
import json, sys, types
sys.path[:] = json.loads(sys.argv[1])
__file__ = sys.argv[2]  # pyspark takes a program without one for a test of its own
package = types.ModuleType("qsql")
package.__path__ = [sys.argv[2]]
sys.modules["qsql"] = package
from qsql.databases.child import main
main()
"""
HERE = str(Path(__file__).parent.parent)


class Worker:
    """One process, which does one thing at a time. `alive` until it was killed, or ended by itself."""

    def __init__(self, memory: int, bare: bool = True) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", BOOT, json.dumps(sys.path), HERE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=bare_environment() if bare else None,
            start_new_session=True,  # Ctrl+C in the terminal is for the app
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._widen()
        self._memory: int | None = memory
        self._replies: queue.SimpleQueue = queue.SimpleQueue()
        self._max_body = MAX_REPLY
        threading.Thread(target=_listen, args=(self._process, self._replies, self), name="qsql-replies", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, action: str, bounds: Limits, **arguments: object) -> object:
        """What the worker answers. Raises what it raises, QueryTimeout, Stopped, or QueryFailed where it broke."""
        head: dict[str, object] = {"do": action}
        if self._memory is not None:  # before it imports any engine
            head["memory"], self._memory = self._memory, None
        self._max_body = max(MAX_REPLY, 2 * bounds.max_bytes)
        self._send(head, pickle.dumps(arguments))
        return self._answer(self._reply(bounds))

    def end(self) -> None:
        """Kill it, whatever it does."""
        self._process.kill()
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _send(self, head: dict, body: bytes = b"") -> None:
        with suppress(OSError):  # it broke: the reply says so
            wire.write(self._process.stdin, head, body)

    def _reply(self, limits: Limits) -> tuple[dict, memoryview] | None:
        """None where the process ended. At the deadline, or when stopped: an interrupt, half a second, then the kill."""
        try:
            return wait(lambda: _get(self._replies), replace(limits, seconds=limits.seconds + GRACE))[0]
        except Stopped:
            self._send({"do": "stop"})
            self._give_grace()
            raise
        except QueryTimeout:
            self.end()
            raise too_slow(limits) from None
        except BaseException:  # Ctrl+C: its reply would be taken for that to the next question
            self.end()
            raise

    def _give_grace(self) -> None:
        try:
            self._replies.get(timeout=GRACE)
        except queue.Empty:
            self.end()

    def _answer(self, reply: tuple[dict, memoryview] | None) -> object:
        head, body = reply or ({"broken": "end"}, b"")
        try:
            if "error" in head:
                raise _error(*head["error"])
            if "broken" not in head:
                return wire.unpack(head, body)
        except (wire.BadFrame, TypeError, AttributeError):
            pass
        self.end()
        raise QueryFailed("The database's engine broke down over this.", "Ask for less at once, or in other words.")

    def _widen(self) -> None:
        """A pipe of a megabyte, where the system has it (Linux): rows pass three times as fast."""
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, 1 << 20)


def in_a_process(action: str, memory: int, bounds: Limits, **arguments: object) -> object:
    """Do one thing in a process of its own, which then ends. Raises what it raises, and QueryFailed where it breaks."""
    worker = Worker(memory)
    try:
        return worker.ask(action, bounds, **arguments)
    finally:
        worker.end()


def _listen(process: subprocess.Popen, replies: queue.SimpleQueue, worker: Worker) -> None:
    try:
        while True:
            replies.put((wire.read(process.stdout, worker._max_body),))
    except (EOFError, OSError, ValueError, MemoryError, wire.BadFrame):
        process.kill()
        replies.put((None,))
        process.stdout.close()


def _get(replies: queue.SimpleQueue) -> tuple | None:
    try:
        return replies.get(timeout=0.02)
    except queue.Empty:
        return None


def wait(step: Callable[[], object], limits: Limits) -> object:
    """What `step`, which waits a moment, gives once it gives something. Raises Stopped or QueryTimeout."""
    deadline = time.monotonic() + limits.seconds
    while not (given := step()):
        if limits.cancel is not None and limits.cancel.is_set():
            raise Stopped()
        if time.monotonic() > deadline:
            raise too_slow(limits)
    return given


class EngineError(Exception):
    """What an engine or a driver said, in its own words."""


def _error(name: str, message: str, hint: str, cause: str) -> QsqlError:
    """An error of ours that was raised in a worker. Raises what looking for it raises where it is none of ours."""
    kind = getattr(errors, name)
    if not issubclass(kind, QsqlError):
        raise TypeError(name)
    error = kind.__new__(kind)
    QsqlError.__init__(error, str(message), str(hint))
    error.__cause__ = EngineError(cause) if cause else None
    return error
