"""A shared app that runs, and programs that do what its page does: for tests."""

import time
from contextlib import contextmanager
from itertools import count

import httpx
import pytest

import app
from qsql.models.echo import Echo
from qsql.settings import Settings
from qsql.share.serving import Share
from qsql.share.throttle import Throttle

PASSWORD = "a-password-for-tests"
TABS = count(1)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Site:
    """A shared app that runs, on this machine only."""

    def __init__(self, folder, load=lambda: Echo(("```sql\nSELECT item FROM shop WHERE price = 4\n```",)), **settings) -> None:
        self.folder = folder / "a folder of mine"
        self.folder.mkdir(exist_ok=True)
        (self.folder / "shop.csv").write_text("item,price\ntea,3\ncake,4\n", encoding="utf-8")
        source = settings.pop("database", self.folder / "shop.csv")
        settings = {"share": True, "model": "echo", "database": str(source), "data": self.folder, "password": PASSWORD} | settings
        self.settings = Settings.load(**settings)
        self.clock = Clock()
        self.guests: list[Guest] = []
        self.environment = pytest.MonkeyPatch()
        self.environment.setenv("GRADIO_TEMP_DIR", str(folder / "gradio"))  # so that it is what it was when this is closed
        self.demo, self.workspace = app.build(self.settings, load)
        self.workspace.visitors.clock = self.clock
        self.share = Share(self.settings, self.workspace.visitors, PASSWORD, throttle=Throttle(self.clock))
        _, self.url, _ = app.launch(self.demo, share=self.share)

    def guest(self, address: str = "") -> "Guest":
        """Someone who is logged in."""
        guest = Guest(self, address)
        assert guest.log_in().status_code == 200
        return guest

    def close(self) -> None:
        for guest in self.guests:
            guest.close()
        self.demo.close(verbose=False)
        self.workspace.close()
        self.environment.undo()


@contextmanager
def sharing(folder, **settings):
    site = Site(folder, **settings)
    try:
        yield site
    finally:
        site.close()


class Guest(httpx.Client):
    """A program that does what the page does; each is a visitor, with one tab."""

    def __init__(self, site: Site, address: str = "") -> None:
        headers = {"X-Forwarded-For": address} if address else {}  # as the tunnel says it
        super().__init__(base_url=site.url, trust_env=False, headers=headers, timeout=30)
        self.session = f"tab{next(TABS)}"
        site.guests.append(self)

    def __enter__(self) -> "Guest":
        return self  # httpx enters only before the first request

    def log_in(self, password: str = PASSWORD, **headers) -> httpx.Response:
        return self.post("/login", data={"password": password}, headers=headers)

    def join(self, event: str, data: list, session: str = "") -> httpx.Response:
        """Start an event, by its name or by what triggers it."""
        functions = self.get("/config").json()["dependencies"]
        number = next(fn["id"] for fn in functions if fn["api_name"] == event or any(t[1] == event for t in fn["targets"]))
        return self.post("/gradio_api/queue/join", json={"data": data, "fn_index": number, "session_hash": session or self.session})

    def does(self, event: str, *data: object, session: str = "") -> str:
        """All that the page would be told by this event."""
        answer = self.join(event, list(data), session)
        return answer.text if answer.status_code != 200 else self.told(session)

    def told(self, session: str = "") -> str:
        with self.listening("process_completed", session) as text:
            return text

    @contextmanager
    def listening(self, enough: str, session: str = ""):
        """What a tab was told until this was in it. The tab stays: for one that is gone the app ends what runs."""
        text = ""
        with self.stream("GET", "/gradio_api/queue/data", params={"session_hash": session or self.session}) as answer:
            lines = answer.iter_lines()  # held by a name: httpx hangs up when this is collected
            for line in lines:
                text += line
                if enough in line:
                    break
            yield text

    def upload(self, *files: tuple[str, bytes]) -> httpx.Response:
        return self.post("/gradio_api/upload", files=[("files", file) for file in files])

    def opens(self, *files: tuple[str, bytes]) -> str:
        return self.does("upload", [file_data(path) for path in self.upload(*files).json()])

    def asked(self, question: str) -> str:
        return self.does("on_ask", None, None, question, "", "low", "auto", None)

    def asks(self, sql: str) -> str:
        return self.does("on_run", None, sql, None)

    @contextmanager
    def tab_open(self):
        with self.stream("GET", f"/gradio_api/heartbeat/{self.session}") as beat:
            lines = beat.iter_lines()
            next(lines)
            yield


def file_data(path: str) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def until(true) -> bool:
    """Wait for what another thread of the server does."""
    for _ in range(200):
        if true():
            return True
        time.sleep(0.05)
    return False
