"""One answer out of several candidates: the rows that most of them gave."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow

from qsql.records import Answer, Attempt, Vote
from qsql.show import rows as row_lists
from qsql.steps.base import Asking

AGREED = 0.8  # of the candidates that have to give the same rows for the answer to be taken as sure
DIGITS = 6  # significant ones of a float, for two results to be the same


def vote(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Choose the first candidate of the largest group with the same rows; where groups are equal, the one with the first candidate."""
    groups = group(answer.attempts)
    if sum(map(len, groups)) < 2:
        return
    largest = max(groups, key=len)  # the first of equals
    answer = replace(answer, chosen=answer.attempts.index(largest[0]), vote=Vote(len(largest), sum(map(len, groups))))
    yield answer


def group(attempts: Sequence[Attempt]) -> list[list[Attempt]]:
    """Attempts that ran, by their rows; in the order in which they came."""
    groups: dict[object, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.result is not None:
            groups.setdefault(signature(attempt.result.rows), []).append(attempt)
    return list(groups.values())


def split(attempts: Sequence[Attempt]) -> bool:
    """Whether fewer than three in four of those that ran gave the same rows."""
    sizes = [len(one) for one in group(attempts)]
    return not sizes or max(sizes) < 0.75 * len(attempts)


def signature(table: pyarrow.Table) -> object:
    """Equal for tables with the same rows, whatever the order of rows and columns and the names of columns."""
    columns = sorted(zip(*([_plain(value) for value in row] for row in row_lists(table))), key=lambda column: sorted(map(repr, column)))
    return len(columns), table.num_rows, frozenset(Counter(zip(*columns)).items())


def _plain(value: object) -> object:
    if isinstance(value, (float, int)) and not isinstance(value, bool):
        return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
    return value if isinstance(value, (str, bool, bytes, type(None))) else str(value)
