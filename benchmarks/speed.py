"""How long a person waits for an answer about a database: the first ever, the first after the next start, and once it has been asked.

python -m benchmarks.speed [--model NAME] [--database sample] [--rounds 2]

Every line of numbers is of processes of their own; those of "first ever" begin without anything that was read before. Seconds are from the
question, with the model loaded and the database open, to the first piece of the answer and to the rows; medians, least and most. Questions
cost different times by themselves, so each of them comes first in one process of a round, and is compared with itself.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from qsql import Plan, Question, answers, open_database
from qsql.databases.base import Database
from qsql.models import load_model
from qsql.models.base import Model
from qsql.settings import Settings
from qsql.warm import read_once

QUESTIONS = ("How many flights left JFK in July?", "How many airlines are there?", "How many planes have more than 300 seats?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--database", default="sample")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--begin", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.begin is not None:
        print(json.dumps(asked(arguments.model, arguments.database, arguments.begin)))
        return
    ever, first, later = [], defaultdict(list), defaultdict(list)
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            _borrow(Settings.load().cache, Path(folder))
            ever += _in_a_process(arguments, folder, 0)[:1]
            for begin in range(len(QUESTIONS)):
                once, *others = _in_a_process(arguments, folder, begin)
                first[once[0]].append(once)
                for other in others:
                    later[other[0]].append(other)
    _print("first ever", ever)
    _print("first after the next start", [one for group in first.values() for one in group])
    _print("asked before", [one for group in later.values() for one in group])
    ratios = [_median(first[question]) / _median(later[question]) for question in QUESTIONS]
    print("after the next start / asked before, of each question: " + ", ".join(f"{ratio:.2f}" for ratio in ratios))


Asked = tuple[str, float, float]  # a question, and the seconds to the first piece of its answer and to its rows


def asked(name: str, database: str, begin: int) -> list[Asked]:
    """All questions in this process, beginning with one of them."""
    with closing(open_database(database)) as opened, closing(load_model(name)) as model:
        return [_asked(opened, model, question) for question in (*QUESTIONS[begin:], *QUESTIONS[:begin])]


def _asked(opened: Database, model: Model, question: str) -> Asked:
    start, first = time.perf_counter(), 0.0
    read_once(opened, model)
    for answer in answers(opened, Question(question), model, plan=Plan("low")):
        first = first or (time.perf_counter() - start if answer.best.text else 0.0)
    return question, first, time.perf_counter() - start


def _borrow(cache: Path, folder: Path) -> None:
    """The models and the sample, without what was read."""
    for path in cache.iterdir():
        if path.name != "read":
            (folder / path.name).symlink_to(path)


def _in_a_process(arguments: argparse.Namespace, cache: str, begin: int) -> list[Asked]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.speed",
        "--model",
        arguments.model,
        "--database",
        arguments.database,
        "--begin",
        str(begin),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"QSQL_CACHE": cache})
    return json.loads(done.stdout.splitlines()[-1])


def _median(asked: list[Asked]) -> float:
    return statistics.median(seconds for _, _, seconds in asked)


def _print(what: str, asked: list[Asked]) -> None:
    first, rows = ([one[place] for one in asked] for place in (1, 2))
    spread = f"{min(rows):.2f} to {max(rows):.2f}, {len(rows)} questions"
    print(f"{what}: first piece {statistics.median(first):.2f} s, rows {statistics.median(rows):.2f} s ({spread})", flush=True)


if __name__ == "__main__":
    main()
