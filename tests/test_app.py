"""The screen in a real browser, with a scripted model: ask, edit, stop, upload, a page in its frame."""

import os
import re
import time
from pathlib import Path

import pytest

import app
from qsql.models import load_model
from qsql.models.echo import Echo
from qsql.models.lazy import LazyModel
from qsql.settings import Settings
from tests.browser import open_anew

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

SHOTS = Path(__file__).parent / "screenshots"
JFK = "How many flights left JFK in July?"
SLOW = "SELECT " + ", ".join(f"month AS m{n}" for n in range(400)) + " FROM flights"
SCRIPT = {
    "How many flights": "```sql\nSELECT count(*) AS flights FROM flights WHERE origin = 'JFK' AND month = 7;\n```",
    "slow": SLOW,
    "prose": "I am only a small model.",
    "wrong": "SELECT no_such_column FROM flights",
    "many": "SELECT * FROM flights",
    "endless": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "page": "```html\n<!DOCTYPE html><html><head><title>Clock</title></head><body><h1>It is <span id=t></span></h1>"
    "<script>t.textContent = 'five'</script></body></html>\n```",
}


class Scripted(Echo):
    """Answers by a word in the question, so that tests do not depend on their order."""

    def stream(self, prompt, options=None):
        asked = prompt.messages[-1].text.rpartition("Question:")[2]
        said = next(text for word, text in SCRIPT.items() if word in asked)
        return Echo((said,), delay=0.01 if said == SLOW else 0).stream(prompt, options)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def url(data):
    demo, workspace = app.build(Settings.load(model="echo", database="sample", data=data), Scripted)
    _, address, _ = app.launch(demo)
    yield address
    demo.close()
    workspace.close()


@pytest.fixture(scope="module")
def tab(browser):
    return browser.new_page()


@pytest.fixture
def page(tab, url, data):
    (data / "accepted.sqlite").unlink(missing_ok=True)  # what one test accepts, another must not recall
    open_anew(tab, url)
    expect(tab.locator("#ask_tables summary").first).to_be_visible(timeout=20_000)
    return tab


def ask(page, question: str) -> None:
    box = page.locator("#ask_question textarea")
    box.fill(question)
    box.press("Enter")


def status(page, text):
    expect(page.locator("#ask_status")).to_contain_text(text, timeout=15_000)


def rows(page):
    return page.locator("#ask_rows [role=gridcell]")


