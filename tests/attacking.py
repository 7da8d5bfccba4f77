"""Run every attack in a browser, in a plain frame, in ours and in a downloaded file, and note what each brought about."""

import re
import secrets
import statistics
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from qsql.ui.blocks import Blocks
from tests.browser import serving
from tests.collector import Collector, collecting
from tests.unboxed import unboxed

FOLDER = Path(__file__).parent / "attacks"
SECRET = "secret-7261"
DWELL_MS = 1800
CLICK_MS = 600
BEGIN_S = 3  # until the pages are there, on a busy machine
TABS = 12
GRANTED = ("geolocation", "notifications", "clipboard-read", "clipboard-write", "midi", "local-fonts", "storage-access")
_CLICKED = re.compile("click|cursor|ping|leaving")

SCRIPT = """<!doctype html><body><script>
console.log("attack ran");
const effect = name => console.log("effect " + name);
const click = new Promise(done => addEventListener("click", done, {once: true}));
const html = text => { document.body.innerHTML = text; return document.body.firstChild; };
const sending = address => `<script>fetch("${address}", {mode: "no-cors"})</scr` + "ipt>";
const call = async (Peer, urls) => {
  const peer = window.peer = new Peer({iceServers: [{urls, username: "x", credential: "x"}]});
  peer.createDataChannel("x");
  await peer.setLocalDescription(await peer.createOffer());
};
const callDirectly = async address => {
  const [one, two] = window.peers = [new RTCPeerConnection(), new RTCPeerConnection()], [host, port] = address.split(":");
  one.createDataChannel("x");
  await one.setLocalDescription(await one.createOffer());
  await two.setRemoteDescription(one.localDescription);
  await two.setLocalDescription(await two.createAnswer());
  await one.setRemoteDescription(two.localDescription);
  await one.addIceCandidate({candidate: `candidate:1 1 udp 2122260223 ${host} ${port} typ host`, sdpMid: "0"});
};
setTimeout(async () => {
  try { %s } catch (error) { console.log(error.name, error.message); }
}, 150);
</script></body>"""
MARKUP = '<!doctype html><body><script>console.log("attack ran")</script>%s</body>'

# What the app keeps that a page may want: each store of the browser has the secret in it.
KEEPS = f"""
localStorage.secret = sessionStorage.secret = {SECRET!r};
document.cookie = "secret={SECRET};path=/";
caches.open("kept").then(kept => kept.put("/secret", new Response({SECRET!r})));
indexedDB.open("secrets").onupgradeneeded = event => event.target.result.createObjectStore("kept").put({SECRET!r}, 1);
indexedDB.open({SECRET!r});
navigator.storage.getDirectory().then(folder => folder.getFileHandle({SECRET!r}, {{create: true}}));
navigator.locks.request({SECRET!r}, () => new Promise(() => {{}}));
new BroadcastChannel("app").onmessage = event => event.data === "what is it?" && event.target.postMessage({SECRET!r});
"""


@dataclass(frozen=True)
class Attack:
    """A page that tries something. `number` is its class, `effects` what must come of it in a plain frame, or why nothing can."""

    name: str
    number: int
    html: str
    effects: frozenset[str] = frozenset()
    impossible: str = ""


@dataclass
class Outcome:
    """What an attack brought about: what was said on the console, and the effects, among them the paths that were asked for."""

    said: list[str] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)

    @property
    def ran(self) -> bool:
        """It says so, unless it is gone before the browser hands that on: then the browser says that it was kept from going elsewhere."""
        return any("attack ran" in text or "directive: \"frame-src 'none'\"" in text for text in self.said)


def _attacks() -> dict[str, Attack]:
    found = [*_lines("scripts.txt", SCRIPT), *_lines("markup.txt", MARKUP), *_whole_pages()]
    assert len({attack.name for attack in found}) == len(found), "two attacks have one name"
    return {attack.name: attack for attack in sorted(found, key=lambda attack: attack.number)}


def _lines(file: str, around: str) -> Iterator[Attack]:
    number = 0
    for line in (FOLDER / file).read_text("utf-8").splitlines():
        if section := re.match(r"# (\d+) ", line):
            number = int(section.group(1))
        elif line and not line.startswith("#"):
            name, meant, text = (part.strip() for part in line.split("|", 2))
            impossible = meant.removeprefix("impossible: ") if meant.startswith("impossible: ") else ""
            effects = set() if impossible else {*filter(None, meant.split(", ")), *_paths(text)}
            yield Attack(f"{number}-{name}", number, around.replace("%s", text), frozenset(effects), impossible)


