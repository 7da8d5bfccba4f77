"""The model's chip and the panel to choose another: their texts, their handlers, and both in a real browser."""

import os
import re
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.middleware import Middleware

from qsql.errors import BadInput, ModelBroken
from qsql.models.choose import Survey
from qsql.models.holder import ModelHolder
from qsql.models.prepare import preparing
from qsql.models.speed import about
from qsql.models.state import State
from qsql.settings import Settings
from qsql.share.mask import mask_of
from qsql.texts import Words, labels
from qsql.ui import models
from qsql.ui import models_view as view
from qsql.ui.blocks import Blocks
from qsql.ui.language import PageLanguage
from qsql.ui.models_view import InUse
from tests.browser import serving
from tests.model_files import small_gguf  # noqa: F401
from tests.openai_server import Says, scripted_server

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
EN, ZH = Words("en"), Words("zh")
UI = Path(models.__file__).parent
BROKEN = ModelBroken("The model file 'm.gguf' is empty.", "Fetch it again, or name another file.")
REQUEST = SimpleNamespace(headers={}, session_hash="s", username="")

LISTED = (
    Survey("qwen2.5-coder-0.5b", "llamacpp", False, 491_400_064, "Apache-2.0", 1_100_000_000, True, True, False),
    Survey("qwen2.5-coder-1.5b", "llamacpp", False, 1_117_320_768, "Apache-2.0", 1_900_000_000, True, False, True),
    Survey("qwen2.5-coder-3b", "llamacpp", False, 1_931_250_000, "Qwen Research", 2_700_000_000, True, False, False),
    Survey("qwen2.5-coder-32b", "llamacpp", False, 20_300_000_000, "Apache-2.0", 23_000_000_000, False, False, False),
)


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    "state, name, said, told",
    [
        (State("absent"), "", "No model", "No model is loaded."),
        (State("loading", coming="0.5b"), "qwen2.5-coder-0.5b", "loading", "Loading a model: qwen2.5-coder-0.5b."),
        (State("loading", "old", "auto"), "auto", "loading", "Loading a model: auto."),
        (State("fetching", "old", "a/b", 41, 100, 9.0), "a/b", "fetching 41 %", "Fetching a model: a/b."),
        (State("ready", "m"), "m", "ready", "The model is ready: m."),
        (State("busy", "m", questions=1), "m", "1 question", "The model is ready: m."),
        (State("busy", "m", questions=3), "m", "3 questions", "The model is ready: m."),
        (
            State("failed", coming="/home/me/m.gguf", error=BROKEN),
            "m.gguf",
            "could not be loaded",
            "The model could not be loaded: m.gguf.",
        ),
        (State("waiting", "m", place=2), "", "your question is number 2 in the queue", "Your question is number 2 in the queue."),
    ],
    ids=lambda value: value.kind if isinstance(value, State) else "",
)
def test_the_chip_has_words_for_each_state(state, name, said, told):
    assert view.chip(state, EN) == {"kind": state.kind, "name": name, "said": said, "told": told}
    assert view.chip(state, ZH)["told"] != told


def test_a_name_that_is_shown_keeps_its_secrets():
    assert view.called("http://me:secret@host:9/v1?key=hidden#big", EN) == "http://host:9/v1"
    assert view.called("http://a/v1,http://me:secret@b/v1#m", EN) == "http://a/v1, http://b/v1"
    assert view.called("~/models/m.gguf", EN) == "m.gguf" and view.called("1.5B", EN) == "qwen2.5-coder-1.5b"
    assert view.called(r"C:\models\m.gguf", EN) == "m.gguf" and len(view.called("x" * 500, EN)) == 61


@pytest.mark.parametrize("seconds, left", [(None, ""), (40.2, "41 s left"), (600, "10 min left"), (7201, "3 h left")])
def test_a_fetch_tells_how_much_has_come_and_how_long_it_takes(seconds, left):
    html = view.progress(State("fetching", "old", "a/<b>", 410_000_000, 1_117_320_768, seconds), EN)
    assert text(html).startswith("Fetching a/&lt;b&gt;: 0.4 GB of 1.1 GB") and left in text(html) and 'value="36"' in html


