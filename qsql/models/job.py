"""One model on its way: its files come, the one before it is let go of, it is loaded. Its thread writes, others read."""

import time
from threading import Event
from typing import Literal

Stage = Literal["fetching", "leaving", "loading", "over"]
SOON = 1.0  # seconds until it can be told how many are left


class Cancelled(BaseException):
    """Breaks off a fetch from inside its progress. No Exception, which a fetch would take for the network's fault and try again."""


class Job:
    """`chosen` by a person, and not where the app begins. `error` is why it failed; it stays None where it was cancelled."""

    def __init__(self, name: str, chosen: bool) -> None:
        self.name, self.chosen = name, chosen
        self.stage: Stage = "fetching"
        self.done = self.total = 0
        self.error: Exception | None = None
        self._cancel = Event()
        self._first = (0.0, 0)  # when something came first, and what was there then

    @property
    def cancelled(self) -> bool:
        return self._cancel.is_set()

    @property
    def over(self) -> bool:
        return self.stage == "over"

    def cancel(self) -> bool:
        """Whether that can be done: what is being loaded comes to its end."""
        if self.stage in ("fetching", "leaving"):
            self._cancel.set()
        return self.cancelled

    def check(self) -> None:
        """Raises Cancelled."""
        if self.cancelled:
            raise Cancelled

    def report(self, done: int, total: int, label: str) -> None:
        """What a fetch tells of itself; what is only checked, or waited for, does not count. Raises Cancelled."""
        self.check()
        if not label.startswith("Fetching"):
            return
        if not self.total or done < self.done:
            self._first = (time.monotonic(), done)
        self.done, self.total = done, total

    @property
    def seconds(self) -> float | None:
        """That are left, as fast as it has come so far; None as long as that cannot be told."""
        began, before = self._first
        passed, come = time.monotonic() - began, self.done - before
        return (self.total - self.done) * passed / come if self.total and passed >= SOON and come > 0 else None
