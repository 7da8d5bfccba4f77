"""The page speaks the language of the browser, or the one that the person chose."""

import pytest
from playwright.sync_api import expect

import app
from qsql.models.echo import Echo
from qsql.settings import Settings


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    demo, workspace = app.build(Settings.load(model="echo", database="sample", data=tmp_path_factory.mktemp("data")), Echo)
    _, address, _ = app.launch(demo)
    yield address
    demo.close()
    workspace.close()


@pytest.mark.parametrize(
    "locale, chosen, language, name",
    [("en-US", "", "en", "Ask"), ("zh-TW", "", "zh-CN", "提问"), ("de-DE", "", "en", "Ask"), ("de-DE", "zh", "zh-CN", "提问")],
)
def test_the_page_is_in_the_language_of_the_browser_or_the_one_chosen(browser, url, locale, chosen, language, name):
    context = browser.new_context(locale=locale)
    if chosen:
        context.add_cookies([{"name": "qsql_language", "value": chosen, "url": url}])
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == language
    context.close()
