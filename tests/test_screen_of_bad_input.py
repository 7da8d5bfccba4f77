"""Bad input in a real browser: each gets its sentence where it happened, and the next question is answered."""

import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

import app
from qsql.models.echo import Echo
from qsql.settings import Settings
from tests.browser import open_anew

CITIES = "SELECT name FROM cities"


def database(path: Path) -> Path:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE cities (name TEXT)")
        made.execute("INSERT INTO cities VALUES ('Bern')")
    made.close()
    return path


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    shop = database(tmp_path_factory.mktemp("shop") / "shop.sqlite")
    demo, workspace = app.build(Settings.load(model="echo", database=str(shop), data=folder), lambda: Echo((CITIES,)))
    _, url, _ = app.launch(demo)
    yield url
    demo.close()
    workspace.close()


@pytest.fixture(scope="module")
def tab(browser):
    return browser.new_page()


@pytest.fixture
def page(tab, address):
    open_anew(tab, address)
    expect(tab.locator("#ask_tables summary").first).to_be_visible()
    return tab


def asked(page) -> None:
    page.locator("#ask_question textarea").fill("Which cities are there?")
    page.locator("#ask_question textarea").press("Enter")


def answers(page) -> None:
    asked(page)
    expect(page.locator("#ask_rows [role=gridcell]")).to_have_text(["Bern"])


def upload(page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#ask_upload").click()
    chooser.value.set_files(path)


def opened(page, path: Path) -> None:
    page.locator("#ask_path textarea, #ask_path input").first.fill(str(path))
    page.locator("#ask_path .submit-button").click()


@pytest.mark.parametrize(
    "name, content, sentence",
    [
        ("notes.docx", b"PK\x03\x04 a letter", "'notes.docx' cannot be read as an Excel file. Save it again in Excel, or choose another."),
        ("empty.csv", b"", "'empty.csv' is empty. Choose a file that holds something."),
        ("empty.sqlite", b"", "'empty.sqlite' is empty. Choose a file that holds something."),
        ("picture.sqlite", b"\x89PNG\r\n\x1a\n" * 100, "is not a database, or is encrypted. Choose another file"),
        (
            "half.sqlite",
            b"SQLite format 3\0" + b"\x10\0" * 2000,
            "cannot be read as an SQLite database; it may be damaged. Choose another file.",
        ),
        ("half.duckdb", b"\0" * 8 + b"DUCK" + b"\0" * 5000, "cannot be read as a DuckDB database; it may be damaged. Choose another file."),
        ("half.parquet", b"PAR1" + b"\0" * 500, "cannot be read as Parquet. Correct the file, or choose another."),
        ("half.xlsx", b"PK\x03\x04" + b"\0" * 500, "cannot be read as an Excel file. Save it again in Excel, or choose another."),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 16 else "",
)
def test_a_file_that_is_none_is_said_to_be_and_the_open_one_stays(page, tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    upload(page, tmp_path / name)
    expect(page.locator("#database_said")).to_contain_text(sentence)
    expect(page.locator("#ask_tables")).to_contain_text("cities")
    answers(page)


def test_a_database_that_goes_away_is_said_to_be_gone_and_another_can_be_opened(page, tmp_path):
    copy = database(tmp_path / "copy.sqlite")
    opened(page, copy)
    expect(page.locator("#ask_tables")).to_contain_text("copy")
    answers(page)
    copy.unlink()
    asked(page)
    expect(page.locator("#ask_status")).to_contain_text(f"There is no file '{copy}'. Check the path.")
    database(copy)
    answers(page)


def test_back_and_forward_leave_a_page_that_works(page, address):
    answers(page)
    page.goto("about:blank")
    page.go_back()
    expect(page.locator("#ask_tables summary").first).to_be_visible()
    answers(page)
