"""The panels of what was asked and of the database's words in a real browser, and their handlers as anybody could call them."""

import csv
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pyarrow
import pytest

from qsql.address import from_link
from qsql.glossary import Glossary, Term
from qsql.history import History
from qsql.records import Question, Result
from qsql.settings import Settings
from qsql.texts import Words, labels
from qsql.ui import glossary as glossary_panel
from qsql.ui import history as history_panel
from qsql.ui.blocks import Blocks
from qsql.ui.history_view import note, shown_of, when
from qsql.ui.workspace import Visitor, Workspace
from qsql.userdata import place_of
from tests.browser import serving

UI = Path(history_panel.__file__).parent
EVIL = "<img src=x onerror=\"document.title='run'\"> {{value}} ${1+1}"
RESULT = Result(pyarrow.table({"a": [1, 2]}), False, 0.1)


def put(history, source, text, sql="SELECT 1", result=RESULT, **how):
    number = history.start(place_of(source, None), Question(text))
    history.finish(number, sql, result, **how)
    return number


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "data" / "history.sqlite")


@pytest.fixture
def screen(tmp_path, history):
    """A page with both panels; `shop.sqlite` is open, though there is no such file: what the history gives needs none."""
    workspace, glossary = Workspace(Settings(data=tmp_path / "data"), lambda: None), Glossary(tmp_path / "data" / "glossary.sqlite")
    with Blocks() as demo:
        source = gr.State("/nowhere/shop.sqlite")
        with gr.Row(), gr.Column(scale=0, min_width=320):
            panel, words = history_panel.build(history_panel.build_questions()), glossary_panel.build()
        question = gr.Textbox(label="Question", lines=1, max_lines=6, interactive=True, elem_id="ask_question")
        shown = gr.Textbox(label="Shown")
        done = gr.Button("Done")

        def on_chosen(event: gr.EventData):
            entry = history_panel.entry_in(history, event)
            answer = shown_of(entry, workspace, "/nowhere/shop.sqlite", Visitor("", ""))
            return f"{answer.database}: {answer.sql} -> {answer.result.rows.to_pylist()}. {note(entry, Words())}"

        def on_again(event: gr.EventData):
            return history_panel.entry_in(history, event).question.text

        def on_load(request: gr.Request):
            link = from_link(request.query_params)
            return link.question if link else ""

        panel.entries.chosen(on_chosen, outputs=shown)
        panel.entries.again(on_again, outputs=question)
        demo.load(on_load, outputs=question)
        history_panel.wire(panel, workspace, history, source, [demo.load, done.click])
        glossary_panel.wire(words, workspace, glossary, source, [demo.load])
    yield SimpleNamespace(
        demo=demo, panel=panel, glossary=glossary, handlers={function.name: function.fn for function in reversed(demo.fns.values())}
    )
    workspace.close()


@pytest.fixture
def page(browser, screen):
    options = {"css_paths": [UI / "style.css", UI / "history.css"], "js": (UI / "history.js").read_text("utf-8")}
    with serving(screen.demo, i18n=gr.I18n(**labels()), **options) as url:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(url)
        yield page
        context.close()


def expect(page):
    from playwright.sync_api import expect

    return expect(page)


def entries(page):
    return page.locator(".history_entry")


def test_an_answer_is_found_taken_back_and_asked_again(page, history):
    put(history, "sample", "Which airline is late?")
    put(history, "/nowhere/shop.sqlite", "每个月有多少订单？", "SELECT month, count(*) FROM orders")
    put(history, "/nowhere/shop.sqlite", EVIL, result=None, error="Line 1:", hint="<b>no</b>")
    page.get_by_role("button", name="Done").click()
    expect(entries(page)).to_have_count(2)
    expect(entries(page).nth(0)).to_contain_text("Line 1: <b>no</b>")
    page.get_by_role("radio", name="All").check(force=True)
    expect(entries(page)).to_have_count(3)
    expect(entries(page).last).to_contain_text("sample")
    page.get_by_label("Search what was asked").fill("月 ORDERS")
    expect(entries(page)).to_have_count(1)
    entries(page).click()
    expect(page.get_by_label("Shown")).to_have_value(re.compile(r"shop.sqlite: SELECT month.*\[\{'a': 1\}, \{'a': 2\}\]. From the history"))
    page.get_by_label("Search what was asked").fill("no such words")
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    page.get_by_label("Search what was asked").fill("img")
    page.get_by_role("button", name="More:").click()
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_label("Question", exact=True)).to_have_value(EVIL)
    assert page.title() != "run"


