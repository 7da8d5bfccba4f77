"""The whole screen in a real browser, its panels together: what one does, the others show."""

import re

import pytest
from playwright.sync_api import expect

import app
from qsql.models.echo import Echo
from qsql.settings import Settings
from tests.browser import open_anew

SCRIPT = {
    "search field": "<!DOCTYPE html><html><head><title>Airlines</title></head><body><h1 id=t></h1>"
    "<script>t.textContent = qsql.rows.length + qsql.rows[0].carrier + qsql.rows[0].flights</script></body></html>",
    "August": "SELECT count(*) AS flights FROM flights WHERE origin = 'JFK' AND month = 8",
    "JFK": "SELECT count(*) AS flights FROM flights WHERE origin = 'JFK' AND month = 7",
    "each airline": "SELECT carrier, count(*) AS flights FROM flights GROUP BY carrier ORDER BY flights DESC",
    "5,000 seats": "SELECT tailnum FROM planes WHERE seats > 5000",
    "longest name": "SELECT name, carrier FROM airlines WHERE carrier = 'AA'",
    "每个月": "SELECT month, count(*) AS flights FROM flights GROUP BY month ORDER BY month",
    "endless": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
}


class Scripted(Echo):
    def stream(self, prompt, options=None):
        asked = prompt.messages[-1].text
        asked = asked[max(asked.rfind("Question:"), asked.rfind("Change that query:"), 0) :]
        said = next(text for word, text in SCRIPT.items() if word in asked)
        return Echo((said,)).stream(prompt, options)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    demo, workspace = app.build(Settings.load(model="echo", database="sample", data=tmp_path_factory.mktemp("data")), Scripted)
    _, address, _ = app.launch(demo)
    yield address, workspace
    demo.close()
    workspace.close()


@pytest.fixture(scope="module")
def tab(browser):
    return browser.new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()


@pytest.fixture
def page(tab, site):
    return ready(open_anew(tab, site[0]))


def opened(page, address: str):
    page.goto(address)
    return ready(page)


def ready(page):
    expect(page.locator("#ask_tables summary").first).to_be_visible()
    return page


def box(page):
    return page.locator("#ask_question textarea")


def ask(page, question: str) -> None:
    box(page).fill(question)
    box(page).press("Enter")


def says(page, text: str) -> None:
    expect(page.locator("#ask_status")).to_contain_text(text)


def cells(page):
    return page.locator("#ask_rows [role=gridcell]")


def test_a_follow_up_is_asked_with_what_it_goes_on_from_and_the_screen_says_so(page):
    ask(page, "How many flights left JFK in July?")
    expect(cells(page)).to_have_text(["10023"])
    ask(page, "and in August?")
    says(page, "Taken as going on from “How many flights left JFK in July?”.")
    expect(cells(page)).to_have_text(["9983"])
    page.locator("#ask_how summary").first.click()
    page.get_by_text("The prompt", exact=True).click()
    expect(page.locator("#ask_how details details pre")).to_contain_text("Change that query: and in August?")


def test_one_number_is_a_figure_one_row_a_sentence_many_rows_a_chart(page):
    ask(page, "How many flights left JFK in July?")
    expect(page.locator("#chart_figure")).to_contain_text("10,023")
    ask(page, "Which airline has the longest name?")
    expect(page.locator("#ask_told")).to_contain_text("American Airlines Inc.")
    expect(page.locator("#chart_figure")).to_be_hidden()
    ask(page, "How many flights has each airline?")
    expect(page.locator("#chart_plot svg.marks")).to_be_visible()
    expect(page.locator("#ask_told")).to_have_text("")


def test_a_page_of_an_answer_has_its_rows(page):
    ask(page, "How many flights has each airline?")
    expect(page.locator("#chart_plot svg.marks")).to_be_visible()
    page.get_by_role("button", name="Make a page").click()
    expect(page.locator("#artifact_rows")).to_have_text("The page gets the 16 rows of: How many flights has each airline?")
    page.locator("#artifact_request textarea").press("Enter")
    expect(page.frame_locator("#artifact_preview iframe").get_by_role("heading")).to_have_text("16UA58665")
    page.get_by_role("button", name="Without these rows").click()
    expect(page.locator("#artifact_rows")).to_have_text("")


def test_sql_that_failed_can_be_fixed_and_its_plan_seen(page):
    page.locator("#ask_sql .cm-content").click()
    page.keyboard.insert_text("SELECT name FROM airline WHERE carrier = 'HA'")
    page.keyboard.press("Control+Enter")
    says(page, "airline")
    page.get_by_role("button", name="Fix", exact=True).click()
    expect(page.locator("#ask_sql .cm-content")).to_contain_text("FROM airlines")
    page.get_by_role("button", name="Run this SQL").click()
    expect(cells(page)).to_have_text(["Hawaiian Airlines Inc."])
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator("#sql_told")).to_contain_text("airlines")
    expect(page.locator("#sql_told")).to_contain_text("Seq Scan")


