"""What the screen says of a database beside its tables: how files were read, what its role may do, and no password."""

import os
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

import app
from qsql.databases import open_database, shown
from qsql.errors import CannotOpen
from qsql.models.echo import Echo
from qsql.settings import Settings
from qsql.share.workspace import SharedWorkspace
from qsql.ui.schema import schema_html
from qsql.ui.workspace import Visitor, Workspace
from tests import postgres, shop
from tests.panes import database_pane

VISITOR = Visitor("", "tab")


@pytest.fixture(scope="module")
def address():
    with postgres.server() as where:
        yield shop.make_postgres(where, postgres.PASSWORD)


def test_a_password_is_on_no_screen_and_in_nothing_that_it_is_sent(browser, address, tmp_path):
    demo, workspace = app.build(Settings(model="echo", database=address, data=tmp_path), lambda: Echo(("SELECT 1",)))
    _, url, _ = app.launch(demo)
    page, received = browser.new_page(), []
    page.on("response", lambda response: received.append(response))
    page.goto(url)
    expect(page.locator("#ask_tables .schema_notice")).to_contain_text("The role 'keeper' may do more than read")
    page.locator("#ask_tables summary", has_text="How to make a role").click()
    expect(page.locator("#ask_tables pre")).to_contain_text("CREATE ROLE shop_reader LOGIN PASSWORD")
    box = page.locator("#ask_path textarea, #ask_path input").first
    expect(box).to_have_value(shown(address))
    box.fill(address)
    page.locator("#ask_path button").click()
    expect(box).to_have_value(shown(address))
    texts = [
        page.content(),
        *(response.text() for response in received if response.ok and "json" in response.headers.get("content-type", "")),
    ]
    assert len(texts) > 2 and not [text for text in texts if postgres.PASSWORD in text]
    page.close()
    demo.close()
    workspace.close()


def test_the_parts_of_an_address_open_a_server_and_the_password_is_gone_after_that(browser, address, tmp_path):
    import psycopg

    password, parts = "p@ss:w/o?r#d% é'", urlsplit(address)
    with psycopg.connect(address.replace(shop.OWNER, "postgres", 1), autocommit=True) as connection:
        connection.execute(f"""CREATE ROLE "k@m" LOGIN PASSWORD '{password.replace("'", "''")}' IN ROLE pg_read_all_data""")
    with database_pane(Workspace(Settings(database="sample", data=tmp_path), lambda: None)) as url:
        page, received = browser.new_page(), []
        page.on("response", lambda response: received.append(response))
        page.goto(url)
        expect(page.locator("#ask_tables")).to_contain_text("flights")
        page.get_by_role("button", name="Connect to a server").click()
        typed = {"Host": parts.hostname, "Port": str(parts.port), "Database name": "shop", "User": "k@m", "Password": "wr@ng"}
        for label, text in typed.items():
            page.get_by_label(label, exact=True).fill(text)
        page.locator("#database_connect").click()
        expect(page.locator("#database_form_said").get_by_role("alert")).to_be_visible()
        assert all(page.get_by_label(label, exact=True).input_value() == text for label, text in typed.items())
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_label("Password", exact=True).press("Enter")
        expect(page.locator("#ask_tables")).to_contain_text("customers")
        expect(page.get_by_label("Password", exact=True)).to_have_value("")
        assert page.locator("#ask_path textarea, #ask_path input").first.input_value().startswith("postgresql://k%40m@")
        said = [response.text() for response in received if "json" in response.headers.get("content-type", "")] + [page.content()]
        assert len(said) > 2 and not [text for text in said if "p@ss" in text or "p%40ss" in text]
        page.close()


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("sample", "sample"),
        ("/data/shop.db", "/data/shop.db"),
        ("sqlite:////data/shop.db", "sqlite:////data/shop.db"),
        ("postgresql://kim:s3cret@db:5432/shop", "postgresql://kim@db:5432/shop"),
        ("mariadb+pymysql://kim:s3cret@db/shop?password=t0p&charset=utf8", "mariadb+pymysql://kim@db/shop?charset=utf8"),
    ],
)
def test_an_address_is_shown_without_its_secrets_and_found_again_by_that(source, label, tmp_path):
    workspace = Workspace(Settings(database=source, data=tmp_path), lambda: None)
    assert workspace.first == label
    assert workspace.source(label, VISITOR) == source


def test_an_address_that_cannot_be_read_is_refused_before_it_is_shown():
    with pytest.raises(CannotOpen) as raised:
        shown("postgresql://kim:s3@cret@db/shop")
    assert "cret" not in str(raised.value)


def test_how_files_were_read_stands_beside_their_tables(tmp_path):
    (tmp_path / "orte.csv").write_text("plz;ort\n01067;Dresden\n")
    database = open_database(tmp_path / "orte.csv")
    html = schema_html(database)
    database.close()
    assert "Read from orte.csv." in html and "kept as text" in html and "semicolons" in html


def test_a_file_that_changed_is_read_anew_for_the_next_question(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("name,price\ntea,1\n")
    workspace = Workspace(Settings(data=tmp_path), lambda: None)
    first = workspace.open(str(path))
    assert workspace.open(str(path)) is first
    path.write_text("name,price,sort\ntea,20,green\n")
    os.utime(path, (1, 1))
    second = workspace.open(str(path))
    assert second is not first and len(second.schema().tables[0].columns) == 3
    workspace.close()


def test_strangers_are_not_told_what_a_role_may_do_nor_where_the_server_is(address, tmp_path):
    workspace = SharedWorkspace(Settings(database=address, data=tmp_path, share=True), lambda: None)
    html = schema_html(workspace.open(address))
    workspace.close()
    assert "customers" in html and workspace.first == "shop"
    assert not [word for word in ("keeper", "GRANT", "127.0.0.1", postgres.PASSWORD) if word in html]
