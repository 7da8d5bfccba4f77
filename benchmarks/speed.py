"""How long a person waits for the first answer about a database: the first time, after the next start, and once it has been asked.

python -m benchmarks.speed [--model NAME] [--database sample] [--times 3]

Each line of numbers is of a process of its own; those of "first ever" begin without anything that was read before. Seconds are from the
question, with the model loaded and the database open, to the rows; medians, and the least and the most.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from qsql import Plan, Question, ask, open_database
from qsql.models import load_model
from qsql.settings import Settings
from qsql.warm import read_once

QUESTIONS = ("How many flights left JFK in July?", "How many airlines are there?", "How many planes have more than 300 seats?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--database", default="sample")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(arguments.model, arguments.database)))
        return
    first, restarted = [], []
    for _ in range(arguments.times):
        with tempfile.TemporaryDirectory() as folder:
            _borrow(Settings.load().cache, Path(folder))
            first.append(_in_a_process(arguments, folder))
            restarted.append(_in_a_process(arguments, folder))
    _print("first ever", [run["first"] for run in first])
    _print("first after the next start", [run["first"] for run in restarted])
    _print("asked before", [seconds for run in restarted for seconds in run["later"]])
    ratio = statistics.median(run["first"] / statistics.median(run["later"]) for run in restarted)
    print(f"after the next start / asked before, median of each process: {ratio:.2f}")


def one(name: str, database: str) -> dict[str, object]:
    """The seconds of the first question and of each other one, in this process."""
    with closing(open_database(database)) as opened, closing(load_model(name)) as model:
        seconds = []
        for question in QUESTIONS:
            start = time.perf_counter()
            read_once(opened, model)
            ask(opened, Question(question), model, plan=Plan("low"))
            seconds.append(time.perf_counter() - start)
    return {"first": seconds[0], "later": seconds[1:]}


def _borrow(cache: Path, folder: Path) -> None:
    """The models and the sample, without what was read."""
    for path in cache.iterdir():
        if path.name != "read":
            (folder / path.name).symlink_to(path)


def _in_a_process(arguments: argparse.Namespace, cache: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.speed", "--one", "--model", arguments.model, "--database", arguments.database]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"QSQL_CACHE": cache})
    return json.loads(done.stdout.splitlines()[-1])


def _print(what: str, seconds: list[float]) -> None:
    print(f"{what}: {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}, {len(seconds)} questions)", flush=True)


if __name__ == "__main__":
    main()
