"""Fractions with all their digits: the one repair of queries that run, for they run with six digits and look right."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.records import Answer
from qsql.repair import widened
from qsql.steps.base import Asking, execute, instead


def precision(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Run the widened SQL in place of what ran; where that fails, it stays as it was."""
    for attempt in answer.attempts:
        if attempt.result is not None and attempt.step != "recall":
            found = widened(attempt.query.sql, asking.database.dialect)
            if found.changes:
                ran = execute(asking, replace(attempt, text=found.sql, result=None))
                if ran.error is None:
                    answer = instead(answer, attempt, replace(ran, text=attempt.text, changes=(*attempt.changes, *found.changes)))
                    yield answer
