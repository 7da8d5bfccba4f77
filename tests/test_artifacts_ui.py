"""The tab in a real browser: a page is written, shown, stopped, downloaded, and speaks up when it breaks."""

import re
import threading
from pathlib import Path

import pytest

from artifacts.gallery import FILE, Gallery
from artifacts.sandbox import PAGE_POLICY, ParentHeaders
from qsql.errors import ModelMissing
from qsql.models.echo import Echo
from qsql.texts import labels
from qsql.ui.blocks import Blocks
from tests.browser import serving

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

CLOCK = """Sure!
```html
<!DOCTYPE html>
<html>
<head><title>The "clock" / 时钟</title></head>
<body>
<h1 id="shown">not yet</h1>
<button id="more">more</button>
<form id="form"><input id="word"><button id="add">add</button></form>
<a id="out" href="https://example.com/">out</a> <a id="down" href="#far">down</a>
<p style="height: 3000px"></p><p id="far">far</p>
<script>
let count = 0;
localStorage.setItem("kept", "yes");
shown.textContent = "it is five, kept " + localStorage.getItem("kept") + localStorage.length;
more.addEventListener("click", () => { shown.textContent = "clicked " + ++count; });
form.addEventListener("submit", event => { event.preventDefault(); shown.textContent = "added " + word.value; });
</script>
</body>
</html>
```
"""
BROKEN = """<!DOCTYPE html>
<html><body><h1>broken</h1>
<script>
for (let i = 0; i < 3; i++) console.log("hello", {from: "page"});
fetch("https://example.com/");
nowhere.focus();
</script>
<script>
Promise.reject(new Error("no <b>promise</b>"));
</script></body></html>"""
BEGIN = "<!DOCTYPE html><html><body>"
SCRIPT = {
    "clock": CLOCK,
    "broken": BROKEN,
    "long": "<!DOCTYPE html>\n<html><head><title>Long</title></head><body><h1>begun</h1>\n"
    + "<p>one more line</p>\n" * 400
    + "</body></html>",
    "prose": "I am <b>only</b> a small model <img src=x onerror=\"document.title='owned'\">.",
    "busy": BEGIN + "<h1>busy</h1><script>console.log('begins'); while (true);</script></body></html>",
    "flood": BEGIN + "<h1>flood</h1><script>for (let i = 0; i < 50000; i++) parent.postMessage('x', '*');</script></body></html>",
    "chatty": BEGIN + "<h1>chatty</h1><script>for (let i = 0; i < 5000; i++) console.log('line ' + i);</script></body></html>",
    "title": "<!DOCTYPE html><html><head><title></script><img src=x onerror=\"parent.document.title='owned'\">"
    "${document.title='owned'}{{1}}`</title></head><body><h1>titled</h1></body></html>",
}


class Scripted(Echo):
    """Answers by the request, so that tests do not depend on their order."""

    def stream(self, prompt, options=None):
        asked = prompt.messages[-1].text.partition("\n")[0].removeprefix("Change the page: ")
        return Echo((SCRIPT[asked],), delay=0.02 if asked == "long" else 0).stream(prompt, options)


@pytest.fixture(scope="module")
def missing() -> threading.Event:
    """Set while the model's files cannot be had."""
    return threading.Event()


@pytest.fixture(scope="module")
def url(missing, tmp_path_factory):
    import gradio as gr
    from starlette.middleware import Middleware

    from artifacts import ui

    def model():
        if missing.is_set():
            raise ModelMissing("The model could not be fetched.", "Connect to the network <once>.")
        return Scripted()

    with Blocks(title="app", fill_width=True) as demo:
        with gr.Tab("Other"):
            gr.Markdown("x")
        with gr.Tab("Artifacts"):
            panel = ui.build()
        gallery = Gallery(tmp_path_factory.mktemp("pages") / FILE)
        ui.wire(panel, model, lambda request: gallery)
    with serving(
        demo, css_paths=list(ui.STYLES), i18n=gr.I18n(**labels()), app_kwargs={"middleware": [Middleware(ParentHeaders)]}
    ) as address:
        yield address


