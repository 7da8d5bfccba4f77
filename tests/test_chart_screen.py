"""The chart on the screen: its handlers without a server, and the panel in a real browser."""

import json
import re
from types import MappingProxyType

import gradio as gr
import pyarrow
import pytest

from qsql.chart import Chart
from qsql.records import Question, Result
from qsql.texts import Words, labels
from qsql.ui import chart
from qsql.ui.blocks import Blocks
from qsql.ui.shown import Shown
from tests.browser import open_anew, serving

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

MONTHS = list(range(1, 13))
ROWS = {
    "months": pyarrow.table(
        {"month": MONTHS, "航班": [27004, 24951, 28834, 28330, 28796, 28243, 29425, 29327, 27574, 28889, 27268, 28135]}
    ),
    "raw": pyarrow.table({"city": ["Oslo", "Rome", "Oslo"], "n": [1, 2, 5], "image": ["http://127.0.0.1:9/x.png"] * 3}),
    "one": pyarrow.table({"count_star()": [336776]}),
    "text": pyarrow.table({"city": ["Oslo", "Rome"]}),
    "none": pyarrow.table({"n": pyarrow.array([], pyarrow.int64())}),
    "evil": pyarrow.table({"image": ["http://127.0.0.1:9/<b>x", '"]}); alert(1) //'], "<img src=x onerror=alert(1)>\"'": [3, 2]}),
    "points": pyarrow.table({"x": [n * 7 % 1000 + 0.5 for n in range(1000)], "y": [n * 13 % 997 + 0.25 for n in range(1000)]}),
}


def shown(name: str, truncated: bool = False) -> Shown:
    return Shown("sample", "sample", "SELECT 1", Question(f"What of {name}?"), Result(ROWS[name], truncated, 0.1))


@pytest.fixture(scope="module")
def built():
    with Blocks(analytics_enabled=False) as demo:
        state = gr.State(None)
        asked = gr.Textbox(label="Rows")
        panel = chart.build()
        chart.wire(panel, state)

        def on_ask(name: str, request: gr.Request):
            given = shown(name.strip("+"), name.endswith("+"))
            return {state: given, **panel.show(given, chart.words_of(request))}

        asked.submit(on_ask, asked, [state, *panel.outputs])
    return demo, panel


@pytest.fixture
def panel(built):
    return built[1]


def handler(built, trigger):
    """What runs when this component is used."""
    return next(one.fn for one in built[0].fns.values() if any(target == trigger._id for target, _ in one.targets))


class Asking:
    """What a handler wants of a request."""

    headers = MappingProxyType({})


def visible(updates: dict, component) -> bool:
    return updates[component].visible


def drawn(updates: dict, panel) -> dict:
    return json.loads(updates[panel.plot].value["plot"] if isinstance(updates[panel.plot].value, dict) else updates[panel.plot].value.plot)


@pytest.mark.parametrize(
    "name, box, fold, chart_type",
    [("months", 1, 1, "line"), ("raw", 1, 1, None), ("one", 1, 0, "figure"), ("text", 0, 0, None), ("none", 0, 0, None)],
)
def test_what_is_shown_of_rows(panel, name, box, fold, chart_type):
    updates = panel.show(shown(name), Words())
    assert (visible(updates, panel.box), visible(updates, panel.fold)) == (bool(box), bool(fold))
    assert (updates[panel.chart] and updates[panel.chart].type) == chart_type
    assert set(updates) <= set(panel.outputs)


def test_rows_of_more_say_so_in_the_persons_language(panel):
    assert "根据前 12 行绘制。" in panel.show(shown("months", truncated=True), Words("zh"))[panel.said]
    assert panel.show(shown("months"), Words("zh"))[panel.said] == ""


def test_a_question_without_rows_has_no_chart(panel):
    assert not visible(panel.show(Shown("sample", "sample", "SELECT", None), Words()), panel.box)


@pytest.mark.parametrize(
    "choices, sentence",
    [
        (("bar", 0, 1, -1, "rows", "none"), "Several rows have the same X"),
        (("bar", 0, 2, -1, "rows", "sum"), "are no numbers"),
        (("bar", 0, 99, -1, "rows", "sum"), "needs a column"),
        (("bar", [0], {}, -1, "rows", "sum"), "needs a column"),
        ((["bar"], 0, 1, -1, "rows", "sum"), "no such chart"),
        (("bar", 0, 1, "x", "rows", "sum"), "needs a column"),
        ((None, None, None, None, None, None), "no such chart"),
    ],
)
def test_a_choice_that_cannot_be_drawn_is_a_sentence_and_leaves_the_chart(built, panel, choices, sentence):
    updates = handler(built, panel.choices[0])(shown("raw"), *choices, Asking)
    assert set(updates) == {panel.said} and sentence in updates[panel.said] and 'role="alert"' in updates[panel.said]


def test_without_rows_a_choice_draws_nothing(built, panel):
    assert "Ask a question first." in handler(built, panel.choices[0])(None, "bar", 0, 1, -1, "rows", "sum", Asking)[panel.said]


def test_nothing_is_compiled_and_no_menu_leads_elsewhere(panel):
    options = drawn(panel.show(shown("months"), Words()), panel)["usermeta"]["embedOptions"]
    assert options["ast"] is True and options["actions"] is False


