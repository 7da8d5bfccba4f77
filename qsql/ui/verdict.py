"""Right and Wrong, under the rows of an answer: the SQL of a question is kept for the next time, or forgotten.

What was asked stays on the server, so that nothing from outside can pair a question with SQL that did not run.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import gradio as gr

from qsql.records import Query, Question
from qsql.ui.status import failed, sentence, status
from qsql.ui.workspace import Source, Workspace

KEPT = "Kept: the same question will get this at once."
FORGOTTEN = "Nothing is kept for this question. Change the SQL and run it, or ask in other words."


@dataclass(frozen=True)
class Asked:
    """A question that was asked of a database, and the SQL that the screen shows for it."""

    source: Source
    question: Question
    sql: str


@dataclass(frozen=True)
class VerdictPanel:
    """`asked` holds an Asked, or None where no question has come to an answer."""

    asked: gr.State
    row: gr.Row
    right: gr.Button
    wrong: gr.Button
    said: gr.HTML

    @property
    def outputs(self) -> list:
        return [self.asked, self.row, self.said]

    def show(self, asked: Asked) -> dict:
        return {self.asked: asked, self.row: gr.Row(visible=True), self.said: ""}

    def hide(self) -> dict:
        return {self.row: gr.Row(visible=False), self.said: ""}


def build() -> VerdictPanel:
    asked = gr.State(None)
    with gr.Row(visible=False, elem_id="ask_verdict") as row:
        right = gr.Button("Right", size="sm", min_width=80, scale=0, elem_id="ask_right")
        wrong = gr.Button("Wrong", size="sm", min_width=80, scale=0, elem_id="ask_wrong")
        said = gr.HTML(elem_id="ask_said")
    return VerdictPanel(asked, row, right, wrong, said)


def wire(panel: VerdictPanel, workspace: Workspace) -> None:
    def on_right(asked: Asked | None) -> str:
        return _said(asked, workspace.keep, KEPT)

    def on_wrong(asked: Asked | None) -> str:
        return _said(asked, lambda source, question, _: workspace.forget(source, question), FORGOTTEN)

    panel.right.click(on_right, panel.asked, panel.said, api_visibility="private", show_progress="hidden")
    panel.wrong.click(on_wrong, panel.asked, panel.said, api_visibility="private", show_progress="hidden")


def rerun(asked: Asked | None, source: Source, query: Query, workspace: Workspace) -> tuple[Asked | None, str]:
    """What was asked with the SQL that ran now, and a sentence where that was kept because it is not what was shown before."""
    if asked is None or asked.source != source:
        return None, ""
    if asked.sql == query.sql:
        return asked, ""
    try:
        workspace.keep(source, asked.question, query.sql)
        return replace(asked, sql=query.sql), KEPT
    except Exception as error:  # the screen's edge: the rows are there all the same
        return replace(asked, sql=query.sql), sentence(error)


def _said(asked: Asked | None, change: Callable[[Source, Question, str], None], done: str) -> str:
    if asked is None:
        return status("Ask a question first.", "failed")
    try:
        change(asked.source, asked.question, asked.sql)
    except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
        return failed(error)
    return status(done, "done")
