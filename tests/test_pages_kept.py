"""Versions and the gallery in a real browser: changed, gone back, restored, compared, forked, mended, refreshed, found, deleted, taken back."""

import re
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from artifacts import ui
from artifacts.gallery import FILE, Gallery
from artifacts.records import Data
from artifacts.sandbox import ParentHeaders
from qsql.errors import BadInput
from qsql.models.echo import Echo
from qsql.texts import labels
from qsql.ui.blocks import Blocks
from tests.browser import open_anew, serving

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1><button onclick='{1}'>press</button></body></html>"
ROWS = Data(
    "Sales?",
    "SELECT city, sales FROM t",
    ("city", "sales"),
    ("text", "number"),
    (("Bern", 10), ("Rome", 5)),
    made="2026-01-31T10:00:00+00:00",
    source="here",
)
SPEC = '{"title": "Sales", "parts": [{"kind": "figure", "title": "Total", "y": "sales", "aggregate": "sum"}], "filters": [], "theme": "light", "accent": "blue"}'


class Scripted(Echo):
    """Says what the last line of the request says; a page that is to be mended comes out as `mends` has it."""

    mends = ""

    def __init__(self) -> None:
        super().__init__(())
        self.name = "scripted-1.5b"

    def stream(self, prompt, options=None):
        asked = prompt.messages[-1].text
        if prompt.json_schema:
            return Echo((SPEC,)).stream(prompt, options)
        if "has a fault" in asked:
            return Echo((self.mends,)).stream(prompt, options)
        name = asked.partition("\n")[0].removeprefix("Change the page: ")
        return Echo((PAGE.format(name, "nowhere()" if "broken" in name else "this.textContent=1"),)).stream(prompt, options)


@pytest.fixture(scope="module")
def model():
    return Scripted()


class Rows:
    """What the query gives now."""

    now = replace(ROWS, rows=(("Bern", 100), ("Rome", 5)))

    def read(self, data, request):
        if self.now is None:
            raise BadInput("The table is gone.", "Look for it.")
        return self.now


@pytest.fixture(scope="module")
def rows():
    return Rows()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def url(folder, model, rows):
    from starlette.middleware import Middleware

    with Blocks(title="app", fill_width=True) as demo:
        panel = ui.build()
        gr.Button("give rows").click(lambda: ui.give(panel, ROWS), None, [panel.data, panel.given, panel.without, panel.mode])
        ui.wire(panel, lambda: model, lambda request: Gallery(folder / FILE), read=rows.read, shared=True)
    options = {"css_paths": list(ui.STYLES), "i18n": gr.I18n(**labels()), "app_kwargs": {"middleware": [Middleware(ParentHeaders)]}}
    with serving(demo, **options) as address:
        yield address


@pytest.fixture(scope="module")
def tab(browser):
    return browser.new_page(locale="en-US")


@pytest.fixture
def page(tab, url, folder):
    (folder / FILE).unlink(missing_ok=True)
    open_anew(tab, url)
    tab.locator("#artifact_request textarea").wait_for()
    return tab


def ask(page, text: str, heading: str | None = None) -> None:
    box = page.locator("#artifact_request textarea")
    box.fill(text)
    box.press("Enter")
    expect(frame(page).locator("h1")).to_have_text(heading or text)
    expect(page.locator("#artifact_checked")).to_contain_text("Tried")
    expect(page.get_by_label("Change this page")).to_be_checked()


def frame(page, place: str = "preview"):
    return page.frame_locator(f"#artifact_{place} iframe")


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def version(page) -> str:
    return page.locator("#artifact_version input").input_value()


def test_a_page_is_changed_and_every_version_can_be_had_again(page):
    ask(page, "one")
    expect(page.locator("#artifact_checked")).to_have_text("Tried: no errors; buttons pressed: 1.")
    expect(frame(page).get_by_role("button")).to_have_text("press")  # it was tried elsewhere
    expect(page.get_by_label("What should change?")).to_have_value("")
    ask(page, "two")
    assert version(page) == "2 · two"
    press(page, "Back")
    expect(frame(page).locator("h1")).to_have_text("one")
    press(page, "Forward")
    expect(frame(page).locator("h1")).to_have_text("two")
    expect(page.locator("#artifact_forward")).to_be_disabled()
    press(page, "Back")
    expect(frame(page).locator("h1")).to_have_text("one")
    press(page, "Restore")
    expect(page.locator("#artifact_status")).to_contain_text("Version 1 is the newest again.")
    assert version(page).startswith("3 · ")
    page.locator("#artifact_version input").click()
    page.get_by_role("option", name="2 · two").click()
    expect(frame(page).locator("h1")).to_have_text("two")


