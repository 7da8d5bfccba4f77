"""The Ask tab: a question, and what it comes to. The handlers are plain generators that a test calls without a server.

Every handler can be called from outside the screen, so each takes its input as untrusted.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

import gradio as gr

from qsql.address import from_link
from qsql.follow import follow
from qsql.followups import goes_on
from qsql.history.recording import Recording
from qsql.plan import EFFORTS, Plan
from qsql.records import Question, Turn
from qsql.texts import Words
from qsql.ui import answer as answer_panel
from qsql.ui.answer import AnswerPanel, progress, sql_of, timed
from qsql.ui.answering import Asked, answering, running
from qsql.ui.database import DatabasePanel
from qsql.ui.history import HistoryPanel, entry_in
from qsql.ui.history_view import note, shown_of
from qsql.ui.language import words_of
from qsql.ui.shown import Shown
from qsql.ui.status import failed, status
from qsql.ui.verdict import rerun
from qsql.ui.workspace import Source, Visitor, Workspace
from qsql.userdata import place_of

Step = TypeVar("Step")
Trigger = Callable[..., Any]  # an event that can be given a handler
ASK = "() => setTimeout(() => document.querySelector('#ask_question .submit-button')?.click(), 100)"
FOLLOWS = ("auto", "always", "never")  # whether a question goes on from the answer that is shown


@dataclass(frozen=True)
class AskPanel:
    """The components of the tab that events read or change."""

    question: gr.Textbox
    evidence: gr.Textbox
    effort: gr.Radio
    follows: gr.Radio
    answer: AnswerPanel

    @property
    def outputs(self) -> list:
        return [self.question, *self.answer.outputs]


def build_question() -> gr.Textbox:
    """The box for the question; what is asked often may stand under it."""
    label = gr.I18n()
    return gr.Textbox(
        label=label("ask.question"),
        placeholder=label("ask.placeholder"),
        lines=1,
        max_lines=6,
        autofocus=True,
        submit_btn=True,
        elem_id="ask_question",
    )


def build(workspace: Workspace, question: gr.Textbox) -> AskPanel:
    """Lay out all else of the tab inside the block that is open."""
    label = gr.I18n()
    with gr.Accordion(label("ask.more"), open=False, elem_id="ask_more"):
        evidence = gr.Textbox(
            label=label("ask.evidence"), info=label("ask.evidence_info"), placeholder=label("ask.evidence_example"), elem_id="ask_evidence"
        )
        with gr.Row():
            efforts = [(label(f"ask.effort_{effort}"), effort) for effort in EFFORTS]
            effort = gr.Radio(efforts, value=workspace.settings.effort, label=label("ask.effort"), elem_id="ask_effort")
            choices = [(label(f"ask.follows_{choice}"), choice) for choice in FOLLOWS]
            follows = gr.Radio(choices, value="auto", label=label("ask.follows"), elem_id="ask_follows")
    return AskPanel(question, evidence, effort, follows, answer_panel.build(workspace))


def wire(panel: AskPanel, workspace: Workspace, database: DatabasePanel) -> list[Trigger]:
    """Connect the tab's events; gives what happens once a run has ended, for handlers that come after."""
    p, a = panel, panel.answer

    def on_ask(
        source: Source,
        tables: tuple[str, ...] | None,
        text: str,
        evidence: str,
        effort: str,
        follows: str,
        shown: Shown | None,
        request: gr.Request,
    ) -> Iterator[dict]:
        asked = _asked(source, tables, str(text or ""), str(evidence or ""), follows, shown)
        plan = workspace.plan(effort if effort in EFFORTS else workspace.kept.now.effort)
        yield from run({a.sql: ""}, None, request, lambda stop, words: _asking(p, workspace, asked, plan, stop, words))

    def on_run(source: Source, sql: str, shown: Shown | None, request: gr.Request) -> Iterator[dict]:
        sql = str(sql or "")
        yield from run({}, (source, sql), request, lambda stop, words: _running_sql(p, workspace, source, sql, shown, stop, words))

    def run(
        first: dict, by_hand: tuple[Source, str] | None, request: gr.Request, steps: Callable[[Event, Words], Iterator[dict]]
    ) -> Iterator[dict]:
        visitor, words = visitor_of(request), words_of(request)

        def working() -> Iterator[dict]:
            with workspace.working(visitor):
                stop = workspace.start(visitor)
                yield {**first, **_busy(p)}
                yield from steps(stop, words)

        try:
            yield from working()
        except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
            mendable = a.tools.failed(*by_hand, error) if by_hand else {}
            yield {a.status: failed(error, words), **_idle(p), **mendable}

    def on_stop(request: gr.Request) -> None:
        workspace.stop(visitor_of(request))

    quiet = {"show_progress": "hidden"}
    at_once = workspace.settings.share_questions if workspace.settings.shared else 8
    asking = {"concurrency_id": "ask", "concurrency_limit": at_once, "trigger_mode": "once", "api_visibility": "private"} | quiet
    inputs = [database.source, database.chosen, p.question, p.evidence, p.effort, p.follows, a.shown]
    asked = p.question.submit(on_ask, inputs, p.outputs, **asking)
    ran = a.run.click(on_run, [database.source, a.sql, a.shown], p.outputs, **asking)
    p.question.stop(on_stop, queue=False, api_visibility="private", **quiet)
    answer_panel.wire(a, workspace, database.source)
    return [asked.then, ran.then]


