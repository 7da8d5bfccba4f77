"""The chart under the rows: drawn by itself where the rows call for one, and changeable by hand, to take away as a picture.

The page draws it (Gradio's own Vega, in SVG, whose colours chart.css sets, so that dark mode follows). A choice that cannot be
drawn is answered with a sentence, and the last chart stays.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import pyarrow
from gradio.components.plot import PlotData

from qsql.chart import AGGREGATES, SORTS, TYPES, Chart, begin_with, spec, suggest, to_png, to_svg, to_vega_lite
from qsql.errors import BadInput
from qsql.show import is_number
from qsql.telling import name as called
from qsql.telling import value as said
from qsql.texts import Words
from qsql.ui.downloads import file_name
from qsql.ui.language import words_of
from qsql.ui.shown import Shown
from qsql.ui.status import failed, status

NO_CHART, ONE_COLOUR = "none", -1
SAVED: dict[str, Callable[[dict], str | bytes]] = {"png": to_png, "svg": to_svg, "vl.json": to_vega_lite}
SAVE = "() => document.querySelector('#chart_file').click()"
# In SVG, so that the page's style reaches it; with no menu of Vega's own; and with nothing compiled from a text.
EMBED = {"renderer": "svg", "actions": False, "ast": True}
# Vega takes the width of what holds it when the window changes, and only then; it is 0 while another tab is open.
FIT = """
let width = 0;
new ResizeObserver(([entry]) => {
  const now = Math.round(entry.contentRect.width);
  if (now && now !== width) requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
  width = now;
}).observe(element);
"""


@dataclass(frozen=True)
class ChartPanel:
    """`chart` holds the Chart that is drawn, or None."""

    chart: gr.State
    box: gr.Column
    figure: gr.HTML
    plot: gr.Plot
    said: gr.HTML
    fold: gr.Accordion
    choices: tuple[gr.Dropdown, ...]  # type, x, y, colour, sort, aggregate
    row: gr.Row
    saves: dict[str, gr.Button]
    file: gr.DownloadButton

    @property
    def outputs(self) -> list:
        return [self.chart, self.box, self.figure, self.plot, self.said, self.fold, self.row, *self.choices]

    def show(self, shown: Shown, words: Words) -> dict:
        """The chart that the rows call for; where they call for none, only the choice of one, if there is a number to draw."""
        try:
            return self._suggested(shown, words)
        except Exception as error:  # the screen's edge: the rows are there all the same
            return self.hide() | {self.box: gr.Column(visible=True), self.said: failed(error, words)}

    def _suggested(self, shown: Shown, words: Words) -> dict:
        begin = begin_with(shown.result.rows) if shown.result else None
        if begin is None:
            return self.hide()
        rows = shown.result.rows
        chart = suggest(rows, shown.question.text if shown.question else "")
        opened = {self.box: gr.Column(visible=True), **self.draw(shown, chart, words)}
        if chart and chart.type == "figure":
            return opened | {self.fold: gr.Accordion(visible=False)}
        return opened | {self.fold: gr.Accordion(visible=True, open=False), **self._choosing(rows, chart, chart or begin, words)}

    def draw(self, shown: Shown, chart: Chart | None, words: Words) -> dict:
        """This chart of these rows. Raises BadInput where it cannot be drawn."""
        rows = shown.result.rows
        if chart is None:
            return self._nothing()
        if chart.type == "figure":
            return self._nothing() | {self.chart: chart, self.figure: _figure(rows, chart, words)}
        drawn = spec(chart, rows, words) | {"background": "transparent", "usermeta": {"embedOptions": EMBED}}
        plot = gr.Plot(PlotData(type="altair", plot=json.dumps(drawn, allow_nan=False)), visible=True)
        first = status(words("chart.first", rows=f"{rows.num_rows:,}"), "done") if shown.result.truncated else ""
        return self._nothing() | {self.chart: chart, self.plot: plot, self.row: gr.Row(visible=True), self.said: first}

    def hide(self) -> dict:
        return self._nothing() | {self.box: gr.Column(visible=False), self.fold: gr.Accordion(visible=False)}

    def _nothing(self) -> dict:
        gone = {self.figure: gr.HTML(visible=False), self.plot: gr.Plot(visible=False), self.row: gr.Row(visible=False)}
        return {self.chart: None, self.said: "", **gone}

    def _choosing(self, rows: pyarrow.Table, drawn: Chart | None, chart: Chart, words: Words) -> dict:
        """The choices as they stand in `chart`, whether it is drawn or not."""
        columns = [(name, place) for place, name in enumerate(_told_apart(rows.column_names))]
        numbers = [(name, place) for name, place in columns if is_number(rows.schema.types[place])]
        kind, x, y, colour, sort, aggregate = self.choices
        coloured = ONE_COLOUR if chart.colour is None else chart.colour
        return {
            kind: chart.type if drawn else NO_CHART,
            x: gr.Dropdown(columns, value=chart.x),
            y: gr.Dropdown(numbers, value=chart.y),
            colour: gr.Dropdown([(words("chart.one_colour"), ONE_COLOUR), *columns], value=coloured),
            sort: chart.sort,
            aggregate: chart.aggregate,
        }


def build() -> ChartPanel:
    label = gr.I18n()
    small = {"size": "sm", "min_width": 70, "scale": 0}
    narrow = {"min_width": 120, "filterable": True}

    def choice(name: str, options: list, value: Any) -> gr.Dropdown:
        return gr.Dropdown(options, value=value, label=label(f"chart.{name}"), elem_id=f"chart_{name}", **narrow)

    chart = gr.State(None)
    with gr.Column(visible=False, elem_id="chart") as box:
        figure = gr.HTML(visible=False, elem_id="chart_figure")
        plot = gr.Plot(show_label=False, container=False, visible=False, elem_id="chart_plot")
        line = gr.HTML(elem_id="chart_said", js_on_load=FIT)
        with gr.Accordion(label("chart.chart"), open=False, elem_id="chart_fold") as fold:
            with gr.Row(elem_classes="chart_choices"):
                kinds = [(label(f"chart.{kind}"), kind) for kind in (NO_CHART, *TYPES)]
                choices = (
                    choice("type", kinds, NO_CHART),
                    choice("x", [], None),
                    choice("y", [], None),
                    choice("colour", [], None),
                    choice("sort", [(label(f"chart.sort_{sort}"), sort) for sort in SORTS], SORTS[0]),
                    choice("aggregate", [(label(f"chart.by_{way}"), way) for way in AGGREGATES], AGGREGATES[0]),
                )
            with gr.Row(elem_id="chart_saves") as row:
                saves = {kind: gr.Button(label(f"chart.{kind.replace('.', '_')}"), **small) for kind in SAVED}
    file = gr.DownloadButton("chart_file", visible="hidden", elem_id="chart_file")
    return ChartPanel(chart, box, figure, plot, line, fold, choices, row, saves, file)


def wire(panel: ChartPanel, shown: gr.State) -> None:
    """`shown` holds a Shown, or None."""

    def on_choice(
        shown: Shown | None, kind: object, x: object, y: object, colour: object, sort: object, way: object, request: gr.Request
    ) -> dict:
        words = words_of(request)
        try:
            if shown is None or shown.result is None:
                raise BadInput("There are no rows to draw.", "Ask a question first.")
            return panel.draw(shown, chosen(kind, x, y, colour, sort, way), words)
        except Exception as error:  # the screen's edge: the last chart stays
            return {panel.said: failed(error, words)}

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    for box in panel.choices:
        box.input(on_choice, [shown, *panel.choices], [panel.chart, panel.figure, panel.plot, panel.said, panel.row], **quiet)
    for kind, button in panel.saves.items():
        saved = button.click(_saver(panel, kind), [shown, panel.chart], [panel.said, panel.file], **quiet)
        saved.success(None, js=SAVE)


def chosen(kind: object, x: object, y: object, colour: object, sort: object, way: object) -> Chart | None:
    """The chart that a person put together; None where they want none. What it holds is not yet checked."""
    if kind == NO_CHART:
        return None
    return Chart(kind, x, y, None if colour in (None, ONE_COLOUR) else colour, sort, way)


def _saver(panel: ChartPanel, kind: str) -> Callable[[Shown | None, Chart | None, gr.Request], Iterator[dict]]:
    def save(shown: Shown | None, chart: Chart | None, request: gr.Request) -> Iterator[dict]:
        words = words_of(request)
        try:
            if shown is None or chart is None or chart.type == "figure":
                raise BadInput("There is no chart to save.", "Choose a type first.")
            made = SAVED[kind](spec(chart, shown.result.rows, words))
            with tempfile.TemporaryDirectory(prefix="qsql-") as folder:  # Gradio copies the file before the folder goes
                path = Path(folder) / f"{file_name(shown)}.{kind}"
                path.write_bytes(made if isinstance(made, bytes) else made.encode())
                yield {panel.file: gr.DownloadButton(value=str(path))}
        except Exception as error:  # the screen's edge: said here, and nothing is saved
            yield {panel.said: failed(error, words), panel.file: gr.DownloadButton(value=None)}

    return save


def _figure(rows: pyarrow.Table, chart: Chart, words: Words) -> gr.HTML:
    column = rows.column_names[chart.y]
    number = said(rows.column(chart.y)[0].as_py(), column, words)
    return gr.HTML(f"<p><b>{escape(number)}</b> <span>{escape(called(column, words))}</span></p>", visible=True)


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names of columns, those that several have with their place."""
    return [f"{name} ({place})" if names.count(name) > 1 else name or f"({place})" for place, name in enumerate(names, 1)]
