"""The first candidate: greedy, as the model would say it."""

import time
from collections.abc import Iterator
from dataclasses import replace

from qsql.errors import Stopped
from qsql.records import Answer, Attempt, Completion
from qsql.steps.base import Asking, instead, read, run


def draft(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Write, read and run one candidate; the answer grows with each piece of its text."""
    yield from write(asking, answer, Attempt(asking.prompt(answer), "draft"))


def write(asking: Asking, answer: Answer, attempt: Attempt) -> Iterator[Answer]:
    """Write, read and run this attempt at the end of the answer; it is the chosen one. Raises Stopped."""
    answer = replace(answer, attempts=(*answer.attempts, attempt), chosen=len(answer.attempts))
    yield answer
    start, end = time.perf_counter(), None
    for piece in asking.model.stream(attempt.prompt, replace(asking.options, candidates=1)):
        grown = replace(answer.best, text=answer.best.text + piece.text)
        answer, end = instead(answer, answer.best, grown), piece.end or end
        yield answer
    if end is None or end.reason == "cancelled":
        raise Stopped()
    whole = replace(answer.best, completion=Completion(answer.best.text, end, time.perf_counter() - start))
    answer = instead(answer, answer.best, read(asking, whole))
    yield answer
    if answer.best.error is None:
        yield instead(answer, answer.best, run(asking, answer.best))
