"""The database pane: open one, look through its tables, say which of them questions are about, look at the first rows of one.

`build` makes the components, `wire` connects them. Every handler can be called from outside the screen, so each takes its input as
untrusted. Where the app is shared, only the shared database and a visitor's own uploads can be opened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from qsql.address import from_link
from qsql.databases.base import Database
from qsql.errors import BadInput
from qsql.steps.knowledge import Knowledge, knowledge_of
from qsql.texts import Words
from qsql.ui import peek, server_form, suggestions
from qsql.ui.language import words_of
from qsql.ui.schema import schema_html
from qsql.ui.server_form import ServerForm
from qsql.ui.status import failed, status
from qsql.ui.suggestions import Suggestions
from qsql.ui.workspace import Source, Visitor, Workspace
from qsql.userdata import place_of

SOON, IN_TIME = 0.3, 20.0  # seconds that the list waits for inferred keys, at first and once it is shown
SCRIPT = Path(__file__).parent / "database.js"
PICK = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  button.closest("details").open = false;
  trigger("picked", {name: button.dataset.name});
});
"""

Trigger = Callable[..., Any]  # an event that can be given a handler
Opened = Callable[[Source, Database, Words], dict]


@dataclass(frozen=True)
class DatabasePanel:
    """`source` holds which database is open, `chosen` the names of the tables that questions are about: a tuple, or None for all.

    `recent` and `form` are None where the app is shared.
    """

    source: gr.State
    chosen: gr.State
    path: gr.Textbox
    recent: gr.HTML | None
    upload: gr.UploadButton
    form: ServerForm | None
    said: gr.HTML
    tables: gr.HTML
    peek: gr.HTML

    @property
    def outputs(self) -> list:
        own = [self.source, self.chosen, self.path, self.said, self.tables, self.peek]
        return [*own, *([self.recent] if self.recent else []), *(self.form.outputs if self.form else [])]


def build(workspace: Workspace) -> DatabasePanel:
    """Lay out the pane inside the block that is open."""
    label, shared = gr.I18n(), workspace.settings.shared
    source, chosen = gr.State(workspace.settings.database), gr.State(None)
    info = label("database.path_info_shared" if shared else "database.path_info")
    path = gr.Textbox(workspace.first, label=label("database.path"), info=info, submit_btn=label("database.open"), elem_id="ask_path")
    with gr.Row(elem_id="database_ways"):
        recent = None if shared else gr.HTML(js_on_load=PICK, apply_default_css=False, elem_id="database_recent")
        upload = gr.UploadButton(label("database.upload"), file_count="multiple", size="sm", min_width=120, elem_id="ask_upload")
    form = None if shared else server_form.build()
    said = gr.HTML(elem_id="database_said")
    tables = gr.HTML(js_on_load=SCRIPT.read_text(encoding="utf-8"), apply_default_css=False, elem_id="ask_tables")
    return DatabasePanel(source, chosen, path, recent, upload, form, said, tables, peek.build())


def _recent_html(names: Sequence[str], words: Words) -> str:
    choices = [("sample", words("database.sample")), *((name, name) for name in names if name != "sample")]
    buttons = "".join(
        f'<button type="button" data-name="{escape(name)}" title="{escape(text)}"><bdi>{escape(text)}</bdi></button>'
        for name, text in choices
    )
    return f"<details><summary>{escape(words('database.recent'))}</summary>{buttons}</details>"


def wire(
    panel: DatabasePanel,
    workspace: Workspace,
    page: gr.Blocks,
    recents: Callable[[], Sequence[str]] = lambda: (),
    suggested: Suggestions | None = None,
    opened: Opened = lambda source, database, words: {},
    outputs: Sequence = (),
) -> list[Trigger]:
    """Connect the events.

    `recents` gives databases that were open before, as they are shown; `opened` what else changes when one is opened now, among
    `outputs`; `suggested` follows it too. Gives what happens once one was opened, for handlers that come after.
    """
    p = panel

    def shown(source: Source, words: Words) -> dict:
        database = workspace.open(source)
        database.refresh()
        again = {p.recent: _recent_html(recents(), words)} if p.recent else {}
        return {
            **show(p, source, database, words),
            **_suggested(suggested, database, SOON, words),
            **again,
            **opened(source, database, words),
        }

    def on_known(source: Source, chosen: tuple[str, ...] | None, request: gr.Request) -> dict:
        """What takes time to find out about the database comes after it is shown."""
        return _said(lambda: _more(p, workspace.open(source), chosen, suggested, words_of(request)), lambda error: {})

    def on_chosen(source: Source, event: gr.EventData, request: gr.Request) -> dict:
        words = words_of(request)
        return _said(lambda: _chosen(p, workspace.open(source), event, words), lambda error: {p.said: failed(error, words)})

    way = _Opening(p, workspace, shown)
    quiet = {"show_progress": "hidden"}
    opening = {"concurrency_limit": 8, "api_visibility": "private"} | quiet
    changed = [*p.outputs, *(suggested.outputs if suggested else []), *outputs]
    events = [p.path.submit(way.on_open, p.path, changed, **opening)]
    events.append(page.load(way.on_load, p.path, changed, **opening))
    events.append(p.upload.upload(way.on_upload, p.upload, changed, **opening))
    if p.form and p.recent:
        events.append(p.recent.picked(way.on_recent, None, changed, **opening))
        submits = [p.form.open.click, *(field.submit for field in p.form.fields[1:])]
        events.append(gr.on(submits, way.on_connect, list(p.form.fields), changed, trigger_mode="once", **opening))
    more = [p.tables, *(suggested.outputs if suggested else [])]
    for event in events:
        event.then(on_known, [p.source, p.chosen], more, **opening)
    p.tables.chosen(on_chosen, p.source, [p.chosen, p.said], trigger_mode="always_last", **opening)
    peek.wire(p.peek, p.tables, workspace, p.source)
    return [event.then for event in events]


