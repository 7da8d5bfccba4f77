"""The model: a chip that always tells how it stands, and a panel to choose another one, with what each takes on this machine.

Where the app is shared there is only the chip. Every handler can be called from outside the screen, so each takes its input as
untrusted.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from qsql.errors import BadInput
from qsql.models import catalog, offered_at, survey
from qsql.models.addresses import addresses, model_at
from qsql.models.holder import ModelHolder
from qsql.models.state import State
from qsql.settings import Settings
from qsql.texts import Words
from qsql.ui import models_view as view
from qsql.ui.language import words_of
from qsql.ui.models_view import InUse
from qsql.ui.status import failed

HERE = Path(__file__).parent
LONGEST = 500  # characters of what a person types
QUIET = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
ASK = "ask"  # the name of the queue in which questions wait
_CHIP = """<p class="model_chip"><span class="model_dot" aria-hidden="true"></span><b class="model_name" aria-hidden="true"></b>
<span class="model_said" aria-hidden="true"></span><span class="model_told" role="status"></span></p>"""

Mask = Callable[[str], str]


class Chip(gr.HTML):
    """Its prop `view` is what `models_view.chip` gives; `pace` is how often it asks, in milliseconds: in a hurry, and at rest."""

    def __init__(self, **given: Any) -> None:
        # Gradio makes the component anew from all its arguments at each update, so each default must give way to what is given.
        script = (HERE / "models_chip.js").read_text("utf-8")
        more = {"html_template": _CHIP, "js_on_load": script, "apply_default_css": False}
        super().__init__(**{**more, "view": view.NOTHING, "pace": [1000, 4000], **given})


@dataclass(frozen=True)
class ModelsPanel:
    list: gr.HTML
    other: gr.Textbox
    offered: gr.HTML
    said: gr.HTML
    cancel: gr.Button

    @property
    def outputs(self) -> list:
        return [self.list, self.offered, self.said, self.cancel]


def build_chip(shared: bool) -> Chip:
    """Place the chip. Where the app is shared it asks less often, for each visitor may ask only so often."""
    return Chip(elem_id="model_chip", pace=[4000, 15000] if shared else [1000, 4000])


@dataclass(frozen=True)
class Leaves:
    """A line that says what of a question goes to another machine. `rows` tells whether rows of the tables do."""

    line: gr.HTML
    rows: Callable[[], bool]


def build_leaves(rows: Callable[[], bool]) -> Leaves:
    """Place the line, where it is seen before a question is asked; it is empty where nothing leaves this machine."""
    return Leaves(gr.HTML(elem_id="model_leaves", apply_default_css=False), rows)


def build() -> ModelsPanel:
    """Place the panel; not where the app is shared."""
    label, script = gr.I18n(), (HERE / "models.js").read_text("utf-8")
    said = gr.HTML(elem_id="models_said")
    cancel = gr.Button(label("models.cancel"), size="sm", min_width=120, scale=0, visible=False, elem_id="models_cancel")
    models = gr.HTML(js_on_load=script, apply_default_css=False, elem_id="models_list")
    info, use = label("models.other_info"), label("models.use")
    other = gr.Textbox(label=label("models.other"), info=info, submit_btn=use, max_lines=1, elem_id="models_other")
    offered = gr.HTML(js_on_load=script, apply_default_css=False, elem_id="models_offered")
    return ModelsPanel(models, other, offered, said, cancel)


def wire(
    chip: Chip,
    panel: ModelsPanel | None,
    holder: ModelHolder,
    settings: Settings,
    page: gr.Blocks,
    mask: Mask = str,
    leaves: Leaves | None = None,
) -> None:
    """Connect the events. Without a panel, where the app is shared, `mask` hides what visitors must not see of a name."""
    seen = gr.State({})  # what this page was shown last

    def fresh(before: dict, request: gr.Request) -> dict:
        """What has changed since."""
        state, words = holder.state(), words_of(request)
        mine = _at_place(replace(state, name=mask(state.name), coming=mask(state.coming)), page, str(request.session_hash))
        now = {"chip": view.chip(mine, words), **(_panel(state, holder.speed, words) if panel else {})}
        if leaves:
            now["leaves"] = view.leaves(state.coming or holder.name, leaves.rows(), settings.shared, words)
        new = {name for name in now if now[name] != before.get(name)}
        shown = {seen: now, chip: Chip(view=now["chip"])} if "chip" in new else {seen: now}
        if "leaves" in new:
            shown[leaves.line] = now["leaves"]
        return {**shown, **(_redrawn(panel, state, holder.speed, settings, now, new, words) if panel else {})}

    told = [seen, chip, *([leaves.line] if leaves else [])]
    chip.look(fresh, seen, [*told, *(panel.outputs if panel else [])], **QUIET)
    if panel is not None:
        _wire_choice(panel, holder, settings, seen, fresh, [*told, *panel.outputs])


def _wire_choice(panel: ModelsPanel, holder: ModelHolder, settings: Settings, seen: gr.State, fresh: Callable, outputs: list) -> None:
    """`fresh` gives what has changed, into `outputs`."""

    def on_chosen(before: dict, event: gr.EventData, request: gr.Request) -> dict:
        name, agreed = str(getattr(event, "name", "")), getattr(event, "agreed", False) is True
        return use(lambda: _of_catalog(name, agreed), before, request)

    def on_other(text: str, before: dict, request: gr.Request) -> dict:
        return use(lambda: _typed(text), before, request, words_of(request))

    def on_offered(text: str, before: dict, event: gr.EventData, request: gr.Request) -> dict:
        return use(lambda: _of_server(text, str(getattr(event, "name", ""))), before, request)

    def on_cancel(before: dict, request: gr.Request) -> dict:
        holder.cancel()
        return fresh(before, request)

    def use(name: Callable[[], str], before: dict, request: gr.Request, listed_in: Words | None = None) -> dict:
        """Where it is said in which words, a server that offers several models is first asked which."""
        try:
            if settings.shared:
                raise BadInput("The model is not changed where others are let in.", "Start the app without --share and --host.")
            chosen = name()
            if listed_in and addresses(chosen) and not model_at(chosen) and len(offered := offered_at(chosen, settings)) > 1:
                return {panel.offered: view.offered(offered, listed_in), panel.said: ""}
            holder.switch(chosen)
            return {panel.offered: "", **fresh(before, request)}
        except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
            return {panel.said: failed(error, words_of(request))}

    panel.list.chosen(on_chosen, seen, outputs, **QUIET)
    panel.other.submit(on_other, [panel.other, seen], outputs, **QUIET)
    panel.offered.chosen(on_offered, [panel.other, seen], outputs, **QUIET)
    panel.cancel.click(on_cancel, seen, outputs, **QUIET)


def _of_catalog(name: str, agreed: bool) -> str:
    entry = catalog.find(name)
    if entry is None:
        raise BadInput("There is no such model in the list.", "Choose one of those that are.")
    if entry.own_choice and not agreed:
        raise BadInput(entry.notice, "Say in the list that you use it for research only.")
    return entry.name


def _typed(text: object) -> str:
    name = str(text or "").strip()
    if not name or len(name) > LONGEST:
        raise BadInput("This names no model.", "Give a hub id, a folder, a .gguf file, or a server's address.")
    return _of_catalog(name, agreed=False) if catalog.find(name) else name


def _of_server(text: object, model: str) -> str:
    """One of the models of the servers whose address was typed."""
    found = addresses(str(text or ""))
    if not found or not model or len(model) > LONGEST:
        raise BadInput("There is no such model in the list.", "Choose one of those that are.")
    return f"{','.join(found)}#{model}"


def _panel(state: State, speed: float | None, words: Words) -> dict[str, object]:
    """What the panel shows; the list's part is what it depends on, so that it is not drawn anew under somebody's hands for little."""
    listed = words.language, state.name, state.error is None, speed and round(math.log(speed, 1.3))
    return {"list": listed, "said": view.progress(state, words), "cancel": state.changing}


def _redrawn(p: ModelsPanel, state: State, speed: float | None, settings: Settings, now: dict, new: set[str], words: Words) -> dict:
    shown: dict = {p.said: now["said"]} if "said" in new else {}
    if "cancel" in new:
        shown[p.cancel] = gr.Button(visible=now["cancel"])
    if "list" in new:
        shown[p.list] = view.table(survey(settings), InUse(state.name, speed), words)
    return shown


def _at_place(state: State, page: gr.Blocks, session: str) -> State:
    """The same, as it is for whose question waits for its turn."""
    queue = page._queue.event_queue_per_concurrency_id.get(ASK)
    sessions = [event.session_hash for event in queue.queue] if queue else []
    return replace(state, kind="waiting", place=sessions.index(session) + 1) if session in sessions else state
