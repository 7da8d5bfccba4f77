"""Settings that last: the file, what wins over it, and the panel with a theme and a language that stay."""

import json
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from starlette.middleware import Middleware

from qsql import preferences
from qsql.errors import BadInput
from qsql.preferences import FILE, Kept, Preferences, Saved
from qsql.settings import Settings
from qsql.texts import labels
from qsql.ui import preferences as panels
from qsql.ui.blocks import Blocks
from qsql.ui.language import PageLanguage
from qsql.ui.look import PageStart, Remembered
from qsql.ui.theme import theme
from tests.browser import serving

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
UI = Path(panels.__file__).parent
DEFAULTS = Preferences()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / FILE


def test_the_first_values_are_those_of_the_settings():
    settings = Settings()
    assert (settings.model, settings.effort) == (DEFAULTS.model, DEFAULTS.effort)
    assert (settings.max_rows, settings.seconds) == (DEFAULTS.max_rows, DEFAULTS.seconds)


def test_what_is_changed_holds_at_once_and_in_the_next_run_and_nothing_else_is_kept(path):
    kept = Kept(path, Preferences(max_rows=5))
    assert kept.change(effort="high") == kept.now == Preferences(effort="high", max_rows=5)
    kept.change(seconds=7, model=" 0.5b ")
    assert preferences.read(path) == Saved({"effort": "high", "seconds": 7.0, "model": "0.5b"})
    assert [file.name for file in path.parent.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "values",
    [
        {"effort": "huge"},
        {"effort": ["low"]},
        {"max_rows": 0},
        {"max_rows": 1.5},
        {"max_rows": "many"},
        {"max_rows": True},
        {"max_rows": preferences.MOST_ROWS + 1},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"seconds": None},
        {"language": "tlh"},
        {"theme": "<b>"},
        {"model": " "},
        {"model": "x" * 501},
        {"port": 80},
        {"sample_rows": "no"},
        {"sample_rows": 0},
        {"effort": "low", "theme": "pink"},
    ],
    ids=str,
)
def test_a_wrong_value_is_a_sentence_and_changes_nothing(path, values):
    kept = Kept(path, DEFAULTS)
    with pytest.raises(BadInput) as wrong:
        kept.change(**values)
    assert wrong.value.hint and kept.now == DEFAULTS and not path.exists()


