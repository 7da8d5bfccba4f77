"""Whether two answers hold the same rows, in the ways in which the field compares them. Pure.

Rows are tuples of Python values. On SQLite values are compared as they are, as the field does it; `canonical` makes values
comparable that two engines write differently.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

Rows = tuple[tuple[object, ...], ...]

DIGITS = 10  # of a number with a fraction: engines add in different orders, and parallel ones differently each time
NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")  # with leading zeros it is a code, not a number
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")


def same_rows(gold: Rows, predicted: Rows, ordered: bool) -> bool:
    """Equal as lists (`ordered`) or as multisets, under any permutation of the columns; nothing equals nothing, however wide."""
    if not gold and not predicted:
        return True
    if len(gold) != len(predicted) or len(gold[0]) != len(predicted[0]):
        return False
    ours, theirs = list(zip(*gold)), list(zip(*predicted))
    if ordered:
        return Counter(ours) == Counter(theirs)
    return _multisets(ours) == _multisets(theirs) and _matches(ours, theirs, (0,) * len(gold), (0,) * len(gold))


def same_set(gold: Rows, predicted: Rows) -> bool:
    """Equal as sets of rows, columns in their order."""
    return set(gold) == set(predicted)


def canonical(value: object) -> object:
    """The same object for values that say the same: 8, 8.0, Decimal("8"), "8"; a date and its ISO text; true and 1."""
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, (float, Decimal)):
        return _number(value)
    if isinstance(value, datetime):
        return _from_text(value.isoformat(sep=" "))
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return value


def _matches(ours: Sequence[tuple], theirs: Sequence[tuple], seen: tuple, other: tuple) -> bool:
    """Whether `theirs` can be put in an order that makes the rows equal, where the columns before are `seen` and `other`.

    A column at a time: a number stands for each different beginning of a row, so that a wrong choice shows at once.
    """
    if not ours:
        return True
    first, *rest = ours
    for place in _candidates(first, theirs):
        numbers: dict[tuple, int] = {}
        left, right = _numbered(seen, first, numbers), _numbered(other, theirs[place], numbers)
        remaining = [*theirs[:place], *theirs[place + 1 :]]
        if Counter(left) == Counter(right) and _matches(rest, remaining, left, right):
            return True
    return False


def _candidates(column: tuple, columns: Sequence[tuple]) -> Iterator[int]:
    """Places of columns that hold the same values; of equal columns the first only."""
    values, tried = Counter(column), set()
    for place, other in enumerate(columns):
        if other not in tried and Counter(other) == values:
            tried.add(other)
            yield place


def _numbered(before: tuple, column: tuple, numbers: dict[tuple, int]) -> tuple[int, ...]:
    return tuple(numbers.setdefault(pair, len(numbers)) for pair in zip(before, column))


def _multisets(columns: Sequence[tuple]) -> Counter:
    return Counter(frozenset(Counter(column).items()) for column in columns)


def _from_text(text: str) -> object:
    if NUMBER.fullmatch(text):
        return _number(Decimal(text))
    if MOMENT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(sep=" ")
    return text


def _number(value: float | Decimal) -> object:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value).lower()
    if value == int(value):
        return int(value)
    rounded = float(f"{value:.{DIGITS}g}")
    return int(rounded) if rounded == int(rounded) else rounded
