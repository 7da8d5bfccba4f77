"""The Compare tab: the same question to two models, side by side, with the SQL, the rows, and what each took.

Only where nobody else is let in, for it loads what it is told to: `build` is not to be called in the share mode. The model in use
stays loaded; another is loaded beside it for one answer.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

import gradio as gr

from qsql.ask import answers
from qsql.compare import Contestant, Side, compare, load_beside
from qsql.errors import Stopped
from qsql.follow import follow
from qsql.models.base import Model, Options
from qsql.prompt import check_question
from qsql.records import Question
from qsql.texts import Words
from qsql.ui import models_view as view
from qsql.ui import rows
from qsql.ui.answer import sql_of
from qsql.ui.compare_names import LONGEST, Names
from qsql.ui.compare_side import facts, head, verdict
from qsql.ui.language import words_of
from qsql.ui.rows import Grid
from qsql.ui.status import failed, status
from qsql.ui.workspace import Source, Visitor, Workspace

Updates = dict


@dataclass(frozen=True)
class SidePanel:
    """One model's column."""

    head: gr.HTML
    sql: gr.Code
    rows: Grid
    facts: gr.HTML


@dataclass(frozen=True)
class ComparePanel:
    """The components of the tab that events read or change."""

    question: gr.Textbox
    evidence: gr.Textbox
    models: tuple[gr.Dropdown, gr.Dropdown]
    leaves: gr.HTML
    start: gr.Button
    stop: gr.Button
    said: gr.HTML
    sides: tuple[SidePanel, SidePanel]

    @property
    def outputs(self) -> list:
        parts = [part for side in self.sides for part in (side.head, side.sql, side.rows, side.facts)]
        return [self.start, self.stop, self.said, self.leaves, *parts]


@dataclass
class Run:
    """One comparison under way: who is asked, and what was last told of the files of each: bytes done, in all, what is done."""

    names: tuple[str, str]
    stop: Event
    told: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def progress(self, name: str) -> Callable[[int, int, str], None]:
        """For whoever fetches the files of this model; it ends the fetch where the run was stopped."""

        def tell(done: int, total: int, label: str) -> None:
            if self.stop.is_set():
                raise Stopped()
            self.told[name] = done, total, label

        return tell


def build() -> ComparePanel:
    """Lay out the tab inside the block that is open."""
    label = gr.I18n()
    place = label("ask.placeholder")
    question = gr.Textbox(label=label("ask.question"), placeholder=place, lines=1, max_lines=6, elem_id="compare_question")
    evidence = gr.Textbox(label=label("ask.evidence"), placeholder=label("ask.evidence_example"), elem_id="compare_evidence")
    with gr.Row(elem_id="compare_models"):
        models = _model("first"), _model("second")
    leaves = gr.HTML(elem_id="compare_leaves", apply_default_css=False)
    with gr.Row(elem_id="compare_tools"):
        start = gr.Button(label("compare.start"), variant="primary", size="sm", min_width=120, scale=0, elem_id="compare_start")
        stop = gr.Button(label("compare.stop"), size="sm", min_width=120, scale=0, visible=False, elem_id="compare_stop")
        said = gr.HTML(elem_id="compare_said")
    with gr.Row(equal_height=False):
        sides = _side(0), _side(1)
    return ComparePanel(question, evidence, models, leaves, start, stop, said, sides)


def wire(p: ComparePanel, workspace: Workspace, source: gr.State, page: gr.Blocks, current: Callable[[], str] | None = None) -> None:
    """Connect the tab's events. `source` holds which database is asked; `current` tells the name of the model in use."""
    turn = threading.Lock()  # two models beside the one in use would be one too many

    named = Names(workspace.settings, current or (lambda: workspace.settings.model))

    def on_load(request: gr.Request) -> list:
        choices, chosen = named.choices(words_of(request))
        return [gr.Dropdown(choices, value=value) for value in chosen]

    def leaving(first: object, second: object, request: gr.Request) -> str:
        """What goes to another machine with each of the two."""
        seen, words = workspace.kept.now.sample_rows, words_of(request)
        return "".join(dict.fromkeys(view.leaves(str(name or "")[:LONGEST], seen, False, words) for name in (first, second)))

    def on_start(source: Source, question: str, evidence: str, first: str, second: str, request: gr.Request) -> Iterator[Updates]:
        words, visitor = words_of(request), _visitor(request)
        try:
            asked = Question(str(question or ""), str(evidence or ""))
            check_question(asked)
            names = named.two(first, second)
            with workspace.working(visitor):
                run = Run(names, workspace.start(visitor))
                yield {**_busy(p), p.leaves: leaving(first, second, request)}
                yield from _comparing(p, workspace, source, asked, run, named.in_use, turn, words)
        except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
            yield {p.said: failed(error, words), **_idle(p)}

    def on_stop(request: gr.Request) -> None:
        workspace.stop(_visitor(request))

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    page.load(on_load, None, list(p.models), **quiet)
    inputs = [source, p.question, p.evidence, *p.models]
    gr.on([p.start.click, p.question.submit], on_start, inputs, p.outputs, concurrency_limit=8, trigger_mode="once", **quiet)
    gr.on([model.change for model in p.models], leaving, list(p.models), p.leaves, queue=False, **quiet)
    p.stop.click(on_stop, queue=False, **quiet)