def test_what_failed_is_told_and_which_model_is_back():
    said = text(view.progress(State("ready", "old", error=BROKEN), EN))
    assert said == "The model file &#x27;m.gguf&#x27; is empty. Fetch it again, or name another file. old is in use again."
    assert view.progress(State("ready", "old"), EN) == ""
    assert text(view.progress(State("loading", "old", "b/c", questions=1), EN)).startswith("b/c is loaded as soon as")


def test_the_list_tells_what_each_takes_and_what_must_be_agreed_to():
    html = view.table(LISTED, InUse("qwen2.5-coder-0.5b", 40.0), EN)
    rows = [text(row) for row in re.findall(r"<tr.*?</tr>", html)]
    assert rows[0] == "Model Files Memory Speed Licence"
    assert rows[1] == "qwen2.5-coder-0.5b in use 0.5 GB, on this disk 1.1 GB 40 tokens/s here Apache-2.0"
    assert rows[2] == "qwen2.5-coder-1.5b automatic choice 1.1 GB to fetch 1.9 GB about 23 tokens/s Apache-2.0 Fetch and use"
    assert rows[4] == "For research only: its licence (Qwen Research) does not allow commercial use. I use it for research only"
    assert "too much for this machine" in rows[5] and "Fetch and" not in rows[5] and "about 1.6 tokens/s" in rows[5]
    assert re.search(r'data-name="qwen2.5-coder-3b"[^>]* disabled', html) and html.count(" disabled") == 1


@pytest.mark.parametrize("now", [InUse("echo", 500.0), InUse("qwen2.5-coder-0.5b"), InUse("")])
def test_no_speed_is_told_that_was_not_measured(now):
    html = view.table(LISTED, now, EN)
    assert "tokens/s" not in text(html) and "once the model in use has written something" in html


def test_a_larger_model_is_slower_by_what_it_reads():
    assert about(100, 100, 25.0) == pytest.approx(25.0)
    assert 1 / about(200, 100, 25.0) == pytest.approx(0.010 + 2 * 0.030)
    assert about(1000, 100, 500.0) == pytest.approx(1 / (0.001 + 10 * 0.001))


# The handlers, without a server


@pytest.fixture(scope="module")
def holder():
    holder = ModelHolder(preparing(Settings()), "echo")
    holder()
    yield holder
    holder.close()


@pytest.fixture(scope="module")
def screen(holder):
    return wired(Settings.load(model="echo"), holder)


def wired(settings, holder):
    with Blocks(analytics_enabled=False) as demo:
        chip, panel = models.build_chip(False), models.build()
        models.wire(chip, panel, holder, settings, demo)
    look, chosen, other, offered, cancel = (fn.fn for fn in demo.fns.values())
    return SimpleNamespace(panel=panel, chip=chip, look=look, chosen=chosen, other=other, offered=offered, cancel=cancel)


@pytest.mark.parametrize(
    "event",
    [{}, {"name": "no-such"}, {"name": ["echo"]}, {"name": "/etc/passwd"}, {"name": "3b"}, {"name": "qwen2.5-coder-3b", "agreed": "yes"}],
    ids=str,
)
def test_what_the_list_does_not_have_or_was_not_agreed_to_is_refused(screen, holder, event):
    shown = screen.chosen({}, SimpleNamespace(**event), REQUEST)
    assert list(shown) == [screen.panel.said] and 'class="failed"' in shown[screen.panel.said]
    assert holder.state() == State("ready", "echo")


@pytest.mark.parametrize("typed", ["", None, "  ", "x" * 501, "3B", " qwen2.5-coder-3b "])
def test_what_names_no_model_or_needs_agreement_is_refused(screen, holder, typed):
    shown = screen.other(typed, {}, REQUEST)
    assert 'class="failed"' in shown[screen.panel.said] and holder.state() == State("ready", "echo")


