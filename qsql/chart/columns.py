"""What each column of some rows is, by its type, its name and its values: an amount, a point in time, a category, a key.

Knows nothing of charts. A number is an amount only where nothing says otherwise: ids, codes, years and coordinates are none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Literal

import pyarrow

from qsql import show
from qsql.chart.calendar import part_of, time_of
from qsql.telling import KEYS, NUMBERS, is_key, is_year, words_in

Kind = Literal["number", "time", "part", "category", "key", "latitude", "longitude", "other"]

MOST_LABEL = 60  # characters; longer texts are prose, not names of things
AMOUNTS = {
    "count", "counts", "cnt", "sum", "total", "avg", "average", "mean", "median", "max", "min", "number", "num", "n", "per",
    "amount", "rate", "share", "percent", "pct", "ratio",
}  # fmt: skip
AMOUNTS_CHINESE = ("数", "量", "额", "总", "平均", "占比", "比例", "率", "价")
SHARES = {"share", "shares", "proportion", "fraction", "percent", "percentage", "pct", "ratio"}
SHARES_CHINESE = ("占比", "比例", "份额", "百分比", "比重")
WHOLES = {"share", "shares", "proportion", "fraction"}  # of these none can be negative
WHOLES_CHINESE = ("占比", "份额", "比重")


@dataclass(frozen=True)
class Column:
    """`labels` are its cells as text, `numbers` as places on an axis (an amount, ms since 1970 in UTC, the number of a month).

    Both have None where there is no value; numbers has only None where the column has no axis. `even` says that steps of 1 of
    its numbers are steps of time, as with months and years; it is not so for their names.
    """

    place: int
    name: str
    kind: Kind
    labels: tuple[str | None, ...]
    numbers: tuple[float | None, ...]
    even: bool = False

    @property
    def distinct(self) -> int:
        return len(set(self.labels))

    @property
    def unique(self) -> bool:
        return self.distinct == len(self.labels)

    @property
    def whole(self) -> bool:
        """Whether all its numbers are integers."""
        return all(number is None or number == int(number) for number in self.numbers)

    @property
    def share(self) -> bool:
        return bool(SHARES & set(words_in(self.name))) or any(word in self.name for word in SHARES_CHINESE)

    def is_named_in(self, question: str) -> bool:
        """Whether the question has the words of its name, those aside that every amount may have."""
        words = set(words_in(self.name)) - AMOUNTS
        latin = {word for word in words if word.isascii()}
        return bool(words) and latin <= set(words_in(question)) and all(word in question for word in words - latin)

    @property
    def computed(self) -> bool:
        """Whether its name says that rows were counted or added up for it."""
        return bool(AMOUNTS & set(words_in(self.name))) or any(word in self.name for word in AMOUNTS_CHINESE)


def read(rows: pyarrow.Table, place: int) -> Column:
    """The column at this place, from 0."""
    name, column = rows.column_names[place], rows.column(place)
    try:
        values = column.to_pylist()
    except (ValueError, OverflowError):  # moments that Python has no date for
        return Column(place, name, "other", (None,) * len(column), (None,) * len(column))
    return next(found for reader in READERS if (found := reader(place, name, column.type, values)))


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


Reader = Callable[[int, str, pyarrow.DataType, list], Column | None]


def _empty(place: int, name: str, kind: pyarrow.DataType, values: list) -> Column | None:
    return _column(place, name, "other", values) if all(value is None for value in values) else None


def _moments(place: int, name: str, kind: pyarrow.DataType, values: list) -> Column | None:
    if not (pyarrow.types.is_date(kind) or pyarrow.types.is_timestamp(kind)):
        return None
    return _column(place, name, "time", values, [None if value is None else _milliseconds(value) for value in values])


def _parts(place: int, name: str, kind: pyarrow.DataType, values: list) -> Column | None:
    """Years, months, weekdays, whether numbers or names."""
    if not (pyarrow.types.is_integer(kind) or _is_text(kind)) or _counts(name):
        return None
    found = part_of(name, values)
    return _column(place, name, "part", values, found.numbers, found.even) if found else None


def _counts(name: str) -> bool:
    """Whether it is the name of an amount or a key, such as flights_per_month; month_number is none."""
    words = words_in(name)
    plain = words[:-1] if len(words) == 2 and words[-1] in NUMBERS else words
    return bool((KEYS | AMOUNTS) & set(plain))


def _written_times(place: int, name: str, kind: pyarrow.DataType, values: list) -> Column | None:
    """Dates written as text, such as 2013-07-04 or 2013-07."""
    if not _is_text(kind):
        return None
    times = [None if value is None else time_of(value) for value in values]
    if any(time is None and value is not None for time, value in zip(times, values)):
        return None
    return _column(place, name, "time", values, [None if time is None else _milliseconds(time) for time in times])


def _numbers(place: int, name: str, kind: pyarrow.DataType, values: list) -> Column | None:
    if not show.is_number(kind):
        return None
    numbers = [number(value) for value in values]
    return _column(place, name, _kind_of_number(name, kind, numbers), values, numbers)


def _names(place: int, name: str, kind: pyarrow.DataType, values: list) -> Column | None:
    if not (_is_text(kind) or pyarrow.types.is_boolean(kind) or pyarrow.types.is_dictionary(kind)):
        return None
    prose = any(isinstance(value, str) and len(value) > MOST_LABEL for value in values)
    return _column(place, name, "other" if prose else "category", values)


def _anything(place: int, name: str, kind: pyarrow.DataType, values: list) -> Column | None:
    return _column(place, name, "other", values)


READERS: tuple[Reader, ...] = (_empty, _moments, _parts, _written_times, _numbers, _names, _anything)


def _kind_of_number(name: str, kind: pyarrow.DataType, numbers: Sequence[float | None]) -> Kind:
    words = words_in(name)
    known = [number for number in numbers if number is not None]
    if words[-1:] in (["lat"], ["latitude"]) or "纬度" in name:
        return "latitude"
    if words[-1:] in (["lon"], ["lng"], ["long"], ["longitude"]) or "经度" in name:
        return "longitude"
    if pyarrow.types.is_integer(kind) and is_key(name):
        return "key"
    if is_year(name) and known and all(1000 <= number <= 2999 for number in known):
        return "key"
    negative_share = known and min(known) < 0 and (WHOLES & set(words) or any(word in name for word in WHOLES_CHINESE))
    mostly_absent = 2 * len(known) < len(numbers)
    return "other" if negative_share or mostly_absent else "number"


def _is_text(kind: pyarrow.DataType) -> bool:
    return pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind) or pyarrow.types.is_string_view(kind)


def _milliseconds(value: date) -> float:
    """As the clock on the wall had it: a zone is left out, so that the axis shows what the rows show."""
    moment = value.replace(tzinfo=UTC) if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    return moment.timestamp() * 1000


def _label(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    at_midnight = isinstance(value, datetime) and value.tzinfo is None and value.time() == time()
    return value.date().isoformat() if at_midnight else show.text(value)


def _column(place: int, name: str, kind: Kind, values: list, numbers: Sequence[float | None] | None = None, even: bool = False) -> Column:
    labels = tuple(None if value is None else _label(value) for value in values)
    return Column(place, name, kind, labels, tuple(numbers) if numbers else (None,) * len(values), even)
