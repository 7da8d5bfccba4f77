"""Copy what is shown, or take all rows away: the query runs again without the screen's bound, into a CSV, Parquet or Excel file."""

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr
import pyarrow

from qsql.databases.base import Limits
from qsql.errors import BadInput
from qsql.export import to_csv, to_excel, to_parquet
from qsql.follow import follow
from qsql.records import Result
from qsql.sql import read_query
from qsql.texts import Words
from qsql.ui.language import words_of
from qsql.ui.shown import Shown
from qsql.ui.status import failed, status
from qsql.ui.workspace import Visitor, Workspace

ALL_ROWS, ALL_BYTES, ALL_SECONDS = 5_000_000, 1_000_000_000, 300.0
WRITERS: dict[str, Callable[[pyarrow.Table, Path], None]] = {"csv": to_csv, "parquet": to_parquet, "xlsx": to_excel}
COPY = "() => document.querySelector('#ask_rows .grid-box').parentElement.dispatchEvent(new Event('grid-copy', {bubbles: true}))"
SAVE = "() => document.querySelector('#rows_file').click()"


@dataclass(frozen=True)
class DownloadPanel:
    """A button for each kind of file; `file` is the one that the browser saves, out of sight."""

    row: gr.Row
    copy: gr.Button
    kinds: dict[str, gr.Button]
    said: gr.HTML
    file: gr.DownloadButton

    @property
    def outputs(self) -> list:
        return [self.row, self.said]

    def show(self) -> dict:
        return {self.row: gr.Row(visible=True), self.said: ""}

    def hide(self) -> dict:
        return {self.row: gr.Row(visible=False), self.said: ""}


def build() -> DownloadPanel:
    label = gr.I18n()
    small = {"size": "sm", "min_width": 60, "scale": 0}
    with gr.Row(visible=False, elem_id="rows_downloads") as row:
        copy = gr.Button(label("rows.copy"), elem_id="rows_copy", **small)
        kinds = {kind: gr.Button(label(f"rows.{kind}"), elem_id=f"rows_{kind}", **small) for kind in WRITERS}
        said = gr.HTML(elem_id="rows_said")
    file = gr.DownloadButton("rows_file", visible="hidden", elem_id="rows_file")
    return DownloadPanel(row, copy, kinds, said, file)


def wire(panel: DownloadPanel, workspace: Workspace, shown: gr.State) -> None:
    """`shown` holds a Shown, or None."""
    panel.copy.click(None, js=COPY)
    for kind, button in panel.kinds.items():
        saved = button.click(
            _saver(panel, workspace, kind), shown, [panel.said, panel.file], api_visibility="private", show_progress="hidden"
        )
        saved.success(None, js=SAVE)


def _saver(panel: DownloadPanel, workspace: Workspace, kind: str) -> Callable[..., Iterator[dict]]:
    def save(shown: Shown | None, request: gr.Request) -> Iterator[dict]:
        words, visitor = words_of(request), Visitor(str(request.username or ""), str(request.session_hash))
        try:
            if shown is None:
                raise BadInput("There are no rows to save.", "Ask a question first.")
            yield {panel.said: status(words("rows.fetching"))}
            with workspace.working(visitor):
                result = yield from _fetched(panel, workspace, shown, visitor)
            with tempfile.TemporaryDirectory(prefix="qsql-") as folder:  # Gradio copies the file before the folder goes
                path = Path(folder) / f"{file_name(shown)}.{kind}"
                WRITERS[kind](result.rows, path)
                yield {panel.said: _saved(result, path.name, words), panel.file: gr.DownloadButton(value=str(path))}
        except Exception as error:  # the screen's edge: said here, and nothing is saved
            yield {panel.said: failed(error, words), panel.file: gr.DownloadButton(value=None)}

    return save


def _saved(result: Result, name: str, words: Words) -> str:
    said = words("rows.first_saved" if result.truncated else "rows.saved", rows=f"{result.rows.num_rows:,}", file=name)
    return status(said, "done")


def _fetched(panel: DownloadPanel, workspace: Workspace, shown: Shown, visitor: Visitor) -> Iterator[dict]:
    """Runs the query again where there are more rows than those shown; a stop ends it."""
    if shown.result is not None and not shown.result.truncated:
        return shown.result
    stop, latest = workspace.start(visitor), None
    try:
        for new in follow(_results(workspace, shown, workspace.limits(stop))):
            latest = new or latest
            yield {panel.said: gr.skip()}
    finally:
        stop.set()
    return latest


def _results(workspace: Workspace, shown: Shown, limits: Limits) -> Iterator[Result]:
    database = workspace.open(shown.source)
    if not workspace.settings.shared:  # visitors get what they see
        limits = replace(limits, max_rows=ALL_ROWS, max_bytes=ALL_BYTES, seconds=max(limits.seconds, ALL_SECONDS))
    yield database.run(read_query(shown.sql, database.dialect), limits)


def file_name(shown: Shown) -> str:
    """Words of the question, else of the database, that every file system takes."""
    words = re.sub(r"[^\w]+", " ", shown.question.text if shown.question else Path(shown.database).stem).split()
    return "-".join(words)[:60].strip("-_") or "rows"
