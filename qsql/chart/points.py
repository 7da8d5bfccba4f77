"""A chart and its rows -> the points to draw, combined and in order, or a sentence that says why they cannot be drawn."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pyarrow

from qsql import show
from qsql.chart.columns import Column, number, read
from qsql.chart.records import AGGREGATES, SORTS, TYPES, Chart
from qsql.errors import BadInput
from qsql.telling import ENGLISH
from qsql.telling import number as said
from qsql.texts import Words

MOST = {"bar": 200, "column": 400, "line": 5000, "area": 5000, "scatter": 20_000, "pie": 12, "heat": 400}  # names, or points
MOST_COLOURS = 20
MOST_ROWS = 60  # down a heat map
MOST_NAME = 200  # characters
COMBINE: dict[str, Callable[[list[float]], float]] = {
    "sum": sum, "mean": statistics.fmean, "median": statistics.median, "min": min, "max": max, "count": len,
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One thing to draw: `x` is a number on a line or a name, `x_text` what a person reads of it. `y` is None for a gap in a line.

    `y_text` is the cell itself where rows were not combined. `rank` is the place of its colour in the order of colours.
    """

    x: float | str
    x_text: str
    y: float | None = None
    y_text: str = ""
    colour: str | None = None
    rank: int = 0


def check(chart: Chart, rows: pyarrow.Table) -> None:
    """Whatever it is given: raises BadInput with a sentence for what cannot be drawn."""
    points_of(chart, rows)


def columns_of(chart: Chart, rows: pyarrow.Table) -> tuple[Column, Column | None]:
    """What x and colour are."""
    return read(rows, chart.x), None if chart.colour is None else read(rows, chart.colour)


def points_of(chart: Chart, rows: pyarrow.Table, words: Words = ENGLISH) -> list[Point]:
    """Sorted as the chart says; of one x, as the colours come in the rows, or in their own order. Raises BadInput."""
    _check_choices(chart, rows)
    x, colour = columns_of(chart, rows)
    if chart.type == "scatter" and not on_line(chart, x):
        raise BadInput(f"Points need numbers or dates for X, and {x.name} has none.", "Choose another X, or another type.")
    cells = [1] * rows.num_rows if chart.aggregate == "count" else rows.column(chart.y).to_pylist()
    groups: dict[object, list[Point]] = {}
    for place, cell in enumerate(cells):
        if point := _point(chart, x, colour, place, cell, words):
            groups.setdefault(place if chart.type == "scatter" else (point.x, point.colour), []).append(point)
    if chart.aggregate == "none" and any(len(group) > 1 for group in groups.values()):
        raise BadInput("Several rows have the same X.", "Choose how to combine them, or colour by what tells them apart.")
    points = [_combined(chart, group) for group in groups.values()]
    kept = [point for point in points if point.y is not None or chart.type == "line"]
    _check_points(chart, kept)
    return _in_order(kept, chart, x, colour)


def on_line(chart: Chart, x: Column) -> bool:
    """Whether x is drawn as a line of numbers; bars and squares have a name each, whatever they stand for."""
    numbered = any(place is not None for place in x.numbers)
    if chart.type == "scatter":
        return numbered
    return chart.type in ("line", "area") and numbered and (x.kind in ("time", "number") or x.even)


def _point(chart: Chart, x: Column, colour: Column | None, place: int, cell: object, words: Words) -> Point | None:
    """The row at this place; None where it has no place on the line."""
    name = _name(x, place, words)
    at = x.numbers[place] if on_line(chart, x) else name
    amount = number(cell)
    if at is None:
        return None
    text = said(at) if x.kind == "number" and isinstance(at, float) else name
    y_text = "" if amount is None else said(cell)
    return Point(at, text, amount, y_text, None if colour is None else _name(colour, place, words))


def _name(column: Column, place: int, words: Words) -> str:
    label = column.labels[place]
    return words("telling.null") if label is None else label


def _combined(chart: Chart, group: Sequence[Point]) -> Point:
    if chart.aggregate == "none" or chart.type == "scatter":
        return group[0]
    known = [point.y for point in group if point.y is not None]
    try:
        combined = number(float(COMBINE[chart.aggregate](known))) if known else None
    except OverflowError:
        combined = None
    return replace(group[0], y=combined, y_text="" if combined is None else said(combined))


def _in_order(points: list[Point], chart: Chart, x: Column, colour: Column | None) -> list[Point]:
    across = _ranks([point.x for point in points], x, chart.sort, points)
    beside = _ranks([point.colour for point in points], colour, "x" if colour and colour.kind in ("part", "time") else "rows", points)
    ranked = [replace(point, rank=beside[point.colour]) for point in points]
    return sorted(ranked, key=lambda point: (across[point.x], point.rank))


def _ranks(values: Sequence[object], column: Column | None, sort: str, points: Sequence[Point]) -> dict[object, int]:
    """Which comes first, for each of these names or numbers."""
    names = list(dict.fromkeys(values))
    if sort == "x" and column is not None:
        own = {label: place for label, place in zip(column.labels, column.numbers) if place is not None}
        names.sort(key=lambda name: (0, name, "") if isinstance(name, float) else (0, own[name], "") if name in own else (1, 0, str(name)))
    elif sort in ("down", "up"):
        total: dict[object, float] = {}
        for point in points:
            total[point.x] = total.get(point.x, 0) + (point.y or 0)
        names.sort(key=lambda name: total[name], reverse=sort == "down")
    return {name: rank for rank, name in enumerate(names)}


def _check_choices(chart: Chart, rows: pyarrow.Table) -> None:
    if chart.type not in TYPES or chart.sort not in SORTS or chart.aggregate not in AGGREGATES:
        raise BadInput("There is no such chart.", "Choose one of the list.")
    places = [chart.x, chart.y] + ([] if chart.colour is None else [chart.colour])
    if not all(type(place) is int and 0 <= place < rows.num_columns for place in places):
        raise BadInput("A chart needs a column for X and one for Y.", "Choose them from the list.")
    if chart.aggregate != "count" and not show.is_number(rows.schema.types[chart.y]):
        name = rows.column_names[chart.y]
        raise BadInput(f"What is in {name} are no numbers.", "Choose another Y, or count the rows.")
    if chart.type == "heat" and chart.colour is None:
        raise BadInput("A heat map has two sides.", "Choose the second one under Colour.")


def _check_points(chart: Chart, points: Sequence[Point]) -> None:
    if all(point.y is None for point in points):
        raise BadInput("There is nothing to draw: no row has a value for both X and Y.", "Choose other columns.")
    names, colours = len({point.x for point in points}), len({point.colour for point in points})
    if names > MOST[chart.type]:
        raise BadInput(f"X has {names:,} values, more than can be told apart.", "Choose another X, another type, or ask for fewer rows.")
    if colours > (MOST_ROWS if chart.type == "heat" else MOST_COLOURS):
        raise BadInput(f"Colour has {colours:,} values, more than can be told apart.", "Choose another column for it.")
    if any(len(name) > MOST_NAME for point in points for name in (point.x, point.colour) if isinstance(name, str)):
        raise BadInput("The texts of X or Colour are too long to stand in a chart.", "Choose other columns.")
    if chart.type == "pie" and (min(point.y for point in points) < 0 or not any(point.y for point in points)):
        raise BadInput("The parts of a pie are amounts above zero.", "Choose another Y, or bars.")
