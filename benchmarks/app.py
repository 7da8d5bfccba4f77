"""How long the app takes to start, to be usable and to draw, what it asks the network for, what it weighs, and how many it answers.

python -m benchmarks.app [ROUNDS]: starts the app ROUNDS times with the echo model and looks at it in Chromium; some minutes.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium
from tests.visited import Visitor, alone

ROOT = Path(__file__).parent.parent
PORT, ROUNDS = 7878, 7
VISITORS, EACH = 10, 20  # who ask at once; questions of each

LONG = "SELECT * FROM flights LIMIT 1000"
WIDE = "SELECT " + ", ".join(f"range * {n} AS c{n}" for n in range(500)) + " FROM range(1000)"
CHARTED = "SELECT carrier, count(*) AS flights FROM flights GROUP BY carrier"

DRAWN = """
(selector) => {
  window.drawn = new Promise((resolve) => {
    addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      const start = performance.now();
      const look = () => document.querySelector(selector)
        ? requestAnimationFrame(() => resolve((performance.now() - start) / 1000))
        : requestAnimationFrame(look);
      look();
    }, {capture: true});
  });
}
"""
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
ROWS = "#ask_rows [role=grid][aria-rowcount='1001'] [role=gridcell]"
BAR = "#chart_plot svg .mark-rect.role-mark path"

IMPORT = """
import time
from contextlib import nullcontext
from qsql.ui.importing import without_stubs
start = time.perf_counter()
with {}():
    import gradio
print(time.perf_counter() - start)
"""

Times = dict[str, list[float]]


@contextmanager
def app(*arguments: str) -> Iterator[tuple[psutil.Process, str, float]]:
    """The app as a person starts it, its address, and the seconds until it gave its page."""
    start, url = time.perf_counter(), f"http://127.0.0.1:{PORT}/"
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--no-browser", "--port", str(PORT), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"QSQL_DATA": data}, stdout=subprocess.DEVNULL)
        try:
            _wait(url)
            yield psutil.Process(process.pid), url, time.perf_counter() - start
        finally:
            process.terminate()
            process.wait(60)


def _wait(url: str) -> None:
    for _ in range(3000):
        try:
            urllib.request.urlopen(url).close()
            return
        except urllib.error.URLError:
            time.sleep(0.02)
    raise SystemExit("The app did not start.")


def imported(within: str) -> float:
    """Seconds that a process takes to import Gradio within `without_stubs`, or `nullcontext`."""
    return float(subprocess.check_output([sys.executable, "-c", IMPORT.format(within)], cwd=ROOT))


def opened(page: Page, url: str) -> float:
    """Seconds until one can ask, and sees the tables."""
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    expect(page.locator("#ask_question textarea")).to_be_editable(timeout=60_000)
    expect(page.locator("#ask_tables summary").first).to_be_visible(timeout=60_000)
    return time.perf_counter() - start


def drawn(page: Page, sql: str, selector: str) -> float:
    """Seconds from Ctrl+Enter to what the selector finds."""
    _run(page, "SELECT 1")
    expect(page.locator("#ask_rows [role=gridcell]")).to_have_text(["1"])
    page.evaluate(DRAWN, selector)
    _run(page, sql)
    return page.evaluate("window.drawn")


def _run(page: Page, sql: str) -> None:
    expect(page.locator("#ask_question .submit-button")).to_be_visible(timeout=60_000)
    editor = page.locator("#ask_sql .cm-content")
    editor.fill(sql)
    editor.press("Control+Enter")


def look(browser: Browser, url: str, times: Times) -> list[int]:
    """Time a first visit, a second one and three answers; the sizes of all that the page asked for."""
    context, sizes = browser.new_context(viewport={"width": 1280, "height": 900}), []
    page = context.new_page()
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    times["page, first visit, s"].append(first := opened(page, url))
    times["of these, after its load event, s"].append(first - page.evaluate(LOADED))
    page.wait_for_timeout(3000)  # what the page asks for when it is there already
    asked = list(sizes)
    times["page, again, s"].append(opened(page, url))
    times["1,000 rows, 19 columns, s"].append(drawn(page, LONG, ROWS))
    times["1,000 rows, 500 columns, s"].append(drawn(page, WIDE, ROWS))
    times["16 rows and their chart, s"].append(drawn(page, CHARTED, BAR))
    context.close()
    return asked


def megabytes(app: psutil.Process) -> float:
    """Of the app and its workers; what they share is counted once for each."""
    return sum(process.memory_info().rss for process in (app, *app.children(recursive=True))) / 1e6


def visit() -> float:
    """Questions a second, of visitors who ask at the same time, each from a tab of its own and once more as soon as there is an answer."""
    with tempfile.TemporaryDirectory() as folder, alone(Path(folder)) as site:
        guests = [Visitor(site) for _ in range(VISITORS)]

        def ask(number: int) -> None:
            for _ in range(EACH):
                assert f"thing 1 of {number}" in guests[number].asked(f"What are the things of visitor {number}?")

        start = time.perf_counter()
        with ThreadPoolExecutor(VISITORS) as pool:
            list(pool.map(ask, range(VISITORS)))
        return VISITORS * EACH / (time.perf_counter() - start)


def table(times: Times) -> Iterator[str]:
    yield from ("| what | median | least | most |", "|---|---|---|---|")
    for name, values in times.items():
        yield f"| {name} | {_shown(statistics.median(values))} | {_shown(min(values))} | {_shown(max(values))} |"


def _shown(value: float) -> str:
    return f"{value:.2f}" if value < 20 else f"{value:,.0f}"


class _Times(dict):
    def __missing__(self, name: str) -> list[float]:
        return self.setdefault(name, [])


def main(arguments: Sequence[str]) -> None:
    times = _Times()
    with chromium() as browser:
        for _ in range(int(arguments[0]) if arguments else ROUNDS):
            times["Gradio's import, s"].append(imported("without_stubs"))
            times["the same with its stubs, s"].append(imported("nullcontext"))
            with app("--model", "echo") as (process, url, seconds):
                times["start, s"].append(seconds)
                times["memory at the start, MB"].append(megabytes(process))
                asked = look(browser, url, times)
                times["start and page, first visit, s"].append(seconds + times["page, first visit, s"][-1])
                times["requests of a first visit"].append(len(asked))
                times["kilobytes of a first visit"].append(sum(asked) / 1000)
                times["memory after the answers, MB"].append(megabytes(process))
    for _ in range(3):
        times[f"questions a second, {VISITORS} visitors"].append(visit())
    print("\n".join(table(times)))


if __name__ == "__main__":
    main(sys.argv[1:])
