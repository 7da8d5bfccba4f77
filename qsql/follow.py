"""Follow a slow generator at a screen's pace. Used by both tabs; knows nothing of what it follows."""

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

Step = TypeVar("Step")


def follow(steps: Iterator[Step], interval: float = 0.1) -> Iterator[Step | None]:
    """Run `steps` in a thread; every `interval` seconds yield its newest item, or None where there is nothing new.

    The last item is always yielded; what `steps` raises is raised here. To end early, tell `steps` to end.
    """
    box: queue.SimpleQueue = queue.SimpleQueue()
    thread = threading.Thread(target=_drain, args=(steps, box), name="qsql-follow", daemon=True)
    thread.start()
    ended = False
    while not ended:
        thread.join(interval)
        newest, ended = _newest(box)
        yield newest


def _drain(steps: Iterator[Step], box: queue.SimpleQueue) -> None:
    try:
        for step in steps:
            box.put((step, None))
        box.put((None, StopIteration()))
    except BaseException as error:  # handed to the thread that follows, which raises it
        box.put((None, error))


def _newest(box: queue.SimpleQueue) -> tuple[Step | None, bool]:
    newest = None
    while not box.empty():
        step, end = box.get()
        if isinstance(end, StopIteration):
            return newest, True
        if end is not None:
            raise end
        newest = step
    return newest, False