def test_an_answer_is_named_deleted_and_put_back_and_the_rest_cleared(page, history, tmp_path):
    for number in range(3):
        put(history, "/nowhere/shop.sqlite", f"=question {number}")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="More: =question 1").click()
    page.get_by_role("textbox", name="Name to save it under").fill("x" * 200)  # more than a name may have
    page.get_by_role("textbox", name="Name to save it under").fill("The second")
    page.keyboard.press("Enter")
    expect(entries(page).nth(1)).to_contain_text("The second")
    expect(page.get_by_role("textbox", name="Name to save it under")).to_be_focused()
    page.get_by_label("Saved only").check()
    expect(entries(page)).to_have_count(1)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(entries(page)).to_have_count(1)
    page.get_by_label("Saved only").uncheck()
    expect(entries(page)).to_have_count(3)
    for kind, label in (("jsonl", "Export JSON"), ("csv", "Export CSV")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
        assert download.value.suggested_filename == f"qsql-history.{kind}"
    lines = (tmp_path / "qsql-history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["rows"] for line in lines] == [[[1], [2]]] * 3
    with (tmp_path / "qsql-history.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line["question"] for line in csv.DictReader(file)] == [f"'=question {number}" for number in range(3)]
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("2 that are not saved will be deleted")).to_be_visible()
    assert history.count() == 3
    page.get_by_role("button", name="Delete them").click()
    expect(entries(page)).to_have_count(1)
    assert [entry.name for entry in history.list()] == ["The second"]


def test_up_brings_earlier_questions_and_loses_nothing_that_was_typed(page, history):
    for text in ("the first", "two\nlines", "the last"):
        put(history, "/nowhere/shop.sqlite", text)
    page.get_by_role("button", name="Done").click()
    expect(entries(page)).to_have_count(3)
    box = page.get_by_label("Question", exact=True)
    box.click()
    box.press("ArrowUp")
    expect(box).to_have_value("the last")
    box.press("ArrowUp")
    expect(box).to_have_value("two\nlines")
    box.press("ArrowUp")  # within the two lines
    expect(box).to_have_value("two\nlines")
    box.press("ArrowUp")
    expect(box).to_have_value("the first")
    box.press("ArrowUp")
    expect(box).to_have_value("the first")
    for text in ("two\nlines", "the last", ""):
        box.press("ArrowDown")
        expect(box).to_have_value(text)
    box.press_sequentially("half a")
    box.press("ArrowUp")
    box.press("ArrowDown")
    expect(box).to_have_value("half a")


def test_a_link_is_copied_and_puts_its_question_into_the_box(page, history):
    put(history, "/nowhere/shop.sqlite", EVIL)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="More:").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(page.url.rstrip("/") + "/?ask=") and history.count() == 1
    page.goto(link)
    expect(page.get_by_label("Question", exact=True)).to_have_value(EVIL)
    assert page.title() != "run"


def test_the_databases_words_are_kept_when_the_field_is_left_and_fit_a_phone(page, screen, history):
    put(history, "/nowhere/shop.sqlite", "a" * 300, "SELECT " + "b" * 300)
    page.get_by_role("button", name="Words of this database").click()
    field = page.get_by_label("One a line: term = what it means")
    field.fill("MRR = revenue\nhalf")
    page.get_by_label("Question", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2 does not say what its term means.")
    expect(field).to_have_value("MRR = revenue\nhalf")
    field.fill("MRR = revenue")
    page.get_by_role("button", name="Keep these").click()
    expect(page.get_by_text("1 term is kept for this database.")).to_be_visible()
    assert screen.glossary.read(place_of("/nowhere/shop.sqlite", None)) == (Term("MRR", "revenue"),)
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    expect(entries(page)).to_have_count(1)
    page.get_by_role("button", name="More:").click()
    inside = "node => [...node.querySelectorAll('*')].filter(part => part.getBoundingClientRect().right > innerWidth + 1).length"
    assert page.locator("#history").evaluate(inside) == 0
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


ENGLISH = SimpleNamespace(headers={"accept-language": "en"})
SEEN = ("/nowhere/shop.sqlite", "", "here", False, 50)


@pytest.mark.parametrize(
    "event",
    [{}, {"id": "1"}, {"id": True}, {"id": -1}, {"id": 2**70}, {"id": 99}, {"id": 1}, {"id": 1, "name": 7}, {"id": 1, "name": "x" * 999}],
)
def test_an_event_that_means_no_entry_or_no_name_is_a_sentence(screen, history, event):
    number = put(history, "/nowhere/shop.sqlite", "a")
    said = screen.handlers["on_named"](SimpleNamespace(**event), ENGLISH, *SEEN)
    assert list(said) == [screen.panel.said] and 'role="alert"' in said[screen.panel.said] and history.get(number).name == ""


def test_a_second_press_clears_only_what_the_first_one_told_of(screen, history):
    p, clear = screen.panel, screen.handlers["on_clear"]
    assert "nothing to delete" in clear(ENGLISH, None, *SEEN)[p.said]
    put(history, "/nowhere/shop.sqlite", "a")
    first = clear(ENGLISH, None, *SEEN)
    put(history, "/nowhere/shop.sqlite", "b")
    second = clear(ENGLISH, first[p.armed], *SEEN)
    assert "2 that are not saved" in second[p.said] and history.count() == 2
    assert "deleted" in clear(ENGLISH, second[p.armed], *SEEN)[p.said] and history.count() == 0


def test_a_history_that_cannot_be_read_is_a_sentence(screen, history):
    history.path.parent.mkdir()
    history.path.write_bytes(b"not a database" * 100)
    said = screen.handlers["on_change"](ENGLISH, *SEEN)
    assert "QSQL_DATA" in said[screen.panel.said] and screen.panel.entries not in said
    said = screen.handlers["on_change"](ENGLISH, None, [], {}, 7, 50)
    assert 'role="alert"' in said[screen.panel.said]


@pytest.mark.parametrize(
    "ago, english, chinese",
    [
        (timedelta(seconds=5), "just now", "刚刚"),
        (timedelta(minutes=12), "12 min ago", "12 分钟前"),
        (timedelta(hours=3), "today, 12:00", "今天 12:00"),
        (timedelta(hours=16), "yesterday, 23:00", "昨天 23:00"),
        (timedelta(days=40), "2026-04-26", "2026-04-26"),
        (timedelta(minutes=-5), "2026-06-05", "2026-06-05"),
    ],
)
def test_when_it_was_is_said_in_words(ago, english, chinese):
    now = datetime(2026, 6, 5, 15, 0)
    assert (when(now - ago, Words("en"), now), when(now - ago, Words("zh"), now)) == (english, chinese)
