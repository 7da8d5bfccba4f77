"""Waiting that hears a cancel: for one's turn, and for what another thread brings."""

from collections import deque
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Condition

from qsql.models.base import Options

LOOK = 0.05  # seconds between two looks at cancel


class Room:
    """What a backend can compute at one time, shared by its callers in the order in which they came.

    `size` is what can be taken together; a share larger than that counts as all of it.
    """

    def __init__(self, size: int) -> None:
        self.size, self._free = size, size
        self._waiting: deque[object] = deque()
        self._changed = Condition()

    def take(self, share: int, options: Options) -> bool:
        """Wait for `share`; False, and nothing is taken, where `options.cancel` is set before it is there."""
        share, ticket = min(share, self.size), object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or self._free < share:
                    if options.cancelled:
                        return False
                    self._changed.wait(LOOK)
                self._free -= share
                return True
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def give(self, share: int) -> None:
        """Hand back what `take` took."""
        with self._changed:
            self._free += min(share, self.size)
            self._changed.notify_all()

    def wait_until_empty(self, seconds: float) -> bool:
        """Whether all shares are back within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._free == self.size, seconds)


def listen(queue: SimpleQueue, over: Callable[[], bool]) -> Iterator:
    """Yield what comes until None does, or until `over()`, which is asked all the time."""
    while not over():
        try:
            item = queue.get(timeout=LOOK)
        except Empty:
            continue
        if item is None:
            return
        yield item
