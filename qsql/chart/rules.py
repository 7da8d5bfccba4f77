"""Rows -> the chart that they call for, by rule; None where none does, for a wrong chart is worse than none.

RULES is asked in order, and the first that knows a chart has it. A rule takes the rows for one thing only: names and an amount,
times and an amount, two amounts. Rows that are a list of many things, or that hold several for one name, are left to the person.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import pyarrow

from qsql.chart.columns import Column, read
from qsql.chart.records import Chart, Type
from qsql.show import is_number

MOST_COLUMNS = 8
MOST_AMOUNTS = 3
MOST_BARS = 30
MOST_COLOURS = 8
MOST_PARTS = 6  # of a pie
MOST_SQUARES = 53  # along a side of a heat map: the weeks of a year
FEW_TIMES = 6  # at most so many are columns rather than a line
FEW_POINTS = 5
UPRIGHT = 42  # characters of all names beside each other, which fit under columns on a phone
ASKED: dict[Type, str] = {
    "pie": r"\bpie chart\b|饼图|饼状图",
    "line": r"\bline (?:chart|graph)\b|折线图",
    "column": r"\bcolumn chart\b|柱状图|柱形图|\bbar (?:chart|graph)\b",
    "bar": r"\bhorizontal bars?\b|条形图",
    "heat": r"\bheat ?map\b|热力图",
}


@dataclass(frozen=True)
class Facts:
    """The columns that tell rows apart, and the question. Columns that hold one value, or nothing of use, are not among them."""

    rows: int
    columns: tuple[Column, ...]
    question: str

    def of(self, *kinds: str) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]

    @cached_property
    def times(self) -> list[Column]:
        """Where one alone tells the rows apart only that, for a date says its month too; the number of a month and its name are one."""
        found = _different(self.of("time", "part"))
        return [column for column in found if column.unique][:1] or found

    @cached_property
    def names(self) -> list[Column]:
        """Where one alone tells the rows apart only that; a code and the name that goes with it are one."""
        found = _different(sorted(self.of("category"), key=_length, reverse=True))
        found = [column for column in found if column.unique][:1] or found
        return sorted(found, key=lambda column: column.place)

    @cached_property
    def amount(self) -> Column | None:
        """The number to draw: the only one, or of few the one that the question names, that the rows are sorted by, or that is first."""
        amounts = self.of("number")
        if not 1 <= len(amounts) <= MOST_AMOUNTS:
            return None
        asked = [column for column in amounts if column.is_named_in(self.question)]
        sorted_by = [column for column in amounts if self.rows > 2 and not self.times and _is_sorted(column.numbers)]
        return (asked or sorted_by or amounts)[0]


Rule = Callable[[Facts], Chart | None]


def suggest(rows: pyarrow.Table, question: str = "") -> Chart | None:
    """The chart that these rows call for, of the type that the question asks for where that can be; None where none is better."""
    if not rows.num_rows or not 1 <= rows.num_columns <= MOST_COLUMNS:
        return None
    columns = [read(rows, place) for place in range(rows.num_columns)]
    telling = [column for column in columns if column.kind != "other" and (rows.num_rows == 1 or column.distinct > 1)]
    facts = Facts(rows.num_rows, tuple(telling), question)
    if rows.num_rows == 1:
        return figure(facts) if len(columns) == 1 else None
    return next((as_asked(chart, facts) for rule in RULES if (chart := rule(facts))), None)


def begin_with(rows: pyarrow.Table) -> Chart | None:
    """Where a person begins by hand: the first column that is no number, and the first amount. None where there is nothing to draw."""
    numbers = [place for place, kind in enumerate(rows.schema.types) if is_number(kind)]
    if not numbers or not rows.num_rows:
        return None
    others = [place for place in range(rows.num_columns) if place not in numbers]
    amounts = (place for place in numbers if read(rows, place).kind == "number")
    return Chart("bar", (others or [0])[0], next(amounts, numbers[0]))


def figure(facts: Facts) -> Chart | None:
    """One number."""
    numbers = facts.of("number")
    return Chart("figure", None, numbers[0].place) if numbers and numbers[0].numbers[0] is not None else None


def shares(facts: Facts) -> Chart | None:
    """Few parts of a whole that add up to it."""
    if facts.times or len(facts.names) != 1 or facts.amount is None or not facts.amount.share:
        return None
    name, part = facts.names[0], [number for number in facts.amount.numbers if number is not None]
    whole = any(abs(sum(part) - total) <= 0.02 * total for total in (1, 100))
    if not (name.unique and whole and min(part) > 0 and len(part) == facts.rows <= MOST_PARTS):
        return None
    return Chart("pie", name.place, facts.amount.place)


def over_time(facts: Facts) -> Chart | None:
    """An amount for each time. The times of a ranking, such as the ten busiest days, are names."""
    if len(facts.times) != 1 or facts.names or facts.amount is None or not facts.times[0].unique or _gaps(facts.times[0]):
        return None
    time, amount = facts.times[0], facts.amount
    if not (_is_sorted(time.numbers) or _complete(time)):
        return Chart(_upright([time]), time.place, amount.place) if facts.rows <= MOST_BARS else None
    return Chart("column" if facts.rows <= FEW_TIMES else "line", time.place, amount.place, sort="x")


def over_two_times(facts: Facts) -> Chart | None:
    """Years and their months: a line for each year. Other pairs, such as weekday and hour: a heat map."""
    if len(facts.times) != 2 or facts.names or facts.amount is None or not _apart(facts.times) or any(map(_gaps, facts.times)):
        return None
    first, second = sorted(facts.times, key=lambda column: column.distinct)
    years = next((column for column in facts.times if all((number or 0) >= 1000 for number in column.numbers)), None)
    parts = [column for column in facts.times if column is not years]
    if years and years.kind == "part" and years.distinct <= MOST_COLOURS and parts[0].distinct > 2:
        return Chart("line", parts[0].place, facts.amount.place, years.place, sort="x")
    return _heat(second, first, facts)


def over_time_by_category(facts: Facts) -> Chart | None:
    """An amount for each time and name: a line for each name."""
    if len(facts.times) != 1 or len(facts.names) != 1 or facts.amount is None or _gaps(facts.times[0]):
        return None
    time, name = facts.times[0], facts.names[0]
    if not _apart([time, name]) or name.unique:
        return None
    if name.distinct > MOST_COLOURS:
        return _heat(time, name, facts)
    return Chart("column" if time.distinct <= 3 else "line", time.place, facts.amount.place, name.place, sort="x")


def bars(facts: Facts) -> Chart | None:
    """An amount for each name; a key names only where nothing else does."""
    names = facts.names or facts.of("key")[:1]
    if facts.times or len(names) != 1 or facts.amount is None or not names[0].unique:
        return None
    name = names[0]
    return Chart(_upright([name]), name.place, facts.amount.place) if facts.rows <= MOST_BARS else None


def two_categories(facts: Facts) -> Chart | None:
    """An amount for each pair of names: bars in colours where they are few, else a heat map. Not where most pairs are missing."""
    if facts.times or len(facts.names) != 2 or facts.amount is None or not _apart(facts.names) or not _full(facts.names):
        return None
    colour, name = sorted(facts.names, key=lambda column: (column.distinct, -column.place))
    if colour.distinct <= FEW_TIMES and name.distinct <= MOST_BARS // 2:
        return Chart(_upright([name], colour.distinct), name.place, facts.amount.place, colour.place)
    return _heat(name, colour, facts)


def counted_numbers(facts: Facts) -> Chart | None:
    """How often each of a few whole numbers is there, or what was computed for it."""
    if facts.times or facts.names or len(facts.of("number")) != 2:
        return None
    each, amount = facts.of("number")
    if not (each.whole and each.unique and not each.computed and amount.computed and facts.rows <= MOST_BARS):
        return None
    return Chart("column", each.place, amount.place, sort="x") if facts.rows > 1 else None


def places(facts: Facts) -> Chart | None:
    """Where things are, without a map."""
    east, north = facts.of("longitude"), facts.of("latitude")
    if len(east) != 1 or len(north) != 1 or facts.of("number") or facts.times or facts.rows < FEW_POINTS:
        return None
    return Chart("scatter", east[0].place, north[0].place, _colours(facts))


def points(facts: Facts) -> Chart | None:
    """Two amounts of many things."""
    amounts = facts.of("number")
    if len(amounts) != 2 or facts.times or len(facts.names) > 1 or facts.rows < FEW_POINTS:
        return None
    first, second = amounts
    grouped = first.whole and first.unique and not first.computed and second.computed  # the number of a thing, and its amount
    if grouped or min(first.distinct, second.distinct) < 3:
        return None
    return Chart("scatter", first.place, second.place, _colours(facts))


RULES: tuple[Rule, ...] = (
    shares,
    over_time,
    over_two_times,
    over_time_by_category,
    bars,
    two_categories,
    counted_numbers,
    places,
    points,
)


def as_asked(chart: Chart, facts: Facts) -> Chart:
    """The chart as the type that the question names, where the same columns make one."""
    kind = next((kind for kind, words in ASKED.items() if re.search(words, facts.question, re.IGNORECASE)), chart.type)
    amount = next(column for column in facts.columns if column.place == chart.y)
    simple = chart.colour is None and chart.type in ("bar", "column", "line", "pie")
    fits = {
        "pie": simple and facts.rows <= 2 * MOST_PARTS and all(number is not None and number > 0 for number in amount.numbers),
        "column": chart.type in ("line", "pie"),
        "bar": chart.type in ("bar", "column", "pie"),
        "line": chart.type == "column" and chart.sort == "x",
        "heat": chart.type in ("bar", "column", "line") and chart.colour is not None,
    }
    return replace(chart, type=kind) if fits.get(kind) else chart


def _heat(across: Column, down: Column, facts: Facts) -> Chart | None:
    if max(across.distinct, down.distinct) > MOST_SQUARES or min(across.distinct, down.distinct) < 3 or not _full([across, down]):
        return None
    return Chart("heat", across.place, facts.amount.place, down.place, sort="x" if across.kind in ("time", "part") else "rows")


def _colours(facts: Facts) -> int | None:
    named = [column for column in facts.names if not column.unique and column.distinct <= MOST_COLOURS]
    return named[0].place if len(named) == 1 else None


def _upright(names: Sequence[Column], times: int = 1) -> Type:
    """Columns where all names fit under them, else bars."""
    shown = sum(max(wide(label or ""), 2 * times) + 1 for label in dict.fromkeys(names[0].labels))
    return "column" if shown <= UPRIGHT else "bar"


def wide(text: str) -> int:
    """How much room a text needs, in Latin letters: a Chinese one takes two."""
    return sum(2 if letter >= "\u2e80" else 1 for letter in text)


def _length(column: Column) -> float:
    return sum(len(label or "") for label in column.labels)


def _gaps(column: Column) -> bool:
    return any(number is None for number in column.numbers)


def _apart(columns: Sequence[Column]) -> bool:
    """Whether no two rows have the same in these columns."""
    pairs = list(zip(*(column.labels for column in columns)))
    return len(set(pairs)) == len(pairs)


def _full(columns: Sequence[Column]) -> bool:
    """Whether there are rows for at least half the pairs."""
    return 2 * len(columns[0].labels) >= columns[0].distinct * columns[1].distinct


def _different(columns: Iterable[Column]) -> list[Column]:
    found: list[Column] = []
    for column in columns:
        if not any(_same(column, other) for other in found):
            found.append(column)
    return found


def _same(one: Column, other: Column) -> bool:
    """Whether each value of the one goes with one of the other, as the number of a month with its name."""
    pairs = set(zip(one.labels, other.labels))
    return len(pairs) == one.distinct == other.distinct


def _complete(time: Column) -> bool:
    """Whether these are all of a row of numbers, such as the twelve months, in whatever order."""
    known = [number for number in time.numbers if number is not None]
    return time.kind == "part" and max(known) - min(known) + 1 == len(known)


def _is_sorted(numbers: Sequence[float | None]) -> bool:
    known = [number for number in numbers if number is not None]
    pairs = list(pairwise(known))
    return all(one <= other for one, other in pairs) or all(one >= other for one, other in pairs)
