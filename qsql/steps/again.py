"""Asking again, once, with the error of the query that failed, where rules did not help."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.records import Answer, Attempt
from qsql.steps.base import Asking
from qsql.steps.draft import write
from qsql.steps.withheld import without_cells


def again(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """One more candidate where none ran; the first error stays where this fails too."""
    failed = answer.best
    if failed.error is None or not getattr(failed.error, "repairable", False) or not asking.time_left:
        return
    if not asking.plan.rows and failed.query:
        failed = replace(failed, error=without_cells(asking.database, failed.query.sql, failed.error, asking.limits))
    chosen = answer.chosen
    for answer in write(asking, answer, Attempt(asking.prompt(answer, failed=failed), "again")):
        yield answer
    if answer.best.error is not None:
        yield replace(answer, chosen=chosen)