def _whole_pages() -> Iterator[Attack]:
    for path in sorted((FOLDER / "pages").glob("*.html")):
        html, number = path.read_text("utf-8"), int(path.stem.partition("-")[0])
        yield Attack(path.stem, number, html, frozenset(_paths(html) or {"udp"}))


def _paths(text: str) -> set[str]:
    return {path for path in re.findall(r"COLLECTOR/([\w-]+)", text) if not path.startswith("maybe-")}


ATTACKS = _attacks()


class Tab:
    """A browser tab and the outcome that is being written in it."""

    def __init__(self, context) -> None:
        self.context = context
        self.outcome = Outcome()
        self.open()

    def open(self) -> None:
        self.page = self.context.new_page()
        self.page.set_default_timeout(5000)
        self.page.on("console", self._said)
        self.page.on("dialog", self._answer)
        self.page.on("popup", self._close)
        for event, effect in (("download", "download"), ("crash", "crashed")):
            self.page.on(event, lambda _, effect=effect: self.outcome.effects.add(effect))

    def begin(self, address: str) -> None:
        """Go there with a new outcome; in a new tab where the last attack has broken this one."""
        crashed = "crashed" in self.outcome.effects
        self.outcome = Outcome()  # of what the last page does when it is left
        if crashed or not self._left():
            with suppress(Exception):
                self.page.close()
            self.open()
        self.outcome = Outcome()
        self.page.goto(address, wait_until="commit")

    def _left(self) -> bool:
        """Whether the last page lets go of the tab."""
        try:
            self.page.goto("about:blank", wait_until="commit")
        except Exception:  # closed, say, or held by a dialog
            return False
        return True

    def _said(self, message) -> None:
        self.outcome.said.append(message.text)
        if SECRET in message.text:
            self.outcome.effects.add("read")
        if effect := re.match(r"effect ([\w-]+)", message.text):
            self.outcome.effects.add(effect.group(1))

    def _answer(self, dialog) -> None:
        self.outcome.effects.add("dialog")
        with suppress(Exception):  # the tab may be gone
            dialog.accept()

    def _close(self, popup) -> None:
        self.outcome.effects.add("popup")

    def click(self, case: str, selector: str) -> None:
        """A person's click into the page, of the kind that the case's name says."""
        modifiers = [key for sign, key in (("shift-click", "Shift"), ("ctrl-click", "Control")) if sign in case]
        how = {"button": "middle" if "middle-click" in case else "left", "modifiers": modifiers, "position": {"x": 60, "y": 60}}
        with suppress(Exception):  # where the attack has taken the frame away there is nothing to click on
            self.page.locator(selector).click(**how, force=True, timeout=1500)

    def leave(self, case: str, address: str, selector: str) -> None:
        if "leaving" in case:
            with suppress(Exception):  # a dialog that stands in the way is the effect
                self.page.goto(address, timeout=3000)
                self.page.locator(selector).wait_for(state="attached", timeout=1500)

    def check(self, address: str, selector: str) -> None:
        """Is the app around the frame what it was?"""
        if "crashed" in self.outcome.effects:
            return
        if self.page.url != address:
            self.outcome.effects.add("changed")
            return
        try:
            intact = self.page.title() == SECRET and self.page.locator(selector).count() > 0
        except Exception:  # another page, or none
            intact = False
        self.outcome.effects |= set() if intact else {"changed"}


def in_a_plain_frame(context, cases: Iterable[str] = ATTACKS) -> dict[str, Outcome]:
    """Several at once, a tab each."""
    outcomes, heard = {}, defaultdict(set)
    with collecting() as collector, unboxed(_pages(collector), SECRET, KEEPS, heard) as address, _one_more_tab(context) as clock:
        context.grant_permissions(GRANTED, origin=address)
        row = [Tab(context) for _ in range(TABS)]
        for some in _groups(cases, TABS):
            tabs = dict(zip(some, row, strict=False))
            for case, tab in tabs.items():
                tab.begin(f"{address}/app/{case}")
            _dwell(clock, tabs, "iframe")
            for case, tab in tabs.items():
                tab.leave(case, f"{address}/app/{case}", "#app")
                tab.check(f"{address}/app/{case}", "#app")
                outcomes[case] = tab.outcome
            _close_others(context, clock, row)
        _close_all(context, clock)
        return _outcomes(outcomes, collector.hits, heard)


