"""A text in a query that no row has, looked up among the cells before the answer is given; see qsql.repair.literals."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.records import Answer, Attempt
from qsql.repair.literals import repair_literals
from qsql.steps.base import Asking, execute, instead


def literals(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Run the query with the cell that was meant in place of one that asked for none."""
    named = asking.index.find(asking.question.text) if asking.index else ()
    for attempt in answer.attempts if asking.index else ():
        if attempt.result is None:
            continue
        found = repair_literals(attempt.query.sql, asking.schema, asking.index, named)
        ran = execute(asking, replace(attempt, text=found.sql, result=None)) if found.changes else attempt
        if ran is not attempt and ran.error is None:
            answer = instead(answer, attempt, _kept(attempt, ran, found.changes))
            yield answer


def _kept(attempt: Attempt, ran: Attempt, changes: tuple[str, ...]) -> Attempt:
    return replace(ran, text=attempt.text, changes=(*attempt.changes, *changes))
