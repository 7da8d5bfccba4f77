"""The app in a window of a browser that is installed, without its bars and with a profile of its own.

On Linux and macOS the browser is led through a pipe that nobody else can reach (the Chrome DevTools Protocol). So it ends with its
last window on macOS too, links to the outside open in the person's own browser, and no window outlives the app, however that ends.
On Windows it ends by itself with its last window, and that is waited for.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from qsql.desktop.process import started, waited

SIZE = (1280, 860)
LINUX = ("google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "brave-browser", "microsoft-edge-stable")
MAC = ("Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser")
WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "BraveSoftware/Brave-Browser/Application/brave.exe",
    "Chromium/Application/chrome.exe",
)
QUIET = (  # it asks nothing of its maker, and nothing of the person
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-background-mode",
    "--hide-crash-restore-bubble",
)
# A window of a host with dots in its name does not find its size again; the rule leaves no other address for this name.
NAMED = "--host-resolver-rules=MAP localhost 127.0.0.1"
AT_ONCE = 3.0  # seconds
Say = Callable[..., None]


def show(url: str, folder: Path) -> bool:
    """See `qsql.desktop.show`; False where no such browser is installed, or it shows nothing."""
    program = find(platform.system(), Path.home())
    if program is None:
        return False
    url = url.replace("127.0.0.1", "localhost", 1)
    if _shown(program, url, folder / f"{program.stem}-{urlsplit(url).port}"):  # two windows of one profile would be one program
        return True
    with tempfile.TemporaryDirectory(prefix="qsql-window-", ignore_cleanup_errors=True) as profile:  # a snap may write nowhere else
        return _shown(program, url, Path(profile))


def find(system: str, home: Path) -> Path | None:
    """A browser's program, where browsers are usually installed."""
    return next((place for place in _places(system, home) if place.is_file()), None)


def _places(system: str, home: Path) -> list[Path]:
    if system == "Darwin":
        return [root / f"{name}.app/Contents/MacOS/{name}" for name in MAC for root in (Path("/Applications"), home / "Applications")]
    if system == "Windows":
        drive = Path(home.anchor)
        roots = (drive / "Program Files", drive / "Program Files (x86)", home / "AppData/Local")
        return [root / name for name in WINDOWS for root in roots]
    return [Path(found) for found in map(shutil.which, LINUX) if found]


def _shown(program: Path, url: str, profile: Path) -> bool:
    new = () if profile.exists() and any(profile.iterdir()) else (f"--window-size={SIZE[0]},{SIZE[1]}",)  # later it remembers its own
    command = [str(program), f"--app={url}", f"--user-data-dir={profile}", NAMED, *QUIET, *new]
    return _awaited(command) if sys.platform == "win32" else _led(command, url)


def _awaited(command: list[str]) -> bool:
    """Where it ends at once, it has only told another one of the same profile, that a killed app has left behind."""
    start = time.monotonic()
    with started(command) as process:
        try:
            return waited(process) == 0 and time.monotonic() - start > AT_ONCE
        finally:
            process.terminate()


def _led(command: list[str], url: str) -> bool:
    """Start the browser and lead it by the two ends that it takes for 3 and 4, until its last page is closed."""
    its_input, to_it = os.pipe()
    from_it, its_output = os.pipe()
    joined = ["/bin/sh", "-c", f'exec "$@" 3</dev/fd/{its_input} 4>/dev/fd/{its_output}', "sh", *command, "--remote-debugging-pipe"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with started(joined, pass_fds=(its_input, its_output), **quiet):
        os.close(its_input)
        os.close(its_output)
        with open(from_it, "rb", buffering=0) as answers, open(to_it, "wb", buffering=0) as orders:  # closed, they end the browser
            return _until_closed(_saying(orders), _heard(answers), url)


def _saying(orders) -> Say:
    def say(method: str, **parameters: object) -> None:
        try:
            orders.write(json.dumps({"id": 1, "method": method, "params": parameters}).encode() + b"\0")
        except BrokenPipeError:
            pass  # it has ended, which is heard as well

    return say


def _heard(answers) -> Iterator[dict]:
    kept = b""
    while piece := answers.read(1 << 16):
        *whole, kept = (kept + piece).split(b"\0")
        yield from map(json.loads, whole)


def _until_closed(say: Say, messages: Iterator[dict], url: str) -> bool:
    """Follow the browser's pages until there are none; whether there was one at all. The first is the app's."""
    say("Target.setDiscoverTargets", discover=True)
    first, here, elsewhere = "", set(), set()
    for message in messages:
        told = message.get("params", {})
        page = told.get("targetInfo", {})
        name = page.get("targetId") or told.get("targetId")
        if message.get("method") == "Target.targetDestroyed":
            here.discard(name)
            if first and not here:
                say("Browser.close")
                return True
        elif page.get("type") == "page" and name not in elsewhere:
            first = first or name
            here.add(name)
            if name != first and _is_outside(page["url"], url):
                elsewhere.add(name)
                here.discard(name)
                say("Target.closeTarget", targetId=name)
                webbrowser.open(page["url"])
    return bool(first)


def _is_outside(address: str, url: str) -> bool:
    there = urlsplit(address)
    return there.scheme in ("http", "https") and there.netloc != urlsplit(url).netloc