def _model(which: str) -> gr.Dropdown:
    label = gr.I18n()
    more = {"allow_custom_value": True, "min_width": 280, "elem_id": f"compare_{which}"}
    return gr.Dropdown([], label=label(f"compare.{which}"), info=label("compare.info"), **more)


def _side(place: int) -> SidePanel:
    label = gr.I18n()
    with gr.Column(min_width=320, elem_classes="compare_side", elem_id=f"compare_side_{place}"):
        head = gr.HTML(elem_id=f"compare_head_{place}")
        sql = gr.Code(
            label=label("answer.sql"), language="sql", interactive=False, lines=1, max_lines=16, wrap_lines=True, visible=False,
            elem_id=f"compare_sql_{place}",
        )  # fmt: skip
        grid = Grid(visible=False, elem_id=f"compare_rows_{place}")
        facts = gr.HTML(elem_id=f"compare_facts_{place}")
    return SidePanel(head, sql, grid, facts)


def _comparing(
    p: ComparePanel, workspace: Workspace, source: Source, question: Question, run: Run, current: str, turn: threading.Lock, words: Words
) -> Iterator[Updates]:
    def steps() -> Iterator[tuple[Side, Side]]:
        """In a thread of its own, which goes on to the end, so that a model is given back however this is left."""
        with _taking(turn, run.stop):
            database, terms = workspace.open(source), workspace.terms(source, question)
            options, limits, plan = Options(cancel=run.stop), workspace.limits(run.stop), workspace.plan(workspace.settings.effort)
            contestants = tuple(_contestant(name, workspace, current, run) for name in run.names)
            yield from compare(lambda model: answers(database, question, model, options, limits, plan, None, terms), contestants, run.stop)

    start, latest = time.perf_counter(), tuple(map(Side, run.names))
    try:
        for new in follow(steps()):
            said = status(words("compare.going", seconds=f"{time.perf_counter() - start:.0f}"))
            shown = {}
            for part, old, side in zip(p.sides, latest, new or latest):
                shown |= _news(part, old, side, run.told.get(side.name), words)
            latest = new or latest
            yield {**shown, p.said: said}
    finally:
        run.stop.set()
    yield {p.said: status(verdict(latest, words), "done"), **_idle(p)}


def _contestant(name: str, workspace: Workspace, current: str, run: Run) -> Contestant:
    if name == current:
        return Contestant(name, workspace.model, kept=True)
    return Contestant(name, lambda: load_beside(name, _kept(workspace), workspace.settings, run.progress(name)))


def _kept(workspace: Workspace) -> Model | None:
    try:
        return workspace.model()
    except Exception:  # it is not there, so that it takes no room; whoever asks it is told why
        return None


@contextmanager
def _taking(turn: threading.Lock, stop: Event) -> Iterator[None]:
    while not turn.acquire(timeout=0.1):
        if stop.is_set():
            raise Stopped()
    try:
        yield
    finally:
        turn.release()


def _news(part: SidePanel, old: Side, side: Side, told: tuple[int, int, str] | None, words: Words) -> Updates:
    """What is new of this side since the last look; while it is under way, at least its seconds."""
    if side is old and side.stage == "done":
        return {}
    shown: Updates = {part.head: head(side, told, words)}
    if side is not old and side.answer is not None:
        sql, result = sql_of(side.answer.best), side.answer.best.result
        shown[part.sql] = gr.Code(sql, visible=bool(sql))
        if side.stage == "done":
            shown |= {part.rows: rows.update(result.rows, words) if result else rows.hidden(), part.facts: facts(side.answer, words)}
    return shown


def _busy(p: ComparePanel) -> Updates:
    shown: Updates = {p.start: gr.Button(visible=False), p.stop: gr.Button(visible=True), p.said: ""}
    for part in p.sides:
        shown |= {part.head: "", part.sql: gr.Code(visible=False), part.rows: rows.hidden(), part.facts: ""}
    return shown


def _idle(p: ComparePanel) -> Updates:
    return {p.start: gr.Button(visible=True), p.stop: gr.Button(visible=False)}


def _visitor(request: gr.Request) -> Visitor:
    """Its own, so that a question in another tab does not stop a comparison, nor the reverse."""
    return Visitor(str(request.username or ""), f"{request.session_hash}:compare")
