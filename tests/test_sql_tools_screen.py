"""The buttons under the SQL: their handlers as anybody could call them, and the panel in a real browser."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from qsql.assist import failure
from qsql.databases.base import Limits
from qsql.models.base import Options
from qsql.models.echo import Echo
from qsql.records import Question
from qsql.settings import Settings
from qsql.texts import labels
from qsql.ui import sql_tools
from qsql.ui.blocks import Blocks
from qsql.ui.shown import Shown
from qsql.ui.sql_tools import Failed
from qsql.ui.workspace import Workspace
from tests import shop
from tests.browser import serving

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

UI = Path(sql_tools.__file__).parent
EVIL = "<img src=x onerror=\"document.title='run'\"> {{value}} ${1+1} </pre><script>document.title='run'</script>"
LAID_OUT = "SELECT city, count(*) AS n\nFROM customers\nGROUP BY city"


class Scripted(Echo):
    """Says what the SQL that it is asked about calls for."""

    def stream(self, prompt, options=Options()):
        asked = prompt.messages[-1].text
        said = "SELECT name FROM products" if "tried, but failed" in asked else "word " * 400 if "'slow'" in asked else f"It counts. {EVIL}"
        yield from Echo((said,), delay=0.02 if "'slow'" in asked else 0).stream(prompt, options)

    def fill(self, prefix, suffix, stop=(), options=Options()):
        yield from Echo(("city, vip FROM customers",), delay=0.5 if "'slow'" in prefix else 0).fill(prefix, suffix, stop, options)


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tools")
    place = shop.make_duckdb(folder / "shop.duckdb")
    workspace = Workspace(Settings(database=place, data=folder / "data"), Scripted)
    with Blocks() as demo:
        source, shown = gr.State(place), gr.State(None)
        sql = gr.Code(label="SQL", language="sql", interactive=True, lines=4, elem_id="ask_sql")
        run = gr.Button("Run", elem_id="ask_run", size="sm", render=False)
        panel = sql_tools.build(run)

        def on_run(text):
            return panel.failed(place, text, failure(workspace.open(place), text, Limits()))

        run.click(on_run, sql, panel.outputs)
        sql_tools.wire(panel, workspace, source, sql, shown)
    yield SimpleNamespace(demo=demo, panel=panel, place=place, workspace=workspace)
    workspace.close()


def handler(screen, button):
    return next(one.fn for one in screen.demo.fns.values() if any(target == button._id for target, _ in one.targets))


def asking(**headers):
    return SimpleNamespace(username="", session_hash="s", headers=headers)


def ran(screen, name, *given, **headers):
    """All that a button gives, the later over the earlier; its dicts update what they may."""
    came = handler(screen, getattr(screen.panel, name))(screen.place, *given, asking(**headers))
    updates = [came] if isinstance(came, dict) else list(came)
    assert all(set(update) <= set(screen.panel.outputs) for update in updates)
    if name != "format":
        first, last = updates[0], updates[-1]
        assert first[screen.panel.plan].interactive is False and first[screen.panel.stop].visible is True
        assert last[screen.panel.plan].interactive is True and last[screen.panel.stop].visible is False
    return {component: value for update in updates for component, value in update.items()}


@pytest.mark.parametrize("text", [None, 7, ["SELECT 1"], {"a": 1}, "x" * 20_001, "", "SELECT FROM", "\ud800"])
def test_whatever_comes_in_ends_in_a_sentence(screen, text):
    for name, more in {"format": (), "explain": (), "complete": (0,), "fix": (None, None), "plan": ()}.items():
        said = ran(screen, name, text, *more)[screen.panel.said]
        assert 'class="' in said and "mistake" not in said and "Traceback" not in said


@pytest.mark.parametrize("place", [None, "x", -5, 1e9, float("nan"), [], 3.0])
def test_an_odd_cursor_is_taken_for_one_at_the_end_or_where_it_is(screen, place):
    updates = ran(screen, "complete", "SELECT  FROM customers", place)
    now = updates[screen.panel.told].props["edit"]["now"]
    assert now.count("city, vip") == 1 and "FROM customers" in now


def test_what_changes_the_sql_is_an_edit_of_it_and_never_rows(screen):
    updates = ran(screen, "format", "select 1 as a")
    edit = updates[screen.panel.told].props["edit"]
    assert (edit["was"], edit["now"]) == ("select 1 as a", "SELECT 1 AS a") and "Laid out" in updates[screen.panel.said]
    assert "already" in ran(screen, "format", "SELECT 1 AS a")[screen.panel.said]


def test_a_fix_by_the_model_says_what_it_changed_in_the_persons_language(screen):
    sql, shown = "SELEC name FROM products", Shown(screen.place, "shop", "SELECT 1", Question("of another query"))
    updates = ran(screen, "fix", sql, None, shown, **{"accept-language": "zh-CN"})
    assert "模型改了 SELEC → SELECT" in updates[screen.panel.said] and updates[screen.panel.fix].visible is False
    assert updates[screen.panel.told].props["edit"]["now"] == "SELECT name FROM products"


def test_fix_is_offered_after_what_can_be_mended_only(screen):
    panel, broken = screen.panel, failure(screen.workspace.open(screen.place), "SELEC 1", Limits())
    assert panel.failed(screen.place, "SELEC 1", broken)[panel.failure] == Failed(screen.place, "SELEC 1", broken)
    for error in (None, ValueError("x"), failure(screen.workspace.open(screen.place), "DROP TABLE orders", Limits())):
        updates = panel.failed(screen.place, "x", error)
        assert updates[panel.failure] is None and updates[panel.fix].visible is False
    assert panel.show(Shown(screen.place, "shop", "SELECT 1"))[panel.fix].visible is False
    assert set(panel.hide()) | set(panel.show(Shown(screen.place, "shop", "x"))) <= set(panel.outputs)


@pytest.fixture
def page(browser, screen):
    options = {"css_paths": [UI / "sql_tools.css"], "i18n": gr.I18n(**labels())}
    with serving(screen.demo, **options) as url:
        context = browser.new_context(viewport={"width": 1000, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(url)
        page.locator("#ask_sql .cm-content").wait_for()
        yield page
        assert page.errors == []
        context.close()


def write(page, text):
    page.locator("#ask_sql .cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    expect(page.locator("#ask_sql .cm-content")).to_contain_text(text.splitlines()[0])


def holds(page, text):
    """The editor's text becomes this."""
    page.wait_for_function(
        "text => document.querySelector('#ask_sql .cm-content').innerText.replace(/\\n$/, '') === text", arg=text, timeout=20_000
    )


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_laid_out_explained_and_planned(page):
    write(page, "select city, count(*) as n from customers group by city")
    page.keyboard.press("Shift+Alt+F")
    holds(page, LAID_OUT)
    page.keyboard.press("Control+Z")
    holds(page, "select city, count(*) as n from customers group by city")
    press(page, "Explain")
    words = page.get_by_role("region", name="In words")
    expect(words.locator("pre")).to_have_text(f"It counts. {EVIL}")
    expect(page.locator("#sql_said")).to_contain_text("it can be wrong")
    page.locator("#sql_told").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"It counts. {EVIL}" and "run" not in page.title()
    press(page, "Plan")
    expect(page.get_by_role("region", name="How the database would run it").locator("pre")).to_contain_text("Hash Group By")
    press(page, "Close")
    expect(page.locator("#sql_told pre")).not_to_be_visible()
    write(page, "SELECT 'slow'")
    press(page, "Explain")
    expect(page.locator("#sql_told pre")).to_contain_text("word word")
    press(page, "Stop")
    expect(page.locator("#sql_said")).to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Stop", exact=True)).not_to_be_visible()


