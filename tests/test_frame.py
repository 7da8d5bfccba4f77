"""The frame in a real browser: a page is tried out of sight, draws pictures of itself, and neither costs the app more than it gives."""

import base64
import io
import json
import re

import pytest

from artifacts.records import Data, Page
from artifacts.sandbox import FRAME, PARENT_HEADERS, frame_script, srcdoc
from tests.collector import collecting

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

TOKENS = iter(f"{number:032x}" for number in range(1, 10_000))
ADDRESS = "http://localhost/"
HARNESS = """<!DOCTYPE html><title>app</title><style>iframe { width: 100%%; height: 100%%; border: 0 }</style>
<div id="app" style="width: 800px; height: 600px">
<div class="artifact-stage" style="height: 500px"></div><span class="artifact-state"></span>
<button class="artifact-again"></button><button class="artifact-close"></button></div>
<script>
const told = [], element = document.getElementById("app"), props = {view: {}};
let changed = () => {};
const watch = (name, then) => { changed = then; }, trigger = (name, data) => told.push({name, ...structuredClone(data)});
const view = given => { props.view = given; changed(); };
{%s}
</script>"""
TEXTS = {"again": "Again", "close": "Close", "closed": "Closed.", "loading": "Loading", "busy": "Busy"}
TEXTS |= {"flooded": "Flooded.", "no_picture": "None."}

COUNTER = """<h1 id="shown">0</h1><button>one</button><p role="button" tabindex="0">two</p>
<button disabled>no</button><button style="display: none">hidden</button>
<script>
let count = 0;
for (const each of document.querySelectorAll("button, p")) each.onclick = () => { shown.textContent = ++count; };
</script>"""
CANVAS = '<canvas id="c" width="100" height="80"></canvas><script>const pen = c.getContext("2d"); pen.fillStyle = "red"; %s</script>'
SPIN = "<h1>spins</h1><button onclick='while (true);'>go</button>"


@pytest.fixture(scope="module")
def app(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=HARNESS % frame_script(), content_type="text/html", headers=PARENT_HEADERS))
    yield page
    page.close()


@pytest.fixture
def tab(app):
    app.goto(ADDRESS)
    yield app
    assert app.title() == "app" and app.url == ADDRESS


def show(tab, html: str, data: Data | None = None, **more) -> str:
    token = next(TOKENS)
    document = srcdoc(Page(html, "t", "r", data=data), token)
    tab.evaluate("given => view(given)", {"document": document, "token": token, "texts": TEXTS, **more})
    return token


def told(tab, name: str, least: int = 1) -> list[dict]:
    tab.wait_for_function("([name, least]) => told.filter(each => each.name === name).length >= least", arg=[name, least], timeout=30_000)
    return tab.evaluate("name => told.filter(each => each.name === name)", name)


def check(tab, html: str, **more) -> dict:
    token = show(tab, html, check=True, **more)
    (found,) = told(tab, "checked")
    assert found["token"] == token and tab.locator(".artifact-trial").count() == 0
    return found


def visible(tab):
    return tab.frame_locator(".artifact-stage iframe")


def test_a_sound_page_is_checked_and_the_one_that_is_seen_is_not_touched(tab):
    found = check(tab, COUNTER)
    assert found["lines"] == [] and found["pressed"] == 2
    assert not found["blank"] and not found["hung"] and not found["flooded"]
    expect(visible(tab).locator("h1")).to_have_text("0")
    visible(tab).locator("button").first.click()
    expect(visible(tab).locator("h1")).to_have_text("1")


def test_the_second_frame_is_the_same_box_and_out_of_reach(tab):
    show(tab, COUNTER, check=True)
    trial = tab.locator(".artifact-trial")
    for name, value in (FRAME | {"aria-hidden": "true", "tabindex": "-1", "inert": ""}).items():
        expect(trial).to_have_attribute(name, value)
    assert trial.evaluate("it => [it.offsetWidth, it.offsetHeight, getComputedStyle(it).opacity]") == [1000, 700, "0"]
    assert trial.evaluate("it => it.srcdoc === document.querySelector('.artifact-stage iframe').srcdoc")
    assert tab.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight].join()") == "1280,800"
    told(tab, "checked")


