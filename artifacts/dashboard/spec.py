"""What a dashboard shows, as records, and the JSON Schema that a model's answer keeps to. Pure."""

import json
from dataclasses import dataclass
from typing import Any

from artifacts.records import Data

AGGREGATES = ("sum", "mean", "median", "min", "max", "count")
ACCENTS = ("blue", "green", "teal", "purple", "pink", "red", "orange", "yellow", "brown", "grey", "black")
THEMES = ("light", "dark")
SERIES = ("bar", "line", "area", "pie")  # one number for each x
MOST_PARTS, MOST_FILTERS, MOST_TITLE, MOST_TOP = 6, 4, 80, 100


@dataclass(frozen=True)
class Part:
    """One thing on the page. `kind` is figure, bar, line, area, pie, scatter, histogram, heatmap, map or table.

    `x`, `y` and `color` are columns, empty where the kind has none of them; `y` is what `aggregate` is taken of, and a map's or heat map's
    color is its value. `columns` are a table's, empty for all. `top` is how many of the largest are shown, 0 for all.
    """

    kind: str
    title: str = ""
    x: str = ""
    y: str = ""
    color: str = ""
    aggregate: str = ""
    top: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dashboard:
    """A whole page: its parts from top to bottom, and the columns that all of them can be narrowed by."""

    title: str
    parts: tuple[Part, ...]
    filters: tuple[str, ...] = ()
    theme: str = "light"
    accent: str = "blue"


def json_schema(data: Data, named: tuple[str, ...] = ()) -> str:
    """Of what a model may answer about these rows: only columns that they have, numbers where numbers are needed.

    Where kinds are `named`, the parts are of these, beginning with one of each.
    """
    any_column, numbers = list(data.columns), [name for name, kind in zip(data.columns, data.kinds, strict=True) if kind == "number"]
    parts = {kind: _part(kind, fields) for kind, fields in _kinds(any_column, numbers).items()}
    first = [parts[kind] for kind in named if kind in parts][:MOST_PARTS]
    more = {"minItems": max(1, len(first)), "maxItems": MOST_PARTS, "items": {"anyOf": first or list(parts.values())}}
    shape = {
        "title": {"type": "string", "maxLength": MOST_TITLE},
        "parts": {"type": "array", **({"prefixItems": first} if first else {}), **more},
        "filters": {"type": "array", "maxItems": MOST_FILTERS, "items": {"enum": any_column}},
        "theme": {"enum": list(THEMES)},
        "accent": {"enum": list(ACCENTS)},
    }
    return json.dumps(_object(shape), ensure_ascii=False)


def _kinds(columns: list[str], numbers: list[str]) -> dict[str, dict[str, Any]]:
    """The fields of each kind that these columns allow, in the order in which a model is to decide them."""
    aggregate = {"enum": list(AGGREGATES if numbers else ("count",))}
    value = {"y": {"enum": numbers or columns}, "aggregate": aggregate}
    top, color = {"top": {"enum": [0, 3, 5, 10, 15, 20, 30, 50]}}, {"color": {"enum": ["", *columns]}}
    kinds = {"figure": value}
    kinds |= {kind: {"x": {"enum": columns}, **value, **({} if kind == "pie" else color), **top} for kind in SERIES}
    kinds["heatmap"] = {"x": {"enum": columns}, "y": {"enum": columns}, "color": {"enum": numbers or columns}, "aggregate": aggregate}
    kinds["table"] = {"columns": {"type": "array", "maxItems": 12, "items": {"enum": columns}}}
    if numbers:
        kinds["histogram"] = {"x": {"enum": numbers}}
    if len(numbers) > 1:
        kinds["scatter"] = {"x": {"enum": numbers}, "y": {"enum": numbers}, **color}
        kinds["map"] = {"x": {"enum": numbers}, "y": {"enum": numbers}, **color}
    return kinds


def _part(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    return _object({"kind": {"const": kind}, "title": {"type": "string", "maxLength": MOST_TITLE}, **fields})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
