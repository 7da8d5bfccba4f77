"""Run every attack page in a browser, in a plain frame and in ours, and note what each brought about."""

import re
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from qsql.ui.blocks import Blocks
from tests.browser import serving
from tests.collector import Collector, collecting
from tests.unboxed import unboxed

ATTACKS = {path.stem: path.read_text("utf-8") for path in sorted((Path(__file__).parent / "attacks" / "pages").glob("*.html"))}
SECRET = "secret-7261"
DWELL_MS = 1700
TABS = 4
_KINDS = {
    "reads_the_app": "read",
    "changes_the_app": "changed",
    "opens_downloads": "download",
    "opens_dialogs": "dialog",
    "opens_windows": "popup",
    "sends_by_webrtc": "udp",
    "sends_by_nested_webrtc": "udp",
    "sends_by_hints": "connected",
}


@dataclass
class Outcome:
    """What an attack brought about: what was said on the console, and the effects, among them the paths that were asked for."""

    said: list[str] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)

    @property
    def ran(self) -> bool:
        return any("attack ran" in text for text in self.said)


def expected(case: str) -> set[str]:
    """What the control must show: every path that the page names, and the kind of effect that the case stands for."""
    paths = {path for path in re.findall(r"COLLECTOR/([\w-]+)", ATTACKS[case]) if not path.startswith("maybe-")}
    return paths | ({_KINDS[case]} if case in _KINDS else set())


class Tab:
    """A browser tab and the outcome that is being written in it."""

    def __init__(self, context) -> None:
        self.context = context
        self.outcome = Outcome()
        self.open()

    def open(self) -> None:
        self.page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("dialog", self._dismiss)
        for event, effect in (("popup", "popup"), ("download", "download"), ("crash", "crashed")):
            self.page.on(event, lambda _, effect=effect: self.outcome.effects.add(effect))

    def _said(self, message) -> None:
        self.outcome.said.append(message.text)
        if SECRET in message.text:
            self.outcome.effects.add("read")

    def _dismiss(self, dialog) -> None:
        self.outcome.effects.add("dialog")
        dialog.dismiss()

    def check(self, address: str, selector: str) -> None:
        """Is the app around the frame what it was?"""
        if "crashed" in self.outcome.effects:
            return
        intact = self.page.url == address and self.page.title() == SECRET and self.page.locator(selector).count() == 1
        self.outcome.effects |= set() if intact else {"changed"}


def in_a_plain_frame(context) -> dict[str, Outcome]:
    """All cases at once, a tab each."""
    with collecting() as collector, unboxed(_pages(collector), SECRET) as address:
        tabs = {case: Tab(context) for case in ATTACKS}
        for case, tab in tabs.items():
            tab.page.goto(f"{address}/app/{case}", wait_until="commit")
        context.pages[0].wait_for_timeout(2 * DWELL_MS)
        for case, tab in tabs.items():
            tab.check(f"{address}/app/{case}", "#app")
            tab.page.close()
        return _outcomes({case: tab.outcome for case, tab in tabs.items()}, collector)


def in_our_frame(context, **launch) -> dict[str, Outcome]:
    """Several tabs at once, each shows one case after the other in a real app."""
    with collecting() as collector, serving(_app(_pages(collector)), **launch) as address:
        tabs = [Tab(context) for _ in range(TABS)]
        for tab in tabs:
            _open(tab, address)
        cases, outcomes = list(ATTACKS), {}
        for first in range(0, len(cases), TABS):
            outcomes |= _show(dict(zip(cases[first : first + TABS], tabs, strict=False)), address)
        return _outcomes(outcomes, collector)


def _show(tabs: dict[str, Tab], address: str) -> dict[str, Outcome]:
    for case, tab in tabs.items():
        tab.outcome = Outcome()
        tab.page.locator("#case textarea").fill(case)
        tab.page.locator("#case textarea").press("Enter")
    next(iter(tabs.values())).page.context.pages[0].wait_for_timeout(DWELL_MS)
    for tab in tabs.values():
        tab.check(address, "#case textarea")
        if "crashed" in tab.outcome.effects:
            tab.page.close()
            tab.open()
            _open(tab, address)
    return {case: tab.outcome for case, tab in tabs.items()}


def _open(tab: Tab, address: str) -> None:
    tab.page.goto(address)
    tab.page.locator("#case textarea").wait_for()
    tab.page.evaluate("secret => { localStorage.secret = document.cookie = 'secret=' + secret }", SECRET)


def _pages(collector: Collector) -> dict[str, str]:
    return {case: html.replace("COLLECTOR", collector.address(case)) for case, html in ATTACKS.items()}


def _outcomes(outcomes: dict[str, Outcome], collector: Collector) -> dict[str, Outcome]:
    hits = defaultdict(set, collector.hits)
    return {case: Outcome(outcome.said, outcome.effects | hits[case]) for case, outcome in outcomes.items()}


def _app(pages: dict[str, str]):
    """A Gradio app around the real frame: the name of a case in, its page shown."""
    import gradio as gr

    from artifacts.records import Page
    from artifacts.sandbox import srcdoc
    from artifacts.ui import Preview, view

    def show(case: str) -> dict:
        token = secrets.token_hex(16)
        return gr.HTML(view=view(document=srcdoc(Page(pages[case], case, case), token), token=token))

    with Blocks(title=SECRET) as app:
        case = gr.Textbox(elem_id="case")
        preview = Preview(elem_id="preview")
        case.submit(show, case, preview, show_progress="hidden")
    return app