def test_two_versions_are_compared_as_text_and_side_by_side(page):
    ask(page, "one")
    ask(page, "two")
    page.locator("#artifact_compare > button").click()
    page.locator("#artifact_other input").click()
    page.get_by_role("option", name="1 · one").click()
    expect(page.locator("#artifact_changes .taken")).to_contain_text("<h1>one</h1>")
    expect(page.locator("#artifact_changes .added")).to_contain_text("<h1>two</h1>")
    expect(frame(page, "beside").locator("h1")).to_have_text("one")
    expect(frame(page).locator("h1")).to_have_text("two")


def test_a_copy_and_a_name_are_kept_and_the_gallery_finds_them(page):
    ask(page, "one")
    expect(page.locator("#kept_pages img")).to_have_count(1)
    page.locator("#artifact_name textarea, #artifact_name input").focus()
    page.locator("#artifact_request textarea").focus()
    page.wait_for_timeout(500)
    expect(frame(page).locator("h1")).to_have_text("one")
    expect(page.locator("#artifact_code .cm-content")).to_contain_text("one")
    press(page, "Copy as a new page")
    expect(page.locator("#artifact_status")).to_contain_text("a page of its own")
    page.locator("#artifact_name textarea, #artifact_name input").fill("My 时钟")
    page.locator("#artifact_name textarea, #artifact_name input").press("Enter")
    expect(page.locator("#kept_pages .kept_name")).to_have_text(["My 时钟", "one"])
    expect(page.locator("#kept_pages img")).to_have_count(2)
    page.locator("#kept_search textarea, #kept_search input").fill("时钟")
    expect(page.locator("#kept_pages .kept_name")).to_have_text(["My 时钟"])
    page.locator("#kept_search textarea, #kept_search input").fill("nowhere")
    expect(page.locator("#kept_pages")).to_contain_text("No page has these words.")


def test_a_kept_page_is_opened_after_the_app_was_left_deleted_and_taken_back(page):
    ask(page, "one")
    page.reload()
    page.locator("#kept_pages .kept_open").click()
    expect(frame(page).locator("h1")).to_have_text("one")
    page.locator("#kept_pages .kept_page").hover()
    page.locator("#kept_pages .kept_delete").click()
    expect(page.locator("#kept_said")).to_have_text("Deleted: one.")
    expect(page.locator("#kept_pages .kept_page")).to_have_count(0)
    expect(page.locator("#artifact_preview iframe")).to_have_count(0)
    press(page, "Undo")
    expect(page.locator("#kept_pages .kept_name")).to_have_text(["one"])


def test_a_fault_is_told_and_a_fix_that_works_takes_its_place(page, model):
    ask(page, "broken")
    expect(page.locator("#artifact_checked")).to_contain_text("1 found that is wrong")
    expect(page.locator("#artifact_console textarea")).to_have_value(re.compile("nowhere is not defined"))
    model.mends = PAGE.format("whole", "")
    press(page, "Fix")
    expect(frame(page).locator("h1")).to_have_text("whole")
    expect(page.locator("#artifact_checked")).to_contain_text("no errors")
    assert version(page).startswith("2 · Fix: ")


def test_a_fix_that_is_no_better_gives_way_to_what_was_there(page, model):
    ask(page, "broken")
    model.mends = PAGE.format("worse", "other()")
    press(page, "Fix")
    expect(page.locator("#artifact_status")).to_have_text("The fix was no better, so the version before it stays.")
    expect(frame(page).locator("h1")).to_have_text("broken")
    assert version(page) == "1 · broken"


def test_a_fix_without_a_page_leaves_what_was_there(page, model):
    ask(page, "broken")
    model.mends = "I cannot."
    press(page, "Fix")
    expect(page.locator("#artifact_status")).to_contain_text("The model wrote no web page.")
    expect(frame(page).locator("h1")).to_have_text("broken")


