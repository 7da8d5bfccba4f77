"""The buttons under the SQL: lay it out, say what it means, go on at the cursor, mend it after an error, show its plan.

What changes the SQL reaches the editor as an edit of what stood there, which the page applies in one step, so that one undo takes
it back, and not at all where the person has written on meanwhile. Nothing is run for its rows. It needs nothing of one's own
disk, so visitors of a shared app have all of it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import gradio as gr

from qsql import assist
from qsql.assist import Fixed, differences
from qsql.databases.base import Database
from qsql.errors import BadInput, QsqlError
from qsql.follow import follow
from qsql.plan_of import plan_of
from qsql.records import Question
from qsql.sql import MAX_LENGTH
from qsql.sql.pretty import pretty
from qsql.texts import Words
from qsql.ui.language import words_of
from qsql.ui.shown import Shown
from qsql.ui.status import failed, status
from qsql.ui.workspace import Source, Visitor, Workspace

Step = TypeVar("Step")
MOST_CHANGES = 3  # that a sentence names
LONGEST = 60  # characters of each
CURSOR = "(source, sql, place) => [source, ...(window.qsqlCursor ? window.qsqlCursor(sql) : [sql, -1])]"
FRAME = """
<p class="sql_note" role="status"></p>
<section hidden aria-live="polite">
<header><b></b><button type="button" class="sql_copy"></button><button type="button" class="sql_close"></button></header>
<pre tabindex="0"></pre>
</section>
"""
_numbers = count(1)


class Told(gr.HTML):
    """What is told of the SQL. `view` has a heading, the text and its kind; `edit` is a change of what stands in the editor."""

    def __init__(self, **given: Any) -> None:
        # Gradio makes the component anew from all its arguments at each update, so each default must give way to what is given.
        script = (Path(__file__).parent / "sql_tools.js").read_text("utf-8")
        defaults = {"html_template": FRAME, "js_on_load": script, "apply_default_css": False, "view": {}, "edit": {}}
        super().__init__(**{**defaults, **given})


@dataclass(frozen=True)
class Failed:
    """SQL that did not run, and why; it is kept on the server."""

    source: Source
    sql: str
    error: QsqlError


@dataclass(frozen=True)
class SqlToolsPanel:
    """`failure` holds a Failed, or None; `place` is where the cursor stands, in characters."""

    format: gr.Button
    explain: gr.Button
    complete: gr.Button
    fix: gr.Button
    plan: gr.Button
    stop: gr.Button
    said: gr.HTML
    told: gr.HTML
    failure: gr.State
    place: gr.Number

    @property
    def outputs(self) -> list:
        return [*self.buttons, self.fix, self.stop, self.said, self.told, self.failure]

    @property
    def buttons(self) -> list[gr.Button]:
        return [self.format, self.explain, self.complete, self.plan]

    def show(self, shown: Shown) -> dict:
        """Beside what came of a question, or of SQL that ran."""
        error = shown.answer.best.error if shown.answer and shown.result is None else None
        return self.failed(shown.source, shown.sql, error)

    def failed(self, source: Source, sql: str, error: Exception | None) -> dict:
        """After SQL that was to run did not; without an `error`, after it did."""
        can = isinstance(error, QsqlError) and error.repairable and bool(sql.strip())
        return {
            **self.idle(),
            self.failure: Failed(source, sql, error) if can else None,
            self.fix: gr.Button(visible=can, interactive=True),
        }

    def hide(self) -> dict:
        """While a question or SQL runs, which works on the same model and database."""
        return {**self._usable(False), self.fix: gr.Button(visible=False), self.failure: None, self.said: "", self.told: gr.HTML(view={})}

    def idle(self) -> dict:
        return {**self._usable(True), self.fix: gr.Button(interactive=True), self.stop: gr.Button(visible=False)}

    def busy(self) -> dict:
        return {**self._usable(False), self.fix: gr.Button(interactive=False), self.stop: gr.Button(visible=True), self.said: ""}

    def _usable(self, usable: bool) -> dict:
        return {button: gr.Button(interactive=usable) for button in self.buttons}


def build(run: gr.Button | None = None) -> SqlToolsPanel:
    """A row of buttons, of which `run`, made with render=False, is the first; below it what is told."""
    label = gr.I18n()

    def button(name: str, visible: bool = True) -> gr.Button:
        return gr.Button(label(f"sql_tools.{name}"), size="sm", min_width=40, scale=0, visible=visible, elem_id=f"sql_{name}")

    with gr.Row(elem_id="sql_row"):
        if run is not None:
            run.render()
        fix = button("fix", visible=False)
        tools = [button(name) for name in ("format", "explain", "complete", "plan")]
        stop = button("stop", visible=False)
    said = gr.HTML(elem_id="sql_said")
    told = Told(elem_id="sql_told")
    place = gr.Number(-1, visible=False, precision=0)
    laid_out, explain, complete, plan = tools
    return SqlToolsPanel(laid_out, explain, complete, fix, plan, stop, said, told, gr.State(None), place)


def wire(panel: SqlToolsPanel, workspace: Workspace, source: gr.State, sql: gr.Code, shown: gr.State) -> None:
    """`sql` is the editor, whose elem_id is ask_sql; `source` holds which database is asked, `shown` a Shown or None."""
    p = panel

    def on_format(source: Source, text: object, request: gr.Request) -> dict:
        words = words_of(request)
        try:
            laid_out = pretty(taken(text), workspace.open(source).dialect)
        except Exception as error:  # the screen's edge: the SQL stays as it is
            return {p.said: failed(error, words)}
        key = "sql_tools.formatted_already" if laid_out == text else "sql_tools.formatted"
        return {p.said: status(words(key), "done"), p.told: gr.HTML(edit=edit(taken(text), laid_out, words))}

    def on_explain(source: Source, text: object, request: gr.Request) -> Iterator[dict]:
        yield from running(request, lambda stop, words: _explaining(p, workspace, source, taken(text), stop, words))

    def on_complete(source: Source, text: object, place: object, request: gr.Request) -> Iterator[dict]:
        yield from running(request, lambda stop, words: _completing(p, workspace, source, taken(text), place, stop, words))

    def on_fix(source: Source, text: object, failure: Failed | None, shown: Shown | None, request: gr.Request) -> Iterator[dict]:
        yield from running(request, lambda stop, words: _fixing(p, workspace, source, taken(text), failure, shown, stop, words))

    def on_plan(source: Source, text: object, request: gr.Request) -> Iterator[dict]:
        yield from running(request, lambda stop, words: _planning(p, workspace, source, taken(text), stop, words))

    def on_put(event: gr.EventData) -> object:
        """Where the page could not reach into the editor."""
        text = getattr(event, "sql", None)
        return text if isinstance(text, str) and len(text) <= MAX_LENGTH else gr.skip()

    def on_stop(request: gr.Request) -> None:
        workspace.stop(_visitor(request))

    def running(request: gr.Request, steps: Callable[[Event, Words], Iterator[dict]]) -> Iterator[dict]:
        visitor, words = _visitor(request), words_of(request)

        def working() -> Iterator[dict]:
            with workspace.working(visitor):
                stop = workspace.start(visitor)
                yield p.busy()
                yield from _all_but_last(steps(stop, words), p.idle())

        try:
            yield from working()
        except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
            yield {**p.idle(), p.said: failed(error, words)}

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    at_once = workspace.settings.share_questions if workspace.settings.shared else 8
    working = {"concurrency_id": "sql_tools", "concurrency_limit": at_once, "trigger_mode": "once"} | quiet
    p.format.click(on_format, [source, sql], [p.said, p.told], **quiet)
    p.explain.click(on_explain, [source, sql], p.outputs, **working)
    p.complete.click(on_complete, [source, sql, p.place], p.outputs, js=CURSOR, **working)
    p.fix.click(on_fix, [source, sql, p.failure, shown], p.outputs, **working)
    p.plan.click(on_plan, [source, sql], p.outputs, **working)
    p.stop.click(on_stop, queue=False, **quiet)
    p.told.put(on_put, None, sql, **quiet)


def taken(text: object) -> str:
    """What stands in the editor. Raises BadInput for what no editor sends."""
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        raise BadInput(f"The query is longer than {MAX_LENGTH:,} characters.", "Shorten it.")
    return text


def edit(was: str, now: str, words: Words, follow: bool = False) -> dict[str, object]:
    """For the page: what to change in the editor, and whether the cursor goes behind it."""
    return {"was": was, "now": now, "follow": follow, "late": words("sql_tools.late"), "number": next(_numbers)}


def told(kind: str, text: str, words: Words, busy: bool = False) -> gr.HTML:
    """Text under the editor, of the kind words or plan."""
    texts = {name: words(f"sql_tools.{name}") for name in ("copy", "copied", "close")}
    return gr.HTML(view={"heading": words(f"sql_tools.of_{kind}"), "text": text, "kind": kind, "busy": busy, "texts": texts})


def _explaining(p: SqlToolsPanel, workspace: Workspace, source: Source, sql: str, stop: Event, words: Words) -> Iterator[dict]:
    def texts() -> Iterator[str]:
        options = replace(assist.EXPLAINED, cancel=stop)
        yield from assist.explain(workspace.model, workspace.open(source).schema(), sql, words.language, options)

    for text, seconds in _followed(texts(), stop):
        yield {p.told: told("words", text, words, True)} if text else {p.said: _busy("explaining", seconds, words)}
    yield {p.said: status(words("sql_tools.explained"), "done"), p.told: told("words", text, words)}


def _completing(
    p: SqlToolsPanel, workspace: Workspace, source: Source, sql: str, place: object, stop: Event, words: Words
) -> Iterator[dict]:
    at = int(place) if isinstance(place, (int, float)) and 0 <= place <= len(sql) else len(sql)

    def written() -> Iterator[str]:
        options = replace(assist.FILLED, cancel=stop)
        yield assist.complete_at(workspace.model, workspace.open(source).schema(), sql[:at], sql[at:], options)

    for text, seconds in _followed(written(), stop):
        yield {p.said: _busy("completing", seconds, words)}
    yield {
        p.said: status(words("sql_tools.completed"), "done"),
        p.told: gr.HTML(edit=edit(sql, sql[:at] + text + sql[at:], words, follow=True)),
    }


def _fixing(
    p: SqlToolsPanel,
    workspace: Workspace,
    source: Source,
    sql: str,
    failure: Failed | None,
    shown: Shown | None,
    stop: Event,
    words: Words,
) -> Iterator[dict]:
    error = failure.error if failure and failure.source == source and failure.sql.strip() == sql.strip() else None
    asked = shown.question if shown and shown.source == source and shown.sql.strip() == sql.strip() else None

    def fixed() -> Iterator[Fixed]:
        yield _fixed(workspace, workspace.open(source), sql, asked, error, stop)

    for found, seconds in _followed(fixed(), stop):
        yield {p.said: _busy("fixing", seconds, words)}
    if found.sql.strip() == sql.strip():
        raise BadInput("The model found nothing to change.", "Change the SQL by hand, or ask in other words.")
    yield {
        p.said: status(_changes(sql, found, words), "done"),
        p.told: gr.HTML(edit=edit(sql, found.sql, words)),
        p.failure: None,
        p.fix: gr.Button(visible=False, interactive=True),
    }


def _fixed(workspace: Workspace, database: Database, sql: str, asked: Question | None, error: QsqlError | None, stop: Event) -> Fixed:
    return assist.fix(
        database,
        workspace.model,
        sql,
        asked,
        error,
        replace(assist.FIXED, cancel=stop),
        workspace.limits(stop),
        workspace.kept.now.sample_rows,
    )


def _planning(p: SqlToolsPanel, workspace: Workspace, source: Source, sql: str, stop: Event, words: Words) -> Iterator[dict]:
    def plans() -> Iterator[str]:
        yield plan_of(workspace.open(source), sql, workspace.limits(stop))

    for text, seconds in _followed(plans(), stop):
        yield {p.said: _busy("planning", seconds, words)}
    yield {p.said: "", p.told: told("plan", text, words)}


def _changes(sql: str, found: Fixed, words: Words) -> str:
    """What was changed, in a sentence."""
    if found.changes:
        return words("sql_tools.fixed_by_rule", changes=" ".join(map(words.sentence, found.changes)))
    pairs = [f"{_short(old)} → {_short(new)}" for old, new in differences(sql, found.sql)]
    more = words("sql_tools.and_more", count=len(pairs) - MOST_CHANGES) if len(pairs) > MOST_CHANGES else ""
    return words("sql_tools.fixed_by_model", changes="; ".join(pairs[:MOST_CHANGES]) + more)


def _short(text: str) -> str:
    return (text if len(text) <= LONGEST else f"{text[:LONGEST]}…") or "∅"


def _all_but_last(updates: Iterator[dict], with_last: dict) -> Iterator[dict]:
    """The last one with more: of two that come together, the page may take only the second."""
    before: dict = {}
    for update in updates:
        if before:
            yield before
        before = update
    yield {**with_last, **before}


def _busy(doing: str, seconds: float, words: Words) -> str:
    return status(words(f"sql_tools.{doing}", seconds=f"{seconds:.0f}"))


def _followed(steps: Iterator[Step], stop: Event) -> Iterator[tuple[Step | None, float]]:
    """The newest so far, and the seconds since the start; whatever ends this ends the work."""
    start, latest = time.perf_counter(), None
    try:
        for new in follow(steps):
            latest = new or latest
            yield latest, time.perf_counter() - start
    finally:
        stop.set()


def _visitor(request: gr.Request) -> Visitor:
    return Visitor(str(request.username or ""), str(request.session_hash))
