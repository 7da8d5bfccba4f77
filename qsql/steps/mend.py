"""Repair by rule of every attempt whose query could not be prepared, or gives what nobody means; see qsql.repair."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.errors import QueryFailed
from qsql.records import Answer, Attempt
from qsql.repair import Repaired, misplaced, repair, without_nulls
from qsql.steps.base import Asking, execute, has_rows, instead


def mend(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Run the mended SQL in place of the other; what does not run even so, or gives no rows where rows were missing, stays as it was."""
    for attempt in answer.attempts:
        if attempt.query and not attempt.changes:
            mended = _mended(asking, attempt)
            if mended is not attempt and mended.error is None:
                answer = instead(answer, attempt, mended)
                yield answer


def _mended(asking: Asking, attempt: Attempt) -> Attempt:
    sql, ran = attempt.query.sql, attempt.result is not None
    if isinstance(attempt.error, QueryFailed) or (ran and misplaced(sql, asking.schema)):
        return _with(asking, attempt, repair(sql, asking.schema, asking.question.text))
    if ran and _is_nothing(attempt):
        mended = _with(asking, attempt, without_nulls(sql, asking.schema))
        return attempt if _is_nothing(mended) else mended
    return attempt


def _is_nothing(attempt: Attempt) -> bool:
    """No rows, or the sum or the count of none."""
    rows = attempt.result.rows if attempt.result else None
    return not has_rows(attempt) or (rows.num_rows == 1 and not any(rows.to_pylist()[0].values()))


def _with(asking: Asking, attempt: Attempt, found: Repaired) -> Attempt:
    if not found.changes:
        return attempt
    ran = execute(asking, replace(attempt, text=found.sql, error=None))
    return replace(ran, text=attempt.text, changes=found.changes)
