"""The list of the pages that were made: its components."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

PAGE = 24  # of the list at first, and how many more each time
SCRIPT = Path(__file__).parent / "kept.js"
_FRAME = '<ul class="kept_list"></ul><p class="kept_empty"></p><button type="button" class="kept_further" hidden></button>'
NOTHING: dict[str, Any] = {"pages": [], "texts": {}, "further": False}


@dataclass(frozen=True)
class Kept:
    """The list's components; `undone` is what was deleted last, `limit` how many the list may have."""

    search: gr.Textbox
    pages: gr.HTML
    said: gr.HTML
    undo: gr.Button
    limit: gr.State
    undone: gr.State

    @property
    def outputs(self) -> list:
        return [self.pages, self.said, self.undo, self.limit, self.undone]


def build() -> Kept:
    label = gr.I18n()
    text = label("pages.search")
    with gr.Row(elem_id="kept_line"):
        search = gr.Textbox(
            label=text, placeholder=text, max_length=200, show_label=False, container=False, min_width=160, elem_id="kept_search"
        )
        said = gr.HTML(elem_id="kept_said", js_on_load=None, apply_default_css=False)
        undo = gr.Button(label("pages.undo"), visible=False, size="sm", min_width=60, scale=0, elem_id="kept_undo")
    pages = gr.HTML(html_template=_FRAME, js_on_load=SCRIPT.read_text("utf-8"), apply_default_css=False, view=NOTHING, elem_id="kept_pages")
    return Kept(search, pages, said, undo, gr.State(PAGE), gr.State(None))