def test_a_page_in_the_second_frame_takes_no_focus(tab):
    tab.evaluate("document.querySelector('.artifact-again').focus()")
    takes = "document.querySelector(`input`).focus()"
    show(tab, f"<h1>x</h1><input autofocus><script>{takes}</script><button onclick='{takes}'>b</button>", check=True)
    told(tab, "checked")
    assert tab.evaluate("document.activeElement.className") != "artifact-trial"


def test_a_form_that_the_page_does_not_see_to_leaves_the_page_there_and_one_that_it_does_works(tab):
    answers = "done.onsubmit = event => { event.preventDefault(); shown.textContent = 'answered'; }"
    show(
        tab,
        f'<h1 id=shown>here</h1><form action="/elsewhere" method="post"><button>send</button></form><form id=done><button>answer</button></form><script>{answers}</script>',
    )
    visible(tab).locator("button").first.click()
    expect(visible(tab).locator("h1")).to_have_text("here")
    visible(tab).locator("button").last.click()
    expect(visible(tab).locator("h1")).to_have_text("answered")


def test_without_being_asked_nothing_is_tried(tab):
    show(tab, COUNTER)
    expect(visible(tab).locator("h1")).to_have_text("0")
    tab.wait_for_timeout(1500)
    assert tab.locator(".artifact-trial").count() == 0 and tab.evaluate("told.filter(each => each.name === 'checked')") == []


def test_what_a_button_breaks_is_told_by_the_check_alone(tab):
    found = check(tab, "<h1>x</h1>\n<button onclick='nowhere.focus()'>go</button>")
    (line,) = found["lines"]
    assert line["kind"] == "error" and "nowhere is not defined" in line["text"] and line["line"] == 2
    tab.wait_for_timeout(300)
    assert tab.evaluate("told.filter(each => each.name === 'report')") == []


def test_what_breaks_later_is_told_as_well(tab):
    found = check(tab, "<h1>x</h1><button onclick='setTimeout(() => nowhere.focus(), 50)'>a</button><button onclick='gone()'>b</button>")
    assert [line["text"].split(": ")[1] for line in found["lines"]] == ["gone is not defined", "nowhere is not defined"]


DATA = Data("q", "SELECT 1", ("a",), ("number",), ((1,),))
BLANK = {
    "nothing": ("", True),
    "only a script": ("<script>let x = 'text';</script><style>p {}</style>", True),
    "an empty element": ("<div style='height: 50px; background: red'></div>", True),
    "hidden text": ("<p style='display: none'>x</p><p style='visibility: hidden'>y</p>", True),
    "an empty canvas": (CANVAS % "", True),
    "a canvas of one colour": (CANVAS % "pen.fillRect(0, 0, 100, 80);", True),
    "a picture that is not there": ("<img src='data:,x' width='50' height='50'>", True),
    "what is said in a dialog": ("<script>alert('hello')</script>", True),
    "text": ("<p>x</p>", False),
    "text that a script writes": ("<p></p><script>document.body.append('x')</script>", False),
    "a drawing": ("<svg width='50' height='50'><circle r='20'/></svg>", False),
    "a canvas with a drawing": (CANVAS % "pen.fillRect(10, 10, 5, 5);", False),
    "a canvas of WebGL": ("<canvas id='c'></canvas><script>c.getContext('webgl')</script>", False),
    "a field": ("<input>", False),
}


@pytest.mark.parametrize(("html", "blank"), BLANK.values(), ids=BLANK)
def test_a_blank_page_is_known(html, blank, tab):
    assert check(tab, html)["blank"] is blank


@pytest.mark.parametrize(("html", "blank"), [("", True), ("<details open><summary>a</summary>b</details>", False)])
def test_the_line_about_the_rows_does_not_count_as_the_page(html, blank, tab):
    assert check(tab, html, data=DATA)["blank"] is blank


