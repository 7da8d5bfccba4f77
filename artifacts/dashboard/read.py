"""A model's text -> Dashboard: what does not fit the rows is mended where it is clear what was meant, else left out. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from artifacts.dashboard.spec import ACCENTS, AGGREGATES, MOST_FILTERS, MOST_PARTS, MOST_TITLE, MOST_TOP, SERIES, THEMES, Dashboard, Part
from artifacts.records import Data

KINDS = ("figure", *SERIES, "scatter", "histogram", "heatmap", "map", "table")
MOST_COLORS = 20  # different values that colours can still tell apart
_AVERAGE = re.compile(r"(?:^|_|\b)(?:avg|average|mean|median|rate|ratio|percent(?:age)?|pct|speed|temp|humid)|平均|率|占比|百分", re.I)
_LATITUDE = re.compile(r"^(?:lat|latitude|纬度)$|纬度|latitude", re.I)
_LONGITUDE = re.compile(r"^(?:lon|lng|long|longitude|经度)$|经度|longitude", re.I)


def read_spec(text: str, data: Data) -> Dashboard:
    """What the text describes. Raises ValueError, for whoever calls, where it describes nothing that these rows can show."""
    start, end = text.find("{"), text.rfind("}")
    try:
        said = json.loads(text[start : end + 1])
    except ValueError as error:
        raise ValueError("no JSON") from error
    columns = _Columns(data)
    parts = tuple(_parts(said.get("parts") if isinstance(said, dict) else None, columns))[:MOST_PARTS]
    if not parts:
        raise ValueError("no part")
    accent, theme = said.get("accent"), said.get("theme")
    return Dashboard(
        _title(said) or parts[0].title or _line(data.question),
        parts,
        _unique(columns.find(name) for name in _list(said.get("filters")))[:MOST_FILTERS],
        theme if theme in THEMES else "light",
        accent if accent in ACCENTS and (accent, theme) != ("black", "dark") else "blue",
    )


def plain(data: Data) -> Dashboard:
    """The rows as a table, where no better page was described."""
    return Dashboard(_line(data.question) or "Rows", (Part("table"),))


class _Columns:
    """The columns of the rows, found also where they are written in another case."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self._folded = {name.casefold(): name for name in reversed(data.columns)}
        self._kinds = dict(zip(data.columns, data.kinds, strict=True))

    def find(self, said: object) -> str:
        if not isinstance(said, str):
            return ""
        return said if said in self._kinds else self._folded.get(said.strip().casefold(), "")

    def is_number(self, name: str) -> bool:
        return self._kinds.get(name) == "number"

    def different(self, name: str) -> int:
        place = self.data.columns.index(name)
        return len({row[place] for row in self.data.rows})


def _parts(said: object, columns: _Columns) -> Iterator[Part]:
    for part in _list(said):
        if isinstance(part, dict) and part.get("kind") in KINDS and (read := _part(part, columns)):
            yield read


def _part(said: dict, columns: _Columns) -> Part | None:
    """One part; None where a column that it cannot do without is missing."""
    x, y, color = (columns.find(said.get(name)) for name in ("x", "y", "color"))
    shown = _unique(columns.find(name) for name in _list(said.get("columns")))
    top = said.get("top")
    top = min(top, MOST_TOP) if type(top) is int and top > 0 else 0
    kind, aggregate = said["kind"], said.get("aggregate")
    part = Part(kind, _title(said), x, y, color, aggregate if aggregate in AGGREGATES else "sum", top, shown)
    if kind == "table":
        return Part(kind, part.title, columns=shown)
    if kind in ("scatter", "map", "histogram"):
        return _of_numbers(part, columns)
    if kind == "heatmap":
        return _counted(part, color, columns) if x and y and x != y else None
    if kind != "figure" and not x:
        return None
    part = _counted(part, y, columns)
    return replace(part, x="", color="") if kind == "figure" else replace(part, color=_color(color, x, columns))


def _of_numbers(part: Part, columns: _Columns) -> Part | None:
    x, y = part.x, part.y if part.kind != "histogram" else part.x
    if not (columns.is_number(x) and columns.is_number(y)) or (x == y and part.kind != "histogram"):
        return None
    if part.kind == "map" and (_LATITUDE.search(x) or _LONGITUDE.search(y)):
        x, y = y, x
    return Part(part.kind, part.title, x, "" if part.kind == "histogram" else y, "" if part.kind == "histogram" else part.color)


def _counted(part: Part, value: str, columns: _Columns) -> Part:
    """Amounts are added up, averages are not; where there is no number, rows are counted."""
    if not columns.is_number(value):
        return replace(part, aggregate="count")
    return replace(part, aggregate="mean") if part.aggregate == "sum" and _AVERAGE.search(value) else part


def _color(color: str, x: str, columns: _Columns) -> str:
    return color if color and color != x and columns.different(color) <= MOST_COLORS else ""


def _title(said: dict) -> str:
    return _line(said["title"]) if isinstance(said.get("title"), str) else ""


def _line(text: str) -> str:
    return " ".join(text.split())[:MOST_TITLE]


def _list(said: object) -> list:
    return said if isinstance(said, list) else []


def _unique(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, names)))
