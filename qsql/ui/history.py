"""The panel of what was asked: look for it, take an answer back at once, give it a name, ask again, delete, take all away.

It is for the person whose machine this is: where the app is shared it is not built. Every handler can be called from outside the
screen, so each checks which entry is meant.
"""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from qsql.errors import BadInput
from qsql.history import MOST_LISTED, Deleted, History
from qsql.history.entry import Entry, gone
from qsql.history.files import WRITERS
from qsql.texts import Words
from qsql.ui.history_view import EARLIER, NOTHING, view
from qsql.ui.language import words_of
from qsql.ui.status import failed, status
from qsql.ui.workspace import Source, Workspace
from qsql.userdata import Place, place_of

PAGE = 50  # entries that the list has at first, and how many more each time
HERE, EVERYWHERE = "here", "everywhere"
SCRIPT = Path(__file__).parent / "history_list.js"
_FRAME = '<ol class="history_list"></ol><p class="history_empty"></p><button type="button" class="history_further" hidden></button>'
_SAVE = "() => document.querySelector('#history_file').click()"

Trigger = Callable[..., Any]  # an event that can be given a handler: `page.load`, or the `then` of another


@dataclass(frozen=True)
class HistoryPanel:
    """`entries` has the events `chosen` and `again`, for whoever shows answers and asks; `entry_in` says which entry is meant.

    `questions` holds, out of sight, what Up brings back; `limit` is how many the list may have, `undone` what was deleted last, `armed`
    what a second press of Clear deletes.
    """

    search: gr.Textbox
    scope: gr.Radio
    saved: gr.Checkbox
    entries: gr.HTML
    questions: gr.HTML
    said: gr.HTML
    undo: gr.Button
    exports: dict[str, gr.Button]
    file: gr.DownloadButton
    clear: gr.Button
    limit: gr.State
    undone: gr.State
    armed: gr.State

    @property
    def outputs(self) -> list:
        return [self.entries, self.questions, self.said, self.undo, self.clear, self.limit, self.undone, self.armed]


@dataclass(frozen=True)
class Seen:
    """What the list shows: of the open source or of all, with these words, all or the saved ones."""

    source: Source
    search: str
    scope: str
    saved: bool
    limit: int

    @property
    def everywhere(self) -> bool:
        return self.scope == EVERYWHERE

    def place(self, workspace: Workspace) -> Place | None:
        return None if self.everywhere else place_of(self.source, workspace.open)


def build_questions() -> gr.HTML:
    """Where the questions are that Up brings back; place it outside the tabs, for one that was never opened is not in the page."""
    return gr.HTML(elem_id="history_questions", visible="hidden")


def build(questions: gr.HTML) -> HistoryPanel:
    label = gr.I18n()
    plain = {"show_label": False, "container": False}
    small = {"size": "sm", "min_width": 60}
    with gr.Column(elem_id="history", min_width=240):
        text = label("history.search")
        search = gr.Textbox(label=text, placeholder=text, max_length=200, elem_id="history_search", **plain)
        with gr.Row(elem_id="history_filter"):
            choices = [(label("history.here"), HERE), (label("history.everywhere"), EVERYWHERE)]
            scope = gr.Radio(choices, value=HERE, label=label("history.scope"), elem_id="history_scope", **plain)
            saved = gr.Checkbox(label=label("history.saved_only"), container=False, min_width=80, elem_id="history_saved")
        entries = gr.HTML(
            html_template=_FRAME,
            js_on_load=SCRIPT.read_text(encoding="utf-8"),
            apply_default_css=False,
            view=NOTHING,
            elem_id="history_entries",
        )
        with gr.Row(elem_id="history_line"):
            said = gr.HTML(elem_id="history_said")
            undo = gr.Button(label("history.undo"), visible=False, scale=0, elem_id="history_undo", **small)
        with gr.Row(elem_id="history_all"):
            exports = {kind: gr.Button(label(f"history.{kind}"), elem_id=f"history_{kind}", **small) for kind in WRITERS}
            clear = gr.Button(label("history.clear"), elem_id="history_clear", **small)
        file = gr.DownloadButton("history_file", visible="hidden", elem_id="history_file")
    states = {"limit": gr.State(PAGE), "undone": gr.State(None), "armed": gr.State(None)}
    return HistoryPanel(search, scope, saved, entries, questions, said, undo, exports, file, clear, **states)


