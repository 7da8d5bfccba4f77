"""A page at an address of its own: the same box, the app's headers, and an answer only for whoever has the secret."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message

import pytest

from artifacts.host import OwnPages, host
from artifacts.records import Page
from artifacts.sandbox import FRAME, PARENT_HEADERS, ParentHeaders
from qsql.errors import BadInput
from qsql.texts import Words
from tests.browser import serving
from tests.collector import collecting

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

HOSTILE = "</title></script><!--<script><img src=x onerror=\"document.title='owned'\">${x}__VIEW__\u2028\ud800"
SOUND = Page("<h1>sound</h1><button onclick='this.textContent = 1'>0</button>", "Sound", "r")
SECRETS = {
    "sound-0123456789": SOUND,
    "hostile_0123456789": Page(f"<h1>hostile</h1><p>{HOSTILE}", HOSTILE, HOSTILE),
    "nameless-01234567": Page("<h1>nameless</h1>", "", "r"),
}
REVOKED = "revoked-0123456789"
BROKEN = "broken-0123456789"
SENDS = """<h1>sends</h1><script>
fetch("http://COLLECTOR/fetched").catch(() => {});
setTimeout(() => { location = "http://COLLECTOR/moved"; }, 300);
</script><img src="http://COLLECTOR/image"><link rel="preconnect" href="http://COLLECTOR">"""


def find(secret, headers):
    if secret == BROKEN:
        raise BadInput("The gallery cannot be read.")
    return SECRETS.get(secret)


@pytest.fixture(scope="module")
def url():
    import gradio as gr
    from starlette.middleware import Middleware

    with gr.Blocks(title="app") as demo:
        gr.Markdown("x")
    middleware = [Middleware(ParentHeaders), Middleware(OwnPages, find=find)]
    with serving(demo, app_kwargs={"middleware": middleware}) as address:
        yield address


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def get(url: str, method: str = "GET", **headers: str) -> Answer:
    request = urllib.request.Request(url, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Answer(answer.status, answer.headers, answer.read())


def opened(browser, address: str):
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    page.goto(address)
    return page


def test_the_page_is_shown_in_its_box_and_works(browser, url):
    page = opened(browser, f"{url}page/sound-0123456789")
    inside = page.frame_locator("iframe")
    inside.locator("button").click()
    expect(inside.locator("button")).to_have_text("1")
    assert page.title() == "Sound" and page.locator("h1").inner_text() == "Sound"
    for name, value in FRAME.items():
        expect(page.locator("iframe")).to_have_attribute(name, value)
    size = page.locator("iframe").bounding_box()
    assert size["width"] == 1000 and size["height"] > 640
    expect(page.locator(".artifact-state")).to_have_text("")
    page.get_by_role("button", name="Close").click()
    assert page.locator("iframe").count() == 0
    page.get_by_role("button", name="Run again").click()
    expect(inside.locator("button")).to_have_text("0")
    page.close()


def test_a_title_and_a_text_that_break_out_stay_what_they_are(browser, url):
    page = opened(browser, f"{url}page/hostile_0123456789")
    expect(page.frame_locator("iframe").locator("h1")).to_have_text("hostile")
    expect(page.locator("main h1")).to_have_text(HOSTILE.replace("\ud800", "?"))
    assert page.title().startswith("</title></script><!--<script><img") and page.locator("img").count() == 0
    page.close()


def test_a_page_without_a_title_has_a_name(url):
    assert "<title>a page without a title</title>" in get(f"{url}page/nameless-01234567").body.decode()


def test_the_host_speaks_the_person_s_language(url):
    text = get(f"{url}page/sound-0123456789", Accept_Language="zh-CN").body.decode()
    assert '<html lang="zh-CN">' in text and host(SOUND, Words()).startswith('<!DOCTYPE html>\n<html lang="en">')


def test_each_showing_has_a_token_of_its_own():
    assert host(SOUND, Words()) != host(SOUND, Words())


ANSWERS = {
    "sound-0123456789": (200, "text/html; charset=utf-8"),
    "unknown-0123456789": (404, "text/plain; charset=utf-8"),
    BROKEN: (503, "text/plain; charset=utf-8"),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("secret", "wanted"), ANSWERS.items())
def test_each_answer_has_the_headers(method, secret, wanted, url):
    answer = get(f"{url}page/{secret}", method)
    assert (answer.status, answer.headers["Content-Type"]) == wanted
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Robots-Tag"] == "noindex"
    for name, value in PARENT_HEADERS.items():
        assert answer.headers.get_all(name) == [value]
    assert int(answer.headers["Content-Length"]) > 10 and bool(answer.body) == (method == "GET")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_not_there_is_told_in_a_sentence(language, url):
    answer = get(f"{url}page/unknown-0123456789", Accept_Language=language)
    assert answer.body.decode() == Words(language)("pages.not_here")


def test_what_cannot_be_said_now_is_told_in_a_sentence(url):
    assert get(f"{url}page/{BROKEN}").body == b"The gallery cannot be read."


def test_a_revoked_page_is_gone(url, monkeypatch):
    monkeypatch.setitem(SECRETS, REVOKED, SOUND)
    assert get(f"{url}page/{REVOKED}").status == 200
    monkeypatch.delitem(SECRETS, REVOKED)
    assert get(f"{url}page/{REVOKED}").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(method, url):
    answer = get(f"{url}page/sound-0123456789", method)
    assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"


ELSEWHERE = ["", "config", "page", "page/", "page/short", f"page/{'x' * 65}"]
ELSEWHERE += [f"page/sound-0123456789{end}" for end in ("/", "%0A", "%C3%A9", ".html")]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_every_other_address_is_the_app_s(path, url):
    answer = get(f"{url}{path}")
    assert answer.headers.get("X-Robots-Tag") is None and answer.status == (200 if path in ("", "config") else 404)


def test_nothing_leaves(browser, url, monkeypatch):
    with collecting() as collector:
        monkeypatch.setitem(SECRETS, "sends-0123456789", Page(SENDS.replace("COLLECTOR", collector.address("sends")), "t", "r"))
        page = opened(browser, f"{url}page/sends-0123456789")
        expect(page.locator("iframe")).to_be_visible()
        page.wait_for_timeout(2000)
        assert page.url.endswith("page/sends-0123456789") and collector.hits["sends"] == set()
        page.close()
