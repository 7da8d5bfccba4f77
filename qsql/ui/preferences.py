"""The panel Settings: what holds for every question, and how the page looks and speaks; all of it lasts.

The language and the theme are the browser's: two cookies hold them, and they are kept on this machine besides, for another browser.
Where the app is shared only these two are there, and nothing is kept. Every handler can be called from outside the screen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from qsql.plan import EFFORTS
from qsql.preferences import THEMES, Kept
from qsql.texts import LANGUAGES
from qsql.ui.language import words_of
from qsql.ui.look import theme_of
from qsql.ui.status import failed, status

SCRIPT = Path(__file__).parent / "preferences.js"


@dataclass(frozen=True)
class PreferencesPanel:
    """The first four are None where the app is shared."""

    effort: gr.Radio | None
    max_rows: gr.Number | None
    seconds: gr.Number | None
    sample_rows: gr.Checkbox | None
    language: gr.Radio
    theme: gr.Radio
    said: gr.HTML


def build(kept: Kept, shared: bool) -> PreferencesPanel:
    """Place the components inside the block that is open."""
    label, now = gr.I18n(), kept.now
    effort, max_rows, seconds, sample_rows = (None, None, None, None) if shared else _for_questions(kept)
    languages = [(text, name) for name, text in LANGUAGES.items()]
    language = gr.Radio(languages, value=now.language or None, label=label("preferences.language"), elem_id="preferences_language")
    themes = [(label(f"preferences.theme_{theme}"), theme) for theme in THEMES]
    theme = gr.Radio(themes, value=now.theme, label=label("preferences.theme"), elem_id="preferences_theme")
    return PreferencesPanel(effort, max_rows, seconds, sample_rows, language, theme, gr.HTML(elem_id="preferences_said"))


def _for_questions(kept: Kept) -> tuple[gr.Radio, gr.Number, gr.Number, gr.Checkbox]:
    label, now = gr.I18n(), kept.now
    efforts = [(label(f"ask.effort_{effort}"), effort) for effort in EFFORTS]
    effort = gr.Radio(efforts, value=now.effort, label=label("preferences.effort"), elem_id="preferences_effort")
    with gr.Row():
        rows = gr.Number(now.max_rows, precision=0, label=label("preferences.max_rows"), min_width=120, elem_id="preferences_max_rows")
        seconds = gr.Number(now.seconds, label=label("preferences.seconds"), min_width=120, elem_id="preferences_seconds")
    shown, info = label("preferences.sample_rows"), label("preferences.sample_rows_info")
    return effort, rows, seconds, gr.Checkbox(now.sample_rows, label=shown, info=info, elem_id="preferences_sample_rows")


def wire(panel: PreferencesPanel, kept: Kept, page: gr.Blocks, effort: gr.Radio | None = None) -> None:
    """Connect the events. `effort` is where it is chosen for one question: it follows what is chosen here."""
    p = panel

    def on_load(request: gr.Request) -> dict:
        now, theme = kept.now, theme_of(dict(request.headers))
        return {p.language: words_of(request).language, p.theme: theme or now.theme, **_of_questions(p, kept), **_at_question(effort, kept)}

    def changing(name: str) -> Callable[[object, gr.Request], dict]:
        def on_change(value: object, request: gr.Request) -> dict:
            try:
                kept.change(**{name: value})
                said = status(words_of(request)("preferences.saved"), "done")
            except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
                said = failed(error, words_of(request))
            return {p.said: said, **(_at_question(effort, kept) if name == "effort" else {})}

        return on_change

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    more = [effort] if effort else []
    for name, component in (("effort", p.effort), ("max_rows", p.max_rows), ("seconds", p.seconds), ("sample_rows", p.sample_rows)):
        if component is not None:
            events = [component.input] if name in ("effort", "sample_rows") else [component.submit, component.blur]
            gr.on(events, changing(name), component, [p.said, *more], trigger_mode="always_last", **quiet)
    for name, component in (("language", p.language), ("theme", p.theme)):
        first = component.input(None, component, component, js=f"(value) => window.qsqlLook.{name}(value)", **quiet)
        if p.effort is not None:
            first = first.then(changing(name), component, p.said, **quiet)
        if name == "language":
            first.then(None, js="() => window.qsqlLook.again()", **quiet)
    own = [component for component in (p.effort, p.max_rows, p.seconds, p.sample_rows) if component is not None]
    page.load(on_load, None, [p.language, p.theme, *own, *more], js=SCRIPT.read_text(encoding="utf-8"), **quiet)


def _of_questions(p: PreferencesPanel, kept: Kept) -> dict:
    if p.effort is None:
        return {}
    now = kept.now
    return {p.effort: now.effort, p.max_rows: now.max_rows, p.seconds: now.seconds, p.sample_rows: now.sample_rows}


def _at_question(effort: gr.Radio | None, kept: Kept) -> dict:
    return {effort: kept.now.effort} if effort is not None else {}