def test_at_most_twenty_buttons_are_pressed_also_where_each_press_draws_them_anew(tab):
    draws = "function draw() { all.innerHTML = '<button onclick=\"pressed(); draw()\">x</button>'.repeat(30) }"
    counts = "let count = 0; function pressed() { if (++count === 20) console.log('twenty') }"
    html = f"<p id='all'></p><script>{counts} {draws} draw()</script>"
    found = check(tab, html)
    assert found["pressed"] == 20 and [line["text"] for line in found["lines"]] == ["twenty"]


def test_a_form_is_sent_nowhere(tab):
    found = check(tab, "<form action='https://example.com/'><button>send</button></form>")
    assert found["pressed"] == 1 and [line["kind"] for line in found["lines"]] == ["blocked"]


def test_a_page_that_begins_anew_ends_its_check(tab):
    found = check(tab, "<h1>x</h1><button onclick='location.reload()'>again</button>")
    assert not found["hung"] and found["lines"] == []


def test_a_page_that_spins_is_hung_and_the_app_answers(tab):
    show(tab, SPIN, check=True)
    tab.wait_for_function("document.querySelector('.artifact-trial')")
    tab.wait_for_timeout(2000)
    assert tab.evaluate("1 + 1") == 2
    (found,) = told(tab, "checked")
    assert found["hung"] and tab.locator(".artifact-trial").count() == 0
    expect(visible(tab).locator("h1")).to_have_text("spins")


def test_a_page_that_floods_ends_its_check(tab):
    found = check(tab, "<h1>x</h1><button onclick=\"for (let i = 0; i < 5000; i++) parent.postMessage('x', '*')\">go</button>")
    assert found["flooded"] and not found["hung"]
    expect(tab.locator(".artifact-stage iframe")).to_have_count(1)


LIES = {  # said by the page on the port that the bridge made, before the true answer
    "no JSON": "'{'",
    "null": "'null'",
    "oversized": "'x'.repeat(5e6)",
    "half a number": "JSON.stringify({pressed: 0.5, blank: 'yes'})",
    "a huge number": "JSON.stringify({pressed: 1e9, blank: false})",
}


def by_itself(tab, answer: str, first: str = "", **more) -> None:
    """Show a document with a bridge of its own: what it says first, and the function that hears what it is asked."""
    token = next(TOKENS)
    opens = f"const {{port1, port2}} = new MessageChannel(); parent.postMessage({{type: 'artifact', token: '{token}'}}, '*', [port2])"
    document = f"<!doctype html><h1>x</h1><script>{opens}; port1.onmessage = {answer}; {first}</script>"
    tab.evaluate("given => view(given)", {"document": document, "token": token, "texts": TEXTS, **more})


def on_the_port(tab, said: str) -> dict:
    by_itself(tab, f"() => {{ {said} }}", check=True)
    (found,) = told(tab, "checked")
    return found


@pytest.mark.parametrize("text", LIES.values(), ids=LIES)
def test_a_lie_is_cut_to_its_form(text, tab):
    truth = "port1.postMessage({kind: 'checked', text: JSON.stringify({blank: true, pressed: 3})});"
    found = on_the_port(tab, f"port1.postMessage({{kind: 'checked', text: {text}}}); {truth}")
    assert type(found["blank"]) is bool and found["pressed"] in (0, 3, 20)
    tab.wait_for_timeout(200)
    assert len(told(tab, "checked")) == 1


MALFORMED = {
    "no text": "port1.postMessage({kind: 'checked'})",
    "text of another type": "port1.postMessage({kind: 'checked', text: {}}); port1.postMessage({kind: ['checked'], text: '{}'})",
    "a lot": "port1.postMessage({kind: 'error', text: 'y'.repeat(5e6), line: 'x'})",
    "a picture that nobody wanted": "port1.postMessage({kind: 'picture', of: 'small', text: 'data:image/png;base64,AAAA'})",
    "a picture of the prototype": "port1.postMessage({kind: 'picture', of: '__proto__', text: ''})",
}


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_passed_over(said, tab):
    found = on_the_port(tab, f"{said}; port1.postMessage({{kind: 'checked', text: '{{}}'}})")
    assert found["pressed"] == 0 and all(len(line["text"]) <= 1000 and line["line"] == 0 for line in found["lines"])
    assert tab.evaluate("told.filter(each => each.name === 'pictured')") == []


