"""How many questions a shared app answers in a minute, and how long its visitors wait, when several ask at once.

python -m benchmarks.visitors [--model NAME] [--visitors 1,4,16,64] [--each 4] [--at-once 4] [--effort low]

A shared app in this process, with the real model and the sample, and programs that do what its page does, each of which asks one question
after another. The tables have been read before, as they are soon after a start. Medians would hide who waits, so the mean and the longest are
given; the machine computes for the programs, too.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Barrier

from qsql.evaluate.cases import read_suite
from qsql.models import load_model
from tests.sharing import Site, sharing
from tests.visited import Visitor, rows

MANY = 1_000_000  # so that no visitor is refused


@dataclass(frozen=True)
class Waited:
    """For one answer: `seconds`, and whether there were rows."""

    seconds: float
    rows: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--visitors", default="1,4,16,64")
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--effort", default="low")
    arguments = parser.parse_args()
    print(
        "| visitors | questions | a minute | times one's | mean wait, s | longest, s | longest / mean | without rows |\n|---|---|---|---|---|---|---|---|"
    )
    alone = 0.0
    for count in map(int, arguments.visitors.split(",")):
        waits, seconds = measured(count, arguments)
        alone = alone or len(waits) / seconds
        print(_line(count, waits, seconds, alone), flush=True)


def measured(count: int, arguments: argparse.Namespace) -> tuple[list[Waited], float]:
    """What `count` visitors waited who asked at once, and the seconds from the first question to the last answer."""
    limits = {"share_questions": arguments.at_once, "share_minute": MANY}
    with (
        tempfile.TemporaryDirectory() as folder,
        sharing(Path(folder), load=lambda: load_model(arguments.model), database="sample", **limits) as site,
    ):
        site.workspace.visitors.limits = replace(site.workspace.visitors.limits, visitors=MANY, events_minute=MANY)
        guests = [_arrived(site) for _ in range(count)]
        _read(site, guests[0])
        together = Barrier(count + 1)
        with ThreadPoolExecutor(count) as pool:
            visits = [pool.submit(_visit, guest, number, arguments, together) for number, guest in enumerate(guests)]
            together.wait()
            start = time.perf_counter()
            waits = [one for visit in visits for one in visit.result()]
        return waits, time.perf_counter() - start


def _arrived(site: Site) -> Visitor:
    guest = Visitor(site)
    assert guest.log_in().status_code == 200
    return guest


def _read(site: Site, guest: Visitor) -> None:
    """A first question, and what is read of the tables."""
    guest.asked("How many flights are there?")
    while site.workspace.warmer.at_work:
        time.sleep(0.2)
    guest.asked("How many airlines are there?")


def _visit(guest: Visitor, number: int, arguments: argparse.Namespace, together: Barrier) -> list[Waited]:
    questions = _questions(number, arguments.each)
    together.wait()
    return [_asked(guest, question, arguments.effort) for question in questions]


def _questions(number: int, each: int) -> Sequence[str]:
    """Others for every visitor, as far as there are some."""
    cases = _cases()
    return [cases[(number * each + place) % len(cases)] for place in range(each)]


@cache
def _cases() -> list[str]:
    return [case.question for case in read_suite("sample", language="en").cases]


def _asked(guest: Visitor, question: str, effort: str) -> Waited:
    start = time.perf_counter()
    told = guest.does("on_ask", None, None, question, "", effort, "never", None)
    seconds = time.perf_counter() - start
    try:
        return Waited(seconds, bool(rows(told)))
    except IndexError:  # a sentence instead of rows
        return Waited(seconds, False)


def _line(count: int, waits: Sequence[Waited], seconds: float, alone: float) -> str:
    times = [one.seconds for one in waits]
    mean, longest, without = statistics.mean(times), max(times), sum(not one.rows for one in waits)
    rate = len(waits) / seconds
    return (
        f"| {count} | {len(waits)} | {60 * rate:.1f} | {rate / alone:.2f} | {mean:.1f} | {longest:.1f} | {longest / mean:.1f} | {without} |"
    )


if __name__ == "__main__":
    main()
