"""Many visitors at the same time, in one process: none gets what is another's, none waits for another, and none leaves anything behind."""

import csv
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import psutil
import pytest

from qsql.ui import sessions
from tests.sharing import sharing, until
from tests.visited import EACH, ENDLESS, Local, Scripted, Visitor, alone, large, rows, things

VISITORS = 10
AGAIN = 2  # questions of each


@pytest.fixture(params=["alone", "shared"])
def site(request, tmp_path):
    if request.param == "alone":
        with alone(tmp_path) as site:
            yield site
    else:
        with sharing(tmp_path, load=Scripted, database=things(tmp_path), seconds=120) as site:
            yield site


def visitors(site, count: int) -> list[Visitor]:
    guests = [Visitor(site) for _ in range(count)]
    for guest in guests:
        assert isinstance(site, Local) or guest.log_in().status_code == 200
    return guests


def owned(number: int) -> list[list[str]]:
    return [[f"thing {n} of {number}", str(number * 1000 + n)] for n in range(EACH)]


def ask_all_at_once(guests: list[Visitor]) -> list[list[list[list[str]]]]:
    """What each of them was shown after each question of theirs."""
    together = Barrier(len(guests))

    def ask(number: int) -> list[list[list[str]]]:
        together.wait()
        return [rows(guests[number].asked(f"What are the things of visitor {number}?")) for _ in range(AGAIN)]

    with ThreadPoolExecutor(len(guests)) as pool:
        return list(pool.map(ask, range(len(guests))))


def workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if "qsql.databases.child" in " ".join(child.cmdline())]


def busy() -> bool:
    """Whether any of them takes time of a processor."""
    before = {worker: worker.cpu_times().user for worker in workers()}
    time.sleep(0.2)
    return any(worker.is_running() and worker.cpu_times().user > used for worker, used in before.items())


def test_ten_at_once_get_their_own_rows_while_an_eleventh_is_stuck(site):
    *guests, stuck = visitors(site, VISITORS + 1)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(stuck.asks, ENDLESS)
        assert until(busy)
        assert ask_all_at_once(guests) == [[owned(number)] * AGAIN for number in range(VISITORS)]
        files = [guest.saves("csv") for guest in guests]
        assert not told.done()
        stuck.stop()
        assert "Stopped." in told.result()
    assert until(lambda: not busy())
    for number, file in enumerate(files):
        assert list(csv.reader(file.splitlines())) == [["item", "count"], *owned(number)]


# What a closed tab leaves


@pytest.fixture
def tab(tmp_path):
    """A tab that was asked something and closed, and what Gradio knows of it."""
    with alone(tmp_path) as site:
        (guest,) = visitors(site, 1)
        holder = site.demo.state_holder
        with guest.tab_open():
            guest.opens(("others.csv", b"a\n1\n"))
            assert len(rows(guest.asks(large(0)))) == 1000
            assert any("1000" in said for said in said_of(holder, guest))
        assert until(lambda: holder.session_data[guest.session].is_closed)
        yield SimpleNamespace(site=site, guest=guest, holder=holder)


def said_of(holder, guest: Visitor) -> list[str]:
    """The states of a tab, each as text."""
    return [repr(value) for value in holder.session_data[guest.session].state_data.values()]


def test_a_closed_tab_keeps_its_database_and_no_rows(tab):
    assert until(lambda: not any("Shown(" in said for said in said_of(tab.holder, tab.guest)))
    assert rows(tab.guest.asks("SELECT * FROM others")) == [["1"]]


def test_an_hour_after_its_last_use_nothing_of_a_closed_tab_is_left(tab, monkeypatch):
    other, comes_and_goes = visitors(tab.site, 2)
    monkeypatch.setattr(sessions, "HOUR", timedelta(seconds=1))

    def gone() -> bool:
        with comes_and_goes.tab_open():
            comes_and_goes.asks("SELECT 1")
        return tab.guest.session not in tab.holder.session_data

    with other.tab_open():
        other.asks("SELECT 1")
        assert until(gone)
        assert other.session in tab.holder.session_data


# Memory

TABS_BEFORE, TABS_AFTER, QUESTIONS = 8, 20, 5  # tabs that come and go; questions in each
MOST_GROWTH = 20  # MB: over 150 tabs it varied by 8; with what each tab last showed kept, 20 tabs added 38
MOST_MORE = 2  # threads or files, which an idle pool may have just then


@pytest.fixture
def process(tmp_path):
    """The app as a process of its own."""
    command = [sys.executable, "-m", "tests.visited", str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as app:
        site = SimpleNamespace(url=app.stdout.readline().strip(), guests=[])
        yield psutil.Process(app.pid), site
        app.stdin.close()


def come_and_go(site, tabs: range) -> None:
    """Each asks the model once, then for much."""

    def visit(tab: int) -> None:
        with Visitor(site) as guest, guest.tab_open():
            assert rows(guest.asked(f"What are the things of visitor {tab % VISITORS}, asked in tab {tab}?")) == owned(tab % VISITORS)
            for number in range(1, QUESTIONS):
                assert rows(guest.asks(large(tab * QUESTIONS + number)))[0][0] == str(tab * QUESTIONS + number)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(visit, tabs))


def test_after_many_questions_it_takes_no_more_memory_processes_and_threads_than_after_few(process):
    app, site = process
    come_and_go(site, range(TABS_BEFORE))
    before = measured(app)
    come_and_go(site, range(TABS_BEFORE, TABS_BEFORE + TABS_AFTER))
    assert until(lambda: grown(before, measured(app)) is None), grown(before, measured(app))


@dataclass(frozen=True)
class Measured:
    megabytes: float
    workers: int
    threads: int
    files: int


def measured(app: psutil.Process) -> Measured:
    return Measured(app.memory_info().rss / 1e6, len(app.children(recursive=True)), app.num_threads(), app.num_fds())


def grown(before: Measured, after: Measured) -> str | None:
    """What takes more than before."""
    more = {
        "megabytes": after.megabytes - before.megabytes - MOST_GROWTH,
        "workers": after.workers - before.workers,
        "threads": after.threads - before.threads - MOST_MORE,
        "files": after.files - before.files - MOST_MORE,
    }
    return next((f"{name}: {before} -> {after}" for name, over in more.items() if over > 0), None)
