"""What to draw of some rows: a small frozen record."""

from dataclasses import dataclass
from typing import Literal

Type = Literal["bar", "column", "line", "area", "scatter", "pie", "heat", "figure"]
Sort = Literal["rows", "x", "down", "up"]
Aggregate = Literal["none", "sum", "mean", "median", "min", "max", "count"]

TYPES: tuple[Type, ...] = ("bar", "column", "line", "area", "scatter", "pie", "heat")  # a figure is not for choosing
SORTS: tuple[Sort, ...] = ("rows", "x", "down", "up")
AGGREGATES: tuple[Aggregate, ...] = ("none", "sum", "mean", "median", "min", "max", "count")


@dataclass(frozen=True)
class Chart:
    """Columns are places from 0, because two may have one name.

    `x` is what is compared: categories, times, or the first of two numbers; `y` is the number. A bar lies along, a column
    stands up; both have x as their names. `colour` splits by another column; of a heat map it is the second side, as y is
    the shade. `sort` is the order of x: as the rows come, by x, the largest y first ("down") or the smallest ("up").
    A figure is one number, and has only y.
    """

    type: Type
    x: int | None
    y: int
    colour: int | None = None
    sort: Sort = "rows"
    aggregate: Aggregate = "none"
