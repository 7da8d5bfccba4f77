"""Points -> Vega-Lite with its data.

Fields are called x, y and colour whatever the columns are called, and no name or cell of the rows becomes an expression or an
address: they are titles and data. What a person reads of a value lies beside it as text, so that no digit depends on who draws.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow

from qsql.chart.columns import Column
from qsql.chart.look import ACCENT, BANDS, CONFIG, HEIGHT, PALETTE, ROW
from qsql.chart.points import Point, columns_of, on_line, points_of
from qsql.chart.records import Chart
from qsql.chart.rules import UPRIGHT, wide
from qsql.telling import ENGLISH, name
from qsql.texts import Words

Spec = dict[str, Any]

MOST_TITLE = 60  # characters
DAY = 86_400_000  # ms
UNITS: dict[str, tuple[tuple[float, float, str], ...]] = {  # what numbers are counted in from where on
    "en": ((1e12, 1e12, "trillion"), (1e9, 1e9, "billion"), (1e6, 1e6, "million")),
    "zh": ((1e12, 1e12, "trillion"), (1e8, 1e8, "hundred_million"), (1e5, 1e4, "ten_thousand")),
}
TAKEN = {"title", "image"}  # a tooltip makes a heading and a picture of what is called so


@dataclass(frozen=True)
class Drawing:
    """All that the marks are made from."""

    chart: Chart
    points: list[Point]
    x: Column
    titles: tuple[str, str, str]  # of x, y and colour
    unit: float  # y is counted in so many ...
    counted: str  # ... and then called this

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(str(point.x) for point in self.points))

    @property
    def colours(self) -> list[str]:
        return [colour for _, colour in sorted({(point.rank, point.colour) for point in self.points if point.colour is not None})]

    @property
    def amounts(self) -> list[float]:
        return [point.y / self.unit for point in self.points if point.y is not None]


def spec(chart: Chart, rows: pyarrow.Table, words: Words = ENGLISH) -> Spec:
    """As wide as what holds it, on white. Raises BadInput for what cannot be drawn."""
    points = points_of(chart, rows, words)
    x, colour = columns_of(chart, rows)
    unit, key = _unit(points, words)
    amount = _amount(chart, rows.column_names[chart.y], words)
    titles = (_title(x.name, words), amount, _title(colour.name, words) if colour else "")
    counted = words("chart.in_unit", name=amount, unit=words(f"chart.{key}")) if key else amount
    drawing = Drawing(chart, points, x, titles, unit, counted)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": words("chart.described", x=titles[0], y=titles[1]),
        "width": "container",
        "height": HEIGHT,
        "background": "white",
        "padding": 8,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": CONFIG,
        "data": {"values": _values(drawing)},
        **MARKS[chart.type](drawing),
    }


def _bar(d: Drawing) -> Spec:
    offset = {"yOffset": {"field": "colour", "type": "nominal", "scale": {"domain": d.colours}}} if _beside(d) else {}
    y = {"field": "x", "type": "nominal", "title": None, "scale": {"domain": d.names, "paddingInner": 0.25}}
    each = ROW if not offset else 4 + 14 * len(d.colours)
    return {
        "height": each * len(d.names),
        "mark": {"type": "bar", "cornerRadiusEnd": 2, "color": ACCENT},
        "encoding": {"y": y, "x": _amounts(d, zero=True), **offset, **_colour(d), **_tooltip(d)},
    }


def _column(d: Drawing) -> Spec:
    offset = {"xOffset": {"field": "colour", "type": "nominal", "scale": {"domain": d.colours}}} if _beside(d) else {}
    few = max(0.15, (BANDS - len(d.names)) / 4)  # two columns should not be two walls
    x = {"field": "x", "type": "nominal", "title": d.titles[0], "scale": {"domain": d.names, "paddingInner": 0.25, "paddingOuter": few}}
    return {
        "mark": {"type": "bar", "cornerRadiusEnd": 2, "color": ACCENT},
        "encoding": {"x": x | {"axis": _names_axis(d)}, "y": _amounts(d, zero=True), **offset, **_colour(d), **_tooltip(d)},
    }


def _line(d: Drawing) -> Spec:
    dots = {"size": 30, "filled": True, **({} if d.colours else {"color": ACCENT})} if len(d.points) <= 100 else False
    return {
        "mark": {"type": "line", "point": dots, "strokeWidth": 2, "color": ACCENT},
        "encoding": {"x": _along(d), "y": _amounts(d, zero=_near_zero(d)), **_colour(d), **_tooltip(d)},
    }


def _area(d: Drawing) -> Spec:
    return {
        "mark": {"type": "area", "opacity": 0.75, "color": ACCENT},
        "encoding": {"x": _along(d), "y": _amounts(d, zero=True), **_colour(d), **_tooltip(d)},
    }


def _scatter(d: Drawing) -> Spec:
    return {
        "mark": {"type": "point", "filled": True, "size": 40, "opacity": 0.65, "color": ACCENT},
        "encoding": {"x": _along(d), "y": _amounts(d, zero=False), **_colour(d), **_tooltip(d)},
    }


def _pie(d: Drawing) -> Spec:
    legend = {"orient": "right", "title": d.titles[0], "labelLimit": 120, "symbolStrokeColor": "transparent"}
    colour = {"field": "x", "type": "nominal", "scale": _palette(d.names), "legend": legend}
    return {
        "mark": {"type": "arc", "stroke": "white", "strokeWidth": 1.5},
        "encoding": {
            "theta": {"field": "y", "type": "quantitative", "stack": True},
            "order": {"field": "rank", "type": "quantitative"},
            "color": colour,
            **_tooltip(d),
        },
    }


def _heat(d: Drawing) -> Spec:
    x = {"field": "x", "type": "nominal", "title": d.titles[0], "scale": {"domain": d.names}, "axis": _names_axis(d)}
    y = {"field": "colour", "type": "nominal", "title": d.titles[2], "scale": {"domain": d.colours}}
    both_signs = min(d.amounts) < -max(d.amounts) / 5 < 0
    scale = {"scheme": "blueorange", "domainMid": 0} if both_signs else {"scheme": "teals"}
    legend = {"gradientLength": 160, "gradientThickness": 10}
    shade = {"field": "y", "type": "quantitative", "title": d.counted, "scale": scale, "legend": legend}
    return {"height": ROW * len(d.colours), "mark": {"type": "rect"}, "encoding": {"x": x, "y": y, "color": shade, **_tooltip(d)}}


MARKS: dict[str, Callable[[Drawing], Spec]] = {
    "bar": _bar, "column": _column, "line": _line, "area": _area, "scatter": _scatter, "pie": _pie, "heat": _heat,
}  # fmt: skip


def _values(d: Drawing) -> list[Spec]:
    whole = sum(d.amounts)
    values = []
    for rank, point in enumerate(d.points):
        part = f" ({point.y / d.unit / whole:.1%})" if d.chart.type == "pie" else ""
        y = None if point.y is None else point.y / d.unit
        value = {"x": point.x, "x_text": point.x_text, "y": y, "y_text": point.y_text + part, "rank": rank}
        values.append(value if point.colour is None else value | {"colour": point.colour})
    return values


def _along(d: Drawing) -> Spec:
    """The axis of x: a line of times or numbers, or names in order."""
    if not on_line(d.chart, d.x):
        scale = {"domain": d.names, "padding": 0.2}
        return {"field": "x", "type": "ordinal", "title": d.titles[0], "scale": scale, "axis": _names_axis(d)}
    axis: Spec = {
        "grid": d.chart.type == "scatter",
        "labelOverlap": True,
        "labelSeparation": 6,
        "labelFlush": False,
        "labelAngle": 0,
        "tickCount": 8,
    }
    scale = {"zero": False, "nice": d.chart.type == "scatter", "padding": 0 if d.chart.type == "area" else 8}
    if d.x.kind == "time":
        times = [point.x for point in d.points]
        return {
            "field": "x", "type": "temporal", "title": d.titles[0],
            "scale": {"type": "utc", "nice": False, "padding": scale["padding"]},
            "axis": axis | {"format": _time_format(max(times) - min(times)), "tickCount": 6},
        }  # fmt: skip
    if d.x.kind in ("part", "key"):
        axis |= {"format": "d", "tickMinStep": 1}
    return {"field": "x", "type": "quantitative", "title": d.titles[0], "scale": scale, "axis": axis}


def _amounts(d: Drawing, zero: bool) -> Spec:
    axis: Spec = {"tickCount": 5, "grid": True, "labelOverlap": True, "labelSeparation": 8, "labelFlush": False}
    if all(amount == int(amount) for amount in d.amounts):
        axis["tickMinStep"] = 1
    if max(map(abs, d.amounts)) >= 1e6:  # of the largest unit
        axis["format"] = "~e"
    return {"field": "y", "type": "quantitative", "title": d.counted, "scale": {"zero": zero}, "axis": axis}


def _colour(d: Drawing) -> Spec:
    if not d.colours:
        return {}
    columns = max(1, min(len(d.colours), UPRIGHT // (max(map(wide, d.colours)) + 4)))
    legend = {"columns": columns, "title": d.titles[2]}
    return {"color": {"field": "colour", "type": "nominal", "scale": _palette(d.colours), "legend": legend}}


def _palette(names: Sequence[str]) -> Spec:
    return {"domain": list(names), "range": [PALETTE[place % len(PALETTE)] for place in range(len(names))]}


def _tooltip(d: Drawing) -> Spec:
    fields = ["x_text", "colour", "y_text"] if d.colours else ["x_text", "y_text"]
    titles = dict(zip(("x_text", "y_text", "colour"), d.titles))
    used, shown = set(TAKEN), []
    for field in fields:
        title = titles[field]
        while title in used:
            title += "\u00a0"  # two columns may have one name
        used.add(title)
        shown.append({"field": field, "type": "nominal", "title": title})
    return {"tooltip": shown}


def _names_axis(d: Drawing) -> Spec:
    fits = sum(wide(name) + 1 for name in d.names) <= UPRIGHT or max(map(wide, d.names)) <= 3
    return {"labelAngle": 0 if fits else -45, "labelOverlap": True, "labelLimit": 110}


def _beside(d: Drawing) -> bool:
    return bool(d.colours) and d.chart.colour != d.chart.x


def _near_zero(d: Drawing) -> bool:
    """Whether an axis from zero still shows how a line goes up and down."""
    return 0 <= min(d.amounts) <= 0.9 * max(d.amounts)


def _time_format(span: float) -> str:
    if span > 10 * 366 * DAY:
        return "%Y"
    return "%Y-%m" if span > 300 * DAY else "%m-%d" if span > 3 * DAY else "%m-%d %H:%M"


def _amount(chart: Chart, column: str, words: Words) -> str:
    if chart.aggregate == "none" or chart.type == "scatter":
        return _title(column, words)
    return words("telling.rows") if chart.aggregate == "count" else words(f"telling.{chart.aggregate}_of", name=_title(column, words))


def _unit(points: Sequence[Point], words: Words) -> tuple[float, str]:
    largest = max(abs(point.y) for point in points if point.y is not None)
    return next(((unit, key) for start, unit, key in UNITS[words.language] if largest >= start), (1.0, ""))


def _title(column: str, words: Words) -> str:
    """What to call it; an expression of SQL, such as `count_star()`, by what it means where that is known."""
    called = name(column, words) if "(" in column else column
    plain = " ".join((column if called == words("telling.result") else called).split()) or "-"
    return plain if len(plain) <= MOST_TITLE else f"{plain[:MOST_TITLE]}…"