def test_gone_on_with_at_the_cursor_and_never_over_what_was_written_since(page):
    write(page, "SELECT '中𠮷',  WHERE vip")
    for _ in " WHERE vip":
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+Space")
    holds(page, "SELECT '中𠮷', city, vip FROM customers WHERE vip")
    page.keyboard.type(" AS c")  # where the completion ends
    holds(page, "SELECT '中𠮷', city, vip FROM customers AS c WHERE vip")
    write(page, "SELECT 'slow', ")
    page.keyboard.press("Control+Space")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.keyboard.insert_text("mine")
    expect(page.locator("#sql_told .sql_note")).to_contain_text("You changed the SQL meanwhile")
    holds(page, "SELECT 'slow', mine")


def test_mended_after_an_error_and_run_by_the_person(page):
    write(page, "SELECT nam FROM product")
    expect(page.get_by_role("button", name="Fix", exact=True)).not_to_be_visible()
    press(page, "Run")
    press(page, "Fix")
    holds(page, "SELECT name FROM products")
    expect(page.locator("#sql_said")).to_contain_text("nam does not exist; products.name was taken.")
    expect(page.get_by_role("button", name="Fix", exact=True)).not_to_be_visible()
    page.locator("#ask_sql .cm-content").press("Control+Z")
    holds(page, "SELECT nam FROM product")
    page.evaluate("document.querySelector('#ask_sql .cm-content').cmTile = null")  # as if a new CodeMirror hid itself
    press(page, "Run")
    press(page, "Fix")
    holds(page, "SELECT name FROM products")
