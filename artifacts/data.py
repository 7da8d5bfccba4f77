"""Rows of an answer -> what a page gets of them, and what a model is told of them. Pure.

A page has the rows as `window.qsql`, which it cannot change; a model sees the columns and three rows, never more.
"""

import json
from functools import cache
from pathlib import Path

from artifacts.records import Data

SHOWN = 3  # rows that a model sees
MOST_CELL = 60  # characters of each of their cells


def data_script(data: Data | None) -> str:
    """A script that gives the page its rows; empty where it has none. No text in them can end the script."""
    if data is None:
        return ""
    given = {
        "question": data.question,
        "sql": data.sql,
        "columns": [{"name": name, "kind": kind} for name, kind in zip(data.columns, data.kinds, strict=True)],
        "rows": [dict(zip(data.columns, row, strict=True)) for row in data.rows],
        "more": data.more,
    }
    text = json.dumps(given, ensure_ascii=False, allow_nan=False).translate({ord("<"): "\\u003c", 0x2028: "\\u2028", 0x2029: "\\u2029"})
    frozen = "for(const part of [q,q.columns,q.rows,...q.columns,...q.rows])Object.freeze(part);"
    fixed = 'Object.defineProperty(window,"qsql",{value:q,writable:false,configurable:false})'
    return f"<script>{{const q={text};{frozen}{fixed}}}</script>"


def told(data: Data | None) -> str:
    """For the prompt: which rows there are, and how the page gets at them."""
    if data is None:
        return ""
    fields = "\n".join(f"- {json.dumps(name, ensure_ascii=False)} ({kind})" for name, kind in zip(data.columns, data.kinds, strict=True))
    shown = "\n".join(json.dumps(dict(zip(data.columns, map(_short, row), strict=True)), ensure_ascii=False) for row in data.rows[:SHOWN])
    asked = data.question or data.sql
    return "\n\n" + _wording().format(count=len(data.rows), question=asked, fields=fields, first=shown)


@cache
def _wording() -> str:
    return (Path(__file__).parent / "prompts" / "data.md").read_text("utf-8").strip()


def _short(value: object) -> object:
    return value[:MOST_CELL] if isinstance(value, str) else value
