"""The screen as a whole: what stands where, and how its panels hear of each other. Each panel is a file of its own."""

from dataclasses import dataclass

import gradio as gr

from qsql.ui import ask, compare, database, glossary, history, models, preferences, sessions, suggestions
from qsql.ui.ask import AskPanel
from qsql.ui.compare import ComparePanel
from qsql.ui.database import DatabasePanel
from qsql.ui.glossary import GlossaryPanel
from qsql.ui.history import HistoryPanel
from qsql.ui.models import Chip, Leaves, ModelsPanel
from qsql.ui.preferences import PreferencesPanel
from qsql.ui.suggestions import Suggestions
from qsql.ui.workspace import Workspace

QUIET = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True)
class Side:
    """What stands beside the tabs. `history` and `glossary` are None where nothing is kept."""

    database: DatabasePanel
    glossary: GlossaryPanel | None
    history: HistoryPanel | None


@dataclass(frozen=True)
class Main:
    """What stands in the tabs. `compare` is None where the app is shared."""

    suggestions: Suggestions
    ask: AskPanel
    compare: ComparePanel | None


def build_side(workspace: Workspace) -> Side:
    """Lay out the side; call it inside the page, before the tabs."""
    label = gr.I18n()
    with gr.Sidebar(width=340, elem_id="side"):
        gr.HTML("<h1>qsql</h1>", elem_id="name")
        questions = history.build_questions()
        with gr.Tab(label("screen.database"), id="database"):
            opened = database.build(workspace)
            terms = glossary.build() if workspace.glossary else None
        if workspace.history is None:
            return Side(opened, terms, None)
        with gr.Tab(label("screen.history"), id="history"):
            past = history.build(questions)
    return Side(opened, terms, past)


def build_tabs(workspace: Workspace) -> Main:
    """Lay out the tabs; call it inside the page, after the side."""
    label = gr.I18n()
    with gr.Tab(label("screen.ask"), id="ask"):
        question = ask.build_question()
        suggested = suggestions.build(lambda: workspace.kept.now.sample_rows)
        asked = ask.build(workspace, question)
    if workspace.settings.shared:
        return Main(suggested, asked, None)
    with gr.Tab(label("compare.title"), id="compare") as tab:
        both = compare.build()
    tab.select(lambda *texts: texts, [question, asked.evidence], [both.question, both.evidence], **QUIET)
    return Main(suggested, asked, both)


@dataclass(frozen=True)
class Around:
    """What is about the app itself. `models` is None where it is shared."""

    models: ModelsPanel | None
    preferences: PreferencesPanel
    chip: Chip
    leaves: Leaves


def build_model(workspace: Workspace) -> tuple[Chip, Leaves]:
    """Place what tells of the model wherever one is on the page; call it before the tabs."""
    return models.build_chip(workspace.settings.shared), models.build_leaves(lambda: workspace.kept.now.sample_rows)


def build_around(workspace: Workspace, chip: Chip, leaves: Leaves) -> Around:
    """Lay out the last tabs; call it inside the tabs, after all others. `chip` and `leaves` stand outside of them."""
    label, shared = gr.I18n(), workspace.settings.shared
    choice = None
    if not shared:
        with gr.Tab(label("models.title"), id="models"):
            choice = models.build()
    with gr.Tab(label("preferences.title"), id="settings"):
        chosen = preferences.build(workspace.kept, shared)
    return Around(choice, chosen, chip, leaves)


def wire(side: Side, main: Main, around: Around, workspace: Workspace, page: gr.Blocks) -> None:
    """Connect everything."""

    def on_leave(request: gr.Request) -> None:
        workspace.leave(ask.visitor_of(request))
        sessions.let_go(page, str(request.session_hash), (side.database.source, side.database.chosen))

    recents = (lambda: workspace.history.recent_databases(8)) if workspace.history else (lambda: ())
    opened = database.wire(side.database, workspace, page, recents, main.suggestions)
    ended = ask.wire(main.ask, workspace, side.database)
    ask.wire_link(main.ask, page)
    models.wire(around.chip, around.models, workspace.holder, workspace.settings, page, workspace.masked, around.leaves)
    preferences.wire(around.preferences, workspace.kept, page, None if workspace.settings.shared else main.ask.effort)
    if main.compare:
        compare.wire(main.compare, workspace, side.database.source, page, lambda: workspace.holder.name)
    if side.glossary:
        glossary.wire(side.glossary, workspace, workspace.glossary, side.database.source, opened)
    if side.history:
        history.wire(side.history, workspace, workspace.history, side.database.source, [*opened, *ended])
        ask.wire_history(main.ask, side.history, workspace, side.database)
    page.unload(on_leave)