def test_without_a_chart_there_is_nothing_to_save(built, panel):
    for given, drawn_chart in ((None, None), (shown("raw"), None), (shown("one"), Chart("figure", None, 0))):
        (updates,) = handler(built, panel.saves["png"])(given, drawn_chart, Asking)
        assert "There is no chart to save." in updates[panel.said]


@pytest.fixture(scope="module")
def url(built):
    css = (chart.Path(chart.__file__).parent / "chart.css").read_text(encoding="utf-8")
    with serving(built[0], i18n=gr.I18n(**labels()), css=css) as address:
        yield address


@pytest.fixture(scope="module")
def tab(browser):
    page = browser.new_page(accept_downloads=True)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    return page


@pytest.fixture
def page(tab, url):
    tab.asked.clear()
    return open_anew(tab, url)


def ask(page, name: str) -> None:
    page.get_by_label("Rows").fill(name)
    page.get_by_label("Rows").press("Enter")


def choose(page, label: str, option: str) -> None:
    page.get_by_label(label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_chart_is_drawn_told_changed_and_saved(page, tmp_path):
    ask(page, "months+")
    picture = page.locator("#chart_plot svg.marks")
    expect(picture.locator(".mark-line path")).to_have_count(1)
    expect(picture).to_contain_text("航班")
    expect(page.locator("#chart_said")).to_have_text("Drawn from the first 12 rows.")
    picture.locator(".mark-symbol path").first.hover()
    expect(page.locator("#vg-tooltip-element")).to_contain_text("27,004")
    page.get_by_role("button", name=re.compile("^Chart")).click()
    choose(page, "Type", "Columns")
    expect(picture.locator(".mark-rect.role-mark path")).to_have_count(12)
    choose(page, "Sort", "Largest first")
    expect(picture.locator(".role-axis-label").first).to_contain_text(re.compile("^7"))
    for button, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("Vega-Lite", b"{")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=button, exact=True).click()
        path = tmp_path / saved.value.suggested_filename
        saved.value.save_as(path)
        assert path.name.startswith("What-of-months.") and path.read_bytes().startswith(start)
    assert json.loads(path.read_text(encoding="utf-8"))["data"]["values"][0]["x"] == "7"


def test_a_chart_can_be_chosen_where_none_is_drawn_and_one_that_cannot_be_leaves_it(page):
    ask(page, "raw")
    page.get_by_role("button", name=re.compile("^Chart")).click()
    expect(page.get_by_role("button", name="PNG", exact=True)).not_to_be_visible()
    choose(page, "Type", "Bars")
    expect(page.locator("#chart_said")).to_contain_text("Several rows have the same X.")
    choose(page, "Combine", "Sum")
    bars = page.locator("#chart_plot svg .mark-rect.role-mark path")
    expect(bars).to_have_count(2)
    expect(page.locator("#chart_said")).to_have_text("")
    choose(page, "Type", "Points")
    expect(page.locator("#chart_said [role=alert]")).to_contain_text("Points need numbers or dates for X")
    expect(bars).to_have_count(2)
    choose(page, "Type", "No chart")
    expect(bars).to_have_count(0)


def test_one_number_is_a_figure_and_text_has_no_panel(page):
    ask(page, "one")
    expect(page.locator("#chart_figure")).to_contain_text("336,776")
    expect(page.locator("#chart_figure")).to_contain_text("number of rows")
    expect(page.get_by_role("button", name=re.compile("^Chart"))).not_to_be_visible()
    ask(page, "text")
    expect(page.locator("#chart_figure")).not_to_be_visible()


def test_what_the_rows_hold_stays_text_and_nothing_is_asked_of_the_world(page, url):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    ask(page, "evil")
    bars = page.locator("#chart_plot svg .mark-rect.role-mark path")
    expect(bars).to_have_count(2)
    bars.first.hover()
    tooltip = page.locator("#vg-tooltip-element")
    expect(tooltip).to_contain_text("http://127.0.0.1:9/<b>x")
    expect(tooltip).to_contain_text("<img src=x")
    assert tooltip.locator("img, b, h2").count() == 0 and dialogs == []
    assert [address for address in page.asked if not address.startswith((url, "data:", "blob:"))] == []


def test_a_thousand_points_follow_the_width_and_the_theme(browser, url):
    page = browser.new_page(viewport={"width": 390, "height": 800}, locale="zh-CN")
    page.goto(f"{url}?__theme=dark")
    ask(page, "points+")
    picture = page.locator("#chart_plot svg.marks")
    expect(picture.locator(".mark-symbol path")).to_have_count(1000)
    expect(page.locator("#chart_said")).to_contain_text("根据前 1,000 行绘制。")
    assert picture.bounding_box()["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    light = page.evaluate("getComputedStyle(document.querySelector('#chart_plot svg .role-axis-title text')).fill")
    assert min(map(int, re.findall(r"\d+", light)[:3])) > 180  # on black
    page.set_viewport_size({"width": 900, "height": 800})
    expect(picture).to_have_attribute("width", re.compile(r"^[6-8]\d\d"))
    page.close()
