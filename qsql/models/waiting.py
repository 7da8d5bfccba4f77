"""Waiting that hears a cancel: for one's turn, and for what another thread brings."""

import time
from bisect import insort
from collections.abc import Callable, Iterator
from operator import itemgetter
from queue import Empty, SimpleQueue
from threading import Condition

from qsql.models.base import Options

LOOK = 0.05  # seconds between two looks at cancel
LETS_PASS = 5.0  # seconds: a single text that comes so much later than several candidates still goes before them


class Room:
    """What a backend can compute at one time, shared by its callers in the order in which they came, but that a single text, which
    somebody waits for without having seen anything yet, soon goes before the further candidates of another.

    `size` is what can be taken together; a share larger than that counts as all of it.
    """

    def __init__(self, size: int) -> None:
        self.size, self._free = size, size
        self._waiting: list[tuple[float, object]] = []  # by when it is their turn
        self._changed = Condition()

    def take(self, share: int, options: Options) -> bool:
        """Wait for `share`; False, and nothing is taken, where `options.cancel` is set before it is there."""
        share, ticket = min(share, self.size), (time.monotonic() + (LETS_PASS if options.candidates > 1 else 0.0), object())
        with self._changed:
            insort(self._waiting, ticket, key=itemgetter(0))
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

    @property
    def empty(self) -> bool:
        """Whether nobody has any of it."""
        return self._free == self.size

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
