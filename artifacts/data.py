"""Rows of an answer -> what a page gets of them, and what a model is told of them. Pure.

A page has the rows as `window.qsql`, which it cannot change; a model sees the columns and three rows, never more.
"""

import json
import re
from functools import cache
from pathlib import Path

from artifacts.records import Data
from qsql.errors import BadInput

SHOWN = 3  # rows that a model sees
MOST_CELL = 60  # characters of each of their cells
_NAMED_BY_CELLS = re.compile(r"\bPIVOT\b", re.IGNORECASE)
_UNSAFE = re.compile("[<\u2028\u2029\ud800-\udfff]")


def data_script(data: Data | None) -> str:
    """A script that gives the page its rows; empty where it has none. No text in them can end the script."""
    if data is None:
        return ""
    given = {
        "question": data.question,
        "sql": data.sql,
        "made": data.made,
        "columns": [{"name": name, "kind": kind} for name, kind in zip(data.columns, data.kinds, strict=True)],
        "rows": [list(row) for row in data.rows],
        "more": data.more,
    }
    return f"<script>{_file('data.js').replace('__GIVEN__', _literal(json.dumps(given, ensure_ascii=False, allow_nan=False)))}</script>"


def _literal(text: str) -> str:
    """A string of JavaScript that nothing in it can leave, half characters included."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def told(data: Data | None, rows: bool = True) -> str:
    """For the prompt: which rows there are, and how the page gets at them; without `rows`, no cell of them. Raises BadInput."""
    if data is None:
        return ""
    check_names(data, rows)
    fields = "\n".join(f"- {json.dumps(name, ensure_ascii=False)} ({kind})" for name, kind in zip(data.columns, data.kinds, strict=True))
    asked = data.question or data.sql
    return "\n\n" + _file("prompts/data.md").format(count=len(data.rows), question=asked, fields=fields, first=shown_rows(data, rows))


def check_names(data: Data, rows: bool) -> None:
    """Raises BadInput where the columns are called what cells say, and no cell is to be told."""
    if not rows and _NAMED_BY_CELLS.search(data.sql):
        raise BadInput(
            "These columns are named by cells, and the model is to see none.",
            "Ask for the rows without PIVOT, or let it see rows in the settings.",
        )


def shown_rows(data: Data, rows: bool = True) -> str:
    """The rows that a model sees, each as JSON on a line of its own; without `rows`, that it sees none."""
    if not rows:
        return "(not shown)"
    return "\n".join(json.dumps(dict(zip(data.columns, map(_short, row), strict=True)), ensure_ascii=False) for row in data.rows[:SHOWN])


@cache
def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8").strip()


def _short(value: object) -> object:
    return value[:MOST_CELL] if isinstance(value, str) else value