@pytest.fixture
def page(browser, url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.get_by_role("tab", name="Artifacts").click()
    page.locator("#artifact_request textarea").wait_for()
    yield page
    assert page.title() == "app" and page.url == url
    page.close()


def request(page, text: str, change: bool = False) -> None:
    """Ask for a new page, or for a change of the one that is there."""
    if page.locator("#artifact_mode").is_visible() and not change:
        page.get_by_label("New page").click()
        expect(page.locator("#artifact_mode")).to_be_hidden()
    box = page.locator("#artifact_request textarea")
    box.fill(text)
    box.press("Enter")


def frame(page):
    return page.frame_locator("#artifact_preview iframe")


def console(page):
    return page.locator("#artifact_console textarea")


def test_a_page_is_written_shown_and_works(page):
    request(page, "clock")
    expect(frame(page).locator("h1")).to_have_text("it is five, kept yes1")
    expect(page.locator("#artifact_status")).to_have_text(re.compile(r'Done in \d+ s: The "clock" / 时钟\.'))
    expect(page.locator("#artifact_code .cm-content")).to_contain_text("<h1 id=")
    frame(page).locator("#more").click()
    expect(frame(page).locator("h1")).to_have_text("clicked 1")
    frame(page).locator("#word").fill("milk")
    frame(page).locator("#word").press("Enter")
    expect(frame(page).locator("h1")).to_have_text("added milk")
    page.get_by_role("button", name="Run again").click()
    expect(frame(page).locator("h1")).to_have_text("it is five, kept yes1")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#artifact_preview iframe")).to_have_count(0)


def test_links_stay_in_the_page_and_open_nothing(page):
    request(page, "clock")
    pages = len(page.context.pages)
    for options in ({}, {"button": "middle"}, {"modifiers": ["Shift"]}, {"modifiers": ["Control"]}):
        frame(page).locator("#out").click(**options)
    expect(console(page)).to_have_value(re.compile("Links open only in the downloaded page: https://example.com/"))
    frame(page).locator("#down").click()
    expect(frame(page).locator("#far")).to_be_in_viewport()
    assert len(page.context.pages) == pages and frame(page).locator("h1").count() == 1


def test_the_code_is_seen_as_it_is_written_and_a_stop_keeps_it(page):
    request(page, "long")
    expect(page.locator("#artifact_status")).to_contain_text("Writing…")
    expect(page.locator("#artifact_code .cm-scroller")).to_contain_text("one more line")
    page.wait_for_function("document.querySelector('#artifact_code .cm-scroller').scrollTop > 50")
    page.locator("#artifact_request .stop-button").click()
    expect(page.locator("#artifact_status")).to_contain_text("You stopped it")
    expect(page.locator("#artifact_request .submit-button")).to_be_visible()
    expect(frame(page).locator("h1")).to_have_text("begun")
    assert 1 < frame(page).locator("p").count() < 400


def test_the_download_is_one_file_that_keeps_its_policy_and_works_alone(page, browser, tmp_path):
    request(page, "clock")
    expect(frame(page).locator("h1")).to_be_visible()
    with page.expect_download() as started:
        page.locator("#artifact_download").click()
    assert started.value.suggested_filename == "The-clock-时钟.html"
    path = tmp_path / "page.html"
    started.value.save_as(path)
    assert PAGE_POLICY in path.read_text("utf-8")
    alone = browser.new_page()
    blocked = []
    alone.on("console", lambda message: blocked.append(message.text))
    alone.goto(path.as_uri())
    expect(alone.locator("h1")).to_contain_text("it is five")
    alone.evaluate("fetch('https://example.com/').catch(() => {})")
    alone.locator("#more").click()
    expect(alone.locator("h1")).to_have_text("clicked 1")
    assert any("connect-src" in text for text in blocked)
    alone.close()


def test_a_picture_of_the_page_is_given(page):
    request(page, "chatty")
    expect(frame(page).locator("h1")).to_have_text("chatty")
    with page.expect_download() as started:
        page.locator("#artifact_picture").click()
    assert Path(started.value.path()).read_bytes().startswith(b"\x89PNG")


def test_what_goes_wrong_in_a_page_is_told_with_its_line(page):
    request(page, "broken")
    said = '· hello {"from":"page"} ×3'
    error = "✖ Uncaught ReferenceError: nowhere is not defined (line 6)"
    for text in (said, "⛔ connect-src: https://example.com/", error, "no <b>promise</b>"):
        expect(console(page)).to_have_value(re.compile(re.escape(text)))
    request(page, "clock")
    expect(console(page)).to_have_value("")


def test_prose_gives_its_sentence_as_text_and_the_app_still_answers(page):
    request(page, "prose")
    expect(page.locator("#artifact_status")).to_contain_text('The model wrote no web page. It began: "I am <b>only</b> a small model <img')
    assert page.locator("#artifact_status img, #artifact_status b").count() == 0
    request(page, "clock")
    expect(frame(page).locator("h1")).to_contain_text("it is five")


def test_a_refused_request_leaves_the_page_where_it_is(page):
    request(page, "clock")
    expect(frame(page).locator("h1")).to_contain_text("it is five")
    request(page, "  ", change=True)
    expect(page.locator("#artifact_status")).to_have_text("There is no request. Say in a sentence what the page should show or do.")
    assert frame(page).locator("h1").count() == 1


def test_a_model_that_cannot_be_had_gives_its_sentence(page, missing):
    missing.set()
    request(page, "clock")
    expect(page.locator("#artifact_status")).to_have_text("The model could not be fetched. Connect to the network <once>.")
    missing.clear()
    request(page, "clock")
    expect(frame(page).locator("h1")).to_contain_text("it is five")


def test_a_title_is_only_text(page):
    request(page, "title")
    expect(frame(page).locator("h1")).to_have_text("titled")
    expect(page.locator("#artifact_status")).to_contain_text("${document.title='owned'}{{1}}`")


def test_a_page_that_never_rests_leaves_the_app_alive(page):
    request(page, "busy")
    expect(page.locator("#artifact_status")).to_contain_text("Done")
    request(page, "clock")
    expect(frame(page).locator("h1")).to_contain_text("it is five")


def test_a_page_that_floods_the_app_is_closed(page):
    request(page, "flood")
    expect(page.locator("#artifact_preview")).to_contain_text("sent more messages than the app takes")
    expect(page.locator("#artifact_preview iframe")).to_have_count(0)


def test_a_chatty_page_is_cut_short_and_goes_on(page):
    request(page, "chatty")
    expect(console(page)).to_have_value(re.compile(r"line 0\n[\s\S]*line 99$"))
    expect(frame(page).locator("h1")).to_have_text("chatty")


def test_an_example_fills_the_request(page):
    page.get_by_role("button", name="A 2048 game").click()
    expect(page.locator("#artifact_request textarea")).to_have_value("A 2048 game")
