"""Nothing leaves: the app as it is started, in a process that notes every address which Python looks up or connects to."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

NOTING = """
import sys

notes = open(sys.argv.pop(1), "a", buffering=1)

def note(event, arguments):
    if event == "socket.getaddrinfo":
        notes.write(f"{arguments[0]}\\n")
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        notes.write(f"{arguments[1][0]}\\n")

sys.addaudithook(note)

import app

sys.exit(app.main(sys.argv[1:]))
"""


@pytest.fixture
def started(tmp_path):
    """The app's address, and the file of the addresses that it asked for."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    notes = tmp_path / "addresses"
    command = [sys.executable, "-c", NOTING, str(notes), "--model", "echo", "--port", str(port), "--no-browser"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("qsql is open at ")
    yield f"http://127.0.0.1:{port}", notes
    process.terminate()
    process.communicate(timeout=20)


def test_a_whole_session_connects_to_this_machine_only(started, browser):
    address, notes = started
    page = browser.new_page()
    page.goto(address)
    page.locator("#ask_question textarea").fill("Which airlines are there?")
    page.locator("#ask_question textarea").press("Enter")
    page.locator("#ask_rows [role=gridcell]").first.wait_for()
    page.get_by_role("tab", name="Artifacts").click()
    page.locator("#artifact_request textarea").fill("a clock")
    page.locator("#artifact_request textarea").press("Enter")
    page.frame_locator("#artifact_preview iframe").get_by_role("heading").wait_for()
    page.close()
    asked = set(notes.read_text().split())
    assert asked, "the hook noted nothing, so that its silence says nothing"
    assert asked <= {"127.0.0.1", "localhost", "::1", "0.0.0.0"}
