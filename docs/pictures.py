"""Make the README's pictures anew: `.venv/bin/python docs/pictures.py`. Starts the app with the model that fits this machine, asks, and
looks at it in Chromium. It takes some minutes, and what is in the pictures is what the model wrote.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from tests.browser import chromium  # noqa: E402  the way to a browser that the tests take

DOCS, PORT = Path(__file__).parent, 7879
SIZE = {"width": 1280, "height": 860}
MODEL_SECONDS = 300_000


@contextmanager
def app() -> Iterator[str]:
    """The app with nothing in its history, until the end of the block."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--no-browser", "--port", str(PORT)]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"QSQL_DATA": data})
        try:
            yield _ready(f"http://127.0.0.1:{PORT}/")
        finally:
            process.terminate()
            process.wait(60)


def _ready(url: str) -> str:
    for _ in range(600):
        try:
            urllib.request.urlopen(url)
            return url
        except urllib.error.URLError:
            time.sleep(0.5)
    raise SystemExit("The app did not start.")


def ask(page: Page, question: str) -> None:
    box = page.locator("#ask_question textarea")
    box.fill(question)
    box.press("Enter")
    expect(page.locator("#ask_question .stop-button")).to_be_visible()
    expect(page.locator("#ask_question .submit-button")).to_be_visible(timeout=MODEL_SECONDS)


def save(page: Page, name: str) -> None:
    page.evaluate("document.activeElement?.blur()")
    page.wait_for_timeout(1000)
    page.screenshot(path=DOCS / f"{name}.png")


def answer(page: Page) -> None:
    """A question, its SQL, its chart and its rows; then the history and the SQL in words. The first question waits for the tables."""
    ask(page, "How many flights left JFK in July?")
    ask(page, "Which 10 airlines have the most flights? Show their names and numbers of flights")
    save(page, "ask")
    ask(page, "only for JFK")
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Explain", exact=True).click()
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_visible()
    expect(stop).to_be_hidden(timeout=MODEL_SECONDS)
    save(page, "history")


def chinese(page: Page) -> None:
    ask(page, "每个月有多少航班？列出月份和数量")
    save(page, "chinese")


def artifact(page: Page) -> None:
    page.get_by_role("tab", name="Artifacts").click()
    box = page.locator("#artifact_request textarea")
    box.fill("A countdown with a purple button")
    box.press("Enter")
    expect(page.locator("#artifact_status")).to_contain_text("Done", timeout=MODEL_SECONDS)
    save(page, "artifact")


def main() -> None:
    looks = ((answer, "light", "en-US"), (chinese, "dark", "zh-CN"), (artifact, "light", "en-US"))
    with app() as url, chromium() as browser:
        for picture, theme, language in looks:
            context = browser.new_context(viewport=SIZE, locale=language, color_scheme=theme)
            page = context.new_page()
            page.goto(url)
            expect(page.locator("#ask_tables summary").first).to_be_visible(timeout=60_000)
            picture(page)
            context.close()


if __name__ == "__main__":
    main()
