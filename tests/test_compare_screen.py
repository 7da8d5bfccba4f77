"""The Compare tab in a real browser: two models that say what a test tells them, one that cannot be reached, and a stop."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import gradio as gr
import pytest

from qsql.models.echo import Echo
from qsql.settings import Settings
from qsql.texts import labels
from qsql.ui import compare
from qsql.ui.blocks import Blocks
from qsql.ui.workspace import Workspace
from tests.browser import serving
from tests.openai_server import Says, chunk, events, scripted_server

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

UI = Path(compare.__file__).parent
NAMES = "SELECT name FROM cities ORDER BY name"
TURNED = "SELECT name FROM cities ORDER BY name DESC"
COUNTED = "SELECT count(*) AS cities FROM cities"
SLOW = "SELECT " + ", ".join(f"name AS n{number}" for number in range(400)) + " FROM cities"


class Scripted(Echo):
    """The model in use."""

    said = NAMES

    def stream(self, prompt, options=None):
        return Echo((self.said,), delay=0.01 if self.said == SLOW else 0).stream(prompt, options)


@pytest.fixture(scope="module")
def other():
    """A model at a server."""
    says = Says(models=("other",))
    with scripted_server(says) as url:
        yield says, f"{url}#other"


@pytest.fixture(scope="module")
def model():
    return Scripted()


@pytest.fixture(scope="module")
def url(tmp_path_factory, model):
    folder = tmp_path_factory.mktemp("compare")
    with closing(sqlite3.connect(folder / "shop.sqlite")) as made, made:
        made.execute("CREATE TABLE cities (name TEXT)")
        made.executemany("INSERT INTO cities VALUES (?)", [("Bern",), ("<b>Rome</b>",)])
    settings = Settings.load(model="echo", database=str(folder / "shop.sqlite"), data=folder, effort="low")
    workspace = Workspace(settings, lambda: model)
    with Blocks(analytics_enabled=False) as demo:
        panel = compare.build()
        compare.wire(panel, workspace, gr.State(settings.database), demo)
    with serving(demo, i18n=gr.I18n(**labels()), css_paths=[UI / "style.css", UI / "rows.css", UI / "compare.css"]) as address:
        yield address
    workspace.close()


@pytest.fixture
def page(browser, url):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    page.goto(url)
    expect(page.get_by_label("First model")).to_have_value("echo (in use)")
    yield page
    page.close()


def start(page, second: str) -> None:
    box = page.get_by_label("Second model")
    box.fill(second)
    box.press("Enter")
    page.get_by_label("Question").fill("Which cities are there?")
    page.get_by_role("button", name="Compare").click()


def said(page, text: str) -> None:
    expect(page.locator("#compare_said")).to_have_text(text, timeout=20_000)


def side(page, place: int):
    return page.locator(f"#compare_side_{place}")


def test_two_models_are_shown_side_by_side_and_whether_they_agree(page, other):
    says, address = other
    usage = {"usage": {"prompt_tokens": 300, "completion_tokens": 12, "total_tokens": 312}}
    says.body = events(chunk(TURNED), chunk(reason="stop", **usage))
    start(page, address)
    said(page, "Both gave the same rows.")
    for place, name in enumerate(("echo", "other")):
        expect(side(page, place).get_by_role("heading")).to_contain_text(name)
        expect(side(page, place).get_by_role("status").first).to_contain_text("2 rows, in ")
        expect(side(page, place).get_by_role("gridcell").filter(has_text="<b>Rome</b>").first).to_be_visible()
    expect(side(page, 1).locator(".cm-content")).to_contain_text("DESC")
    expect(side(page, 1)).to_contain_text(re.compile(r"\d s in all\s*300 tokens read, 12 written"))
    left, right = (side(page, place).bounding_box() for place in (0, 1))
    assert left["y"] == right["y"] and left["x"] < right["x"]
    page.set_viewport_size({"width": 390, "height": 900})
    above, below = (side(page, place).bounding_box() for place in (0, 1))
    assert above["x"] == below["x"] and above["y"] < below["y"]
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    says.body = events(chunk(COUNTED), chunk(reason="stop"))
    page.get_by_role("button", name="Compare").click()
    said(page, "The rows differ.")
    assert not re.search(r"undefined|\[object", page.locator("body").inner_text())


def test_a_model_that_cannot_be_reached_says_so_in_its_column_alone(page):
    start(page, "http://127.0.0.1:9/v1#gone")
    said(page, "Only echo gave rows.")
    expect(side(page, 1).get_by_role("alert")).to_contain_text("127.0.0.1:9")
    expect(side(page, 0).get_by_role("gridcell").filter(has_text="Bern").first).to_be_visible()
    expect(page.locator("#compare_leaves p")).to_have_count(0)
    page.get_by_label("Second model").fill("https://nowhere.invalid/v1")
    page.get_by_label("Second model").press("Enter")
    expect(page.locator("#compare_leaves")).to_contain_text("goes to https://nowhere.invalid/v1")
    page.get_by_label("Second model").fill("echo")
    page.get_by_label("Second model").press("Enter")
    page.get_by_role("button", name="Compare").click()
    said(page, "Both sides are the same model. Choose another one on one side.")
    expect(page.get_by_label("Question")).to_have_value("Which cities are there?")


def test_a_comparison_can_be_stopped_and_asks_the_second_nothing(page, model, other, monkeypatch):
    says, address = other
    asked = len(says.asked)
    monkeypatch.setattr(model, "said", SLOW)
    start(page, address)
    expect(side(page, 0).locator(".cm-content")).to_contain_text("n10", timeout=20_000)
    page.get_by_role("button", name="Stop").click()
    said(page, re.compile("Stopped"))
    expect(page.get_by_role("button", name="Compare")).to_be_visible()
    assert len(says.asked) == asked


def test_it_speaks_chinese(browser, url):
    page = browser.new_page(locale="zh-CN")
    page.goto(url)
    expect(page.get_by_label("第一个模型")).to_have_value("echo（使用中）")
    page.get_by_role("button", name="对比").click()
    expect(page.locator("#compare_said [role=alert]")).to_be_visible()
    page.close()
