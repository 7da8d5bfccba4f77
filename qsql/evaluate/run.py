"""Ask every case, score the answer, write a line for each at once; what was written before is not asked again.

The file begins with a header that says what was run. Knows nothing of a screen: `progress` is told how far it is.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TextIO

from qsql.ask import ask
from qsql.databases.base import Database
from qsql.errors import BadInput, MissingLibrary, ModelError, PromptTooLong, QsqlError
from qsql.evaluate.cases import Case, Suite, read_lines
from qsql.evaluate.convert import to_duckdb
from qsql.evaluate.score import Side, score
from qsql.models.base import Model
from qsql.plan import Plan
from qsql.records import Answer, Attempt, Question
from qsql.settings import Settings
from qsql.steps.knowledge import knowledge_of

PATIENCE = 600.0  # seconds
DECLINED = "CannotAnswer"  # the error by which an answer says that the tables do not hold it
Told = Callable[[int, int], None]  # cases done, cases in all


@dataclass(frozen=True)
class Run:
    """What is asked, how, and of which engine: `given` is the database's own, `duckdb` a copy of it in DuckDB."""

    suite: Suite
    plan: Plan = Plan()
    engine: str = "given"
    settings: Settings = Settings()


@dataclass(frozen=True)
class Opened:
    """The database that is asked, and the one on which the gold runs; they are the same but for a copy."""

    asked: Database
    gold: Side
    predicted: Side


def evaluate(run: Run, model: Model, output: Path, header: dict, told: Told) -> list[dict]:
    """Ask what `output` does not hold yet; gives its lines, in the order of the suite.

    Raises BadInput where the file is of another run or cannot be written, and what makes every further question vain.
    """
    done = {line["id"]: line for line in resume(output, header)}
    database_of = attrgetter("database")
    left = sorted((case for case in run.suite.cases if case.id not in done), key=database_of)
    told(len(done), len(run.suite.cases))
    with _appending(output) as file:
        for database, cases in groupby(left, database_of):
            with _opening(run, database) as opened:
                for case in cases:
                    done[case.id] = line_of(case, opened, model, run.plan)
                    _write(file, done[case.id])
                    told(len(done), len(run.suite.cases))
    return [done[case.id] for case in run.suite.cases]


def resume(output: Path, header: dict) -> list[dict]:
    """The lines that are there already; a new file gets its header. Half a line at the end, of a run that was killed, is cut off."""
    try:
        kept = output.read_bytes() if output.is_file() else b""
        if not kept:
            output.write_bytes((json.dumps(header, ensure_ascii=False) + "\n").encode())
            return []
        _same_run(output, kept, header)
        whole = kept[: kept.rfind(b"\n") + 1]
        if whole != kept:
            output.write_bytes(whole)
    except OSError as error:
        raise _unwritable(output, error) from error
    return read_lines(output)[1:]


def _same_run(output: Path, kept: bytes, header: dict) -> None:
    try:
        first = json.loads(kept.partition(b"\n")[0])
        differing = sorted(key for key in {*first, *header} if first.get(key) != header.get(key))
    except (ValueError, TypeError, AttributeError):
        differing = ["header"]
    if differing:
        what = f"it differs in {' and '.join(differing)}"
        raise BadInput(f"{str(output)!r} holds something else than this run: {what}.", "Choose another file with --output.")


def line_of(case: Case, opened: Opened, model: Model, plan: Plan) -> dict:
    """Ask and score one case."""
    clock = getattr(model, "clock", time.perf_counter)
    start = clock()
    answer = _asked(case, opened.asked, model, plan)
    seconds = clock() - start
    if isinstance(answer, Answer):
        attempts, sql, vote, error = answer.attempts, answer.sql, answer.vote, answer.error
    else:
        attempts, sql, vote, error = (), None, None, answer
    scores, gold_error = _scores(case, opened, None if error else sql, error)
    return {
        "id": case.id,
        "database": case.database,
        "group": case.group,
        "question": case.question,
        "gold": case.gold,
        "sql": sql,
        "attempts": [_attempt(attempt) for attempt in attempts],
        "vote": {"agreed": vote.agreed, "voted": vote.voted} if vote else None,
        "scores": scores,
        "error": _said(error),
        "gold_error": gold_error,
        "seconds": round(seconds, 3),
        "tokens": _tokens(attempts),
    }


def _asked(case: Case, database: Database, model: Model, plan: Plan) -> Answer | QsqlError:
    """An answer, or why it could not even be asked; what no other question would survive either is raised."""
    try:
        answer = ask(database, Question(case.question, case.evidence), model, plan=plan)
    except (PromptTooLong, BadInput) as error:
        return error
    if isinstance(answer.error, (ModelError, MissingLibrary)) and not isinstance(answer.error, PromptTooLong):
        raise answer.error
    return answer


def _scores(case: Case, opened: Opened, sql: str | None, error: Exception | None) -> tuple[dict[str, bool], str | None]:
    if case.answerable is None:
        return score(case.gold, opened.gold, sql, opened.predicted)
    return {"right": error is None if case.answerable else type(error).__name__ == DECLINED}, None


def _attempt(attempt: Attempt) -> dict:
    return {
        "step": attempt.step,
        "text": attempt.text,
        "sql": attempt.query.sql if attempt.query else None,
        "changes": list(attempt.changes),
        "error": _said(attempt.error),
        "rows": attempt.result.rows.num_rows if attempt.result else None,
    }


def _tokens(attempts: tuple[Attempt, ...]) -> dict[str, int]:
    ends = [attempt.completion.end for attempt in attempts if attempt.completion]
    names = ("prompt", "cached", "completion")
    return {name: sum(getattr(end, f"{name}_tokens") for end in ends) for name in names}


def _said(error: Exception | None) -> str | None:
    return f"{type(error).__name__}: {error}" if error else None


@contextmanager
def _opening(run: Run, name: str) -> Iterator[Opened]:
    """The databases of some cases; they are closed at the end of the block."""
    with ExitStack() as stack:
        given = asked = run.suite.open(name, run.settings)
        stack.callback(given.close)
        if run.engine == "duckdb" and given.dialect == "sqlite":
            asked = to_duckdb(given)
            stack.callback(asked.close)
        knowledge_of(asked, PATIENCE)  # the app begins as it opens a database; here no question may be asked without
        gold = Side(given, asked.dialect == "sqlite")
        yield Opened(asked, gold, gold if asked is given else Side(asked, plain=False))


def _appending(output: Path) -> closing[TextIO]:
    try:
        return closing(output.open("a", encoding="utf-8"))
    except OSError as error:
        raise _unwritable(output, error) from error


def _write(file: TextIO, line: dict) -> None:
    try:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
    except OSError as error:
        raise _unwritable(Path(file.name), error) from error


def _unwritable(output: Path, error: OSError) -> BadInput:
    return BadInput(f"{str(output)!r} cannot be written: {error.strerror}.", "Choose another file with --output.")
