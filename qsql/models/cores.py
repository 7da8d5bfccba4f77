"""How many threads to compute with on the processor."""

import os

import psutil


def threads() -> int:
    """The cores this process may use but one: threads that wait for each other in a loop starve where another program needs a core."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or allowed, allowed) - 1)
