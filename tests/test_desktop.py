"""The app in a window of its own: a real Chromium on a real, if invisible, screen. Closing the window ends it all."""

import http.server
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

import app
from qsql.desktop import browser
from tests.browser import NAMES

ROOT = Path(__file__).parent.parent
# The window calls this machine localhost, so that its address is elsewhere; a name would have to be looked up first, which may take long.
PAGE = '<title>A page</title><a target="_blank" href="{}there">out</a>'
SHOW = "import sys; from pathlib import Path; from qsql.desktop import browser; print(browser.show(sys.argv[1], Path(sys.argv[2])))"


@pytest.fixture(scope="module")
def screen():
    """The name of a screen that nobody sees."""
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed: apt-get install xvfb")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with open(read) as told:
            yield f":{told.readline().strip()}"
        server.terminate()


class Desk:
    """A person's machine: a Chromium that a test can reach, a browser for links, and folders that can be looked into."""

    def __init__(self, folder: Path, screen: str, flags: str) -> None:
        self.port, self.opened, self.temporary = free_port(), folder / "opened", folder / "tmp"
        real = next(filter(None, map(shutil.which, NAMES)), None) or pytest.skip("no Chromium: install the system's chromium")
        bin = folder / "bin"
        for made in (bin, self.temporary):
            made.mkdir()
        # Chromium does not start for root otherwise; an app must not ask that of a person.
        program(bin / browser.LINUX[0], f'exec {real} --no-sandbox --disable-gpu --remote-debugging-port={self.port} {flags} "$@"')
        program(bin / "for-links", f'echo "$1" >> {self.opened}')
        self.environment = os.environ | {"DISPLAY": screen, "PATH": f"{bin}:{os.environ['PATH']}", "TMPDIR": str(self.temporary)}
        self.environment |= {"BROWSER": f"{bin}/for-links %s", "QSQL_CACHE": f"{folder}/cache", "QSQL_DATA": f"{folder}/data"}

    @contextmanager
    def running(self, *arguments: str):
        """The process, ended with all that it started if the test has not done so."""
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            for each in (process, *children):
                each.kill()
            process.communicate()

    @contextmanager
    def window(self):
        """The page in the window."""
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            chromium = eventually(lambda: driver.chromium.connect_over_cdp(f"http://127.0.0.1:{self.port}"))
            yield eventually(lambda: chromium.contexts[0].pages[0])


@pytest.fixture
def desk(screen, request):
    with tempfile.TemporaryDirectory() as folder:  # not pytest's, whose paths are too long for a socket in them
        yield Desk(Path(folder), screen, getattr(request, "param", ""))


@pytest.fixture
def page_url():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PAGE.format(f"http://127.0.0.1:{self.server.server_port}/").encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(step, seconds: float = 20.0):
    """What it gives once it gives something and raises nothing."""
    end = time.monotonic() + seconds
    while True:
        try:
            if given := step():
                return given
        except Exception:
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.1)


def all_ended(processes: list[psutil.Process]) -> bool:
    return psutil.wait_procs(processes, timeout=10)[1] == []


def test_the_app_lives_in_its_window_and_ends_with_it(desk, tmp_path):
    with sqlite3.connect(tmp_path / "shop.sqlite") as made:
        made.execute("CREATE TABLE cities (name TEXT)")
        made.execute("INSERT INTO cities VALUES ('Bern')")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        arguments = ("--desktop", "--model", "echo", "--database", str(tmp_path / "shop.sqlite"), "--port", str(port))
        with desk.running("app.py", *arguments) as process:
            found = re.search(r"open at http://127.0.0.1:(\d+)", process.stdout.readline())
            assert found and int(found[1]) != port, "a taken port is no reason not to open"
            with desk.window() as page:
                page.locator("#ask_question textarea").fill("Which cities are there?")
                assert page.title() == "qsql"
                assert page.evaluate("matchMedia('(display-mode: standalone)').matches"), "it has a browser's bars"
                assert page.evaluate("[outerWidth, outerHeight]") == [1280, 860]
                page.locator("#ask_question textarea").press("Enter")
                page.locator("#ask_rows [role=gridcell]").filter(has_text="Bern").first.wait_for()
                started = psutil.Process(process.pid).children(recursive=True)
                assert len(started) > 2 and os.listdir(desk.temporary)
                page.close()
            assert process.wait(20) == 0
            assert all_ended(started) and os.listdir(desk.temporary) == []


@pytest.mark.parametrize("desk", ["--keep-alive-for-test"], indirect=True)  # as on macOS, where it stays without a window
def test_a_browser_that_would_stay_is_ended_with_its_last_window_and_links_leave_it(desk, page_url, tmp_path):
    with desk.running("-c", SHOW, page_url, str(tmp_path / "window")) as process:
        with desk.window() as page:
            started = psutil.Process(process.pid).children(recursive=True)
            page.get_by_text("out").click()
            assert eventually(lambda: desk.opened.exists() and desk.opened.read_text()) == f"{page_url}there\n"
            eventually(lambda: page.title() and len(page.context.pages) == 1)  # what is called first hears of pages that are gone
            page.close()
        assert process.communicate(timeout=20)[0] == "True\n"
        assert all_ended(started)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_window_outlives_the_app(desk, page_url, tmp_path, how):
    with desk.running("-c", SHOW, page_url, str(tmp_path / "window")) as process:
        eventually(lambda: b'"title": "A page"' in urlopen(f"http://127.0.0.1:{desk.port}/json").read())
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        assert process.wait(20) != 0
        assert len(started) > 2 and all_ended(started)


@pytest.mark.parametrize("desk", ["--version"], indirect=True)
def test_a_browser_that_shows_nothing_is_no_window(desk, page_url, tmp_path):
    with desk.running("-c", SHOW, page_url, str(tmp_path / "window")) as process:
        assert process.communicate(timeout=20)[0] == "False\n"
    assert os.listdir(desk.temporary) == []


@pytest.mark.parametrize(
    "system, place",
    [
        ("Darwin", "Applications/Brave Browser.app/Contents/MacOS/Brave Browser"),
        ("Windows", "AppData/Local/Google/Chrome/Application/chrome.exe"),
        ("Windows", "AppData/Local/Microsoft/Edge/Application/msedge.exe"),
    ],
)
def test_a_browser_is_found_where_its_system_puts_it(tmp_path, system, place):
    assert browser.find(system, tmp_path) is None
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    assert browser.find(system, tmp_path) == tmp_path / place


def test_without_any_browser_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not app._shown_in_window("http://127.0.0.1:9/", app.Settings.load(cache=tmp_path))
    assert "pip install 'pywebview" in capsys.readouterr().out


@pytest.mark.parametrize("more, screen_is, sentence", [(["--share"], ":9", "A shared app has no window"), ([], "", "no screen here")])
def test_where_no_window_makes_sense_it_says_so(monkeypatch, capsys, more, screen_is, sentence):
    monkeypatch.setenv("DISPLAY", screen_is)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert app.main(["--desktop", *more]) == 1
    assert sentence in capsys.readouterr().err


def test_a_window_and_no_browser_cannot_both_be_wanted(capsys):
    with pytest.raises(SystemExit) as ended:
        app.main(["--desktop", "--no-browser"])
    assert ended.value.code == 2 and "not allowed with" in capsys.readouterr().err
