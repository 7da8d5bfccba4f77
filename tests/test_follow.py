import threading
import time

import pytest

from qsql.follow import follow


def test_always_ends_with_the_last_item():
    assert [item for item in follow(iter(range(1000)), interval=0.01) if item is not None][-1] == 999


def test_shows_fewer_items_than_come():
    assert len(list(follow(iter(range(100_000)), interval=0.05))) < 1000


def test_ticks_while_nothing_comes():
    def slow():
        time.sleep(0.3)
        yield "late"

    items = list(follow(slow(), interval=0.02))
    assert items[0] is None and items.count(None) > 3 and "late" in items


def test_raises_what_the_steps_raise():
    def broken():
        yield 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        list(follow(broken(), interval=0.01))


def test_runs_the_steps_in_one_thread_of_their_own():
    def steps():
        for _ in range(3):
            yield threading.get_ident()

    seen = {item for item in follow(steps(), interval=0.01) if item}
    assert len(seen) == 1 and threading.get_ident() not in seen