@pytest.mark.parametrize("typed, name", [("", "m"), ("org/name", "m"), ("http://127.0.0.1:9/v1", ""), ("http://127.0.0.1:9/v1", "x" * 501)])
def test_what_no_server_has_listed_is_refused(screen, holder, typed, name):
    shown = screen.offered(typed, {}, SimpleNamespace(name=name), REQUEST)
    assert "no such model in the list" in shown[screen.panel.said] and holder.state() == State("ready", "echo")


def test_a_server_that_is_not_there_is_told_before_anything_is_changed(screen, holder):
    shown = screen.other("http://127.0.0.1:9/v1", {}, REQUEST)
    assert "cannot be reached" in shown[screen.panel.said] and holder.state() == State("ready", "echo")


def test_what_leaves_this_machine_is_said_and_to_whom():
    local, far = "http://127.0.0.1:1/v1,http://localhost:2/v1#m", "http://me:secret@gpu1:8000/v1,https://gpu2/v1#m"
    assert view.leaves(local, True, False, EN) == view.leaves("auto", True, False, EN) == view.leaves("", True, False, EN) == ""
    said = view.leaves(far, True, False, EN)
    assert "http://gpu1:8000/v1 and https://gpu2/v1" in said and "three example rows" in said and "Settings can keep" in said
    assert "not encrypted" in said and "secret" not in said
    assert "but no rows" in view.leaves(far, False, False, EN) and "example rows" not in view.leaves(far, False, False, EN)
    assert "not encrypted" not in view.leaves("https://gpu2/v1", True, False, EN)
    assert "gpu" not in view.leaves(far, True, True, EN) and "another machine" in view.leaves(far, True, True, EN)
    assert "示例" in view.leaves(far, True, False, ZH)


def test_visitors_change_nothing(holder):
    screen = wired(Settings.load(model="echo", share=True), holder)
    for shown in (screen.other("auto", {}, REQUEST), screen.chosen({}, SimpleNamespace(name="0.5b"), REQUEST)):
        assert "not changed where others are let in" in shown[screen.panel.said]
    assert holder.state() == State("ready", "echo")


def test_a_look_says_only_what_is_new(screen):
    first = screen.look({}, REQUEST)
    (seen,) = [first[component] for component in first if isinstance(component, gr.State)]
    assert first[screen.panel.list].startswith("<table>") and screen.chip in first and seen["chip"]["name"] == "echo"
    assert list(screen.look(seen, REQUEST).values()) == [seen]


# In a browser


class Far:
    """Where models come from: as the app has it, and one that is fetched until it is told to come."""

    def __init__(self, settings: Settings) -> None:
        self.really, self.come = preparing(settings), threading.Event()

    def __call__(self, name, progress):
        done = 0
        while name == "far/away" and not self.come.is_set():
            done = min(done + 10**7, 9 * 10**8)
            progress(done, 10**9, "Fetching away.gguf")
            time.sleep(0.02)
        return self.really("echo" if name == "far/away" else name, progress)


@pytest.fixture(scope="module")
def site(small_gguf):  # noqa: F811
    settings = Settings.load(model="echo")
    far = Far(settings)
    holder = ModelHolder(far, "echo")
    with Blocks(analytics_enabled=False) as demo:
        chip, panel, question = models.Chip(elem_id="model_chip", pace=[400, 400]), models.build(), gr.Button("Slow question")
        models.wire(chip, panel, holder, settings, demo)
        question.click(lambda: time.sleep(2), concurrency_id="ask", concurrency_limit=1)
    app = {"middleware": [Middleware(PageLanguage)]}
    css = [UI / "style.css", UI / "models.css"]
    with serving(demo, i18n=gr.I18n(**labels()), app_kwargs=app, css_paths=css) as url:
        yield SimpleNamespace(url=url, holder=holder, far=far)
    holder.close()


@pytest.fixture
def expect():
    return pytest.importorskip("playwright.sync_api").expect


