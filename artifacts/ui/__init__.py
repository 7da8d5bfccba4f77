"""The Artifacts tab: a sentence in, a page in the frame, its code beside it, and what the page reports; every version is kept.

`build` places the components, `wire` connects them; the handlers are in making.py (the model writes), keeping.py (versions) and
kept.py (the gallery). Every handler can be called from outside the screen, so each checks what it is given.
"""

import html
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import gradio as gr
from gradio.context import Context

from artifacts.console import console_text
from artifacts.records import Data
from artifacts.ui import kept
from artifacts.ui.keeping import Keeper, Read
from artifacts.ui.making import Desk, Galleries, Working
from artifacts.ui.panel import EXAMPLES, NEW, ArtifactPanel, build
from artifacts.ui.preview import Preview, view
from artifacts.ui.said import failed
from artifacts.ui.shown import Updates, cleared
from qsql.models.base import Model
from qsql.models.size import billions
from qsql.texts import Words, words_for

STYLES = (Path(__file__).parent / "style.css", Path(__file__).parent / "kept.css")

TAKE_PICTURE = """() => {
  document.querySelector("#artifact_preview .artifact-stage")?.dispatchEvent(new CustomEvent("artifact-picture", {bubbles: true}));
}"""

__all__ = ["STYLES", "ArtifactPanel", "Preview", "build", "give", "view", "wire"]


def wire(
    panel: ArtifactPanel,
    get_model: Callable[[], Model],
    galleries: Galleries,
    working: Working = lambda request: nullcontext(),
    read: Read | None = None,
    model_name: Callable[[], str] = lambda: "",
    sample: Callable[[str, gr.Request], Data] | None = None,
    shared: bool = False,
    rows: Callable[[], bool] = lambda: True,
) -> None:
    """Connect the components; call it inside the same Blocks. `galleries` says where a visitor's pages are kept.

    `model_name` tells the name without loading it; `working` stands around whatever keeps the model busy for this visitor. `read` gives
    the rows of a page again, `sample` those that an example is about, by its name. Where the app is `shared`, a page can be given a link.
    `rows` says whether the model may see rows of an answer now.
    """
    p, desk = panel, Desk(panel, get_model, galleries, working, rows)
    keeper = Keeper(desk, read)
    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    hidden = {**quiet, "queue": False}

    def greet(request: gr.Request) -> Updates:
        words = words_for(dict(request.headers))
        return {
            p.preview: gr.HTML(view=view(words)),
            p.beside: gr.HTML(view=view(words)),
            p.share: gr.Button(visible=shared),
            **_examples(p, model_name(), sample is not None, words),
        }

    def report(event: gr.EventData) -> str:
        return console_text(getattr(event, "lines", None))

    def on_mode(mode: str, request: gr.Request) -> Updates:
        return cleared(p, words_for(dict(request.headers))) if mode == NEW else gr.skip()

    asked = [p.request, p.mode, p.data, p.here]
    made = gr.on([p.request.submit], desk.make, asked, p.shown, trigger_mode="once", concurrency_limit=4, **quiet)
    p.request.stop(desk.stop, **hidden)
    mended = p.fix.click(desk.mend, [p.here, p.faults], p.shown, trigger_mode="once", concurrency_limit=4, **quiet)
    p.mode.input(on_mode, p.mode, p.shown, **hidden)
    p.without.click(lambda: give(p, None), None, [p.data, p.given, p.without], **hidden)
    p.preview.report(report, outputs=p.console, trigger_mode="always_last", **hidden)
    p.preview.checked(keeper.told(keeper.checked), p.here, p.shown, **quiet)
    pictured = p.preview.pictured(keeper.told(keeper.pictured), p.here, p.shown, **quiet)
    for button, act in ((p.back, keeper.back), (p.forward, keeper.forward), (p.restore, keeper.restore), (p.fork, keeper.fork)):
        button.click(keeper.plain(act), p.here, p.shown, trigger_mode="once", **quiet)
    p.refresh.click(keeper.plain(keeper.refresh), p.here, p.shown, trigger_mode="once", **quiet)
    p.share.click(keeper.plain(keeper.share), p.here, p.shown, trigger_mode="once", **quiet)
    p.versions.input(keeper.valued(keeper.go), [p.here, p.versions], p.shown, **quiet)
    p.other.input(keeper.valued(keeper.compare), [p.here, p.other], p.shown, **quiet)
    named = gr.on([p.name.submit, p.name.blur], keeper.valued(keeper.name), [p.here, p.name], p.shown, **quiet)
    p.picture.click(None, js=TAKE_PICTURE)
    for name, button in p.examples.items():
        button.click(_example(name), None, p.request, **hidden)
    for name, button in p.rows.items() if sample else ():
        button.click(_of_rows(p, name, sample), None, [p.request, p.status, p.data, p.given, p.without, p.mode], **quiet)
    Context.root_block.load(greet, None, [p.preview, p.beside, p.share, *p.examples.values(), *p.rows.values()], **hidden)
    Context.root_block.unload(desk.stop)
    kept.wire(p, desk, [made.then, mended.then, pictured.then, named.then])


def give(panel: ArtifactPanel, data: Data | None, words: Words = Words()) -> Updates:
    """The next page is about these rows, or about none; the screen says which."""
    if data is None:
        return {panel.data: None, panel.given: "", panel.without: gr.Button(visible=False)}
    told = words("pages.given", rows=f"{len(data.rows):,}", question=data.question or data.sql)
    return {
        panel.data: data,
        panel.given: f"<p>{html.escape(told)}</p>",
        panel.without: gr.Button(visible=True),
        panel.mode: gr.Radio(value=NEW),
    }


def _examples(p: ArtifactPanel, name: str, with_rows: bool, words: Words) -> Updates:
    """Each says which size it wants, where the model in use is smaller than that."""
    size = billions(name)
    shown = {}
    for example, button in p.examples.items():
        larger = size is not None and size < EXAMPLES[example]
        text = words(f"pages.{example}")
        shown[button] = gr.Button(words("pages.wants", example=text, size=f"{EXAMPLES[example]:g}B") if larger else text)
    return shown | {button: gr.Button(visible=with_rows) for button in p.rows.values()}


def _of_rows(p: ArtifactPanel, name: str, sample: Callable[[str, gr.Request], Data]) -> Callable[[gr.Request], Updates]:
    def fill(request: gr.Request) -> Updates:
        words = words_for(dict(request.headers))
        try:
            return {**give(p, sample(name, request), words), p.request: words(f"pages.{name}")}
        except Exception as error:  # the screen's edge: a person gets a sentence
            return {p.status: failed(error, words)}

    return fill


def _example(name: str) -> Callable[[gr.Request], str]:
    def text(request: gr.Request) -> str:
        return words_for(dict(request.headers))(f"pages.{name}")

    return text
