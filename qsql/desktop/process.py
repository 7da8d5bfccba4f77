"""A program that shows a window: waited for, and ended with the app."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

PATIENCE = 5.0  # seconds to end by itself
ALONE = (  # Ctrl+C in the terminal is for the app
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)} if sys.platform == "win32" else {"start_new_session": True}
)


@contextmanager
def started(command: Sequence[str], **options) -> Iterator[subprocess.Popen]:
    """The program, for the length of the block; what it was given to read is closed at the end, and tells it to go."""
    process = subprocess.Popen(command, **ALONE, **options)
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        end(process)


def waited(process: subprocess.Popen) -> int:
    """Its status once it has ended. Looks again and again: on Windows Ctrl+C is not heard in a wait."""
    while (status := process.poll()) is None:
        time.sleep(0.1)
    return status


def end(process: subprocess.Popen) -> None:
    """Let it end by itself for a moment, then end it and what it started."""
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