def wire(panel: HistoryPanel, workspace: Workspace, history: History, source: gr.State, changes: Sequence[Trigger] = ()) -> None:
    """`source` holds the source that is open; the list is read again after each of `changes`."""
    p = panel
    inputs = [source, p.search, p.scope, p.saved, p.limit]
    quiet = {"api_visibility": "private", "show_progress": "hidden"}

    def after(act: Callable[[Seen, Words], dict], request: gr.Request, *seen) -> dict:
        """The list after an act, and what the act says; where it fails, only why."""
        words = words_of(request)
        try:
            now = _seen(*seen)
            said = act(now, words)
            return {**_listed(p, workspace, history, now, words), **_calm(p, words), p.limit: now.limit, **said}
        except Exception as error:  # the screen's edge: a person gets a sentence, and the list stays
            return {p.said: failed(error, words)}

    def look(seen: Seen, words: Words) -> dict:
        return {p.said: status(words.sentence(history.trouble), "failed") if history.trouble else ""}

    def on_change(request: gr.Request, *seen) -> dict:
        return after(look, request, *seen)

    def on_filter(request: gr.Request, *seen) -> dict:
        return after(look, request, *seen[:-1], PAGE)

    def on_further(request: gr.Request, *seen) -> dict:
        return after(look, request, *seen[:-1], seen[-1] + PAGE)

    def on_named(event: gr.EventData, request: gr.Request, *seen) -> dict:
        return after(lambda _, words: _name(p, history, event, words), request, *seen)

    def on_removed(event: gr.EventData, request: gr.Request, *seen) -> dict:
        return after(lambda _, words: _remove(p, history, event, words), request, *seen)

    def on_undo(request: gr.Request, deleted: Deleted | None, *seen) -> dict:
        return after(lambda *_: {p.said: "", **({} if deleted is None else {p.undone: history.restore(deleted)})}, request, *seen)

    def on_clear(request: gr.Request, armed: tuple | None, *seen) -> dict:
        return after(lambda now, words: _clear(p, history, now.place(workspace), now.saved, armed, words), request, *seen)

    for change in changes:
        change(on_change, inputs, p.outputs, **quiet)
    gr.on([p.search.change, p.scope.change, p.saved.change], on_filter, inputs, p.outputs, trigger_mode="always_last", **quiet)
    p.entries.further(on_further, inputs, p.outputs, **quiet)
    p.entries.named(on_named, inputs, p.outputs, **quiet)
    p.entries.removed(on_removed, inputs, p.outputs, **quiet)
    p.undo.click(on_undo, [p.undone, *inputs], p.outputs, **quiet)
    p.clear.click(on_clear, [p.armed, *inputs], p.outputs, **quiet)
    for kind, button in p.exports.items():
        button.click(_exporter(p, workspace, history, kind), inputs, [p.file, p.said], **quiet).success(None, js=_SAVE)


def entry_in(history: History, event: gr.EventData) -> Entry:
    """The entry that an event of the list is about, with its rows. Raises BadInput for one that is not there."""
    return history.get(_number(event))


def _seen(source: Source, search: object, scope: object, saved: object, limit: int) -> Seen:
    return Seen(source, str(search or ""), str(scope), bool(saved), min(limit, MOST_LISTED - 1))


def _listed(p: HistoryPanel, workspace: Workspace, history: History, seen: Seen, words: Words) -> dict:
    here = place_of(seen.source, workspace.open)
    earlier = escape(json.dumps(history.questions(here, EARLIER), ensure_ascii=False))
    listed = view(history, here, seen.everywhere, seen.search, seen.saved, seen.limit, words)
    return {p.entries: gr.HTML(view=listed), p.questions: f'<span data-questions="{earlier}"></span>'}


def _calm(p: HistoryPanel, words: Words) -> dict:
    """Nothing waits for a second press, or to be undone."""
    return {
        p.undo: gr.Button(visible=False),
        p.undone: None,
        p.armed: None,
        p.clear: gr.Button(words("history.clear"), variant="secondary"),
    }


def _name(p: HistoryPanel, history: History, event: gr.EventData, words: Words) -> dict:
    name = getattr(event, "name", None)
    if not isinstance(name, str):
        raise BadInput("This is no name.", "Write one.")
    history.save(_number(event), name)
    return {p.said: status(words("history.named" if name.strip() else "history.unnamed"), "done")}


def _remove(p: HistoryPanel, history: History, event: gr.EventData, words: Words) -> dict:
    deleted = history.delete(_number(event))
    return {p.said: status(words("history.deleted"), "done"), p.undone: deleted, p.undo: gr.Button(visible=True)}


def _clear(p: HistoryPanel, history: History, place: Place | None, saved: bool, armed: tuple | None, words: Words) -> dict:
    """The first press says what would be deleted; the second, while that is still so, deletes it."""
    count = history.count(place, saved)
    if count == 0:
        return {p.said: status(words("history.nothing_to_clear"), "done")}
    if armed == (meant := (place, saved, count)):
        return {p.said: status(words("history.cleared", count=f"{history.clear(place, saved):,}"), "done")}
    said = words("history.clearing_saved" if saved else "history.clearing", count=f"{count:,}")
    return {p.armed: meant, p.clear: gr.Button(words("history.clear_sure"), variant="stop"), p.said: status(said)}


def _exporter(p: HistoryPanel, workspace: Workspace, history: History, kind: str):
    def export(request: gr.Request, *seen):
        words = words_of(request)
        try:
            place = _seen(*seen).place(workspace)
            with tempfile.TemporaryDirectory(prefix="qsql-") as folder:  # Gradio copies the file before the folder goes
                path = Path(folder) / f"qsql-history.{kind}"
                WRITERS[kind](history.each(place), path)
                yield {p.file: gr.DownloadButton(value=str(path)), p.said: status(words("history.exported", file=path.name), "done")}
        except Exception as error:  # the screen's edge: said here, and nothing is saved
            yield {p.file: gr.DownloadButton(value=None), p.said: failed(error, words)}

    return export


def _number(event: gr.EventData) -> int:
    number = getattr(event, "id", None)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        raise gone()
    return number
