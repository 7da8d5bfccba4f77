"""A real Chromium for the tests, and the way to run a Gradio app in this process."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator:
    """A headless browser of playwright's sync kind. Skips the test, with the reason, where there is none."""
    with _driver() as (driver, path):
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def profile() -> Iterator:
    """A context with a profile on disk, as a person's browser has: a private one makes no connections ahead of time."""
    with _driver() as (driver, path), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        context = driver.chromium.launch_persistent_context(folder, executable_path=path, args=ARGUMENTS)
        try:
            yield context
        finally:
            context.close()


@contextmanager
def _driver() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        path = next(filter(None, map(shutil.which, NAMES)), None) or driver.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("no Chromium: install the system's chromium, or run: playwright install chromium")
        yield driver, path


def open_anew(tab, address: str, width: int = 1280):
    """The tab with the app at `address`, as if nobody had been there: half the work of a new tab."""
    if tab.url.startswith("http"):
        tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        tab.goto("about:blank")
    tab.context.clear_cookies()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(address)
    return tab


@contextmanager
def serving(demo, **launch) -> Iterator[str]:
    """Run a Gradio app on a free port of 127.0.0.1 and give its address."""
    options = {"quiet": True, "footer_links": [], "run_history": False, "enable_monitoring": False, "ssr_mode": False, "_frontend": False}
    _, address, _ = demo.launch(prevent_thread_lock=True, server_name="127.0.0.1", server_port=_free_port(), **{**options, **launch})
    try:
        yield address
    finally:
        demo.close(verbose=False)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