@dataclass(frozen=True)
class _Opening:
    """The ways to open a database; `shown` opens it and gives what the screen shows of it."""

    panel: DatabasePanel
    workspace: Workspace
    shown: Callable[[Source, Words], dict]

    def on_open(self, path: str, request: gr.Request) -> dict:
        words = words_of(request)
        return _said(lambda: self._named(str(path or ""), request, words), lambda error: {self.panel.said: failed(error, words)})

    def on_load(self, path: str, request: gr.Request) -> dict:
        """The first database, or the one of the link; one that was never opened here waits for a person to open it."""
        words, link = words_of(request), from_link(dict(request.query_params))
        wanted = link.database if link else ""
        if wanted in ("", str(path)) or _may_open(self.workspace, wanted):
            return self.on_open(wanted or path, request)
        return {**self.on_open(path, request), self.panel.path: wanted, self.panel.said: status(words("database.linked"), "done")}

    def on_recent(self, event: gr.EventData, request: gr.Request) -> dict:
        """Of a server that wants a password, the form has the rest."""
        words, name = words_of(request), str(getattr(event, "name", ""))
        return _said(
            lambda: self._named(name, request, words),
            lambda error: {self.panel.said: failed(error, words), **self.panel.form.filled(name, "")},
        )

    def on_connect(self, engine: str, host: str, port: str, database: str, user: str, password: str, request: gr.Request) -> dict:
        form, words = self.panel.form, words_of(request)

        def connect() -> dict:
            address = server_form.address_of(engine, host, port, database, user, password)
            return {**self._named(address, request, words), **form.opened()}

        return _said(connect, lambda error: {form.said: failed(error, words)})

    def on_upload(self, files: list[str] | None, request: gr.Request) -> dict:
        words, visitor = words_of(request), visitor_of(request)

        def upload() -> dict:
            with self.workspace.working(visitor):
                return self._shown(self.workspace.uploaded(tuple(map(str, files or [])), visitor), words)

        return _said(upload, lambda error: {self.panel.said: failed(error, words)})

    def _named(self, text: str, request: gr.Request, words: Words) -> dict:
        return self._shown(self.workspace.source(text.strip(), visitor_of(request)), words)

    def _shown(self, source: Source, words: Words) -> dict:
        return {**self.shown(source, words), self.panel.path: self.workspace.shown(source)}  # without the password that was typed


def _may_open(workspace: Workspace, name: str) -> bool:
    """Whether a link may have it opened by itself: what a stranger wrote must not make this machine connect to anywhere."""
    if name in (workspace.first, "sample"):
        return True
    return workspace.history is not None and workspace.history.knows(place_of(name, workspace.open))


def show(panel: DatabasePanel, source: Source, database: Database, words: Words) -> dict:
    """A database that is open now: its tables, all of them chosen."""
    known = _known(database, SOON)
    html = schema_html(database, words, known.schema if known else None)
    return {panel.source: source, panel.chosen: None, panel.tables: html, panel.said: "", panel.peek: ""}


def visitor_of(request: gr.Request) -> Visitor:
    return Visitor(str(request.username or ""), str(request.session_hash))


def _known(database: Database, patience: float) -> Knowledge | None:
    try:
        return knowledge_of(database, patience)
    except Exception:  # it is only a help; whoever needs it hears of it
        return None


def _more(p: DatabasePanel, database: Database, chosen: tuple | None, suggested: Suggestions | None, words: Words) -> dict:
    """The keys that were inferred, where there are any, and questions that follow from them."""
    known = _known(database, IN_TIME)
    inferred = known is not None and any(key.inferred for table in known.schema.tables for key in table.foreign_keys)
    html = {p.tables: schema_html(database, words, known.schema, chosen, opened=False)} if inferred else {}
    return {**html, **_suggested(suggested, database, 0, words)}


def _suggested(suggested: Suggestions | None, database: Database, patience: float, words: Words) -> dict:
    return suggestions.show(suggested, database, _known(database, patience), words) if suggested else {}


def _chosen(p: DatabasePanel, database: Database, event: gr.EventData, words: Words) -> dict:
    """The boxes that are ticked. Raises BadInput for what is no table of this database."""
    names, tables = getattr(event, "tables", None), [table.name for table in database.schema().tables]
    if not isinstance(names, list) or not set(map(str, names)).issubset(tables):
        raise BadInput("These tables are not in the database that is open.", "Open the database again.")
    picked = tuple(name for name in tables if name in set(names))
    if len(picked) == len(tables):
        return {p.chosen: None, p.said: ""}
    key = "database.chosen" if picked else "database.none_chosen"
    return {p.chosen: picked, p.said: status(words(key, count=f"{len(picked):,}", all=f"{len(tables):,}"), "done")}


def _said(work: Callable[[], dict], fail: Callable[[Exception], dict]) -> dict:
    try:
        return work()
    except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
        return fail(error)