def test_each_document_is_told_of_once_also_when_it_changes_during_its_check(tab):
    show(tab, COUNTER, check=True)
    tab.wait_for_timeout(200)
    last = show(tab, COUNTER, check=True)
    assert tab.locator(".artifact-trial").count() == 1
    assert [each["token"] for each in told(tab, "checked")] == [last]
    tab.locator(".artifact-again").click()
    tab.wait_for_timeout(1500)
    assert [each["token"] for each in told(tab, "checked")] == [last] and tab.locator(".artifact-trial").count() == 0
    show(tab, COUNTER, check=True)
    assert len(told(tab, "checked", 2)) == 2


def test_close_ends_a_check(tab):
    show(tab, COUNTER, check=True)
    tab.locator(".artifact-close").click()
    assert tab.locator("iframe").count() == 0
    tab.wait_for_timeout(1500)
    assert tab.evaluate("told") == []


def picture(url: str):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    return image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")


def near(colour: tuple, wanted: tuple) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(colour, wanted, strict=True))


COLOURFUL = """<style>:root { --ground: red } :root[data-mood] { --ground: rgb(0, 128, 0) } body { margin: 0; background: var(--ground); height: 100vh; animation: appear 5s }
@keyframes appear { from { opacity: 0 } } div, canvas, textarea, img { position: absolute; left: 0; width: 200px; height: 100px }</style>
<!-- a comment -- with dashes --><p @click="x" a:b="c"><o:p>\x1b&nbsp;</o:p></p>
<canvas id="c" width="20" height="10" style="top: 100px"></canvas>
<img id="i" style="top: 200px">
<input id="box" type="checkbox" style="position: absolute; left: 400px; top: 100px; width: 100px; height: 100px">
<div id="rule" style="top: 300px"></div>
<textarea id="t" style="left: 600px; top: 0; font: 60px monospace; border: 0; padding: 0"></textarea>
<p style="margin-top: 2000px">far</p>
<script>
document.documentElement.dataset.mood = "green";
const pen = c.getContext("2d");
pen.fillStyle = "rgb(200, 0, 0)";
pen.fillRect(0, 0, 20, 10);
c.toBlob(blob => { i.src = URL.createObjectURL(blob); });
box.checked = true;
t.value = "\\u2588\\u2588\\u2588\\u2588\\u2588";
const style = document.head.appendChild(document.createElement("style"));
style.sheet.insertRule("#rule { background: rgb(0, 0, 200) }");
</script>"""
PLACES = {  # in the page's pixels, of a frame that is 800 wide
    "the ground": ((300, 450), (0, 128, 0)),
    "a canvas": ((100, 150), (200, 0, 0)),
    "a picture of the page's own": ((100, 250), (200, 0, 0)),
    "a rule that a script made": ((100, 350), (0, 0, 200)),
    "what stands in a field": ((620, 40), (0, 0, 0)),
}


def looks_right(image, scale: float) -> None:
    for name, ((x, y), wanted) in PLACES.items():
        assert near(image.getpixel((round(x * scale), round(y * scale))), wanted), name
    box = image.crop(tuple(round(each * scale) for each in (400, 100, 500, 200)))
    assert len(box.getcolors(100_000)) > 5  # it is ticked


def test_the_small_picture_is_the_page_as_it_stands(tab):
    token = show(tab, COLOURFUL)
    (found,) = told(tab, "pictured")
    assert found["token"] == token and found["url"].startswith("data:image/jpeg;base64,") and len(found["url"]) <= 200 * 1024
    image = picture(found["url"])
    width = visible(tab).locator("html").evaluate("it => it.clientWidth")
    assert image.width == 480 and image.height == pytest.approx(500 * 480 / width, abs=1)
    looks_right(image, 480 / width)
    tab.locator(".artifact-again").click()
    tab.wait_for_timeout(1500)
    assert len(told(tab, "pictured")) == 1


