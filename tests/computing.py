"""Which processes of databases compute, of those that these tests have started, and whether one has come to rest: for tests."""

import time
from contextlib import suppress

import psutil

LONG = 0.5  # seconds of computing that only a query without end takes


def computing(before: dict[int, float]) -> psutil.Process | None:
    """One that has computed for long since `before`."""
    return next((psutil.Process(number) for number, seconds in computed().items() if seconds - before.get(number, 0.0) > LONG), None)


def computed() -> dict[int, float]:
    """Seconds that each has computed, by its number."""
    found = {}
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has ended meanwhile
            if "qsql.databases.child" in " ".join(child.cmdline()):
                found[child.pid] = _seconds(child)
    return found


def rests(process: psutil.Process) -> bool:
    """Whether it has ended, or computes no more."""
    try:
        before = _seconds(process)
        time.sleep(LONG)
        return _seconds(process) == before
    except psutil.Error:
        return True


def _seconds(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])
