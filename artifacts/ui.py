"""The screen for pages: a request, the code as it is written, the page in its box, and what the page reports.

A model's text reaches the app's own document as text only: in a code view, in a text box, or escaped; never as HTML.
Every handler can be called from outside, so each checks what it gets.
"""

import html
import logging
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import Context

from artifacts.console import console_text
from artifacts.prompt import page_prompt
from artifacts.records import Data, Page
from artifacts.sandbox import download, file_name, frame_script, srcdoc
from artifacts.write import WRITING, write
from qsql.errors import BadInput, QsqlError, Stopped
from qsql.follow import follow
from qsql.models.base import Model
from qsql.texts import Words, words_for

STYLE = Path(__file__).parent / "style.css"
EXAMPLES = ("countdown", "calculator", "todo", "tip", "counter", "pomodoro")  # as the texts call them
PATIENCE = 2.0  # seconds for a model to end after a stop
_FRAME = """
<div class="artifact-stage"></div>
<div class="artifact-bar"><span class="artifact-state" role="status"></span>
<button type="button" class="artifact-again" hidden></button>
<button type="button" class="artifact-close" hidden></button></div>
"""
_FRAME_TEXTS = ("again", "close", "closed", "loading", "busy", "flooded")

Updates = dict[Any, Any]


class Preview(gr.HTML):
    """The frame. Its one prop `view` has the `document` to show with its `token`, else a `note`, and whether the model is `writing`."""

    def __init__(self, **given: Any) -> None:
        # Gradio makes the component anew from all its arguments at each update, so each default must give way to what is given.
        defaults = {"html_template": _FRAME, "js_on_load": frame_script(), "apply_default_css": False, "view": view()}
        super().__init__(**{**defaults, **given})


@dataclass(frozen=True)
class ArtifactPanel:
    """The components of the tab, for `wire` and for whoever places things beside them. `data` holds the rows for the page, or None."""

    request: gr.Textbox
    given: gr.HTML
    without: gr.Button
    data: gr.State
    examples: list[gr.Button]
    status: gr.HTML
    code: gr.Code
    preview: Preview
    console: gr.Textbox
    download: gr.DownloadButton


def build() -> ArtifactPanel:
    """Place the components; call it inside a tab."""
    label = gr.I18n()
    request = gr.Textbox(
        label=label("pages.request"),
        placeholder=label("pages.countdown"),
        submit_btn=True,
        max_lines=6,
        elem_id="artifact_request",
    )
    data = gr.State(None)
    with gr.Row(elem_id="artifact_given"):
        given = gr.HTML(elem_id="artifact_rows", apply_default_css=False)
        without = gr.Button(label("pages.without"), size="sm", min_width=60, scale=0, visible=False, elem_id="artifact_without")
    with gr.Row(elem_id="artifact_examples"):
        examples = [gr.Button(label(f"pages.{name}"), size="sm", min_width=60, scale=0) for name in EXAMPLES]
    status = gr.HTML(elem_id="artifact_status", js_on_load=None, apply_default_css=False)
    with gr.Row(elem_id="artifact_views"):
        with gr.Column(min_width=360):
            code = gr.Code(label=label("pages.code"), language="html", interactive=False, buttons=["copy"], elem_id="artifact_code")
            file = gr.DownloadButton(label("pages.download"), interactive=False, size="sm", elem_id="artifact_download")
        with gr.Column(min_width=360):
            preview = Preview(elem_id="artifact_preview")
            console = gr.Textbox(
                label=label("pages.reports"),
                interactive=False,
                lines=2,
                max_lines=8,
                placeholder=label("pages.no_reports"),
                elem_id="artifact_console",
            )
    return ArtifactPanel(request, given, without, data, examples, status, code, preview, console, file)


Working = Callable[[gr.Request], AbstractContextManager[None]]


def wire(panel: ArtifactPanel, get_model: Callable[[], Model], working: Working = lambda request: nullcontext()) -> None:
    """Connect the components; call it inside the same Blocks. `get_model` may take its time, and may raise a QsqlError.

    `working` stands around whatever keeps the model busy for this visitor, and raises BadInput where that is too much.
    """
    stops: dict[str, threading.Event] = {}

    def make(text: str | None, data: Data | None, request: gr.Request) -> Iterator[Updates]:
        words = words_for(dict(request.headers))
        session, cancel = request.session_hash or "", threading.Event()
        stop(request)
        stops[session] = cancel
        try:
            with working(request):
                yield from _make(panel, get_model, text or "", data, cancel, words)
        except BadInput as error:
            yield {panel.status: status_line(words.sentence(str(error)), kind="failed")}
        finally:
            cancel.set()
            if stops.get(session) is cancel:
                del stops[session]

    def stop(request: gr.Request) -> None:
        if running := stops.get(request.session_hash or ""):
            running.set()

    def greet(request: gr.Request) -> gr.HTML:
        return gr.HTML(view=view(words_for(dict(request.headers))))

    def report(event: gr.EventData) -> str:
        return console_text(getattr(event, "lines", None))

    outputs = [panel.request, panel.status, panel.code, panel.preview, panel.console, panel.download]
    hidden = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
    panel.request.submit(
        make, [panel.request, panel.data], outputs, api_name="write_page", show_progress="hidden", trigger_mode="once", concurrency_limit=4
    )
    panel.request.stop(stop, **hidden)
    panel.without.click(lambda: give(panel, None), None, [panel.data, panel.given, panel.without], **hidden)
    panel.preview.report(report, outputs=panel.console, trigger_mode="always_last", **hidden)
    for name, button in zip(EXAMPLES, panel.examples, strict=True):
        button.click(_example(name), None, panel.request, **hidden)
    Context.root_block.load(greet, None, panel.preview, **hidden)
    Context.root_block.unload(stop)


