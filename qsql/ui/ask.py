"""The Ask tab: a database, a question, the SQL as it is written, the rows.

`build` makes the components, `wire` connects them; the handlers are plain generators that a test calls without a server.
Every handler can be called from outside the screen, so each takes its input as untrusted.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

import gradio as gr
import pyarrow

from qsql import show
from qsql.ask import answers
from qsql.follow import follow
from qsql.models.base import Options
from qsql.plan import EFFORTS, Plan
from qsql.records import Answer, Attempt, Query, Question, Result
from qsql.sql import read_query
from qsql.ui import verdict
from qsql.ui.how import how_html
from qsql.ui.schema import schema_html
from qsql.ui.status import counted, failed, status
from qsql.ui.verdict import Asked, VerdictPanel, rerun
from qsql.ui.workspace import Source, Visitor, Workspace

Step = TypeVar("Step")

EXAMPLES = (
    "How many flights left JFK in July?",
    "Which airline has the highest average departure delay?",
    "每个月有多少航班？列出月份和数量",
)
EVIDENCE_INFO = "what the tables do not say of themselves"
EVIDENCE_EXAMPLE = "For example: a cancelled flight has no dep_time"
EFFORT_INFO = "low: one try; auto: more where they may change the answer; high: always more"


@dataclass(frozen=True)
class AskPanel:
    """The components of the tab that events read or change."""

    source: gr.State
    path: gr.Textbox
    upload: gr.UploadButton
    tables: gr.HTML
    question: gr.Textbox
    evidence: gr.Textbox
    sql: gr.Code
    run: gr.Button
    status: gr.HTML
    rows: gr.Dataframe
    verdict: VerdictPanel
    how: gr.HTML
    effort: gr.Radio


def build(workspace: Workspace) -> AskPanel:
    """Lay out the tab inside the block that is open."""
    first, shared = workspace.first, workspace.settings.shared
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=280):
            source = gr.State(workspace.settings.database)
            info = "the shared one, or the name of a file of yours" if shared else "sample, the path of a file or folder, or an SQLAlchemy URL"
            path = gr.Textbox(first, label="Database", info=info, submit_btn="Open", elem_id="ask_path")
            upload = gr.UploadButton("Upload files", file_count="multiple", size="sm", elem_id="ask_upload")
            tables = gr.HTML(elem_id="ask_tables")
        with gr.Column(scale=5, min_width=320):
            question = gr.Textbox(
                label="Question",
                placeholder="Ask in your own words",
                lines=1,
                max_lines=6,
                autofocus=True,
                submit_btn=True,
                elem_id="ask_question",
            )
            if workspace.settings.database == "sample":
                gr.Examples(list(EXAMPLES), question, label="For example", elem_id="ask_examples")
            with gr.Accordion("More: outside knowledge, effort", open=False, elem_id="ask_more"):
                evidence = gr.Textbox(label="Outside knowledge", info=EVIDENCE_INFO, placeholder=EVIDENCE_EXAMPLE, elem_id="ask_evidence")
                effort = gr.Radio(list(EFFORTS), value=workspace.settings.effort, label="Effort", info=EFFORT_INFO, elem_id="ask_effort")
            sql = gr.Code(label="SQL", language="sql", interactive=True, lines=4, max_lines=16, wrap_lines=True, elem_id="ask_sql")
            run = gr.Button("Run this SQL", size="sm", elem_id="ask_run")
            line = gr.HTML(elem_id="ask_status")
            rows = gr.Dataframe(label="Rows", interactive=False, wrap=False, max_height=480, visible=False, elem_id="ask_rows")
            judged = verdict.build()
            how = gr.HTML(elem_id="ask_how")
    return AskPanel(source, path, upload, tables, question, evidence, sql, run, line, rows, judged, how, effort)


def wire(panel: AskPanel, workspace: Workspace, page: gr.Blocks) -> None:
    """Connect the tab's events."""
    p = panel

    def show_database(source: Source):
        database = workspace.open(source)
        return {p.tables: schema_html(database), p.source: source, p.status: ""}

    def show_named(source: Source):
        return {**show_database(source), p.path: workspace.shown(source)}  # without the password that was typed

    def on_open(path: str, request: gr.Request):
        return _or_sentence(p, lambda: show_named(workspace.source(str(path).strip(), visitor_of(request))))

    def on_upload(files: list[str] | None, request: gr.Request):
        return _or_sentence(p, lambda: show_upload(files or [], visitor_of(request)))

    def show_upload(files: list[str], visitor: Visitor):
        with workspace.working(visitor):
            return show_database(workspace.uploaded(tuple(map(str, files)), visitor))

    def on_ask(source: Source, text: str, evidence: str, effort: str, request: gr.Request) -> Iterator[dict]:
        question = Question(str(text or ""), str(evidence or ""))
        plan = Plan(effort if effort in EFFORTS else workspace.settings.effort)
        cleared = {p.sql: "", p.verdict.asked: None, **_busy(p)}
        yield from run(visitor_of(request), cleared, lambda stop: _asking(p, workspace, source, question, plan, stop))

    def on_run(source: Source, sql: str, asked: Asked | None, request: gr.Request) -> Iterator[dict]:
        yield from run(visitor_of(request), _busy(p), lambda stop: _running_sql(p, workspace, source, str(sql or ""), asked, stop))

    def run(visitor: Visitor, busy: dict, steps: Callable[[Event], Iterator[dict]]) -> Iterator[dict]:
        def working() -> Iterator[dict]:
            with workspace.working(visitor):
                stop = workspace.start(visitor)
                yield busy
                yield from steps(stop)

        yield from _or_sentences(p, working())

    def on_stop(request: gr.Request) -> None:
        workspace.stop(visitor_of(request))

    def on_leave(request: gr.Request) -> None:
        workspace.leave(visitor_of(request))

    quiet = {"show_progress": "hidden"}
    changed = [p.tables, p.source, p.status]
    outputs = [p.question, p.run, p.sql, p.status, p.rows, p.how, *p.verdict.outputs]
    opening = {"concurrency_limit": 8} | quiet
    gr.on([p.path.submit, page.load], on_open, p.path, [p.path, *changed], api_name="open", **opening)
    p.upload.upload(on_upload, p.upload, changed, api_visibility="private", **opening)
    at_once = workspace.settings.share_questions if workspace.settings.shared else 8
    asking = {"concurrency_id": "ask", "concurrency_limit": at_once, "trigger_mode": "once"} | quiet
    p.question.submit(on_ask, [p.source, p.question, p.evidence, p.effort], outputs, api_name="ask", **asking)
    p.run.click(on_run, [p.source, p.sql, p.verdict.asked], outputs, api_name="run", **asking)
    p.question.stop(on_stop, queue=False, api_visibility="private", **quiet)
    page.unload(on_leave)
    verdict.wire(p.verdict, workspace)


