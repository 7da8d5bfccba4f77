"""The frame as a component, and what it is told to show."""

from typing import Any

import gradio as gr

from artifacts.sandbox import frame_script
from qsql.texts import Words

_FRAME = """
<div class="artifact-stage"></div>
<div class="artifact-bar"><span class="artifact-state" role="status"></span>
<button type="button" class="artifact-again" hidden></button>
<button type="button" class="artifact-close" hidden></button></div>
"""
_FRAME_TEXTS = ("again", "close", "closed", "loading", "busy", "flooded", "no_picture")


class Preview(gr.HTML):
    """The frame. Its one prop is what `view` gives. Events: `report`, `checked`, `pictured`."""

    def __init__(self, **given: Any) -> None:
        # Gradio makes the component anew from all its arguments at each update, so each default must give way to what is given.
        defaults = {"html_template": _FRAME, "js_on_load": frame_script(), "apply_default_css": False, "view": view()}
        super().__init__(**{**defaults, **given})


def view(
    words: Words = Words(),
    document: str = "",
    token: str = "",
    note: str = "pages.here",
    writing: bool = False,
    check: bool = False,
    name: str = "",
) -> dict[str, Any]:
    """What the frame is to show: a `document` with its `token`, else a `note` (the key of a text), which is by default where the page will be.

    `writing` lets the code follow its end; `check` has the page tried out of sight; `name` is what a picture of it is called.
    """
    texts = {key: words(f"pages.frame_{key}") for key in _FRAME_TEXTS}
    return {"document": document, "token": token, "note": words(note), "writing": writing, "check": check, "name": name, "texts": texts}