def test_another_model_is_chosen_used_and_given_up(browser, site, expect, tmp_path):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    page.goto(site.url)
    chip, said, listed = page.locator("#model_chip").get_by_role("status"), page.locator("#models_said"), page.locator("#models_list")
    expect(chip).to_have_text("The model is ready: echo.")
    page.get_by_role("button", name=re.compile("Use qwen2.5-coder-0.5b")).click()
    expect(chip).to_have_text("The model is ready: qwen2.5-coder-0.5b.")
    expect(listed.get_by_role("row").filter(has_text="in use")).to_contain_text("qwen2.5-coder-0.5b")
    (tmp_path / "empty.gguf").write_bytes(b"")
    other = page.get_by_label("Another model")
    other.fill(str(tmp_path / "empty.gguf"))
    other.press("Enter")
    expect(said.get_by_role("alert")).to_contain_text("'empty.gguf' is not a GGUF file")
    expect(said).to_contain_text("qwen2.5-coder-0.5b is in use again.")
    other.fill("far/away")
    other.press("Enter")
    expect(said).to_contain_text(re.compile(r"Fetching far/away: 0\.\d GB of 1\.0 GB"))
    expect(chip).to_have_text("Fetching a model: far/away.")
    page.get_by_role("button", name="Cancel").click()
    expect(chip).to_have_text("The model is ready: qwen2.5-coder-0.5b.")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    research = page.get_by_role("button", name="Fetch qwen2.5-coder-3b and use it")
    expect(research).to_be_disabled()
    page.get_by_label("I use it for research only").check()
    expect(research).to_be_enabled()
    with scripted_server(Says(models=("small", "<b>big</b>"), more={"max_model_len": 8192})) as server:
        other.fill(f"{server}#medium")
        other.press("Enter")
        expect(said.get_by_role("alert")).to_contain_text("does not offer 'medium'. It offers: small, <b>big</b>.")
        other.fill(server)
        other.press("Enter")
        offered = page.locator("#models_offered")
        expect(offered.get_by_role("row")).to_have_text([re.compile(r"small\s*8,192 tokens of context\s*Use"), re.compile("<b>big</b>")])
        offered.get_by_role("button", name="Use <b>big</b>").click()
        expect(offered.get_by_role("row")).to_have_count(0)
        expect(page.locator("#model_chip")).to_contain_text("<b>big</b>")
        expect(chip).to_have_text("The model is ready: <b>big</b>.")
        site.holder.switch("echo")
        expect(chip).to_have_text("The model is ready: echo.")
    page.close()


def test_the_chip_tells_a_place_in_the_queue_and_rests_while_the_page_is_hidden(browser, site, expect):
    site.holder()
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="zh-CN", color_scheme="dark")
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(site.url)
        expect(page.locator("#model_chip").get_by_role("status")).to_contain_text("已就绪")
    first.get_by_role("button", name="Slow question").click()
    second.get_by_role("button", name="Slow question").click()
    expect(second.locator("#model_chip").get_by_role("status")).to_have_text("您的问题排在第 1 位。")
    expect(second.locator("#model_chip").get_by_role("status")).to_contain_text("已就绪")
    assert second.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    asked = []
    second.on("request", lambda request: asked.append(request.url) if "/queue/" in request.url or "/run/" in request.url else None)
    second.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    second.wait_for_timeout(600)
    asked.clear()
    second.wait_for_timeout(1500)
    assert not asked
    second.evaluate("Object.defineProperty(document, 'hidden', {get: () => false})")
    second.wait_for_timeout(1200)
    assert asked
    context.close()


def test_visitors_see_how_it_stands_and_nothing_of_where_it_comes_from(browser, expect):
    settings = Settings.load(model="http://model.inside:9/v1", share=True)
    holder = ModelHolder(lambda name, progress: (_ for _ in ()).throw(BadInput("No.")), settings.model)
    with Blocks(analytics_enabled=False) as demo:
        models.wire(models.build_chip(True), None, holder, settings, demo, mask_of(settings))
    with serving(demo) as url:
        page = browser.new_page()
        page.goto(url)
        expect(page.locator("#model_chip").get_by_role("status")).to_have_text("The model could not be loaded: the model.")
        assert "inside" not in page.content()
        page.close()