def _asking(p: AskPanel, workspace: Workspace, source: Source, question: Question, plan: Plan, stop: Event) -> Iterator[dict]:
    for answer, latest, seconds in _followed(_answers(workspace, source, question, plan, stop), stop):
        yield {p.sql: _sql_of(answer.best) if answer else gr.skip(), p.status: _progress(latest, seconds)}
    asked = Asked(source, latest.question, _sql_of(latest.best)) if workspace.accepted else None
    yield _finished(p, latest, asked, seconds)


def _answers(workspace: Workspace, source: Source, question: Question, plan: Plan, stop: Event) -> Iterator[Answer]:
    """Runs in a thread of its own, because a database may be slow to open and a model to load."""
    database, model = workspace.open(source), workspace.model()
    yield from answers(database, question, model, Options(cancel=stop), workspace.limits(stop), plan, workspace.accepted)


def _running_sql(p: AskPanel, workspace: Workspace, source: Source, sql: str, asked: Asked | None, stop: Event) -> Iterator[dict]:
    for _, ran, seconds in _followed(_results(workspace, source, sql, stop), stop):
        yield {p.status: status(f"Running, {seconds:.0f} s")}
    query, result = ran
    asked, kept = rerun(asked, source, query, workspace)
    shown = p.verdict.show(asked) if asked else {p.verdict.asked: None}
    yield {p.status: status(f"{_timed(result)} {kept}".strip(), "done"), p.rows: _rows(result.rows), **shown, **_idle(p)}


