"""How near the model's speed comes to what the machine's memory and arithmetic allow.

python -m benchmarks.machine [--model NAME] [--rounds 5]

To write a token, all weights are read from memory once: their bytes over the memory's bytes a second are the least seconds a token can
take. To read a prompt, each weight is multiplied and added once a token: twice the weights over the arithmetic operations a second are.
Both are measured here, with numpy and as many threads as the model has; medians. The arithmetic is that of 32-bit floating point, while
the model's is mostly of whole numbers of 8 bits, which some processors do several times as fast.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from qsql.models import load_model, resolve
from qsql.models.base import Model, Options, complete
from qsql.models.cores import threads
from qsql.records import Message, Prompt
from qsql.settings import Settings

WRITTEN, READ = 64, 1000  # tokens, about
BYTES, SIZE = 1 << 30, 2048  # of the memory that is read; rows of the matrices
PARAMETERS = {"qwen2.5-coder-0.5b": 0.49e9, "qwen2.5-coder-1.5b": 1.54e9, "qwen2.5-coder-3b": 3.09e9, "qwen2.5-coder-7b": 7.61e9}
LIMITS = f"""
import statistics, sys, time
import numpy
def median(work, rounds):
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)
rounds, threads = int(sys.argv[1]), int(sys.argv[2])
from concurrent.futures import ThreadPoolExecutor
parts = numpy.array_split(numpy.ones({BYTES} // 8, numpy.int64), threads)
with ThreadPoolExecutor(threads) as pool:
    print({BYTES} / median(lambda: list(pool.map(numpy.max, parts)), rounds))
a = numpy.ones(({SIZE}, {SIZE}), numpy.float32)
print(2 * {SIZE} ** 3 / median(lambda: a @ a, rounds))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", choices=PARAMETERS)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    settings = Settings.load()
    count = settings.threads or threads()
    memory, arithmetic = limits(arguments.rounds, count)
    weights = Path(resolve(arguments.model, settings).source).stat().st_size
    with closing(load_model(arguments.model, settings)) as model:
        writes = statistics.median(writing(model) for _ in range(arguments.rounds))
        reads = statistics.median(reading(model, number) for number in range(arguments.rounds))
    print(f"{count} threads; memory {memory / 1e9:.1f} GB/s, arithmetic {arithmetic / 1e9:.0f} GFLOP/s; {weights / 1e9:.2f} GB of weights")
    most = memory / weights
    print(f"writing: {writes:.1f} tokens/s of at most {most:.1f} ({writes / most:.0%})")
    most = arithmetic / (2 * PARAMETERS[arguments.model])
    print(f"reading: {reads:.1f} tokens/s of {most:.1f} with floating point ({reads / most:.0%})")


def limits(rounds: int, count: int) -> tuple[float, float]:
    """Bytes and operations a second, in a process of its own whose libraries have so many threads."""
    environment = os.environ | {f"{library}_NUM_THREADS": str(count) for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-c", LIMITS, str(rounds), str(count)]
    memory, arithmetic = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    return float(memory), float(arithmetic)


def writing(model: Model) -> float:
    """Tokens a second, after the first."""
    start, written = 0.0, 0
    for piece in model.stream(_prompt("Count from one to a hundred in words."), Options(max_tokens=WRITTEN)):
        start = start or time.perf_counter()
        written = piece.end.completion_tokens if piece.end else written
    return (written - 1) / (time.perf_counter() - start)


def reading(model: Model, number: int) -> float:
    """Tokens a second of a prompt that was not read before."""
    text = " ".join(f"{number}-{place}" for place in range(READ // 5))
    return _timed(lambda: complete(model, _prompt(text), Options(max_tokens=1))[0].end.prompt_tokens)


def _timed(work: Callable[[], int]) -> float:
    start = time.perf_counter()
    return work() / (time.perf_counter() - start)


def _prompt(text: str) -> Prompt:
    return Prompt((Message("user", text),))


if __name__ == "__main__":
    main()
