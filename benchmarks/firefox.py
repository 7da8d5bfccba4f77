"""What the box for pages holds in Firefox: every attack of tests/attacks, in a plain frame and in the app's own.

pip install websockets; python -m benchmarks.firefox [--firefox firefox-esr] [--limit N]

Firefox is spoken to by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it has built in; the tests use Chromium, whose box is
the tighter one. It prints how many attacks work in a plain frame, and what any brought about in the box.
"""

import argparse
import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest.mock import patch

from starlette.middleware import Middleware
from websockets.sync.client import ClientConnection, connect

from artifacts.sandbox import ParentHeaders
from tests import attacking
from tests.attacking import ATTACKS, CLICK_MS, DWELL_MS, KEEPS, SECRET, Listening, Outcome
from tests.browser import serving
from tests.collector import collecting
from tests.unboxed import unboxed

WINDOWS = 6
EVENTS = ["log.entryAdded", "browsingContext.userPromptOpened", "browsingContext.contextCreated"]
ENTER = "\ue007"


class Firefox:
    """A session; `outcomes` has what its windows have brought about, each under its window."""

    def __init__(self, socket_: ClientConnection) -> None:
        self._socket, self._number = socket_, 0
        self._parents: dict[str, str | None] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.ask("session.new", capabilities={"alwaysMatch": {"unhandledPromptBehavior": {"default": "accept"}}})
        self.ask("session.subscribe", events=EVENTS)

    def ask(self, method: str, seconds: float = 10, **params: object) -> dict:
        """Raises RuntimeError for an error, TimeoutError where no answer comes."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        end = time.monotonic() + seconds
        while (said := self._next(end - time.monotonic())).get("id") != self._number:
            pass
        if said["type"] == "error":
            raise RuntimeError(said["message"])
        return said["result"]

    def wait(self, ms: float) -> None:
        """Hear what happens meanwhile."""
        end = time.monotonic() + ms / 1000
        with suppress(TimeoutError):
            while (left := end - time.monotonic()) > 0:
                self._next(left)

    def window(self) -> str:
        return self.ask("browsingContext.create", type="window")["context"]

    def go(self, window: str, address: str, wait: str = "complete") -> None:
        self.ask("browsingContext.navigate", 8, context=window, url=address, wait=wait)

    def run(self, window: str, code: str, seconds: float = 5) -> object:
        answer = self.ask("script.evaluate", seconds, expression=code, target={"context": window}, awaitPromise=False, userActivation=False)
        return answer["result"].get("value") if answer["type"] == "success" else None

    def press(self, window: str, key: str) -> None:
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.ask("input.performActions", context=window, actions=[{"type": "key", "id": "keyboard", "actions": keys}])

    def click(self, window: str, x: int, y: int) -> None:
        moves = [{"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.ask("input.performActions", context=window, actions=[{"type": "pointer", "id": "mouse", "actions": moves}])

    def close_others(self, windows: list[str]) -> None:
        for tree in self.ask("browsingContext.getTree", maxDepth=0)["contexts"][1:]:
            if tree["context"] not in windows:
                with suppress(RuntimeError, TimeoutError):
                    self.ask("browsingContext.close", context=tree["context"])

    def _next(self, seconds: float) -> dict:
        said = json.loads(self._socket.recv(timeout=max(seconds, 0)))
        if said.get("type") == "event":
            self._hear(said["method"], said["params"])
        return said

    def _hear(self, event: str, told: dict) -> None:
        if event == "browsingContext.contextCreated":
            self._parents[told["context"]] = told.get("parent")
            if told.get("originalOpener"):
                self._outcome(told["originalOpener"]).effects.add("popup")
        elif event == "browsingContext.userPromptOpened":
            self._outcome(told["context"]).effects.add("dialog")
        elif event == "log.entryAdded" and (text := told.get("text")):
            self._said(self._outcome(told["source"].get("context")), text)

    def _said(self, outcome: Outcome, text: str) -> None:
        outcome.said.append(text)
        if SECRET in text:
            outcome.effects.add("read")
        if effect := re.match(r"effect ([\w-]+)", text):
            outcome.effects.add(effect.group(1))

    def _outcome(self, context: str | None) -> Outcome:
        while context and self._parents.get(context):
            context = self._parents[context]
        return self.outcomes.get(context) or Outcome()


@contextmanager
def firefox(program: str) -> Iterator[Firefox]:
    """A headless one with a profile of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [program, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with _connected(port) as socket_:
                yield Firefox(socket_)
        finally:
            process.terminate()
            process.wait(20)


def _connected(port: int) -> ClientConnection:
    for _ in range(60):
        with suppress(OSError):
            return connect(f"ws://127.0.0.1:{port}/session", max_size=None, ping_interval=None)
        time.sleep(0.5)
    raise SystemExit("Firefox does not answer.")


def plain(browser: Firefox, cases: list[str]) -> dict[str, Outcome]:
    heard = defaultdict(set)
    with collecting() as collector, unboxed(attacking._pages(collector), SECRET, KEEPS, heard) as address:
        windows = [browser.window() for _ in range(WINDOWS)]
        found = {}
        for some in attacking._groups(cases, WINDOWS):
            windows = [_begin(browser, window, f"{address}/app/{case}") for case, window in zip(some, windows, strict=False)]
            shown = dict(zip(some, windows, strict=True))
            found |= _seen(browser, shown, "iframe", "#app", lambda case: f"{address}/app/{case}")
            browser.close_others(windows)
        return attacking._outcomes(found, collector.hits, heard)


def ours(browser: Firefox, cases: list[str]) -> dict[str, Outcome]:
    heard = defaultdict(set)
    middleware = [Middleware(ParentHeaders), Middleware(Listening, heard=heard)]
    with collecting() as collector, serving(attacking._app(attacking._pages(collector)), app_kwargs={"middleware": middleware}) as address:
        windows = [browser.window() for _ in range(WINDOWS)]
        found = {}
        for some in attacking._groups(cases, WINDOWS):
            windows = [_begin(browser, window, address) for _, window in zip(some, windows, strict=False)]
            shown = dict(zip(some, windows, strict=True))
            for case, window in shown.items():
                _until(browser, window, "document.querySelector('#case textarea') !== null")
                put = f"box.value = {json.dumps(case)}; box.dispatchEvent(new Event('input', {{bubbles: true}})); box.focus();"
                with suppress(RuntimeError, TimeoutError):
                    browser.run(window, f"{{ {KEEPS} }}")
                    browser.run(window, f"{{ const box = document.querySelector('#case textarea'); {put} }}")
                    browser.press(window, ENTER)
            found |= _seen(browser, shown, ".artifact-stage iframe", "#case textarea", lambda case: address)
            browser.close_others(windows)
        return attacking._outcomes(found, collector.hits, heard)


def _begin(browser: Firefox, window: str, address: str) -> str:
    """The window with the address in it; a new one where the last page does not let go of it."""
    browser.outcomes.pop(window, None)
    try:
        browser.go(window, "about:blank")
    except (RuntimeError, TimeoutError):
        window = browser.window()
    browser.outcomes[window] = Outcome()
    with suppress(RuntimeError, TimeoutError):  # it says so by what is not there
        browser.go(window, address)
    return window


def _until(browser: Firefox, window: str, code: str) -> None:
    for _ in range(100):
        with suppress(RuntimeError, TimeoutError):
            if browser.run(window, code):
                return
        browser.wait(100)


def _seen(browser: Firefox, shown: dict[str, str], frame: str, app: str, address) -> dict[str, Outcome]:
    browser.wait(CLICK_MS + 400)
    for case, window in shown.items():
        if attacking._CLICKED.search(case) or "await click" in ATTACKS[case].html:
            _click(browser, window, frame)
    browser.wait(DWELL_MS)
    found = {}
    for case, window in shown.items():
        outcome = browser.outcomes[window]
        try:
            where = browser.run(window, f"[location.href, document.title, !!document.querySelector({json.dumps(app)})].join(' ')")
            intact = where == f"{address(case)} {SECRET} true"
        except (RuntimeError, TimeoutError):
            intact = False
        found[case] = Outcome(list(outcome.said), outcome.effects | (set() if intact else {"changed"}))
    return found


def _click(browser: Firefox, window: str, frame: str) -> None:
    code = f"JSON.stringify((box => box && [box.x + 60, box.y + 60])(document.querySelector({json.dumps(frame)})?.getBoundingClientRect()))"
    with suppress(RuntimeError, TimeoutError, TypeError, ValueError):
        x, y = json.loads(browser.run(window, code))
        browser.click(window, int(x), int(y))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--firefox", default=shutil.which("firefox-esr") or shutil.which("firefox") or "firefox")
    parser.add_argument("--limit", type=int, default=None)
    arguments = parser.parse_args()
    cases = list(ATTACKS)[: arguments.limit]
    with firefox(arguments.firefox) as browser:
        without = plain(browser, cases)
    with firefox(arguments.firefox) as browser, patch("artifacts.sandbox.scrub", lambda html: (html, ())):
        within = ours(browser, cases)
    works = [case for case in cases if ATTACKS[case].effects and ATTACKS[case].effects <= without[case].effects]
    ran = [case for case in cases if within[case].ran]
    print(f"{len(cases)} attacks; {len(works)} have their whole effect in a plain frame; {len(ran)} were seen to run in the box")
    for case in cases:
        if within[case].effects:
            print(
                f"{case}: {', '.join(sorted(within[case].effects))}; in a plain frame: {', '.join(sorted(without[case].effects)) or 'nothing'}"
            )


if __name__ == "__main__":
    main()