def _results(workspace: Workspace, source: Source, sql: str, stop: Event) -> Iterator[tuple[Query, Result]]:
    database = workspace.open(source)
    query = read_query(sql, database.dialect)
    yield query, database.run(query, workspace.limits(stop))


def _followed(steps: Iterator[Step], stop: Event) -> Iterator[tuple[Step | None, Step | None, float]]:
    """What is new since the last look, the newest so far, and the seconds since the start; whatever ends this ends the work."""
    start, latest = time.perf_counter(), None
    try:
        for new in follow(steps):
            latest = new or latest
            yield new, latest, time.perf_counter() - start
    finally:
        stop.set()


def _finished(p: AskPanel, answer: Answer, asked: Asked | None, seconds: float) -> dict:
    """`asked` is what can be called right or wrong; None where nothing is kept."""
    attempt = answer.best
    shown = {p.sql: _sql_of(attempt), p.how: how_html(answer), **_idle(p)}
    if attempt.error:
        return {**shown, p.status: failed(attempt.error), p.verdict.asked: asked}
    text = " ".join((_timed(attempt.result), f"{seconds:.1f} s in all.", *attempt.prompt.notices, *answer.notices))
    return {**shown, p.status: status(text, "done"), p.rows: _rows(attempt.result.rows), **(p.verdict.show(asked) if asked else {})}


def _sql_of(attempt: Attempt) -> str:
    return attempt.query.sql if attempt.query else attempt.text


def _progress(answer: Answer | None, seconds: float) -> str:
    if answer is None:
        doing = "Getting the database and the model ready"
    elif not answer.best.text:
        doing = "The model is reading the tables and the question"
    elif answer.best.completion is None:
        doing = "Writing SQL"
    elif answer.best.result is None and answer.best.error is None:
        doing = "Running the SQL"
    else:
        doing = "Making sure: other ways to answer are tried"
    return status(f"{doing}, {seconds:.0f} s")


def _timed(result: Result) -> str:
    return f"{counted(result) if result.rows.num_rows else 'No row matches'}, in {result.seconds:.2f} s."


def _busy(p: AskPanel) -> dict:
    buttons = {p.question: gr.Textbox(submit_btn=False, stop_btn=True), p.run: gr.Button(interactive=False)}
    return {**buttons, p.rows: gr.Dataframe(visible=False), p.how: "", **p.verdict.hide()}


def _idle(p: AskPanel) -> dict:
    return {p.question: gr.Textbox(submit_btn=True, stop_btn=False), p.run: gr.Button(interactive=True)}


def _rows(table: pyarrow.Table) -> dict:
    kinds = ["number" if show.is_number(kind) else "str" for kind in table.schema.types]
    cells = [[_shown(value) for value in row] for row in show.rows(table)]
    return gr.Dataframe({"headers": table.column_names, "data": cells}, datatype=kinds, visible=table.num_columns > 0)


def _shown(value: object) -> object:
    plain = show.cell(value)
    return plain if isinstance(plain, (int, float)) and not isinstance(plain, bool) else show.text(value)


def visitor_of(request: gr.Request) -> Visitor:
    return Visitor(str(request.username or ""), str(request.session_hash))


def _or_sentence(p: AskPanel, work: Callable[[], dict]) -> dict:
    try:
        return work()
    except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
        return {p.status: failed(error)}


def _or_sentences(p: AskPanel, steps: Iterator[dict]) -> Iterator[dict]:
    """The steps; an error becomes the status line, and the buttons come back."""
    try:
        yield from steps
    except Exception as error:  # the screen's edge, as above
        yield {p.status: failed(error), **_idle(p)}
