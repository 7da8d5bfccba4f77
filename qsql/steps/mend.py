"""Repair by rule of every attempt whose query could not be prepared, or gives what nobody means; see qsql.repair."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.errors import QueryFailed
from qsql.records import Answer, Attempt
from qsql.repair import misplaced, repair
from qsql.steps.base import Asking, execute, instead


def mend(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Run the mended SQL in place of the other; what does not run even so stays as it was."""
    for attempt in answer.attempts:
        if attempt.query and not attempt.changes and _to_mend(asking, attempt):
            mended = _mended(asking, attempt)
            if mended.error is None:
                answer = instead(answer, attempt, mended)
                yield answer


def _to_mend(asking: Asking, attempt: Attempt) -> bool:
    return isinstance(attempt.error, QueryFailed) or (attempt.result is not None and misplaced(attempt.query.sql, asking.schema))


def _mended(asking: Asking, attempt: Attempt) -> Attempt:
    found = repair(attempt.query.sql, asking.schema, asking.question.text)
    if not found.changes:
        return attempt
    ran = execute(asking, replace(attempt, text=found.sql, error=None))
    return replace(ran, text=attempt.text, changes=found.changes)
