"""Right and Wrong, under the rows of an answer: the SQL of a question is kept for the next time, or forgotten."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from qsql.errors import BadInput, QsqlError
from qsql.records import Query, Question
from qsql.sql import read_query
from qsql.texts import Words
from qsql.ui.language import words_of
from qsql.ui.shown import Shown
from qsql.ui.status import failed, sentence, status
from qsql.ui.workspace import Source, Workspace

Judge = Callable[[Shown, str], None]


@dataclass(frozen=True)
class VerdictPanel:
    row: gr.Row
    right: gr.Button
    wrong: gr.Button
    said: gr.HTML

    @property
    def outputs(self) -> list:
        return [self.row, self.said]

    def show(self) -> dict:
        return {self.row: gr.Row(visible=True), self.said: ""}

    def hide(self) -> dict:
        return {self.row: gr.Row(visible=False), self.said: ""}


def build() -> VerdictPanel:
    label = gr.I18n()
    small = {"size": "sm", "min_width": 80, "scale": 0}
    with gr.Row(visible=False, elem_id="ask_verdict") as row:
        right = gr.Button(label("verdict.right"), elem_id="ask_right", **small)
        wrong = gr.Button(label("verdict.wrong"), elem_id="ask_wrong", **small)
        said = gr.HTML(elem_id="ask_said")
    return VerdictPanel(row, right, wrong, said)


def wire(panel: VerdictPanel, workspace: Workspace, shown: gr.State, judged: Judge = lambda shown, verdict: None) -> None:
    """`judged` is told of each verdict, "right" or "wrong"."""

    def on_right(answer: Shown | None, request: gr.Request) -> str:
        return said(answer, "right", workspace, judged, words_of(request))

    def on_wrong(answer: Shown | None, request: gr.Request) -> str:
        return said(answer, "wrong", workspace, judged, words_of(request))

    panel.right.click(on_right, shown, panel.said, api_visibility="private", show_progress="hidden")
    panel.wrong.click(on_wrong, shown, panel.said, api_visibility="private", show_progress="hidden")


def said(shown: Shown | None, verdict: str, workspace: Workspace, judged: Judge, words: Words = Words()) -> str:
    """Keep or forget, and what to say of it, as HTML."""
    try:
        if shown is None or shown.question is None:
            raise BadInput("There is no answer to a question here.", "Ask a question first.")
        if verdict == "right":
            workspace.keep(shown.source, shown.question, shown.sql)
        else:
            workspace.forget(shown.source, shown.question)
        judged(shown, verdict)
    except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
        return failed(error, words)
    return status(words(f"verdict.{verdict}_done"), "done")


def rerun(shown: Shown | None, source: Source, query: Query, workspace: Workspace, words: Words = Words()) -> tuple[Question | None, str]:
    """The question that SQL which ran by hand answers, and a sentence where it was kept because it is not what was shown before."""
    if shown is None or shown.question is None or shown.source != source or _is_another(shown, query):
        return None, ""
    if workspace.accepted is None or shown.sql == query.sql:
        return shown.question, ""
    try:
        workspace.keep(source, shown.question, query.sql)
        return shown.question, words("verdict.right_done")
    except Exception as error:  # the screen's edge: the rows are there all the same
        return shown.question, sentence(error, words)


def _is_another(shown: Shown, query: Query) -> bool:
    """Whether a query reads other tables altogether: then it is no corrected answer, but something else that one wanted to see."""
    if shown.result is None:  # what gave no rows is corrected, with whatever tables
        return False
    try:
        tables = read_query(shown.sql, query.dialect).tables
    except QsqlError:
        return False
    return bool(tables) and {name.lower() for name in tables}.isdisjoint(name.lower() for name in query.tables)
