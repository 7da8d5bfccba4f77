"""The box holds: each attack in attacks/pages succeeds in a plain frame, and gets nowhere in ours."""

import re
from collections.abc import Iterator

import pytest

from artifacts.records import Page
from artifacts.sandbox import ALLOW, PAGE_POLICY, PARENT_HEADERS, SANDBOX, ParentHeaders, download, file_name, srcdoc
from tests import attacking
from tests.browser import profile

POLICY_TAG = '<meta http-equiv="Content-Security-Policy"'
# Chromium 156 ends the tab when a frame within a frame calls where Connection-Allowlist forbids it: nothing leaves,
# but the tab must be opened again.
MAY_CRASH = {"sends_by_nested_webrtc"}


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with profile() as context:
        yield context


@pytest.fixture(scope="module")
def in_a_plain_frame(browser) -> dict[str, attacking.Outcome]:
    return attacking.in_a_plain_frame(browser)


@pytest.fixture(scope="module")
def in_our_frame(browser) -> dict[str, attacking.Outcome]:
    from starlette.middleware import Middleware

    return attacking.in_our_frame(browser, app_kwargs={"middleware": [Middleware(ParentHeaders)]})


@pytest.mark.parametrize("case", attacking.ATTACKS)
def test_an_attack_succeeds_without_the_box(case, in_a_plain_frame):
    assert attacking.expected(case)
    assert attacking.expected(case) - in_a_plain_frame[case].effects == set()


@pytest.mark.parametrize("case", attacking.ATTACKS)
def test_an_attack_gets_nowhere_in_the_box(case, in_our_frame):
    outcome = in_our_frame[case]
    crashed = outcome.effects & ({"crashed"} if case in MAY_CRASH else set())
    assert outcome.ran or crashed  # a tab that crashed ran it, and may not have come to say so
    assert outcome.effects - crashed == set()


PAGES = {
    "a plain page": "<!DOCTYPE html>\n<html><head></head></html>",
    "a head in a comment": "<!--<head>--><script>1</script>",
    "a weaker policy": '<meta http-equiv="Content-Security-Policy" content="default-src *">',
    "a byte order mark": "\ufeff<!doctype html><p>x",
    "nothing": "",
}


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_the_policy_stands_before_everything_of_the_page(html):
    for document in (srcdoc(Page(html, "t", "r"), "ab"), download(Page(html, "t", "r"))):
        assert re.match(r'<!doctype html>\s*(<meta charset="utf-8">\s*)?<meta http-equiv="Content-Security-Policy"', document, re.I)
        assert PAGE_POLICY in document.partition(">")[2][:2000]
        assert len(re.findall("<!doctype", document, re.I)) == 1


def test_the_page_keeps_its_lines():
    document = srcdoc(Page("<!-- a\n-->\n<!DOCTYPE html>\n<p>fourth", "t", "r"), "ab")
    above = int(re.search(r"LINES_ABOVE = (\d+)", document).group(1))
    assert document.split("\n")[above + 3] == "<p>fourth"


def test_the_frame_may_run_scripts_and_forms_and_nothing_else():
    assert SANDBOX.split() == ["allow-scripts", "allow-forms"]
    assert all(rule.endswith(" 'none'") for rule in ALLOW.split("; "))


def test_the_policy_names_no_place_outside():
    sources = {word for rule in PAGE_POLICY.split("; ") for word in rule.split()[1:]}
    assert sources == {"'none'", "'unsafe-inline'", "data:", "blob:", "'block'"}


def test_every_answer_of_the_app_carries_the_headers():
    assert {name: headers_of("http").get(name.lower()) for name in PARENT_HEADERS} == PARENT_HEADERS
    assert headers_of("websocket") == {}


def headers_of(kind: str) -> dict[str, str]:
    sent = []

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message) -> None:
        sent.append(message)

    with pytest.raises(StopIteration):  # nothing in it waits, so one step is all
        ParentHeaders(app)({"type": kind}, None, send).send(None)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


NAMES = {
    "My to-do list!": "My-to-do-list.html",
    "一个番茄钟": "一个番茄钟.html",
    "../../etc/passwd": "etc-passwd.html",
    "con": "page.html",
    "": "page.html",
    "🍅": "page.html",
    "a" * 300: "a" * 60 + ".html",
}


@pytest.mark.parametrize("title", NAMES)
def test_names_the_file_safely(title):
    assert file_name(Page("", title, "r")) == NAMES[title]
