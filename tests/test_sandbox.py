"""The box holds: each attack in attacks/ succeeds in a plain frame, and gets nowhere in ours.

The attacks are of the classes 1 to 18, 20 and 21 of the list that they were written from. Class 14 is text in tables that breaks out, 16 pages
that burn, 18 forged messages, 20 the downloaded file, 21 titles. 19, what an error may tell a model, and 22, HTML in an answer, are not here.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifacts.records import Data, Page
from artifacts.sandbox import ALLOW, PAGE_POLICY, PARENT_HEADERS, SANDBOX, ParentHeaders, download, file_name, srcdoc
from artifacts.ui.said import status_line
from tests import attacking
from tests.browser import profile

POLICY_TAG = '<meta http-equiv="Content-Security-Policy"'
# Chromium 156 ends the tab when a frame within a frame calls where Connection-Allowlist forbids it: nothing leaves,
# but the tab must be opened again.
MAY_CRASH = {"9-call-from-nested-frames"}
CONTROLLED = [case for case, attack in attacking.ATTACKS.items() if not attack.impossible]

# What the policy inside a file cannot hold when the file is opened by itself, where the headers of the app are not around it:
# whole classes, and single attacks with what comes of them.
OPEN_IN_A_FILE = {
    1: "there is no app around it",
    2: "there is no app around it",
    3: "it is itself the page at the top, and a policy cannot keep a page from going elsewhere",
    4: "a policy cannot keep a page from going elsewhere",
    5: "it is a page like any other, and may open windows after a click",
    8: "a link that a script writes connects ahead of time, whatever a policy says",
    9: "Chromium does not know webrtc 'block'",
    15: "it is a page like any other, and may show dialogs",
    17: "it is a page like any other, and may ask the person",
}
GOES, CONNECTS = (
    {"connected", "favicon", "nested-freer-moves-the-app"},
    {"connected"},
)  # it asks for nothing, the connection is made ahead of time
OPEN_ATTACKS = {
    "10-nested-freer-moves-the-app": GOES,
    **dict.fromkeys(("10-nested-far", "10-nested-without-credentials"), CONNECTS),
}
HELD_IN_A_FILE = [case for case, attack in attacking.ATTACKS.items() if attack.number not in OPEN_IN_A_FILE]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with profile() as context:
        yield context


@pytest.fixture(scope="module")
def in_a_plain_frame(browser) -> dict[str, attacking.Outcome]:
    return attacking.in_a_plain_frame(browser, CONTROLLED)


@pytest.fixture(scope="module")
def in_our_frame(browser) -> dict[str, attacking.Outcome]:
    """Without the scrub, which would take many of them out: the policy must hold alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("artifacts.sandbox.scrub", lambda html: (html, ()))
        return attacking.in_our_frame(browser)


@pytest.fixture(scope="module")
def in_a_file(browser, tmp_path_factory) -> dict[str, attacking.Outcome]:
    return attacking.in_a_file(browser, tmp_path_factory.mktemp("pages"), HELD_IN_A_FILE)


@pytest.mark.parametrize("case", CONTROLLED)
def test_an_attack_succeeds_without_the_box(case, in_a_plain_frame):
    assert attacking.ATTACKS[case].effects
    assert attacking.ATTACKS[case].effects - in_a_plain_frame[case].effects == set()


@pytest.mark.parametrize("case", attacking.ATTACKS)
def test_an_attack_gets_nowhere_in_the_box(case, in_our_frame):
    outcome = in_our_frame[case]
    crashed = outcome.effects & ({"crashed"} if case in MAY_CRASH else set())
    assert outcome.ran or crashed  # a tab that crashed ran it, and may not have come to say so
    assert outcome.effects - crashed == set()


@pytest.mark.parametrize("case", HELD_IN_A_FILE)
def test_an_attack_gets_nowhere_from_a_downloaded_file(case, in_a_file):
    assert in_a_file[case].effects - OPEN_ATTACKS.get(case, set()) == set()


def test_there_are_many_attacks_of_each_class():
    numbers = [attack.number for attack in attacking.ATTACKS.values()]
    assert len(numbers) >= 300 and {*range(1, 14), 15, 17} == set(numbers)


READER = "<script>console.log('attack ran'); console.log('given ' + escape(JSON.stringify(qsql.rows)));</script>"
ESCAPE = "<script>console.log('effect escaped')</script>"
HOSTILE = {
    "ends the script": f"</script>{ESCAPE}",
    "ends it in capitals": f"</SCRIPT >{ESCAPE}",
    "ends it by a slash": f"</script/{ESCAPE}>{ESCAPE}",
    "opens a comment": "<!--<script>",
    "opens and ends": f"<!-- </script>{ESCAPE} -->",
    "ends everything": f"]]>--></script></style></textarea></title></iframe>'\"&quot;&#34;>{ESCAPE}",
}
HARMLESS = {  # even unescaped, because JSON has been JavaScript since 2019
    "line separators": "a\u2028b\u2029c\u0085d",
    "quotes": "'\"`\\${1}\\u0022{{x}}&quot;&#34;",
    "writing direction": "a\u202eb\u2066c\u200f",
    "control characters": "a\0b\x1b\x7f\r\nc\ufeff\uffff",
    "half a pair": "a\ud800b\udc00",
    "the name of everything": "constructor",
}


