"""Wrong passwords make the next try wait: for the address they come from, and a little for everyone."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FORGET = 3600.0  # seconds without a try, after which the wrong ones no longer count
MOST = 4096  # addresses that are remembered


@dataclass
class _Tally:
    """Tries that were not right: `free` cost nothing, each one after doubles the wait, up to `longest` seconds."""

    free: int
    longest: float
    wrong: int = 0
    last: float = 0.0
    open_at: float = 0.0

    def wait(self, now: float) -> float:
        if now - self.last > FORGET:
            self.wrong = 0
        return max(0.0, self.open_at - now)

    def add(self, now: float) -> None:
        self.wrong, self.last = self.wrong + 1, now
        over = self.wrong - self.free
        self.open_at = now + min(self.longest, 2.0 ** min(over - 1, 20)) if over > 0 else now

    def take_back(self, now: float) -> None:
        self.wrong, self.open_at = max(0, self.wrong - 1), now


class Throttle:
    """Ask `begin` before each try; each counts as wrong until `right` says otherwise, so tries at the same time count too."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all = _Tally(free=100, longest=5.0)
        self._each: OrderedDict[str, _Tally] = OrderedDict()

    def begin(self, address: str) -> float:
        """Seconds to wait before a try; 0 where it may be made now."""
        with self._lock:
            now, tally = self._clock(), self._tally(address)
            wait = max(tally.wait(now), self._all.wait(now))
            if not wait:
                tally.add(now)
                self._all.add(now)
            return wait

    def right(self, address: str) -> None:
        with self._lock:
            self._each.pop(_network(address), None)
            self._all.take_back(self._clock())

    def _tally(self, address: str) -> _Tally:
        tally = self._each.setdefault(_network(address), _Tally(free=4, longest=300.0))
        self._each.move_to_end(_network(address))
        if len(self._each) > MOST:
            self._each.popitem(last=False)
        return tally


def _network(address: str) -> str:
    """Who has one IPv6 address has the 2**64 beside it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if ip.version == 6 and ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
