"""What a generator yields reaches a page that is busy."""

import threading

import gradio as gr
import pyarrow
import pytest

from qsql.ui import rows
from qsql.ui.blocks import Blocks
from tests.browser import serving

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect


def yielding(asked: threading.Event, busy: threading.Event) -> Blocks:
    with Blocks(analytics_enabled=False) as demo:
        start, table, code = gr.Button("Start"), gr.HTML("nothing", elem_id="table"), gr.Code(visible=False, language="sql")
        said, seen = gr.HTML("", elem_id="said"), gr.JSON({"rows": []}, elem_id="seen")

        def on_start():
            asked.set()
            busy.wait(20)
            yield {code: gr.Code("SELECT 1", visible=True), seen: {"rows": [1], "more": True}}
            yield {table: gr.HTML("rows")}
            yield {said: "one", seen: {"rows": [1, 2]}}
            yield {said: "one and two"}

        start.click(on_start, None, [table, code, said, seen])
    return demo


def test_a_page_that_was_busy_shows_all_that_was_yielded(browser):
    asked, busy = threading.Event(), threading.Event()
    with serving(yielding(asked, busy)) as url:
        page = browser.new_page()
        page.goto(url)
        page.get_by_role("button", name="Start").click()
        assert asked.wait(20)
        busy.set()
        page.evaluate("() => { const until = Date.now() + 1500; while (Date.now() < until); }")
        expect(page.locator("#said")).to_have_text("one and two")
        expect(page.locator("#table")).to_have_text("rows")
        expect(page.locator(".cm-content")).to_have_text("SELECT 1")
        expect(page.locator("#seen")).to_contain_text("2")
        page.close()


def test_a_component_that_appears_keeps_its_props_where_the_next_change_is_none_of_its(browser):
    with Blocks(analytics_enabled=False) as demo:
        start, appearing, said = gr.Button("Start"), rows.Grid(visible=False, elem_id="grid"), gr.HTML()

        def on_start():
            yield {appearing: rows.hidden()}
            yield {appearing: rows.update(pyarrow.table({"name": ["Bern"]}))}
            yield {said: "done"}

        start.click(on_start, None, [appearing, said])
    with serving(demo) as url:
        page = browser.new_page()
        page.goto(url)
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#grid").get_by_role("gridcell")).to_have_text("Bern")
        page.close()


@pytest.mark.parametrize(
    "before, after, sent",
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": "x"}, {"a": 1}, [["replace", [], {"a": 1}]]),
        ({"a": "x"}, {"a": "xy"}, [["replace", [], {"a": "xy"}]]),
        ([1, 2], [1], [["replace", [], [1]]]),
        ("x", "xy", [["append", [], "y"]]),
        ("x", "y", [["replace", [], "y"]]),
        ({"a": 1}, None, [["replace", [], None]]),
    ],
)
def test_a_change_is_sent_whole(before, after, sent):
    with Blocks(analytics_enabled=False) as demo:
        gr.Button().click(lambda: None, None, gr.HTML())
    (function,) = demo.fns.values()

    def step(value, final=False):
        return demo.handle_streaming_diffs(function, [value], "tab", "run", final)[0]

    assert step(before) == before and step(after) == sent and step(None, final=True) == after
