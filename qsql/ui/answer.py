"""What a question comes to: the SQL, what is said of it, its rows, and what a person can do with them.

Each part is a panel of its own; here stands where they are placed, and what they show before, during and after a run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import gradio as gr

from qsql.address import link_to
from qsql.records import Answer, Attempt, Result
from qsql.telling import tell
from qsql.texts import Words
from qsql.ui import chart, downloads, rows, sql_tools, verdict
from qsql.ui.chart import ChartPanel
from qsql.ui.downloads import DownloadPanel
from qsql.ui.how import how_html
from qsql.ui.rows import Grid
from qsql.ui.shown import Shown
from qsql.ui.sql_tools import SqlToolsPanel
from qsql.ui.status import counted, status
from qsql.ui.verdict import VerdictPanel
from qsql.ui.workspace import Workspace

Updates = dict


@dataclass(frozen=True)
class AnswerPanel:
    """`shown` holds a Shown, or None where nothing has come to an answer."""

    shown: gr.State
    sql: gr.Code
    run: gr.Button
    tools: SqlToolsPanel
    status: gr.HTML
    told: gr.HTML
    chart: ChartPanel
    rows: Grid
    downloads: DownloadPanel
    link: gr.HTML
    page: gr.Button
    verdict: VerdictPanel
    how: gr.HTML

    @property
    def outputs(self) -> list:
        panels = (self.tools, self.chart, self.downloads, self.verdict)
        own = [self.shown, self.sql, self.run, self.status, self.told, self.rows, self.link, self.how]
        return [*own, *(part for panel in panels for part in panel.outputs)]


def build(workspace: Workspace) -> AnswerPanel:
    """Lay out the answer inside the block that is open."""
    label = gr.I18n()
    shown = gr.State(None)
    sql = gr.Code(label=label("answer.sql"), language="sql", interactive=True, lines=4, max_lines=16, wrap_lines=True, elem_id="ask_sql")
    run = gr.Button(label("answer.run"), size="sm", elem_id="ask_run", render=False, min_width=40, scale=0)
    tools = sql_tools.build(run)
    line = gr.HTML(elem_id="ask_status")
    told = gr.HTML(elem_id="ask_told")
    drawn = chart.build()
    grid = Grid(visible=False, elem_id="ask_rows")
    saving = downloads.build()
    with saving.row:
        page = gr.Button(label("answer.page"), size="sm", min_width=60, scale=0, elem_id="ask_page")
        link = gr.HTML(apply_default_css=False, elem_id="ask_link")
    judged = verdict.build()
    how = gr.HTML(elem_id="ask_how")
    return AnswerPanel(shown, sql, run, tools, line, told, drawn, grid, saving, link, page, judged, how)


def wire(p: AnswerPanel, workspace: Workspace, source: gr.State) -> None:
    sql_tools.wire(p.tools, workspace, source, p.sql, p.shown)
    downloads.wire(p.downloads, workspace, p.shown)
    chart.wire(p.chart, p.shown)
    verdict.wire(p.verdict, workspace, p.shown, judged(workspace))


def judged(workspace: Workspace) -> verdict.Judge:
    """Keeps a verdict with the answer's entry in the history."""

    def judge(shown: Shown, said: str) -> None:
        if workspace.history is not None and shown.entry is not None:
            workspace.history.judge(shown.entry, said)

    return judge


def clear(p: AnswerPanel) -> Updates:
    """While a run goes on: no rows of the one before it. What was shown stays known, for the question may go on from it."""
    panels = (p.tools, p.chart, p.downloads, p.verdict)
    gone = {p.told: "", p.rows: rows.hidden(), p.how: "", **{part: now for panel in panels for part, now in panel.hide().items()}}
    return {p.run: gr.Button(interactive=False), **gone}


def idle(p: AnswerPanel) -> Updates:
    return {p.run: gr.Button(interactive=True), **p.tools.idle()}


def show(p: AnswerPanel, shown: Shown, said: str, workspace: Workspace, words: Words, notices: Iterable[str] = ()) -> Updates:
    """Rows, with the sentence that stands over them and what is to be noted."""
    drawn = p.chart.show(shown, words)
    figure = drawn.get(p.chart.chart)
    told = "" if figure and figure.type == "figure" else tell(shown.result, words)
    return {
        **idle(p),
        **p.tools.show(shown),
        **drawn,
        p.shown: shown,
        p.sql: shown.sql,
        p.status: status(said, "done", notices),
        p.told: f"<p>{escape(told)}</p>" if told else "",
        p.rows: rows.update(shown.result.rows, words),
        p.how: how_html(shown.answer, words) if shown.answer else "",
        p.link: _link(shown, workspace, words),
        **p.downloads.show(),
        **(p.verdict.show() if workspace.accepted and shown.question else {}),
    }


def _link(shown: Shown, workspace: Workspace, words: Words) -> str:
    """A button that copies a link to the same question on the same database; an upload has no address."""
    if shown.question is None or not isinstance(shown.source, str):
        return ""
    link = escape(link_to(shown.question, workspace.shown(shown.source)))
    return f'<button type="button" data-link="{link}" data-copied="{words("answer.link_copied")}">{words("answer.link")}</button>'


def fail(p: AnswerPanel, shown: Shown, said: str, words: Words) -> Updates:
    """No rows; `said` is HTML. What was asked stays known: SQL that the person then runs answers it."""
    how = how_html(shown.answer, words) if shown.answer else ""
    return {**idle(p), **p.tools.show(shown), p.shown: shown, p.sql: shown.sql, p.status: said, p.how: how}


def recalled(p: AnswerPanel, shown: Shown, said: str, workspace: Workspace, words: Words) -> Updates:
    """An answer from the history, with its rows where they were kept."""
    if shown.result is not None:
        return show(p, shown, said, workspace, words)
    return {**clear(p), **idle(p), p.shown: shown, p.sql: shown.sql, p.status: status(said, "failed")}


def sql_of(attempt: Attempt) -> str:
    """The checked SQL, or the text that held none."""
    return attempt.query.sql if attempt.query else attempt.text


def timed(result: Result, words: Words) -> str:
    told = counted(result, words) if result.rows.num_rows else words("answer.no_rows")
    return words("answer.in_seconds", told=told, seconds=f"{result.seconds:.2f}")


def progress(answer: Answer | None, seconds: float, words: Words) -> str:
    """What is being done."""
    if answer is None:
        doing = "getting_ready"
    elif not answer.best.text:
        doing = "reading"
    elif answer.best.completion is None:
        doing = "writing"
    elif answer.best.result is None and answer.best.error is None:
        doing = "running"
    else:
        doing = "making_sure"
    return status(words(f"answer.{doing}", seconds=f"{seconds:.0f}"))