def test_what_the_file_has_of_no_use_is_said_passed_over_and_stays(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"effort": "low", "max_rows": "many", "later": [1]}), encoding="utf-8")
    saved = preferences.read(path)
    assert saved.values == {"effort": "low"}
    assert [notice.partition(": ")[2] for notice in saved.notices] == [
        "'many' is not a value for max_rows.",
        "There is no setting 'later'.",
    ]
    Kept(path, DEFAULTS).change(theme="dark")
    assert json.loads(path.read_text("utf-8")) == {"effort": "low", "max_rows": "many", "later": [1], "theme": "dark"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"effort": '], ids=repr)
def test_a_file_that_is_broken_counts_for_nothing_and_is_said(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    saved = preferences.read(path)
    assert not saved.values and "cannot be read" in saved.notices[0]
    Kept(path, DEFAULTS).change(effort="low")
    assert preferences.read(path) == Saved({"effort": "low"})


def test_without_a_file_there_is_nothing_to_say(path):
    assert preferences.read(path) == Saved()


def test_where_it_cannot_be_kept_it_holds_and_is_said(tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    kept = Kept(tmp_path / "data" / FILE, DEFAULTS)
    with pytest.raises(BadInput, match="only until the app ends"):
        kept.change(effort="low")
    assert kept.now.effort == "low"


def test_a_write_that_breaks_off_leaves_the_old_file(path, monkeypatch):
    kept = Kept(path, DEFAULTS)
    kept.change(effort="low")
    monkeypatch.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(BadInput):
        kept.change(effort="high")
    assert preferences.read(path) == Saved({"effort": "low"}) and len(list(path.parent.iterdir())) == 1


def test_many_threads_lose_nothing(path):
    kept = Kept(path, DEFAULTS)
    changes = [
        {"effort": "low"},
        {"max_rows": 7},
        {"seconds": 3.0},
        {"language": "zh"},
        {"theme": "dark"},
        {"model": "echo"},
        {"sample_rows": False},
    ]
    threads = [threading.Thread(target=kept.change, kwargs=change) for change in changes * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.now == Preferences("echo", "low", 7, 3.0, "zh", "dark", False) == Preferences(**preferences.read(path).values)


def test_a_flag_wins_over_the_environment_that_over_what_is_saved_and_that_over_the_default(tmp_path, monkeypatch):
    for name in Settings.__dataclass_fields__:
        monkeypatch.delenv(f"QSQL_{name.upper()}", raising=False)
    Kept(tmp_path / FILE, DEFAULTS).change(model="echo", effort="low", max_rows=7, theme="dark", sample_rows=False)
    monkeypatch.setenv("QSQL_EFFORT", "high")
    monkeypatch.setenv("QSQL_MAX_ROWS", "8")
    settings = Settings.load_saved(data=str(tmp_path), max_rows=9, model=None)
    assert (settings.model, settings.effort, settings.max_rows, settings.seconds) == ("echo", "high", 9, 30.0)
    assert settings.kept().now == Preferences("echo", "high", 9, theme="dark", sample_rows=False)
    assert Settings.load_saved(data=str(tmp_path), sample_rows=True).sample_rows
    monkeypatch.setenv("QSQL_SAMPLE_ROWS", "1")
    assert (
        Settings.load_saved(data=str(tmp_path)).sample_rows and not Settings.load_saved(data=str(tmp_path), sample_rows=False).sample_rows
    )
    assert Settings.load(data=str(tmp_path)).model == "auto"


def test_in_the_share_mode_nothing_is_written(tmp_path):
    kept = Settings.load(data=tmp_path, share=True).kept()
    kept.change(effort="low")
    assert kept.now.effort == "low" and list(tmp_path.iterdir()) == []


# The panel


def built(kept, shared=False):
    with Blocks(analytics_enabled=False) as demo:
        question = gr.Textbox(label="Question", elem_id="ask_question")
        chosen = gr.Radio(["low", "auto", "high"], label="Of the question")
        panel = panels.build(kept, shared)
        panels.wire(panel, kept, demo, chosen)
    return SimpleNamespace(demo=demo, panel=panel, question=question, chosen=chosen)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    kept = Settings.load(data=tmp_path_factory.mktemp("kept")).kept()
    demo = built(kept).demo
    chain = [Middleware(Remembered, chosen=lambda: kept.now), Middleware(PageStart), Middleware(PageLanguage)]
    css = [UI / "style.css", UI / "preferences.css"]
    with serving(demo, i18n=gr.I18n(**labels()), app_kwargs={"middleware": chain}, css_paths=css, theme=theme()) as url:
        yield SimpleNamespace(url=url, kept=kept)


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_handler_answers_a_wrong_value_with_a_sentence_and_a_right_one_by_keeping_it(path):
    kept = Kept(path, DEFAULTS)
    screen = built(kept)
    on_effort, on_rows = (screen.demo.fns[number].fn for number in (0, 1))
    request = SimpleNamespace(headers={"accept-language": "zh-CN"})
    assert "已保存" in on_effort("high", request)[screen.panel.said] and on_effort("low", request)[screen.chosen] == "low"
    assert 'class="failed"' in on_rows("<b>", request)[screen.panel.said] and "<b>" not in on_rows("<b>", request)[screen.panel.said]
    assert kept.now == Preferences(effort="low")


def test_where_the_app_is_shared_only_the_look_is_there_and_no_handler_keeps_anything(tmp_path):
    kept = Settings.load(data=tmp_path, share=True).kept()
    screen = built(kept, shared=True)
    assert screen.panel.effort is screen.panel.max_rows is screen.panel.seconds is screen.panel.sample_rows is None
    for fn in screen.demo.fns.values():
        if fn.fn is not None and fn.targets[0][1] != "load":
            fn.fn("dark")
    assert kept.now == DEFAULTS and not list(tmp_path.iterdir())


def test_what_is_chosen_stays_and_nothing_flashes(browser, site):
    expect = pytest.importorskip("playwright.sync_api").expect
    context = browser.new_context(locale="en-US", color_scheme="light", viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(site.url)
    expect(page.get_by_role("radio", name="English")).to_be_checked()
    expect(page.get_by_role("radio", name="As the system")).to_be_checked()
    rows = page.get_by_label("Rows to fetch at most")
    rows.fill("25")
    rows.press("Enter")
    expect(page.locator("#preferences_said")).to_have_text("Saved.")
    page.get_by_label("The model may see rows").uncheck()
    page.get_by_role("radio", name="high: always more").check()
    expect(page.get_by_role("radio", name="high", exact=True)).to_be_checked()
    page.get_by_role("radio", name="Dark").check()
    expect(page.locator("body")).to_have_class("dark")
    page.get_by_label("Question").fill("How many <b>cities</b>?")
    page.get_by_role("radio", name="中文").check()
    expect(page.get_by_text("最多取多少行")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_value("How many <b>cities</b>?")
    expect(page.get_by_role("radio", name="深色")).to_be_checked()
    assert site.kept.now == Preferences(effort="high", max_rows=25, language="zh", theme="dark", sample_rows=False)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    context.route("**/assets/**", lambda route: route.abort())  # so that the page stays as it is before Gradio draws it
    bare = context.new_page()
    bare.goto(site.url, wait_until="domcontentloaded")
    assert background(bare) == background(page) != "rgb(255, 255, 255)" and bare.url.endswith("?__theme=dark")
    context.close()


def test_another_browser_begins_as_the_first_was_left_and_can_be_otherwise(browser, site):
    expect = pytest.importorskip("playwright.sync_api").expect
    site.kept.change(language="zh", theme="dark")
    context = browser.new_context(locale="en-US", color_scheme="light")
    page = context.new_page()
    page.goto(site.url)
    expect(page.get_by_text("最多取多少行")).to_be_visible()
    expect(page.locator("body")).to_have_class("dark")
    expect(page.get_by_role("radio", name="深色")).to_be_checked()
    page.get_by_role("radio", name="跟随系统").check()
    expect(page.locator("body")).not_to_have_class("dark")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_class("dark")
    page.emulate_media(color_scheme="light")
    page.reload()
    expect(page.get_by_role("radio", name="跟随系统")).to_be_checked()
    expect(page.locator("body")).not_to_have_class("dark")
    context.close()