def write_sql(page, sql: str) -> None:
    page.locator("#ask_sql .cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(sql)


def test_a_question_becomes_sql_and_rows(page):
    ask(page, JFK)
    status(page, "1 row")
    expect(page.locator("#ask_sql .cm-content")).to_contain_text("SELECT count(*) AS flights")
    expect(rows(page).filter(has_text="10023").first).to_be_visible()


def test_the_tables_of_the_database_are_listed(page):
    tables = page.locator("#ask_tables")
    expect(tables).to_contain_text("336,776 rows")
    tables.get_by_text("planes").first.click()
    expect(tables.get_by_text("tailnum").first).to_be_attached()


def test_sql_can_be_changed_and_run_again(page):
    ask(page, JFK)
    status(page, "1 row")
    write_sql(page, "SELECT name FROM airlines WHERE carrier = 'HA'")
    page.locator("#ask_run").click()
    expect(rows(page).filter(has_text="Hawaiian Airlines Inc.").first).to_be_visible()
    write_sql(page, "SELECT 6 * 7 AS answer")
    page.keyboard.press("Control+Enter")
    expect(rows(page).filter(has_text="42").first).to_be_visible()


def test_a_question_called_right_is_recalled_until_it_is_called_wrong(page):
    right, wrong, said = page.locator("#ask_right"), page.locator("#ask_wrong"), page.locator("#ask_said")
    expect(right).not_to_be_visible()
    ask(page, JFK)
    status(page, "1 row")
    right.click()
    expect(said).to_contain_text("Kept: the same question will get this at once.")
    ask(page, "how many flights left JFK in july")
    expect(page.locator("#ask_status p.notice")).to_have_text("You accepted this SQL for the same question before; it was run again.")
    expect(rows(page).filter(has_text="10023").first).to_be_visible()
    wrong.click()
    expect(said).to_contain_text("Change the SQL and run it, or ask in other words.")
    ask(page, JFK)
    expect(page.locator("#ask_status")).to_have_text(re.compile(r"s in all\.\s*$"))


def test_changed_sql_that_runs_is_kept_for_the_question(page):
    ask(page, "wrong")
    status(page, "no_such_column")
    expect(page.locator("#ask_right")).not_to_be_visible()
    write_sql(page, "SELECT 6 * 7 AS answer")
    page.locator("#ask_run").click()
    status(page, "Kept: the same question will get this at once.")
    ask(page, "Wrong?")
    status(page, "You accepted this SQL")
    expect(rows(page).filter(has_text="42").first).to_be_visible()


def test_sql_that_answers_no_question_is_not_kept(page, data):
    write_sql(page, "SELECT 6 * 7 AS answer")
    page.locator("#ask_run").click()
    status(page, "1 row")
    expect(page.locator("#ask_right")).not_to_be_visible()
    assert not (data / "accepted.sqlite").exists()


def test_how_an_answer_came_about_can_be_unfolded(page):
    ask(page, JFK)
    status(page, "1 row")
    how = page.locator("#ask_how")
    expect(how.get_by_text("What was tried")).not_to_be_visible()
    how.locator("summary").first.click()
    expect(how.get_by_text("What was tried")).to_be_visible()


def test_a_run_can_be_stopped_while_the_model_writes(page):
    ask(page, "slow")
    expect(page.locator("#ask_sql .cm-content")).to_contain_text("m10", timeout=15_000)
    page.locator("#ask_question .stop-button").click()
    status(page, "Stopped.")
    expect(page.locator("#ask_question .submit-button")).to_be_visible()
    expect(page.locator("#ask_sql .cm-content")).to_contain_text("month AS m10")
    ask(page, JFK)
    status(page, "1 row")


def test_a_run_can_be_stopped_while_the_query_runs(page):
    ask(page, "endless")
    status(page, "Running")
    page.locator("#ask_question .stop-button").click()
    status(page, "Stopped.")
    write_sql(page, "SELECT 6 * 7 AS answer")
    page.locator("#ask_run").click()
    expect(rows(page).filter(has_text="42").first).to_be_visible()


@pytest.mark.parametrize(
    "question, sentence",
    [
        ("", "question is empty"),
        ("prose", 'The model wrote no SQL, but "I am only a small model."'),
        ("wrong", "no_such_column"),
    ],
)
def test_what_fails_says_so_and_the_next_question_is_answered(page, question, sentence):
    ask(page, question)
    status(page, sentence)
    expect(page.locator("#ask_question textarea")).to_have_value(question)
    ask(page, JFK)
    status(page, "1 row")


@pytest.mark.parametrize("sql, sentence", [("DROP TABLE flights", "DROP"), ("SELECT 1; SELECT 2", "one statement"), ("", "no SQL")])
def test_sql_that_must_not_run_is_refused_with_a_sentence(page, sql, sentence):
    write_sql(page, sql or " ")
    page.locator("#ask_run").click()
    status(page, sentence)


def test_rows_beyond_the_limit_are_said_to_be_more(page):
    ask(page, "many")
    status(page, "The first 1,000 rows of more")


def test_a_file_can_be_uploaded_and_asked(page, tmp_path):
    path = tmp_path / "城市.csv"
    path.write_text("name,population\n<b>北京</b>,21893095\n", encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.locator("#ask_upload").click()
    chooser.value.set_files(str(path))
    expect(page.locator("#ask_tables")).to_contain_text("城市")
    write_sql(page, 'SELECT * FROM "城市"')
    page.locator("#ask_run").click()
    expect(rows(page).filter(has_text="<b>北京</b>").first).to_be_visible()


def test_a_database_that_is_none_leaves_the_open_one_open(page):
    page.locator("#ask_path textarea, #ask_path input").first.fill("nowhere.duckdb")
    page.locator("#ask_path .submit-button").click()
    expect(page.locator("#database_said")).to_contain_text("There is no file 'nowhere.duckdb'.")
    expect(page.locator("#ask_tables")).to_contain_text("flights")
    ask(page, JFK)
    status(page, "1 row")


def test_a_page_is_shown_in_a_frame_that_cannot_reach_the_app(page):
    page.get_by_role("tab", name="Artifacts").click()
    box = page.locator("#artifact_request textarea")
    box.fill("a page with a clock")
    box.press("Enter")
    frame = page.frame_locator("#artifact_preview iframe")
    expect(frame.get_by_role("heading")).to_have_text("It is five", timeout=15_000)
    assert page.locator("#artifact_preview iframe").get_attribute("sandbox") == "allow-scripts allow-forms"


def test_a_model_that_cannot_be_reached_leaves_the_rest_working(browser, tmp_path):
    settings = Settings.load(database="sample", data=tmp_path)
    demo, workspace = app.build(settings, LazyModel(lambda: load_model("http://127.0.0.1:9/v1", settings)))
    _, address, _ = app.launch(demo)
    page = browser.new_page()
    page.goto(address)
    expect(page.locator("#ask_tables summary").first).to_be_visible(timeout=20_000)
    ask(page, JFK)
    status(page, "127.0.0.1:9")
    write_sql(page, "SELECT 6 * 7 AS answer")
    page.locator("#ask_run").click()
    expect(rows(page).filter(has_text="42").first).to_be_visible()
    page.close()
    demo.close()
    workspace.close()


def test_asks_nothing_of_the_world_outside(browser, url):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    expect(page.locator("#ask_tables summary").first).to_be_visible(timeout=20_000)
    time.sleep(1)
    page.close()
    assert asked and [address for address in asked if not address.startswith((url, "data:", "blob:"))] == []


def test_answers_to_its_own_name_only(url):
    import httpx

    assert httpx.get(url + "config", headers={"host": "evil.example"}, trust_env=False).status_code == 400
    headers = httpx.get(url, trust_env=False).headers
    assert "frame-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_is_cut_off_at_any_width(tab, url, width, theme):
    page = open_anew(tab, f"{url}?__theme={theme}", width)
    expect(page.locator("#ask_tables summary").first).to_be_visible(timeout=20_000)
    ask(page, "many")
    status(page, "The first 1,000 rows of more")
    SHOTS.mkdir(exist_ok=True)
    page.wait_for_timeout(500)
    page.screenshot(path=SHOTS / f"ask_{width}_{theme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert not re.search(r"undefined|\[object", page.locator("body").inner_text())
