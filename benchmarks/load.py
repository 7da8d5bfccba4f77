"""What a shared app takes of memory, files and threads while many visitors come, ask, upload and go: an hour of them, sped up.

python -m benchmarks.load [--minutes 10] [--visitors 4] [--model qwen2.5-coder-0.5b] [--hour 60]

The app runs in a process of its own, on this machine's own address only. Everything is real but for two things. Most answers are written at
once, by a model that knows the right SQL of the sample's questions, so that an hour's requests fit into some minutes; the real model is asked
one question after another, beside them. And what the app does an hour after a tab was closed or a visitor seen, it does after --hour seconds.
Needs Linux.
"""

import argparse
import ctypes
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil

import app
from qsql.models import load_model
from qsql.models.base import Model, Options
from qsql.models.echo import Echo
from qsql.records import Piece, Prompt
from qsql.settings import Settings
from qsql.share.serving import Share
from qsql.ui import sessions
from tests.sharing import PASSWORD
from tests.visited import Visitor, large, rows

ROOT = Path(__file__).parent.parent
CASES = [json.loads(line) for line in (ROOT / "qsql/evaluate/sample.jsonl").read_text(encoding="utf-8").splitlines()]
REAL = CASES[::6]  # the real model's
QUICK = [case for case in CASES if case not in REAL]
SCRIPT = {"every flight": "SELECT * FROM flights", "shoe size": "SELECT shoe_size FROM pilots"}
MANY = 1_000_000  # so that no visitor is refused
EVERY = 5.0  # seconds between two looks at the process
WARM = 0.2  # of the time, after which the memory should stay where it is


class Mostly:
    """The real model for its own questions; for the others what is right, at once."""

    def __init__(self, real: Model) -> None:
        self._real = real

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        asked = prompt.messages[-1].text
        if any(case[kind] in asked for case in REAL for kind in ("question", "question_zh")):
            return self._real.stream(prompt, options)
        return Echo(tuple(_said(asked))).stream(prompt, options)


def _said(asked: str) -> Iterator[str]:
    """Nothing where it is no known question: then the echo model says something of its own."""
    for case in QUICK:
        if case["question_zh"] in asked and asked.startswith("Translate"):
            yield case["question"]
        elif case["question"] in asked or case["question_zh"] in asked:
            yield case["gold"]
    yield from (sql for words, sql in SCRIPT.items() if words in asked)


def serve(folder: Path, model: str, hour: int) -> None:
    """The shared app, until its input ends; prints its address, and for each line of its input what it has allocated."""
    sessions.HOUR = timedelta(seconds=hour)
    settings = Settings.load(share=True, model=model, database="sample", data=folder, password=PASSWORD, share_minute=MANY)
    demo, workspace = app.build(settings, lambda: Mostly(load_model(model)))
    visitors = workspace.visitors
    visitors.limits = replace(visitors.limits, visitors=MANY, events_minute=MANY, idle=float(hour))
    _, url, _ = app.launch(demo, share=Share(settings, visitors, PASSWORD))
    print(url, flush=True)
    for _ in sys.stdin:
        print(allocated() / 1e6, sys.getallocatedblocks(), flush=True)
    demo.close(verbose=False)
    workspace.close()


class Mallinfo(ctypes.Structure):
    """As glibc has it."""

    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]


def allocated() -> int:
    """Bytes that were asked of glibc and not given back; what a process takes has what glibc keeps for later beside them."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Mallinfo
    found = mallinfo()
    return found.uordblks + found.hblkhd


@contextmanager
def serving(arguments: argparse.Namespace) -> Iterator[tuple[psutil.Popen, SimpleNamespace]]:
    """The app as a process of its own, and where it is."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.load", "--serve", folder, "--model", arguments.model, "--hour", str(arguments.hour)]
        with psutil.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            yield process, SimpleNamespace(url=process.stdout.readline().strip(), guests=[])
            process.stdin.close()


