"""The app with a model that answers each visitor's question with that visitor's rows: in this process, or as a program of its own.

python -m tests.visited FOLDER: prints its address, and ends when its input does; a second stands for the hour after which a closed tab is forgotten.
"""

import json
import re
import sys
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import app
from qsql.models.echo import Echo
from qsql.settings import Settings
from qsql.ui import sessions
from tests.sharing import Guest

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n, things"
EACH = 40  # rows of a visitor


class Scripted(Echo):
    """Says what stands in quotes in the question; else asks for the rows of the visitor whose number the question has."""

    def stream(self, prompt, options=None):
        asked = prompt.messages[-1].text.rpartition("Question:")[2]
        number = re.search(r"visitor (\d+)", asked)[1]
        return Echo((f"SELECT item, count FROM things WHERE owner = {number}",)).stream(prompt, options)


class Local:
    """The app as one person uses it, in several tabs."""

    def __init__(self, folder: Path) -> None:
        settings = Settings.load(model="echo", database=str(things(folder)), data=folder, seconds=120)
        self.guests: list[Visitor] = []
        self.demo, self.workspace = app.build(settings, Scripted)
        _, self.url, _ = app.launch(self.demo)

    def close(self) -> None:
        for guest in self.guests:
            guest.close()
        self.demo.close(verbose=False)
        self.workspace.close()


@contextmanager
def alone(folder: Path):
    site = Local(folder)
    try:
        yield site
    finally:
        site.close()


class Visitor(Guest):
    """Reads what the page is told only once, and what the page shows."""

    @cached_property
    def page(self) -> dict:
        return self.get("/config").json()

    def join(self, event, data, session=""):
        functions = self.page["dependencies"]
        number = next(fn["id"] for fn in functions if fn["api_name"] == event or any(t[1] == event for t in fn["targets"]))
        return self.post("/gradio_api/queue/join", json={"data": data, "fn_index": number, "session_hash": session or self.session})

    def stop(self) -> None:
        self.post("/gradio_api/run/on_stop", json={"data": [], "session_hash": self.session})

    def saves(self, kind: str) -> str:
        """The file behind the button for this kind."""
        button = next(part["id"] for part in self.page["components"] if part["props"].get("elem_id") == f"rows_{kind}")
        name = next(fn["api_name"] for fn in self.page["dependencies"] if [button, "click"] in fn["targets"])
        path = re.findall(rf'"path": ?"([^"]+\.{kind})"', self.does(name, None))[-1]
        return self.get(f"/gradio_api/file={path}").content.decode("utf-8-sig")


def things(folder: Path) -> Path:
    """A table of what belongs to each of ten visitors, after rows that belong to none."""
    lines = [f"90,nobody's {number},{number}" for number in range(5)]
    lines += [f"{owner},thing {number} of {owner},{owner * 1000 + number}" for number in range(EACH) for owner in range(10)]
    path = folder / "things.csv"
    path.write_text("\n".join(["owner,item,count", *lines, ""]), encoding="utf-8")
    return path


def rows(told: str) -> list[list[str | None]]:
    """What the grid shows in the end."""
    return json.loads(json.loads(re.findall(r'"view":("{(?:[^"\\]|\\.)+")', told)[-1]))["cells"]


def large(number: int) -> str:
    """SQL for a thousand rows, a megabyte, that no other number gives."""
    return f"SELECT '{number}' AS number, repeat('thing ' || range, 100) AS text FROM range(1000)"


if __name__ == "__main__":
    sessions.HOUR = timedelta(seconds=1)
    with alone(Path(sys.argv[1])) as site:
        print(site.url, flush=True)
        sys.stdin.read()
