"""The database pane beside a question, as an app of its own: for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from qsql.texts import labels
from qsql.ui import database, suggestions
from qsql.ui.blocks import Blocks
from qsql.ui.language import PageLanguage
from qsql.ui.workspace import Workspace
from tests.browser import serving

CSS = Path(database.__file__).with_name("database.css")


@contextmanager
def database_pane(workspace: Workspace, recents: tuple[str, ...] = ()) -> Iterator[str]:
    """Its address. The boxes Chosen and Opened say what questions are about, and what was opened."""
    with Blocks(analytics_enabled=False) as demo:
        pane = database.build(workspace)
        gr.Textbox(label="Question", elem_id="ask_question")
        suggested = suggestions.build()
        chosen, opened = gr.Textbox(label="Chosen"), gr.Textbox(label="Opened")
        database.wire(pane, workspace, demo, lambda: recents, suggested, lambda source, open_one, words: {opened: open_one.name}, [opened])
        pane.chosen.change(repr, pane.chosen, chosen)
    app = {"middleware": [Middleware(PageLanguage)]}
    with serving(demo, i18n=gr.I18n(**labels()), css_paths=[CSS], app_kwargs=app) as address:
        yield address
    workspace.close()