class Person(Visitor):
    """One who comes, does some things in one tab, and goes."""

    def __init__(self, site: SimpleNamespace, chance: random.Random) -> None:
        super().__init__(SimpleNamespace(url=site.url, guests=[]))
        self.timeout = httpx.Timeout(300)
        self.chance = chance

    def ask(self, question: str) -> str:
        return self.does("on_ask", None, None, question, "", "low", "never", None)

    def question(self, cases: list[dict]) -> str:
        return self.chance.choice(cases)[self.chance.choice(("question", "question_zh"))]

    def is_answered_at_once(self) -> bool:
        return bool(rows(self.ask(self.question(QUICK))))

    def is_answered_by_the_model(self) -> bool:
        return "process_completed" in self.ask(self.question(REAL))  # right or wrong

    def fails(self) -> bool:
        told = self.ask(f"What is the shoe size of pilot {self.chance.random()}?")
        return "process_completed" in told and '"view":"{' not in told

    def gets_many_rows(self) -> bool:
        return len(rows(self.ask("List every flight."))) == 1000

    def runs_sql(self) -> bool:
        number = self.chance.randrange(MANY)
        return rows(self.asks(large(number)))[0][0] == str(number)

    def runs_wrong_sql(self) -> bool:
        return "process_completed" in self.asks(f"SELECT nonesuch_{self.chance.randrange(MANY)} FROM flights")

    def opens_a_file(self) -> bool:
        number = self.chance.randrange(MANY)
        name, data = (f"own_{number}.csv", _csv(number)) if self.chance.random() < 0.5 else (f"own_{number}.db", _sqlite(number))
        table = f"own_{number}" if name.endswith("csv") else "own"
        found = self.opens((name, data)) and rows(self.asks(f"SELECT max(number) AS number FROM {table}")) == [[str(number)]]
        self.does("on_open", "sample")
        return found

    def peeks(self) -> bool:
        number = next(fn["id"] for fn in self.page["dependencies"] if any(target[1] == "peek" for target in fn["targets"]))
        told = {"data": [None], "fn_index": number, "session_hash": self.session, "event_data": {"table": "airports"}}
        self.post("/gradio_api/queue/join", json=told)
        return "process_completed" in self.told()

    def saves_rows(self) -> bool:
        return self.runs_sql() and len(self.saves("csv")) > 1000

    def makes_a_page(self) -> bool:
        return "process_completed" in self.does("make", "a clock", "new", None, None)

    def leaves_meanwhile(self) -> bool:
        self.join("on_ask", [None, None, self.question(REAL), "", "low", "never", None])
        with self.listening("process_generating") as text:
            return bool(text)


WEIGHTS: dict[Callable[[Person], bool], int] = {
    Person.is_answered_at_once: 40,
    Person.is_answered_by_the_model: 8,
    Person.fails: 6,
    Person.gets_many_rows: 8,
    Person.runs_sql: 18,
    Person.runs_wrong_sql: 4,
    Person.opens_a_file: 8,
    Person.peeks: 8,
    Person.saves_rows: 4,
    Person.makes_a_page: 1,
    Person.leaves_meanwhile: 4,
}


def _csv(number: int) -> bytes:
    lines = [f"thing {line},{number - line}" for line in range(200)]
    return "\n".join(["name,number", *lines, ""]).encode()


def _sqlite(number: int) -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE own (name TEXT, number INTEGER)")
        connection.executemany("INSERT INTO own VALUES (?, ?)", [(f"thing {line}", number - line) for line in range(200)])
        connection.commit()
        return connection.serialize()