def test_the_rows_of_a_page_are_read_again(page, rows, monkeypatch):
    press(page, "give rows")
    expect(page.locator("#artifact_rows")).to_contain_text("2 rows")
    ask(page, "the total", "Sales")
    expect(frame(page).locator(".figure strong")).to_have_text("15")
    press(page, "give rows")  # for a next page; the one that is there can be changed all the same
    page.get_by_label("Change this page").click()
    expect(page.get_by_text("Error", exact=True)).to_have_count(0)
    press(page, "Refresh the rows")
    expect(frame(page).locator(".figure strong")).to_have_text("105")
    expect(page.locator("#artifact_status")).to_contain_text("Refreshed: 2 rows.")
    for now, said in ((None, "The table is gone. Look for it."), (replace(ROWS, columns=("a", "sales")), "other columns now")):
        monkeypatch.setattr(rows, "now", now)
        press(page, "Refresh the rows")
        expect(page.locator("#artifact_status")).to_contain_text(said)
        expect(frame(page).locator(".figure strong")).to_have_text("105")


def test_a_link_is_given_and_taken_back(page, folder):
    ask(page, "one")
    press(page, "Share by a link")
    expect(page.locator("#artifact_status")).to_contain_text("Whoever has this link")
    (artifact,) = Gallery(folder / FILE).list()
    assert artifact.link and artifact.link in page.locator("#artifact_status").inner_text()
    press(page, "Take the link back")
    expect(page.locator("#artifact_status")).to_have_text("The link no longer works.")
    assert Gallery(folder / FILE).list()[0].link == ""


def test_a_new_page_begins_empty_and_the_last_one_stays_kept(page):
    ask(page, "one")
    page.get_by_label("New page").click()
    expect(page.locator("#artifact_preview iframe")).to_have_count(0)
    ask(page, "two")
    expect(page.locator("#kept_pages .kept_name")).to_have_text(["two", "one"])
    assert version(page) == "1 · two"


def test_a_store_that_is_locked_or_broken_is_said_and_the_page_is_there_all_the_same(page, folder):
    ask(page, "one")
    (folder / FILE).write_bytes(b"no database" * 1000)
    box = page.locator("#artifact_request textarea")
    box.fill("two")
    box.press("Enter")
    expect(page.locator("#artifact_status")).to_contain_text("could not be read")
    expect(frame(page).locator("h1")).to_have_text("one")
    page.get_by_label("New page").click()
    box.fill("three")
    box.press("Enter")
    expect(page.locator("#artifact_status")).to_contain_text("could not be")
    expect(frame(page).locator("h1")).to_have_text("three")


@pytest.mark.parametrize("given", [{"key": "nowhere"}, {"key": ["x"]}, {}, None, {"key": "x" * 10_000}])
def test_an_event_about_a_page_that_is_not_there_has_its_sentence(given):
    with pytest.raises(BadInput):
        ui.kept._meant(Gallery(Path("/nowhere") / FILE), type("Event", (), given or {})())


def test_a_page_is_only_text_where_the_app_names_it(page):
    odd = "<img src=x onerror=document.title=1>"
    box = page.locator("#artifact_request textarea")
    box.fill(odd)
    box.press("Enter")
    expect(page.locator("#kept_pages .kept_page")).to_have_count(1)
    assert page.locator("#kept_pages img[src=x], #artifact_status img").count() == 0 and page.title() == "app"


def test_examples_say_which_size_they_want_and_bring_their_rows(browser, tmp_path):
    with Blocks(title="app", fill_width=True) as demo:
        panel = ui.build()
        sample = {"carriers": lambda: ROWS, "months": lambda: Rows.read(type("Gone", (), {"now": None})(), None, None)}
        ui.wire(
            panel,
            Scripted,
            lambda request: Gallery(tmp_path / FILE),
            model_name=lambda: "coder-1.5b",
            sample=lambda name, request: sample[name](),
        )
    with serving(demo, css_paths=list(ui.STYLES), i18n=gr.I18n(**labels())) as url:
        page = browser.new_page(locale="zh-CN")
        page.goto(url)
        expect(page.get_by_role("button", name="2048 游戏（需要 7B）")).to_be_visible()
        page.get_by_role("button", name="一个带紫色按钮的倒计时", exact=True).click()
        expect(page.locator("#artifact_request textarea")).to_have_value("一个带紫色按钮的倒计时")
        page.get_by_role("button", name="航空公司仪表盘，可按出发机场筛选").click()
        expect(page.locator("#artifact_rows")).to_contain_text("2 行")
        expect(page.locator("#artifact_request textarea")).to_have_value("航空公司仪表盘，可按出发机场筛选")
        page.get_by_role("button", name="按月平均延误的折线图和一个表格").click()
        expect(page.locator("#artifact_status")).to_contain_text("The table is gone.")
        page.close()