def test_the_whole_picture_is_downloaded_by_the_page_s_name(tab, tmp_path):
    show(tab, COLOURFUL, name="My page")
    expect(visible(tab).locator("#i")).to_have_attribute("src", re.compile("blob:"))
    with tab.expect_download() as started:
        tab.evaluate("element.querySelector('.artifact-stage').dispatchEvent(new CustomEvent('artifact-picture', {bubbles: true}))")
    assert started.value.suggested_filename == "My page.png"
    path = tmp_path / "page.png"
    started.value.save_as(path)
    image = picture("," + base64.b64encode(path.read_bytes()).decode())
    width, height = visible(tab).locator("html").evaluate("it => [it.clientWidth, it.scrollHeight]")
    assert image.size == (2 * width, 2 * height) and height > 2000
    looks_right(image, 2)
    assert near(image.getpixel((300, 2 * height - 10)), (0, 128, 0))


WRONG = {
    "another kind": "'data:image/svg+xml;base64,AAAA'",
    "no address of data": "'https://example.com/x.png'",
    "a script": "'javascript:alert(1)'",
    "what is not base64": "'data:image/png;base64,iVBORw0KGgo\"><script>'",
    "too long": "'data:image/png;base64,iVBORw0KGgo' + 'A'.repeat(17 << 20)",
    "no length of base64": "'data:image/png;base64,iVBORw0KGgoAA'",
}


@pytest.mark.parametrize("url", WRONG.values(), ids=WRONG)
def test_a_picture_of_another_form_is_none(url, tab):
    ready = "" if "GgoAA'" in url else "port1.postMessage({kind: 'ready', text: ''})"  # the small one is not decoded here
    by_itself(tab, f"({{data}}) => port1.postMessage({{kind: 'picture', of: data.kind, text: {url}}})", ready)
    tab.wait_for_timeout(1800 if ready else 300)
    tab.evaluate("element.dispatchEvent(new CustomEvent('artifact-picture'))")
    expect(tab.locator(".artifact-state")).to_have_text("None.")
    assert tab.evaluate("told") == []


def test_where_no_picture_comes_the_person_is_told(tab):
    show(tab, "<h1>x</h1><script>addEventListener('load', () => setTimeout(() => { while (true); }, 500))</script>")
    expect(visible(tab).locator("h1")).to_have_text("x")
    tab.wait_for_timeout(700)
    tab.evaluate("element.dispatchEvent(new CustomEvent('artifact-picture'))")
    tab.wait_for_function("document.querySelector('.artifact-state').textContent === 'None.'", timeout=30_000)
    tab.wait_for_timeout(1500)  # it stays to be read, although the page answers nothing and this is said too
    expect(tab.locator(".artifact-state")).to_have_text("None.")
    assert tab.evaluate("told") == []


def test_the_app_itself_takes_pictures_from_nowhere_else(tab):
    """The frame inherits this, and in Firefox nothing else holds a srcset in its text."""
    load = "address => new Promise(done => { const image = new Image(); image.onload = image.onerror = done; image.%s = `http://${address}/x%s`; })"
    with collecting() as collector:
        for way, end in (("src", ""), ("srcset", " 1x")):
            tab.evaluate(load % (way, end), collector.address("picture"))
        assert collector.hits == {}


def test_the_app_hears_of_both(browser):
    import gradio as gr
    from starlette.middleware import Middleware

    from artifacts.sandbox import ParentHeaders
    from artifacts.ui.preview import Preview, view
    from tests.browser import serving

    def tell(event: gr.EventData) -> str:
        return json.dumps(event._data)

    document, token = srcdoc(Page(COUNTER, "t", "r"), "ab" * 16), "ab" * 16
    with gr.Blocks() as demo:
        preview = Preview(elem_id="preview")
        checked, pictured = gr.Textbox(elem_id="checked"), gr.Textbox(elem_id="pictured")
        preview.checked(tell, None, checked)
        preview.pictured(tell, None, pictured)
        demo.load(lambda: gr.HTML(view=view(document=document, token=token, check=True)), None, preview)
    with serving(demo, app_kwargs={"middleware": [Middleware(ParentHeaders)]}) as address:
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("#checked textarea")).to_have_value(re.compile('"pressed": 2'))
        expect(page.locator("#pictured textarea")).to_have_value(re.compile('"url": "data:image/jpeg;base64,'))
        page.close()
