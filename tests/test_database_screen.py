"""The database pane: the list of tables, names that go into the question, the first rows, what is dropped, what is chosen."""

import re
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from qsql.databases.sqlalchemy_address import read
from qsql.errors import BadInput, CannotOpen
from qsql.records import Column, ForeignKey, Schema, Table
from qsql.settings import Settings
from qsql.share.workspace import SharedWorkspace
from qsql.texts import Words
from qsql.ui import peek
from qsql.ui.blocks import Blocks
from qsql.ui.database import _chosen, build
from qsql.ui.schema import MOST_COLUMNS, schema_html
from qsql.ui.server_form import address_of
from qsql.ui.workspace import Workspace
from tests import shop
from tests.panes import database_pane

MORE = """
CREATE TABLE visits (customer_id INTEGER, note TEXT);
INSERT INTO visits VALUES (1, ''), (2, NULL), (3, '<b>bold</b>');
""" + "".join(f"CREATE TABLE spare_{number} (x INTEGER);" for number in range(5))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("pane") / "shop.sqlite"
    shop.make_sqlite(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(MORE)
    return path


def opened(path, data) -> Workspace:
    return Workspace(Settings(database=str(path), data=data), lambda: None)


@pytest.fixture(scope="module")
def workspace(path):
    workspace = opened(path, path.parent)
    yield workspace
    workspace.close()


def in_memory(schema: Schema, **more):
    given = {"name": "made", "notices": (), "reading": None, "grants": lambda: "", "schema": lambda: schema} | more
    return SimpleNamespace(**given)


def column_of(html: str, name: str) -> str:
    """What the list says of a column."""
    return html.partition(f"<li><button>{name}</button>")[2].partition("</li>")[0]


def test_a_table_is_listed_with_its_keys_types_examples_and_comments(workspace, path):
    html = schema_html(workspace.open(str(path)))
    assert column_of(html, "customer_id").startswith("<em>&rarr; customers</em><i>integer</i><p>e.g. 1, 2")
    assert column_of(html, "id").startswith("<em>key</em>") and "5 rows" in html and "SQLite, 10 tables" in html
    assert "&lt;b&gt;bold" in html and "<b>bold" not in html


def test_names_and_values_of_a_database_are_no_html():
    evil = '"><img src=x onerror=alert(1)>'
    column = Column(evil, evil, comment=evil)
    table = Table(evil, (column,), "", (), (ForeignKey((evil,), evil, (evil,), True),), ((evil,),), 1, evil)
    for html in (schema_html(in_memory(Schema("sqlite", evil, (table, table)), name=evil, notices=(evil,), grants=lambda: evil)),):
        assert "<img" not in html and html.count("&lt;img") > 8


def test_an_inferred_key_says_so_and_a_choice_ticks_its_tables():
    tables = tuple(Table(name, (Column("b_id", "INT"),), "", (), (ForeignKey(("b_id",), "b", ("id",), True),)) for name in "ab")
    html = schema_html(in_memory(Schema("sqlite", "SQLite", tables)), chosen=("b",))
    assert column_of(html, "b_id").startswith('<em class="inferred" title="Not declared') and html.count(" checked") == 1
    assert schema_html(in_memory(Schema("sqlite", "SQLite", tables))).count(" checked") == 2
    assert "checkbox" not in schema_html(in_memory(Schema("sqlite", "SQLite", tables[:1])))


def test_the_list_of_a_very_large_database_is_bounded_and_says_so():
    columns = tuple(Column(f"column_{number}", "TEXT") for number in range(2000))
    many = tuple(Table(f"table_{number}", columns, "", rows=(("x" * 5000,) * 2000,)) for number in range(12))
    html = schema_html(in_memory(Schema("sqlite", "SQLite", many)))
    assert html.count("<li>") == MOST_COLUMNS and html.count("Its columns are not listed") == 2 and len(html) < 3_000_000
    assert "该" not in html and "12 张表" in schema_html(in_memory(Schema("sqlite", "SQLite", many)), Words("zh"))


@pytest.mark.parametrize("names", [None, "orders", ["orders", "passwords"], [["orders"]], [1], {"orders": 1}])
def test_only_tables_of_the_open_database_can_be_chosen(workspace, path, names):
    with pytest.raises(BadInput):
        _chosen(None, workspace.open(str(path)), SimpleNamespace(tables=names), Words())


@pytest.mark.parametrize("name", [None, 1, "passwords", "orders; SELECT 1", ["orders"], "(SELECT 1)"])
def test_only_a_table_of_the_open_database_is_looked_into(workspace, path, name):
    with pytest.raises(BadInput):
        peek.table_of(workspace, str(path), name)


@pytest.mark.parametrize(
    "parts, address",
    [
        (("postgresql", "", "", "shop", "kim", ""), "postgresql://kim@localhost/shop"),
        (
            ("mysql", " db.example ", "3307", "shop", "kim", "p@ss:w/o?r#d%é "),
            "mysql://kim:p%40ss%3Aw%2Fo%3Fr%23d%25%C3%A9 @db.example:3307/shop",
        ),
        (("postgresql", "::1", "5432", "my shop", "k@m", "x"), "postgresql://k%40m:x@[::1]:5432/my shop"),
        (("mariadb", "db:3310", "", "", "", ""), "mariadb://db:3310"),
    ],
)
def test_the_parts_of_an_address_are_escaped_and_come_out_again(parts, address):
    assert address_of(*parts) == address
    url = read(address)
    assert (url.username or "", url.password or "", url.database or "") == (parts[4], parts[5], parts[3])


@pytest.mark.parametrize(
    "changed",
    [
        {0: "ftp"},
        {0: None},
        {1: "db/x"},
        {1: "a@b"},
        {1: "db?x=1"},
        {2: "0"},
        {2: "70000"},
        {2: "5a"},
        {2: "²"},
        {3: "x" * 501},
        {5: "a\nb"},
    ],
)
def test_parts_that_make_no_address_are_refused_without_the_password(changed):
    parts = ["postgresql", "db", "", "shop", "kim", "s3cret"]
    for place, part in changed.items():
        parts[place] = part
    with pytest.raises((BadInput, CannotOpen)) as raised:
        address_of(*parts)
    assert "s3cret" not in str(raised.value)


def test_where_the_app_is_shared_nothing_else_can_be_opened(path, tmp_path):
    workspace = SharedWorkspace(Settings(database=str(path), data=tmp_path, share=True), lambda: None)
    with Blocks(analytics_enabled=False):
        pane = build(workspace)
    workspace.close()
    assert pane.recent is None and pane.form is None and pane.path.value == "shop.sqlite"


def test_tables_are_searched_named_in_the_question_looked_into_and_chosen(browser, path, tmp_path):
    with database_pane(opened(path, tmp_path)) as url:
        page = browser.new_page()
        page.goto(url)
        tables, question, said = page.locator("#ask_tables"), page.get_by_label("Question"), page.locator("#database_said")
        expect(tables).to_contain_text("SQLite, 10 tables")
        orders, visits = (tables.locator(f'[data-table="{name}"]') for name in ("orders", "visits"))
        expect(visits.locator("em.inferred")).to_contain_text("customers ?")  # which comes a little later

        tables.get_by_role("searchbox", name="Search tables and columns").fill("order day")
        expect(orders.get_by_role("button", name="order day")).to_be_visible()
        expect(orders.get_by_role("button", name="product_id")).to_be_hidden()
        expect(visits).to_be_hidden()
        tables.get_by_role("searchbox").fill("nothing of the kind")
        expect(tables.get_by_text("No table or column fits.")).to_be_visible()
        tables.get_by_role("searchbox").fill("")
        expect(visits).to_be_visible()
        expect(orders.get_by_role("button", name="order day")).to_be_hidden()

        question.fill("How many ?")
        question.press("ArrowLeft")
        orders.get_by_role("button", name="orders", exact=True).click()
        expect(question).to_have_value("How many orders?")
        expect(question).to_be_focused()
        visits.get_by_role("button", name="visits").focus()
        page.keyboard.press("Enter")
        expect(question).to_have_value("How many orders? visits")
        expect(visits.get_by_role("button", name="note")).to_be_hidden()

        visits.locator("summary").click(position={"x": 3, "y": 8})
        visits.get_by_role("button", name="First rows").click()
        peeked = page.get_by_role("region", name="First rows of visits")
        expect(peeked.locator("tbody tr")).to_have_count(3)
        assert peeked.locator("td").all_inner_texts() == ["1", "", "2", "NULL", "3", "<b>bold</b>"]
        peeked.get_by_role("button", name="Close").click()
        expect(peeked).to_have_count(0)

        page.get_by_role("checkbox", name="Use visits").uncheck()
        expect(said).to_have_text("Questions are about 9 of 10 tables.")
        expect(page.get_by_label("Chosen")).to_have_value(re.compile("^.'customers', 'products', 'orders', 'sold', 'spare_0'"))
        tables.get_by_role("button", name="None").click()
        expect(said).to_contain_text("No table is chosen")
        tables.get_by_role("button", name="All").click()
        expect(said).to_be_empty()
        expect(page.get_by_label("Chosen")).to_have_value("None")
        page.close()


def test_files_are_dropped_recent_ones_opened_and_errors_said_where_they_arose(browser, path, tmp_path):
    with database_pane(opened(path, tmp_path), (str(path), "/nowhere/at_all.db", "postgresql://kim@127.0.0.1:9/shop")) as url:
        context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.goto(url)
        tables, said, box = (
            page.locator("#ask_tables"),
            page.locator("#database_said"),
            page.locator("#ask_path textarea, #ask_path input").first,
        )
        expect(tables).to_contain_text("10 张表")
        expect(page.locator("#ask_suggestions button").first).to_have_text("customers 中，city 是北京的有多少？")
        page.locator("#ask_suggestions button").first.click()
        expect(page.get_by_label("Question")).to_have_value("customers 中，city 是北京的有多少？")

        box.fill("nowhere.duckdb")
        page.locator("#ask_path button").click()
        expect(said.get_by_role("alert")).to_contain_text("nowhere.duckdb")
        expect(box).to_have_value("nowhere.duckdb")
        expect(tables).to_contain_text("10 张表")

        page.evaluate("""() => {
            const data = new DataTransfer();
            data.items.add(new File(["drink,price\\ntea,4\\n"], "drinks.csv"));
            data.items.add(new File(["city\\nRome\\n"], "cities.csv"));
            document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""")
        expect(tables).to_contain_text("drinks")
        expect(tables).to_contain_text("读自 cities.csv。")
        expect(said).to_be_empty()
        expect(page.get_by_label("Opened")).not_to_have_value("shop.sqlite")
        expect(page.locator("#ask_suggestions button").first).not_to_contain_text("customers")

        page.get_by_text("示例或最近打开").click()
        page.get_by_role("button", name=str(path)).click()
        expect(page.get_by_label("Opened")).to_have_value("shop.sqlite")
        expect(box).to_have_value(str(path))

        page.get_by_text("示例或最近打开").click()
        page.get_by_role("button", name="postgresql://kim").click()
        expect(page.locator("#database_user input, #database_user textarea")).to_have_value("kim")
        expect(page.locator("#database_port input, #database_port textarea")).to_have_value("9")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        context.close()