def _asked(source: Source, tables: tuple[str, ...] | None, text: str, evidence: str, follows: str, shown: Shown | None) -> Asked:
    """A question stands alone, or goes on from what is shown: as it was chosen, else by its words."""
    if shown is None or shown.question is None or shown.source != source or not shown.sql:
        return Asked(source, tables, Question(text, evidence))
    if follows == "never" or (follows != "always" and not goes_on(text)):
        return Asked(source, tables, Question(text, evidence))
    earlier = (*shown.question.earlier, Turn(shown.question.text, shown.sql))
    return Asked(source, tables, Question(text, evidence, earlier), shown.entry)


def _asking(p: AskPanel, workspace: Workspace, asked: Asked, plan: Plan, stop: Event, words: Words) -> Iterator[dict]:
    a, source, question = p.answer, asked.source, asked.question
    recording = Recording(workspace.history, place_of(source, workspace.open), question, asked.follows)
    for answer, latest, seconds in _followed(recording.of(answering(workspace, asked, plan, workspace.limits(stop))), stop):
        yield {a.sql: sql_of(answer.best) if answer else gr.skip(), a.status: progress(latest, seconds, words)}
    best = latest.best
    shown = Shown(source, latest.database, sql_of(best), question, best.result, latest, recording.entry)
    if best.error:
        yield {**_idle(p), **answer_panel.fail(a, shown, failed(best.error, words), words)}
        return
    said = words.joined(timed(best.result, words), words("answer.in_all", seconds=f"{seconds:.1f}"), *_gone_on(question, words))
    notices = map(words.sentence, (*best.prompt.notices, *latest.notices))
    yield {**_idle(p), **answer_panel.show(a, shown, said, workspace, words, notices)}


def _gone_on(question: Question, words: Words) -> list[str]:
    return [words("ask.gone_on", question=question.earlier[-1].text)] if question.earlier else []


def _running_sql(
    p: AskPanel, workspace: Workspace, source: Source, sql: str, shown: Shown | None, stop: Event, words: Words
) -> Iterator[dict]:
    before = shown.question if shown and shown.source == source else None
    recording = Recording(workspace.history, place_of(source, workspace.open), before or Question(""))
    try:
        for _, ran, seconds in _followed(running(workspace, source, sql, workspace.limits(stop)), stop):
            yield {p.answer.status: status(words("answer.running", seconds=f"{seconds:.0f}"))}
    except BaseException as error:
        recording.failed(error)
        raise
    recording.ran(ran.query.sql, ran.result)
    question, kept = rerun(shown, source, ran.query, workspace, words)
    said = words.joined(timed(ran.result, words), kept)
    now = Shown(source, ran.database, ran.query.sql, question, ran.result, entry=recording.entry)
    notices = [words.sentence(ran.why)] if ran.why else []
    yield {**_idle(p), **answer_panel.show(p.answer, now, said, workspace, words, notices), p.answer.sql: gr.skip()}


def _followed(steps: Iterator[Step], stop: Event) -> Iterator[tuple[Step | None, Step | None, float]]:
    """What is new since the last look, the newest so far, and the seconds since the start; whatever ends this ends the work."""
    start, latest = time.perf_counter(), None
    try:
        for new in follow(steps):
            latest = new or latest
            yield new, latest, time.perf_counter() - start
    finally:
        stop.set()


def _busy(p: AskPanel) -> dict:
    return {p.question: gr.Textbox(submit_btn=False, stop_btn=True), **answer_panel.clear(p.answer)}


def _idle(p: AskPanel) -> dict:
    return {p.question: gr.Textbox(submit_btn=True, stop_btn=False), **answer_panel.idle(p.answer)}


def visitor_of(request: gr.Request) -> Visitor:
    return Visitor(str(request.username or ""), str(request.session_hash))


def wire_link(panel: AskPanel, page: gr.Blocks) -> None:
    """The question of a link is put into the box; it is for the person to ask it."""

    def on_load(request: gr.Request) -> dict:
        link = from_link(dict(request.query_params))
        return {panel.question: link.question, panel.evidence: link.evidence} if link else {panel.question: gr.skip()}

    page.load(on_load, None, [panel.question, panel.evidence], api_visibility="private", show_progress="hidden")


def wire_history(panel: AskPanel, past: HistoryPanel, workspace: Workspace, database: DatabasePanel) -> None:
    """An answer that is chosen in the history stands on the screen again; one that is asked again is asked of the open database."""
    p = panel

    def on_chosen(source: Source, event: gr.EventData, request: gr.Request) -> dict:
        words = words_of(request)
        try:
            entry = entry_in(workspace.history, event)
            shown = shown_of(entry, workspace, source, visitor_of(request))
            return {**_told(p, entry.question), **answer_panel.recalled(p.answer, shown, note(entry, words), workspace, words)}
        except Exception as error:  # the screen's edge, as above
            return {p.answer.status: failed(error, words)}

    def on_again(event: gr.EventData, request: gr.Request) -> dict:
        try:
            return _told(p, entry_in(workspace.history, event).question)
        except Exception as error:  # as above
            return {p.answer.status: failed(error, words_of(request))}

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    past.entries.chosen(on_chosen, database.source, [*p.outputs, p.evidence], **quiet)
    past.entries.again(on_again, None, [p.question, p.evidence, p.answer.status], **quiet).success(None, js=ASK)


def _told(p: AskPanel, question: Question) -> dict:
    return {p.question: question.text, p.evidence: question.evidence}
