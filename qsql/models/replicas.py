"""Several servers of one model: which one is asked. Knows nothing of the connection; used in one thread only, so nothing is locked."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

REST = 30.0  # seconds for which one that failed is passed over

Server = TypeVar("Server")


class Replica(Generic[Server]):
    """One of them, with how many requests it has now."""

    def __init__(self, server: Server) -> None:
        self.server, self.busy = server, 0
        self._rested = 0.0

    @property
    def resting(self) -> bool:
        return time.monotonic() < self._rested

    def rest(self, seconds: float = REST) -> None:
        """It failed: others are asked until it may be there again."""
        self._rested = time.monotonic() + seconds

    @contextmanager
    def working(self) -> Iterator[Server]:
        self.busy += 1
        try:
            yield self.server
        finally:
            self.busy -= 1


class Replicas(Generic[Server]):
    def __init__(self, servers: Sequence[Server]) -> None:
        self._all = [Replica(server) for server in servers]

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Replica[Server]]:
        return iter(self._all)

    def in_order(self) -> list[Replica[Server]]:
        """The least busy first, and of equals the first, whose cache then knows most prompts; those that rest come last."""
        return sorted(self._all, key=lambda one: (one.resting, one.busy))