def in_our_frame(context, cases: Iterable[str] = ATTACKS) -> dict[str, Outcome]:
    """Several tabs at once, each shows one case after the other in a real app."""
    from starlette.middleware import Middleware

    from artifacts.sandbox import ParentHeaders

    outcomes, heard = {}, defaultdict(set)
    middleware = [Middleware(ParentHeaders), Middleware(Listening, heard=heard)]
    with collecting() as collector, serving(_app(_pages(collector)), app_kwargs={"middleware": middleware}) as address:
        # The app never asks for notifications. Where a person allowed them to its address all the same, Chromium at times lets a frame of no
        # origin have them too, which sandbox.py says.
        context.grant_permissions([name for name in GRANTED if name != "notifications"], origin=address.rstrip("/"))
        with _one_more_tab(context) as clock:
            tabs = [Tab(context) for _ in range(TABS)]
            for tab in tabs:
                _open(tab, address)
            for some in _groups(cases, TABS):
                outcomes |= _show(dict(zip(some, tabs, strict=False)), address, clock)
            _close_all(context, clock)
        return _outcomes(outcomes, collector.hits, heard)


def in_a_file(context, folder: Path, cases: Iterable[str]) -> dict[str, Outcome]:
    """Each page as it is downloaded, opened from the disk by itself."""
    from artifacts.records import Page
    from artifacts.sandbox import download

    outcomes = {}
    with collecting() as collector, _one_more_tab(context) as clock:
        pages = _pages(collector)
        row = [Tab(context) for _ in range(TABS)]
        for some in _groups(cases, TABS):
            tabs = dict(zip(some, row, strict=False))
            for case, tab in tabs.items():
                file = folder / f"{case}.html"
                file.write_text(download(Page(pages[case], case, case)), "utf-8")
                tab.begin(file.as_uri())
                outcomes[case] = tab.outcome
            _dwell(clock, tabs, "html")
            _close_others(context, clock, row)
        _close_all(context, clock)
        return _outcomes(outcomes, collector.hits, {})


def _dwell(clock, tabs: dict[str, Tab], selector: str) -> None:
    """Let the pages do what they do, from when all have begun, and click once into each."""
    begun = time.monotonic()
    while time.monotonic() - begun < BEGIN_S and not all(tab.outcome.ran for tab in tabs.values()):
        clock.wait_for_timeout(50)
    started = time.monotonic()
    clock.wait_for_timeout(CLICK_MS)
    for case, tab in tabs.items():
        if _CLICKED.search(case) or "await click" in ATTACKS[case].html:
            tab.click(case, selector)
    clock.wait_for_timeout(max(DWELL_MS - CLICK_MS, DWELL_MS - 1000 * (time.monotonic() - started)))


def _show(tabs: dict[str, Tab], address: str, clock) -> dict[str, Outcome]:
    for case, tab in tabs.items():
        tab.outcome = Outcome()
        tab.page.locator("#case textarea").fill(case)
        tab.page.locator("#case textarea").press("Enter")
    _dwell(clock, tabs, ".artifact-stage iframe")
    for case, tab in tabs.items():
        tab.leave(case, address, "#case textarea")
        tab.check(address, "#case textarea")
        if tab.outcome.effects or "leaving" in case:  # the next case begins in a sound app
            tab.page.close()
            outcome, tab.outcome = tab.outcome, Outcome()
            tab.open()
            _open(tab, address)
            tab.outcome = outcome
    return {case: tab.outcome for case, tab in tabs.items()}


def _open(tab: Tab, address: str) -> None:
    tab.page.goto(address)
    tab.page.locator("#case textarea").wait_for()
    tab.page.evaluate(f"() => {{ {KEEPS} }}")


@contextmanager
def _one_more_tab(context) -> Iterator:
    """It stays, so that waiting goes on whatever happens to the others."""
    clock = context.new_page()
    try:
        yield clock
    finally:
        clock.close()


def _close_others(context, clock, tabs: list[Tab]) -> None:
    """The windows that attacks have opened."""
    for page in set(context.pages) - {clock, context.pages[0], *(tab.page for tab in tabs)}:
        page.close()


def _close_all(context, clock) -> None:
    for page in context.pages:
        if page is not clock and page is not context.pages[0]:
            page.close()


def _groups(cases: Iterable[str], size: int) -> Iterator[list[str]]:
    cases = list(cases)
    return (cases[first : first + size] for first in range(0, len(cases), size))


def _pages(collector: Collector) -> dict[str, str]:
    asked = {name: attack.html.replace("?ASKED", f"?asked-by={name}") for name, attack in ATTACKS.items()}
    return {name: html.replace("COLLECTOR", collector.address(name)) for name, html in asked.items()}


