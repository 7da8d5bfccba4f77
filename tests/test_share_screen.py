"""The shared app in a real browser: the log-in, questions, uploads, pages and their links."""

import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from qsql.models.echo import Echo
from tests.sharing import PASSWORD, sharing

SHOTS = Path(__file__).parent / "screenshots"


def entered(page, site, password: str = PASSWORD):
    """The page after the log-in form of the app."""
    page.goto(site.url)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Open").click()
    return page


@pytest.fixture
def log_in(browser, site):
    """Opens the app in the browser of someone who has the password."""
    pages = []

    def open_page(password: str = PASSWORD, **options):
        pages.append(browser.new_context(**options).new_page())
        return entered(pages[-1], site, password)

    yield open_page
    for page in pages:
        page.context.close()


@pytest.fixture
def page_maker(browser, tmp_path):
    """A shared app whose model writes a clock, and a tab in which it has."""
    clock = "```html\n<!DOCTYPE html><html><head><title>Clock</title></head><body><h1>It is five</h1></body></html>\n```"
    with sharing(tmp_path, load=lambda: Echo((clock,))) as site:
        page = entered(browser.new_page(), site)
        page.get_by_role("tab", name="Artifacts").click()
        page.locator("#artifact_request textarea").fill("a clock")
        page.locator("#artifact_request textarea").press("Enter")
        yield site, page
        page.close()


def test_a_person_logs_in_asks_and_uploads(log_in, tmp_path):
    from playwright.sync_api import expect

    page = log_in()
    expect(page.locator("#ask_tables")).to_contain_text("shop.csv")
    page.locator("#ask_question textarea").fill("Which item costs 4?")
    page.locator("#ask_question textarea").press("Enter")
    expect(page.locator("#ask_rows [role=gridcell]").filter(has_text="cake").first).to_be_visible()
    expect(page.locator("#ask_right")).not_to_be_visible()
    path = tmp_path / "tools.csv"
    path.write_text("tool\nnails\n", encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.locator("#ask_upload").click()
    chooser.value.set_files(str(path))
    expect(page.locator("#ask_tables")).to_contain_text("tools.csv")
    page.locator("#ask_path input, #ask_path textarea").first.fill("/etc/passwd")
    page.locator("#ask_path .submit-button").click()
    expect(page.locator("#database_said")).to_contain_text("Only the shared database and files that you upload can be opened here.")


def test_a_file_that_is_too_large_is_refused_on_the_screen(log_in, site, tmp_path):
    from playwright.sync_api import expect

    visitors, limits = site.workspace.visitors, site.workspace.visitors.limits
    page = log_in()
    expect(page.locator("#ask_tables")).to_contain_text("shop.csv")
    path = tmp_path / "large.csv"
    path.write_bytes(b"a\n" + b"1\n" * 50_000)
    visitors.limits = replace(limits, upload_bytes=50_000)
    try:
        with page.expect_file_chooser() as chooser:
            page.locator("#ask_upload").click()
        chooser.value.set_files(str(path))
        expect(page.locator("[data-testid=toast-body]")).to_contain_text("Your uploads would be more than")
    finally:
        visitors.limits = limits


def test_a_page_is_written_and_downloaded_in_a_shared_app(page_maker):
    from playwright.sync_api import expect

    _, page = page_maker
    expect(page.frame_locator("#artifact_preview iframe").get_by_role("heading")).to_have_text("It is five")
    with page.expect_download() as download:
        page.locator("#artifact_download").click()
    assert "It is five" in Path(download.value.path()).read_text("utf-8")


def test_a_page_is_shared_by_a_link_that_needs_no_log_in_until_it_is_taken_back(page_maker):
    from playwright.sync_api import expect

    def asked(path: str) -> httpx.Response:
        return httpx.get(f"{site.url.rstrip('/')}/{path.lstrip('/')}", trust_env=False)

    site, page = page_maker
    key = page.locator("#artifact_own a").get_attribute("href")
    page.get_by_role("button", name="Share by a link").click()
    expect(page.locator("#artifact_status")).to_contain_text("Whoever has this link")
    link = re.search(r"page/[\w-]+", page.locator("#artifact_status").inner_text())[0]
    stranger = asked(link)
    assert (
        stranger.status_code == 200 and "It is five" in stranger.text and "frame-src 'none'" in stranger.headers["content-security-policy"]
    )
    assert asked(key).status_code == 404
    with site.guest() as other:
        assert other.get(f"/{link}").status_code == 200
    page.get_by_role("button", name="Take the link back").click()
    expect(page.locator("#artifact_status")).to_have_text("The link no longer works.")
    assert asked(link).status_code == 404


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_log_in_page_fits(log_in, width, theme):
    page = log_in("wrong", viewport={"width": width, "height": 800}, color_scheme=theme)
    alert = page.get_by_role("alert")
    assert re.search("not the password|Too many", alert.inner_text())
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"log_in_{width}_{theme}.png")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
