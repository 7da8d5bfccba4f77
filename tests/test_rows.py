"""The grid of rows and the files made of them, in a real browser: odd values, sorting, copying, many columns, all rows."""

import csv
import datetime
import io
import re
from decimal import Decimal
from pathlib import Path

import gradio as gr
import pyarrow
import pytest
from playwright.sync_api import expect
from pyarrow import parquet

from qsql.databases.base import Limits
from qsql.records import Question
from qsql.settings import Settings
from qsql.sql import read_query
from qsql.texts import labels
from qsql.ui import downloads, rows
from qsql.ui.blocks import Blocks
from qsql.ui.downloads import file_name
from qsql.ui.shown import Shown
from qsql.ui.workspace import Workspace
from tests.browser import serving

ODD = pyarrow.table(
    {
        "id": [9007199254740993, 9007199254740992, 3, -5],
        "price": [Decimal("12345678901234567890.12"), None, Decimal("1.00"), Decimal("-3.5")],
        "name": ["<b>a</b>", "", None, "北京市朝阳区"],
        "day": [datetime.date(2013, 1, 31)] * 3 + [None],
        "nested": [{"a": [1, None]}, None, {"a": []}, {"a": [3]}],
        "note": ["x" * 30_000, "line\nbreak", "NULL", "tab\there"],
    }
)
MANY = "SELECT range AS n, range * 2 AS twice FROM range(2500)"


def test_a_value_goes_to_the_page_as_text_that_loses_nothing():
    cells = rows.view(ODD)["cells"]
    assert cells[0][:4] == ["9007199254740993", "12345678901234567890.12", "<b>a</b>", "2013-01-31"]
    assert cells[1][1:5] == [None, "", "2013-01-31", None] and cells[0][4] == '{"a": [1, null]}'
    assert cells[2][5] == "NULL" and cells[2][2] is None
    assert len(cells[0][5]) == rows.MOST_TEXT + 1


def test_two_columns_of_one_name_both_survive():
    twice = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"])
    assert rows.view(twice)["cells"] == [["1", "2"]]


@pytest.mark.parametrize(
    "question, database, name",
    [
        ("How many flights left JFK in July?", "sample", "How-many-flights-left-JFK-in-July"),
        ("每个月有多少航班？", "sample", "每个月有多少航班"),
        ("../../etc/passwd", "x", "etc-passwd"),
        (None, "shop.duckdb", "shop"),
        ("???", "x", "rows"),
    ],
)
def test_a_file_is_named_after_the_question(question, database, name):
    assert file_name(Shown("x", database, "SELECT 1", Question(question) if question else None)) == name


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    workspace = Workspace(Settings(data=tmp_path_factory.mktemp("data"), max_rows=1000), lambda: None)
    database = workspace.open("sample")

    def shown(sql: str) -> Shown:
        return Shown("sample", "sample", sql, None, database.run(read_query(sql, database.dialect), Limits(1000)))

    with Blocks() as demo:
        state = gr.State(None)
        grid = rows.Grid(elem_id="ask_rows")
        saving = downloads.build()
        downloads.wire(saving, workspace, state)
        gr.Button("odd").click(lambda: rows.update(ODD), None, grid)
        wide = pyarrow.table({f"column_{number}": [number * row for row in range(1000)] for number in range(500)})
        gr.Button("wide").click(lambda: rows.update(wide), None, grid)

        def many():
            answer = shown(MANY)
            return {state: answer, grid: rows.update(answer.result.rows), **saving.show()}

        gr.Button("many").click(many, None, [state, grid, *saving.outputs])
        gr.Button("gone").click(lambda: Shown("sample", "sample", "SELECT * FROM nowhere"), None, state)
    with serving(demo, css_paths=[Path(rows.__file__).with_name("rows.css")], i18n=gr.I18n(**labels())) as url:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
        page = context.new_page()
        page.goto(url)
        yield page
        context.close()
    workspace.close()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def column(page, number: int) -> list[str]:
    return page.locator(f"#ask_rows [role=gridcell][aria-colindex='{number}']").all_inner_texts()


def cell(page, row: int, number: int):
    return page.locator(f"#ask_rows [data-row='{row}'][data-column='{number}']")


def test_odd_values_are_shown_as_they_are_sorted_by_value_and_copied(page):
    press(page, "odd")
    expect(cell(page, 0, 2)).to_have_text("<b>a</b>")
    assert "absent" in cell(page, 2, 2).get_attribute("class") and "absent" not in cell(page, 2, 5).get_attribute("class")
    header = page.get_by_role("columnheader", name="id")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert column(page, 1) == ["-5", "3", "9007199254740992", "9007199254740993"]
    page.get_by_role("columnheader", name="price").get_by_role("button").dblclick()
    assert column(page, 2) == ["12345678901234567890.12", "1.00", "-3.50", "NULL"]
    cell(page, 0, 0).click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+c")
    expect(page.locator("#ask_rows .grid-said")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "id\tprice\n9007199254740993\t12345678901234567890.12\n3\t1.00"


def test_a_long_value_can_be_read_whole(page):
    press(page, "odd")
    page.locator("#ask_rows [role=gridcell]").filter(has_text="break").click()
    page.keyboard.press("Enter")
    expect(page.locator("#ask_rows .grid-whole pre")).to_have_text("line\nbreak")
    page.keyboard.press("Escape")
    expect(page.locator("#ask_rows .grid-whole")).to_be_hidden()


def test_of_1000_rows_of_500_columns_only_what_is_in_sight_is_drawn(page):
    press(page, "wide")
    expect(page.get_by_role("columnheader", name="column_1", exact=True)).to_be_visible()
    assert page.locator("#ask_rows [role=gridcell]").count() < 1000
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "1001"
    cell(page, 0, 0).click()
    page.keyboard.press("Control+End")
    expect(cell(page, 999, 499)).to_have_text(str(999 * 499))


def saved(page, name: str) -> bytes:
    with page.expect_download() as download:
        press(page, name)
    assert re.match(r"sample\.(csv|parquet|xlsx)$", download.value.suggested_filename)
    with open(download.value.path(), "rb") as file:
        return file.read()


def test_a_file_has_all_rows_not_only_those_that_are_shown(page):
    press(page, "many")
    expect(cell(page, 1, 1)).to_have_text("2")
    lines = list(csv.reader(io.StringIO(saved(page, "CSV").decode("utf-8-sig"))))
    assert len(lines) == 2501 and lines[0] == ["n", "twice"] and lines[-1] == ["2499", "4998"]
    assert parquet.read_table(io.BytesIO(saved(page, "Parquet"))).num_rows == 2500
    assert saved(page, "Excel")[:2] == b"PK"
    expect(page.locator("#rows_said")).to_contain_text("2,500 rows saved as sample.xlsx.")


def test_what_cannot_be_had_again_is_said_and_nothing_is_saved(page):
    press(page, "many")
    expect(cell(page, 1, 1)).to_have_text("2")
    press(page, "gone")
    page.wait_for_timeout(300)
    press(page, "CSV")
    expect(page.locator("#rows_said")).to_contain_text("nowhere")
    press(page, "many")
    expect(page.locator("#rows_said")).to_have_text("")
