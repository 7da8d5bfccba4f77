"""Rows as a grid: one that a person scrolls, sorts and copies from, whatever the rows hold and however many columns they have.

A value goes to the page as text that loses nothing, an absent one as null; the page sets it as text, never as HTML.
"""

import json
from pathlib import Path
from typing import Any

import gradio as gr
import pyarrow

from qsql import show
from qsql.texts import Words

_FRAME = """
<div class="grid-box" tabindex="0"><div class="grid-body" role="grid"></div></div>
<div class="grid-whole" hidden><button type="button">&times;</button><b></b><pre></pre></div>
<p class="grid-said" role="status"></p>
"""
MOST_TEXT = 20_000  # characters of a cell that go to the page


class Grid(gr.HTML):
    """Its one prop is the `view` as JSON, or empty: Gradio's page copies what a prop holds at each event, which for many cells takes seconds."""

    def __init__(self, **given: Any) -> None:
        # Gradio makes the component anew from all its arguments at each update, so each default must give way to what is given.
        script = (Path(__file__).parent / "rows.js").read_text("utf-8")
        super().__init__(**{"html_template": _FRAME, "js_on_load": script, "apply_default_css": False, **given, "view": ""})
        self.constructor_args.pop("view", None)  # Gradio keeps these as long as it knows the tab; the rows go to the page without them


def update(table: pyarrow.Table, words: Words = Words()) -> gr.HTML:
    """The grid with these rows; it is not shown where they have no column."""
    return gr.HTML(view=json.dumps(view(table, words), ensure_ascii=False), visible=table.num_columns > 0)


def hidden() -> gr.HTML:
    return gr.HTML(visible=False)


def view(table: pyarrow.Table, words: Words = Words()) -> dict[str, Any]:
    """What the page gets to show these rows: the columns (name, type, whether they are numbers), the cells, and the grid's own texts."""
    columns = [{"name": field.name, "type": str(field.type), "number": show.is_number(field.type)} for field in table.schema]
    texts = {name: words(f"rows.{name}") for name in ("label", "copied", "close")}
    return {"columns": columns, "cells": [[_cell(value) for value in row] for row in show.rows(table)], "texts": texts}


def _cell(value: object) -> str | None:
    if value is None:
        return None
    text = show.text(value)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"
