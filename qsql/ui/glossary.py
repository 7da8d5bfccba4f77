"""A folded field with the database's own words, a line each; what a person wrote wrongly stays in it, with the reason beneath.

It is for the person whose machine this is: where the app is shared it is not built.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from qsql.errors import BadInput
from qsql.glossary import MOST_MEANING, MOST_TERM, MOST_TERMS, Glossary, Term, as_text, from_text
from qsql.texts import Words
from qsql.ui.language import words_of
from qsql.ui.status import failed, status
from qsql.ui.workspace import Source, Workspace
from qsql.userdata import place_of

MOST_TEXT = MOST_TERMS * (MOST_TERM + MOST_MEANING + 4)


@dataclass(frozen=True)
class GlossaryPanel:
    """`drafts` has, by the key of a database, what was written for it and could not be kept."""

    field: gr.Textbox
    save: gr.Button
    said: gr.HTML
    drafts: gr.State

    @property
    def outputs(self) -> list:
        return [self.field, self.said, self.drafts]


def build() -> GlossaryPanel:
    label = gr.I18n()
    with gr.Accordion(label("glossary.title"), open=False, elem_id="glossary"):
        field = gr.Textbox(
            label=label("glossary.label"),
            info=label("glossary.info"),
            placeholder=label("glossary.example"),
            lines=4,
            max_lines=12,
            max_length=MOST_TEXT,
            interactive=False,  # until its words have come, which would take the place of what was written before
            elem_id="glossary_field",
        )
        save = gr.Button(label("glossary.save"), size="sm", elem_id="glossary_save")
        said = gr.HTML(elem_id="glossary_said")
    return GlossaryPanel(field, save, said, gr.State({}))


def wire(
    panel: GlossaryPanel, workspace: Workspace, glossary: Glossary, source: gr.State, changes: Sequence[Callable[..., Any]] = ()
) -> None:
    """`source` holds the source that is open; its words are shown after each of `changes`, and kept when the field is left."""
    p = panel
    quiet = {"api_visibility": "private", "show_progress": "hidden"}

    def on_change(source: Source, drafts: dict[str, str], request: gr.Request) -> dict:
        try:
            place = place_of(source, workspace.open)
            if place.key in drafts:
                return {p.field: _filled(drafts[place.key]), **_why(p, drafts[place.key], words_of(request))}
            return {p.field: _filled(as_text(glossary.read(place))), p.said: ""}
        except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
            return {p.said: failed(error, words_of(request))}

    def on_save(source: Source, text: str, drafts: dict[str, str], request: gr.Request) -> dict:
        words, text = words_of(request), str(text or "")[:MOST_TEXT]
        try:
            place = place_of(source, workspace.open)
            drafts = {**drafts, place.key: text}
            terms = from_text(text)
            if terms != glossary.read(place):
                glossary.write(place, terms)
            del drafts[place.key]
            return {p.drafts: drafts, p.said: status(_kept(terms, words), "done")}
        except Exception as error:  # as above; what was written stays in the field
            return {p.drafts: drafts, p.said: failed(error, words)}

    for change in changes:
        change(on_change, [source, p.drafts], p.outputs, **quiet)
    gr.on([p.save.click, p.field.blur], on_save, [source, p.field, p.drafts], [p.said, p.drafts], **quiet)


def _filled(text: str) -> gr.Textbox:
    return gr.Textbox(text, interactive=True)


def _kept(terms: Sequence[Term], words: Words) -> str:
    if len(terms) == 1:
        return words("glossary.one")
    return words("glossary.kept", count=len(terms)) if terms else words("glossary.none")


def _why(p: GlossaryPanel, draft: str, words: Words) -> dict:
    try:
        from_text(draft)
    except BadInput as error:
        return {p.said: failed(error, words)}
    return {p.said: ""}