def shown(browser, document: str) -> attacking.Outcome:
    """What comes of a document that is opened from a file."""
    tab = attacking.Tab(browser)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(document, "utf-8", "surrogatepass")
        tab.page.goto(file.as_uri())
    browser.pages[0].wait_for_timeout(200)
    tab.page.close()
    return tab.outcome


def data_of(text: str) -> Data:
    return Data(question=text, sql=text, columns=(text, "x"), kinds=("text", "text"), rows=((text, 1), (None, text)), source=text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_of_a_table_breaks_out_where_it_is_not_escaped(text, browser):
    outcome = shown(browser, f"<script>const qsql = {json.dumps({text: text})}</script>{READER}")
    assert "escaped" in outcome.effects or not outcome.ran  # the rest of the page is swallowed


@pytest.mark.parametrize("text", (HOSTILE | HARMLESS).values(), ids=HOSTILE | HARMLESS)
def test_text_of_a_table_stays_text(text, browser):
    page = Page(READER, text, text, data=data_of(text))
    for document in (srcdoc(page, "ab"), download(page)):
        outcome = shown(browser, document)
        assert outcome.ran and outcome.effects == set()
        given = next(said for said in outcome.said if said.startswith("given "))
        assert json.loads(unescaped(given.removeprefix("given "))) == [{text: text, "x": 1}, {text: None, "x": text}]


def unescaped(text: str) -> str:
    return re.sub("%u(....)|%(..)", lambda match: chr(int(match[1] or match[2], 16)), text)


@pytest.mark.parametrize("name", ["__proto__", "toString", "prototype"])
def test_a_column_of_an_odd_name_changes_no_other_object(name, browser):
    page = Page("<script>console.log('attack ran'); if ({}.x || ({}).polluted) console.log('effect polluted');</script>", "t", "r")
    data = Data("q", "s", (name, "x"), ("text", "number"), (('{"polluted": 1}', 1), (None, 1)))
    outcome = shown(browser, srcdoc(Page(page.html, "t", "r", data=data), "ab"))
    assert outcome.ran and outcome.effects == set()


def test_ten_megabytes_of_rows_are_given(browser):
    data = Data("q", "s", ("a",), ("text",), tuple((("</script>" + "x" * 1000),) for _ in range(10_000)))
    page = Page(
        "<script>console.log('attack ran'); if (qsql.rows.length !== 10000) console.log('effect lost');</script>", "t", "r", data=data
    )
    outcome = shown(browser, srcdoc(page, "ab"))
    assert outcome.ran and outcome.effects == set()


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_title_stays_text(title, browser):
    assert "escaped" in shown(browser, title).effects or title != HOSTILE["ends the script"]
    assert shown(browser, status_line(title, title)).effects == set()
    assert re.fullmatch(r"[\w-]+\.html", file_name(Page("", title, "r")))


SHAKES = """const {port1, port2} = new MessageChannel(); parent.postMessage({type: "artifact", token: "TOKEN"}, "*", [port2]);
port1.postMessage({kind: "error", text: "forged", line: 1});"""
FORGED = {
    "another token": SHAKES.replace("TOKEN", "0" * 32),
    "the token once more": SHAKES,
    "from a nested frame": f"document.body.appendChild(document.createElement('iframe')).srcdoc = `<script>{SHAKES}</scr` + `ipt>`;",
    "no port": 'parent.postMessage({type: "artifact", token: "TOKEN", kind: "error", text: "forged"}, "*");',
    "from a document after it": f"document.open(); document.write(`<script>{SHAKES}</scr` + `ipt>`); document.close();",
    "other kinds": 'parent.postMessage({kind: "error", text: "forged"}, "*"); parent.postMessage("forged", "*");',
}
FORGED_PAGES = {
    **{name: f"<body><script>console.log('attack ran'); {code}</script>" for name, code in FORGED.items()},
    "bare-frame": f"<body><script>console.log('attack ran'); {SHAKES}</script>",
    "bare-frame with another token": f"<body><script>console.log('attack ran'); {FORGED['another token']}</script>",
    "bare-frame with a nested frame": f"<body><script>console.log('attack ran'); {FORGED['from a nested frame']}</script>",
    "ten megabytes": "<body><script>console.log('attack ran'); console.error('x'.repeat(1e7));</script>",
    "HTML in an error": "<body><script>console.log('attack ran'); console.error(\"<img src=x onerror='document.title=1'>\");</script>",
}


@pytest.fixture(scope="module")
def reports(browser) -> dict[str, tuple[str, attacking.Outcome]]:
    return attacking.reports(browser, FORGED_PAGES)


def test_a_message_of_the_right_document_is_heard(reports):
    assert "forged" in reports["bare-frame"][0]


@pytest.mark.parametrize("case", [*FORGED, "bare-frame with another token", "bare-frame with a nested frame"])
def test_a_forged_message_is_not_heard(case, reports):
    said, outcome = reports[case]
    assert outcome.ran and outcome.effects == set() and "forged" not in said


def test_what_a_page_reports_is_cut_and_shown_as_text(reports):
    assert 0 < len(reports["ten megabytes"][0]) < 3000
    assert "<img src=x" in reports["HTML in an error"][0] and reports["HTML in an error"][1].effects == set()


@pytest.fixture(scope="module")
def burns(browser) -> dict[str, attacking.Burn]:
    return attacking.burning(browser)


@pytest.mark.parametrize("case", attacking.BURNING)
def test_the_app_goes_on_while_a_page_burns(case, burns):
    print(case, burns[case])
    assert max(burns[case].call, burns[case].request, burns[case].close) < 5


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