def _outcomes(outcomes: dict[str, Outcome], *hits: dict[str, set[str]]) -> dict[str, Outcome]:
    return {case: Outcome(outcome.said, outcome.effects.union(*(hit.get(case, ()) for hit in hits))) for case, outcome in outcomes.items()}


@dataclass
class Burn:
    """While a page burns: seconds of a call of the app and of a request to its server, and until the page was closed."""

    call: float
    request: float
    close: float


BURNING = dict(
    (part.strip() for part in line.split("|", 1))
    for line in (FOLDER / "burning.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


def burning(context, times: int = 3) -> dict[str, Burn]:
    """Show each page that burns, use the app meanwhile, and close the page by its button."""
    pages = {name: SCRIPT.replace("%s", code) for name, code in BURNING.items()}
    burns = {}
    with serving(_app(pages), app_kwargs=_middleware()) as address:
        for name in pages:
            tab = Tab(context)
            tab.page.set_default_timeout(30_000)
            _open(tab, address)
            _show_one(tab, name, wait_ms=1500)
            calls = [_timed(lambda number=number: _call(tab.page, f"{name} {number}")) for number in range(times)]
            requests = [_timed(lambda: urllib.request.urlopen(f"{address.rstrip('/')}/config", timeout=30).read()) for _ in range(times)]
            burns[name] = Burn(statistics.median(calls), statistics.median(requests), _timed(lambda: _close_page(tab.page)))
            tab.page.close()
    return burns


def reports(context, pages: dict[str, str], wait_ms: int = 1500) -> dict[str, tuple[str, Outcome]]:
    """Show each page and give what the app says of it. TOKEN in a page is its true token; a page named bare-... stands without our bridge."""
    found = {}
    with serving(_app(pages), app_kwargs=_middleware()) as address:
        tab = Tab(context)
        for name in pages:
            tab.outcome = Outcome()
            _open(tab, address)
            _show_one(tab, name, wait_ms)
            tab.check(address, "#case textarea")
            found[name] = (tab.page.locator("#said textarea").input_value(), tab.outcome)
        tab.page.close()
    return found


def _middleware() -> dict:
    from starlette.middleware import Middleware

    from artifacts.sandbox import ParentHeaders

    return {"middleware": [Middleware(ParentHeaders)]}


def _show_one(tab: Tab, case: str, wait_ms: int) -> None:
    tab.page.locator("#case textarea").fill(case)
    tab.page.locator("#case textarea").press("Enter")
    tab.context.pages[0].wait_for_timeout(wait_ms)  # another tab's time: this one may be busy


def _call(page, text: str) -> None:
    page.locator("#asked textarea").fill(text)
    page.locator("#asked textarea").press("Enter")
    page.wait_for_function("text => document.querySelector('#answer textarea').value === text", arg=text)


def _close_page(page) -> None:
    """A page that floods the app may have been closed by it already."""
    if page.locator(".artifact-stage iframe").count():
        page.locator(".artifact-close").click()
    page.locator(".artifact-stage iframe").wait_for(state="detached")


def _timed(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


class Listening:
    """ASGI middleware: a request that names a case in its query is noted in `heard`."""

    def __init__(self, app, heard: defaultdict[str, set[str]]) -> None:
        self.app, self.heard = app, heard

    async def __call__(self, scope, receive, send) -> None:
        if asked := re.search(rb"asked-by=([\w-]+)", scope.get("query_string", b"")):
            self.heard[asked.group(1).decode()].add("asked")
        await self.app(scope, receive, send)


def _app(pages: dict[str, str]):
    """A Gradio app around the real frame: the name of a case in, its page shown."""
    import gradio as gr

    from artifacts.console import console_text
    from artifacts.records import Page
    from artifacts.sandbox import srcdoc
    from artifacts.ui.preview import Preview, view

    def show(case: str) -> dict:
        token = secrets.token_hex(16)
        page = Page(pages[case].replace("TOKEN", token), case, case)
        document = page.html if case.startswith("bare-") else srcdoc(page, token)
        return gr.HTML(view=view(document=document, token=token))

    def report(event: gr.EventData) -> str:
        return console_text(event.lines)

    with Blocks(title=SECRET) as app:
        case = gr.Textbox(elem_id="case")
        preview = Preview(elem_id="preview")
        said = gr.Textbox(elem_id="said")
        asked, answer = gr.Textbox(elem_id="asked"), gr.Textbox(elem_id="answer")
        case.submit(show, case, preview, show_progress="hidden")
        preview.report(report, None, said, show_progress="hidden")
        asked.submit(lambda text: text, asked, answer, show_progress="hidden")
    return app
