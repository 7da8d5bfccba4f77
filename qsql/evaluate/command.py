"""The command `evaluate`: from its options to a run and a table, or from two runs to what differs."""

import argparse
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from qsql.ask import STEPS
from qsql.databases import Progress
from qsql.errors import BadInput, QsqlError
from qsql.evaluate.cases import Suite, read_lines, read_suite, select
from qsql.evaluate.run import Run, evaluate
from qsql.evaluate.summary import NOISE_SAID, Row, Share, compare, summarize
from qsql.models.base import Model
from qsql.models.recorded import Recorded
from qsql.plan import ROWS, Plan
from qsql.settings import Settings

EVERY = 25  # questions between two lines of progress, where there is no bar
WIDTH = 130  # of a table at least: a narrow terminal breaks its lines, which is better than to lose columns

NEEDED = ("draft",)  # without it there is no answer
OTHERS = ("describe",)  # what a plan can leave out beside the steps
LINE = {"id", "database", "question", "gold", "scores"}  # what a comparison needs

CAPTIONS = {"unanswerable": "Right is: answered, where it is answerable; declined, where it is not."}


@dataclass(frozen=True)
class Screen:
    """What the command line lends: how to load a model, a bar, and where remarks go."""

    load: Callable[[Settings], Model]
    progress_bar: Callable[[], AbstractContextManager[Progress]]
    remarks: Console


def run_command(options: argparse.Namespace, settings: Settings, screen: Screen) -> int:
    """Evaluate, or compare; gives the exit status. Raises QsqlError."""
    if options.compare:
        return _compare(*map(Path, options.compare))
    given = vars(options)
    suite = read_suite(options.folder, given.get("questions", "dev.json"), given.get("language", "both"))
    suite = select(suite, given.get("databases", ()), given.get("limit"))
    plan = plan_from(given)
    if not settings.sample_rows:
        plan = replace(plan, without=plan.without | {ROWS})
    run = Run(suite, plan, given.get("engine", "given"), settings)
    output = Path(given.get("output") or f"evaluate-{suite.name}.jsonl")
    with closing(_model(given, settings, screen)) as model:
        lines = _followed(run, model, output, header_of(run, model.name, given), screen)
    _print_table(suite, summarize(lines))
    screen.remarks.print(f"Each question and its answer are in {output}.", markup=False)
    return 0


def plan_from(given: dict) -> Plan:
    """Raises BadInput for a step that there is not, or that nothing can be answered without."""
    steps = [name for name in dict.fromkeys([*(step.__name__ for step in STEPS), *OTHERS]) if name not in NEEDED]
    without = steps if given.get("plain") else given.get("without", ())
    if unknown := [name for name in without if name not in (*steps, ROWS)]:
        raise BadInput(f"There is no step {unknown[0]!r} that can be left out.", f"There are {', '.join((*steps, ROWS))}.")
    effort = "low" if given.get("plain") else given.get("effort", Plan.effort)
    return Plan(effort=effort, without=frozenset(without))


def header_of(run: Run, model: str, given: dict) -> dict:
    """What tells one run from another: with all of this the same, a line of the one is a line of the other."""
    return {
        "model": model,
        "folder": run.suite.name,
        "questions": f"{len(run.suite.cases)} of digest {run.suite.digest}",
        "engine": run.engine,
        "effort": run.plan.effort,
        "without": sorted(run.plan.without),
        "language": given.get("language", "both"),
        "databases": list(given.get("databases", ())),
        "limit": given.get("limit"),
    }


def _model(given: dict, settings: Settings, screen: Screen) -> Model:
    model = screen.load(settings)
    return Recorded(model, Path(given["recorded"])) if given.get("recorded") else model


def _followed(run: Run, model: Model, output: Path, header: dict, screen: Screen) -> list[dict]:
    """Evaluate with a bar, or with a line now and then where there is no terminal; where it ends early, say how to go on."""
    done = []
    with screen.progress_bar() as bar:
        label = f"Asking {len(run.suite.cases)} questions"
        said = Spoken(screen.remarks)

        def told(count: int, total: int) -> None:
            done[:] = [count]
            bar(count, total, label)
            if not screen.remarks.is_terminal:
                said.told(count, total)

        try:
            return evaluate(run, model, output, header, told)
        except (KeyboardInterrupt, QsqlError):
            if done:
                text = f"{done[0]} of {len(run.suite.cases)} questions are in {output}; the same command goes on from there."
                screen.remarks.print(text, markup=False)
            raise


class Spoken:
    """Progress in lines, for a log."""

    def __init__(self, remarks: Console) -> None:
        self._remarks, self._start, self._first = remarks, time.monotonic(), None

    def told(self, count: int, total: int) -> None:
        if self._first is None:
            self._first = count
        elif (count - self._first) % EVERY == 0 and count < total:
            each = (time.monotonic() - self._start) / (count - self._first)
            left = timedelta(seconds=round(each * (total - count)))
            self._remarks.print(f"{count} of {total} done, {left} left", markup=False)


def _compare(first: Path, second: Path) -> int:
    runs = [_lines_of(path) for path in (first, second)]
    found = compare(*runs)
    table = _table("scorer", "questions", "difference", "95%", "turned right", "broke", "")
    for item in found:
        between = f"{100 * item.share.low:+.1f} to {100 * item.share.high:+.1f}"
        verdict = "noise" if item.is_noise else "a difference"
        points = f"{100 * item.share.mean:+.1f}"
        table.add_row(item.scorer, str(item.questions), points, between, str(item.right), str(item.broken), verdict)
    console = _console()
    console.print(f"{second} against {first}, in points:", markup=False)
    console.print(table)
    console.print(NOISE_SAID)
    return 0


def _lines_of(path: Path) -> list[dict]:
    header, *lines = read_lines(path) or [{}]
    if "model" not in header or not lines or not all(LINE <= line.keys() for line in lines):
        raise BadInput(f"{str(path)!r} holds no answers of a run.", "Give two files that evaluate has written.")
    return lines


def _print_table(suite: Suite, rows: list[Row]) -> None:
    scorers = list(rows[0].scores)
    table = _table("", "questions", *scorers, "gold fails", "errors", "median s", "95% s", "tokens")
    for row in rows:
        counts = (str(row.gold_fails), str(row.errors), f"{row.median_seconds:.1f}", f"{row.slowest_seconds:.1f}")
        shares = (_shown(row.scores[scorer], whole=row is rows[-1]) for scorer in scorers)
        table.add_row(row.name, str(row.questions), *shares, *counts, f"{row.completion_tokens:,}")
    console = _console()
    console.print(table)
    if caption := CAPTIONS.get(suite.name):
        console.print(caption)


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1))
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _shown(share: Share, whole: bool) -> str:
    """The interval only for the whole: for the few questions of one database it says little, and takes the room of a column."""
    return f"{100 * share.mean:.1f}" + (f" ({100 * share.low:.0f}-{100 * share.high:.0f})" if whole else "")


def _console() -> Console:
    console = Console(highlight=False)
    return Console(highlight=False, width=max(console.width, WIDTH))