def give(panel: ArtifactPanel, data: Data | None, words: Words = Words()) -> Updates:
    """The next page is about these rows, or about none; the screen says which."""
    if data is None:
        return {panel.data: None, panel.given: "", panel.without: gr.Button(visible=False)}
    told = words("pages.given", rows=f"{len(data.rows):,}", question=data.question or data.sql)
    return {panel.data: data, panel.given: f"<p>{html.escape(told)}</p>", panel.without: gr.Button(visible=True)}


def _example(name: str) -> Callable[[gr.Request], str]:
    def text(request: gr.Request) -> str:
        return words_for(dict(request.headers))(f"pages.{name}")

    return text


def _make(panel: ArtifactPanel, get_model: Callable[[], Model], text: str, data: Data | None, cancel: threading.Event, words: Words) -> Iterator[Updates]:
    started = time.perf_counter()
    newest = None
    try:
        page_prompt(text)
    except BadInput as error:  # what is on the screen stays there
        yield {panel.status: status_line(words.sentence(str(error)), kind="failed")}
        return
    try:
        yield _begin(panel, words)
        for page in _pages(get_model, text, data, cancel):
            newest = page or newest
            status = {panel.status: status_line(_progress(newest, time.perf_counter() - started, words))}
            yield {panel.code: page.html, **status} if page else status
        yield from _show(panel, newest, time.perf_counter() - started, words)
    except QsqlError as error:
        yield _fail(panel, words.sentence(str(error)), words)
    except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
        logging.getLogger(__name__).exception("while writing a page")
        yield _fail(panel, words("status.mistake", kind=type(error).__name__), words)


def _pages(get_model: Callable[[], Model], text: str, data: Data | None, cancel: threading.Event) -> Iterator[Page | None]:
    """The page as it grows, None where nothing is new. A model that does not hear the stop is left behind."""
    stopped_at = None

    def written() -> Iterator[Page]:
        yield from write(get_model(), text, replace(WRITING, cancel=cancel), data)

    for page in follow(written()):
        yield page
        if cancel.is_set():
            stopped_at = stopped_at or time.monotonic()
            if time.monotonic() - stopped_at > PATIENCE:
                raise Stopped()


def _begin(panel: ArtifactPanel, words: Words) -> Updates:
    return {
        panel.request: gr.Textbox(submit_btn=False, stop_btn=True),
        panel.status: status_line(_progress(None, 0, words)),
        panel.code: "",
        panel.preview: gr.HTML(view=view(words, note="pages.when_written", writing=True)),
        panel.console: "",
        panel.download: gr.DownloadButton(interactive=False),
    }


def _progress(page: Page | None, seconds: float, words: Words) -> str:
    if page is None:
        return words("pages.reading", seconds=f"{seconds:.0f}")
    return words("pages.writing", lines=page.html.count("\n") + 1, seconds=f"{seconds:.0f}")


def _show(panel: ArtifactPanel, page: Page, seconds: float, words: Words) -> Iterator[Updates]:
    """The last update; Gradio copies the file before the folder goes."""
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        file = Path(folder) / file_name(page)
        file.write_text(download(page), "utf-8")
        title = page.title or words("pages.untitled")
        done = words("pages.done" if page.complete else "pages.not_finished", seconds=f"{seconds:.0f}", title=title)
        yield {
            panel.request: gr.Textbox(submit_btn=True, stop_btn=False),
            panel.status: status_line(done, *map(words.sentence, page.notices), kind="done"),
            panel.code: page.html,
            panel.preview: gr.HTML(view=view(words, document=srcdoc(page, token), token=token)),
            panel.download: gr.DownloadButton(value=str(file), interactive=True),
        }


def _fail(panel: ArtifactPanel, sentence: str, words: Words) -> Updates:
    return {
        panel.request: gr.Textbox(submit_btn=True, stop_btn=False),
        panel.status: status_line(sentence, kind="failed"),
        panel.preview: gr.HTML(view=view(words)),
    }


def view(words: Words = Words(), document: str = "", token: str = "", note: str = "pages.here", writing: bool = False) -> dict[str, Any]:
    """What the frame is to show; by default only where the page will be. `note` is the key of a text."""
    texts = {name: words(f"pages.frame_{name}") for name in _FRAME_TEXTS}
    return {"document": document, "token": token, "note": words(note), "writing": writing, "texts": texts}


def status_line(sentence: str, *notices: str, kind: str = "busy") -> str:
    """A sentence and what is to be noted, escaped, each a paragraph."""
    role = "alert" if kind == "failed" else "status"
    notes = "".join(f'<p class="notice">{html.escape(notice)}</p>' for notice in notices)
    return f'<p class="{kind}" role="{role}">{html.escape(sentence)}</p>{notes}'