def test_no_rows_are_said_to_be_none_with_what_matched_nothing(page):
    ask(page, "Which planes have more than 5,000 seats?")
    says(page, "No row matches")
    says(page, "No row of planes has seats > 5000. Its seats goes from 2 to 450.")


def test_what_was_asked_comes_back_from_the_history_with_its_rows(page):
    ask(page, "How many flights left JFK in July?")
    expect(cells(page)).to_have_text(["10023"])
    ask(page, "How many flights has each airline?")
    expect(page.locator("#chart_plot svg.marks")).to_be_visible()
    page.get_by_role("tab", name="History").click()
    page.locator("#history_entries li").filter(has_text="left JFK in July").first.get_by_role("button").first.click()
    expect(cells(page)).to_have_text(["10023"])
    expect(box(page)).to_have_value("How many flights left JFK in July?")
    expect(page.locator("#ask_sql .cm-content")).to_contain_text("month = 7")
    page.locator("#ask_wrong").click()
    expect(page.locator("#ask_said")).to_contain_text("Nothing is kept")


def test_up_brings_back_earlier_questions(page):
    ask(page, "How many flights left JFK in July?")
    expect(cells(page)).to_have_text(["10023"])
    expect(page.locator("[data-questions]").first).to_have_attribute("data-questions", re.compile(r'\["How many flights left JFK in July'))
    box(page).fill("")
    box(page).press("ArrowUp")
    expect(box(page)).to_have_value("How many flights left JFK in July?")


def test_a_link_brings_the_question_but_does_not_ask_it(page, site):
    ask(page, "How many flights left JFK in July?")
    expect(cells(page)).to_have_text(["10023"])
    page.get_by_role("button", name="Copy link").first.click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(site[0]) and "database=sample" in link
    other = opened(page.context.new_page(), link)
    expect(box(other)).to_have_value("How many flights left JFK in July?")
    other.wait_for_timeout(500)
    expect(other.locator("#ask_status")).to_have_text("")


def test_a_link_to_a_database_that_was_never_open_opens_nothing(page, site, tmp_path):
    path = tmp_path / "secret.csv"
    path.write_text("a\n1\n")
    other = opened(page.context.new_page(), f"{site[0]}?ask=hello&database={path}")
    expect(other.locator("#database_said")).to_contain_text("Press Open to open it.")
    expect(other.locator("#ask_path textarea, #ask_path input").first).to_have_value(str(path))
    expect(other.locator("#ask_tables")).to_contain_text("flights")


def test_only_the_tables_that_are_chosen_go_into_the_prompt(page):
    page.get_by_role("checkbox", name="Use weather").uncheck()
    expect(page.locator("#database_said")).to_contain_text("4 of 5")
    ask(page, "How many flights left JFK in July?")
    expect(cells(page)).to_have_text(["10023"])
    page.locator("#ask_how summary").first.click()
    page.get_by_text("The prompt", exact=True).click()
    prompt = page.locator("#ask_how details details pre").inner_text()
    assert "CREATE TABLE flights" in prompt and "CREATE TABLE weather" not in prompt


def test_in_chinese_the_whole_way_is_chinese(browser, site):
    context = browser.new_context(locale="zh-CN")
    page = opened(context.new_page(), site[0])
    ask(page, "每个月有多少航班？列出月份和数量")
    says(page, "12 行，查询用时")
    expect(page.get_by_role("button", name="正确")).to_be_visible()
    ask(page, " ")
    says(page, "还没有填写问题。")
    assert not re.search(r"\b(rows?|Question|Run|History|Upload|Open)\b", page.locator("body").inner_text())
    context.close()


def test_a_question_of_20000_characters_is_refused_with_a_sentence_and_stays_in_the_box(page):
    ask(page, "x" * 20_000)
    says(page, "The question is longer than 4000 characters.")
    assert len(box(page).input_value()) == 20_000


def test_a_page_that_is_loaded_again_while_a_query_runs_works_and_the_query_ends(page, site):
    ask(page, "an endless one")
    says(page, "Running the SQL")
    page.reload()
    opened(page, site[0])
    ask(page, "How many flights left JFK in July?")
    expect(cells(page)).to_have_text(["10023"])
    page.get_by_role("tab", name="History").click()
    expect(page.locator("#history_entries li").filter(has_text="an endless one").first).not_to_contain_text("running")


def test_two_tabs_have_their_own_answers(page, site):
    other = opened(page.context.new_page(), site[0])
    ask(page, "How many flights left JFK in July?")
    ask(other, "How many flights left JFK in August?")
    expect(cells(page)).to_have_text(["10023"])
    expect(cells(other)).to_have_text(["9983"])