class Done:
    """What was done, by kind, and what did not go as it should."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sessions = 0
        self.kinds: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.errors: list[str] = []

    def add(self, kind: str, went_well: bool, error: str = "") -> None:
        with self._lock:
            self.kinds[kind] += 1
            self.failed[kind] += not went_well
            self.errors += [f"{kind}: {error}"] * bool(error)


THE_MODEL = threading.Lock()  # it is asked one question at a time, or all would wait for it most of the time


def come_and_go(site: SimpleNamespace, number: int, until: float, done: Done) -> None:
    """One visitor after another, each with a session and a tab of their own."""
    chance = random.Random(number)
    while time.monotonic() < until:
        with Person(site, chance) as person:
            person.log_in()
            with person.tab_open():
                done.sessions += 1
                for kind in chance.choices(list(WEIGHTS), WEIGHTS.values(), k=chance.randint(3, 12)):
                    if time.monotonic() < until:
                        _do(person, kind, done)
                    if kind is Person.leaves_meanwhile:
                        break


def _do(person: Person, kind: Callable[[Person], bool], done: Done) -> None:
    of_the_model = kind in (Person.is_answered_by_the_model, Person.leaves_meanwhile)
    if of_the_model and not THE_MODEL.acquire(blocking=False):
        return
    try:
        done.add(kind.__name__, kind(person))
    except Exception as error:  # whatever it is, it is counted, and the next one comes
        done.add(kind.__name__, False, f"{type(error).__name__}: {error}"[:200])
    finally:
        if of_the_model:
            THE_MODEL.release()


@dataclass(frozen=True)
class Seen:
    """The process at one time: megabytes that it takes and that it has allocated, blocks of Python's objects; megabytes of its databases'
    processes, how many these are; files and threads."""

    minutes: float
    requests: int
    own: float
    allocated: float
    blocks: int
    workers: float
    processes: int
    files: int
    threads: int


def look(process: psutil.Popen, start: float, done: Done) -> Seen:
    sizes = []
    for child in process.children(recursive=True):
        try:
            sizes.append(child.memory_info().rss / 1e6)
        except psutil.NoSuchProcess:  # it ended in between
            continue
    process.stdin.write("\n")
    megabytes, blocks = process.stdout.readline().split()
    minutes, requests, own = (time.monotonic() - start) / 60, sum(done.kinds.values()), process.memory_info().rss / 1e6
    return Seen(minutes, requests, own, float(megabytes), int(blocks), sum(sizes), len(sizes), process.num_fds(), process.num_threads())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--visitors", type=int, default=4)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--hour", type=int, default=60)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.model, arguments.hour)
        return
    with serving(arguments) as (process, site):
        seen, done = measured(process, site, arguments)
    print(report(seen, done))


def measured(process: psutil.Popen, site: SimpleNamespace, arguments: argparse.Namespace) -> tuple[list[Seen], Done]:
    with Person(site, random.Random(0)) as first:  # the model is loaded and reads the tables, as soon after a start
        first.log_in()
        first.is_answered_by_the_model()
    start, done = time.monotonic(), Done()
    until = start + arguments.minutes * 60
    seen = [look(process, start, done)]
    people = [threading.Thread(target=come_and_go, args=(site, number, until, done)) for number in range(arguments.visitors)]
    for person in people:
        person.start()
    while any(person.is_alive() for person in people):
        time.sleep(EVERY)
        seen.append(look(process, start, done))
        print(seen[-1], file=sys.stderr, flush=True)
    time.sleep(arguments.hour + 90)  # until all that was left is let go, too
    return [*seen, look(process, start, done)], done


def report(seen: list[Seen], done: Done) -> str:
    *during, rest = seen
    warm = next(one for one in during if one.minutes >= WARM * during[-1].minutes)
    after = [one for one in during if one.minutes >= warm.minutes]
    lines = ["| | begin | after a warm-up | end | all gone | per 1,000 requests |", "|---|---|---|---|---|---|"]
    lines.append(_line("minutes", [one.minutes for one in (during[0], warm, during[-1], rest)]))
    lines.append(_line("requests", [one.requests for one in (during[0], warm, during[-1], rest)]))
    for name, what in NAMES.items():
        figures = [getattr(one, what) for one in (during[0], warm, during[-1], rest)]
        slope = statistics.linear_regression([one.requests for one in after], [getattr(one, what) for one in after]).slope * 1000
        lines.append(_line(name, figures, f"{slope:+,.1f}"))
    lines += ["", "| what | how many | not as it should be |", "|---|---|---|", f"| sessions | {done.sessions:,} | |"]
    lines += [f"| {kind.replace('_', ' ')} | {count:,} | {done.failed[kind]} |" for kind, count in done.kinds.most_common()]
    return "\n".join([*lines, "", *done.errors[:20]])


NAMES = {
    "the app, MB": "own",
    "of it asked of glibc and not given back, MB": "allocated",
    "blocks of Python's objects": "blocks",
    "its databases' processes, MB": "workers",
    "how many these are": "processes",
    "open files": "files",
    "threads": "threads",
}


def _line(name: str, figures: list[float], slope: str = "") -> str:
    return f"| {name} | " + " | ".join(f"{figure:,.0f}" for figure in figures) + f" | {slope} |"


if __name__ == "__main__":
    main()
