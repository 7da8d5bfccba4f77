"""The box in which a page written by a model is shown: the frame's attributes, the policies, and the headers of the app around it.

This is the only file that knows them. The page is a `srcdoc` document of an opaque origin; its policy stands first in it, and the app's
own headers keep the frame from going anywhere else.

What it protects from:
  - a page that reads or changes the app: its document, address, cookies, storage, or what its server answers;
  - a page that sends what it knows away: by request, socket, image, style, font, form, link, nested frame or worker,
    or by going to another address;
  - a page that opens windows, dialogs or downloads, or asks for the camera, the microphone, the clipboard or the place;
  - text that breaks out of the frame: a page is set as a property by script, and never becomes HTML of the app;
  - a page that floods the app with messages: they are counted, cut and shown as text, and then the page is closed.

What it does not protect from:
  - name look-ups, preconnects and WebRTC in engines that do not know `Connection-Allowlist` (all but Chromium): they can carry
    a little data out;
  - a page that shows notifications, where the person has allowed them to the app's own address, which never asks for it;
  - a page that burns CPU or memory in its own frame; where an engine gives the frame no process of its own, the app's tab waits with it;
  - a page that makes the browser itself crash: the app's tab must be opened again;
  - a page that looks like something else and asks for a password: it cannot send it, but it can show it;
  - a downloaded page, opened by itself, that goes to another address, opens windows or dialogs, or connects ahead of time by script
    or by WebRTC: the policy inside it stops every request, but the app's headers and frame are not around it.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from artifacts.data import data_script
from artifacts.libraries import library_script
from artifacts.records import Page
from artifacts.scrub import scrub

SANDBOX = "allow-scripts allow-forms"
_DENIED = (
    "camera microphone geolocation display-capture clipboard-read clipboard-write payment usb serial hid midi fullscreen autoplay"
    " accelerometer gyroscope magnetometer screen-wake-lock publickey-credentials-get"
)
ALLOW = "; ".join(f"{feature} 'none'" for feature in _DENIED.split())
FRAME = {"sandbox": SANDBOX, "allow": ALLOW, "referrerpolicy": "no-referrer", "title": "The page"}

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        "media-src data: blob:",
        "connect-src 'none'",
        "worker-src 'none'",
        "child-src 'none'",
        "frame-src 'none'",
        "object-src 'none'",
        "manifest-src 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "webrtc 'block'",
    )
)
_POLICY_TAG = f'<meta http-equiv="Content-Security-Policy" content="{PAGE_POLICY}">'

# A frame inherits the policy. In Firefox nothing else kept back a picture of a srcset in the page's text (benchmarks/firefox.md).
PARENT_HEADERS = {
    "Content-Security-Policy": "frame-src 'none'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'; img-src 'self' data: blob:",
    "Connection-Allowlist": "(response-origin)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
}

_DOCTYPE = re.compile(r"\A(?:\ufeff|\s|<!--.*?-->)*<!doctype[^>]*>", re.I | re.S)
_RESERVED_NAMES = re.compile(r"\A(con|prn|aux|nul|com\d|lpt\d)\Z", re.I)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def srcdoc(page: Page, token: str) -> str:
    """The document for the frame: policy first, then the bridge, the rows and the libraries, then the model's HTML on lines of its own.

    `token` is one use's secret, in hexadecimal; the app takes messages only from the document that has it.
    """
    bridge = _file("bridge.js").replace("__TOKEN__", token)
    prefix = f"<!doctype html>{_POLICY_TAG}<script>{bridge}</script>{_given(page)}\n"
    return _whole(prefix.replace("__LINES_ABOVE__", str(prefix.count("\n")), 1) + _scrubbed(page))


def download(page: Page) -> str:
    """The page as one file that carries its policy and needs nothing else, on disk or on a server."""
    return _whole(f'<!DOCTYPE html>\n<meta charset="utf-8">\n{_POLICY_TAG}\n{_given(page)}{_scrubbed(page).lstrip()}')


def file_name(page: Page) -> str:
    """A name for the downloaded file, from the page's title, that every file system takes."""
    words = re.sub(r"[^\w-]+", " ", page.title).split()
    name = "-".join(words)[:60].strip("-_")
    return "page.html" if not name or _RESERVED_NAMES.match(name) else f"{name}.html"


def frame_script() -> str:
    """The app's side, as the code of the component that holds the frame."""
    return _file("frame.js").replace("__ATTRIBUTES__", json.dumps(FRAME))


class ParentHeaders:
    """ASGI middleware: every HTTP response of the app gets PARENT_HEADERS. A second policy narrows the first, it never widens it."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_more(message: Scope) -> None:
            if message["type"] == "http.response.start":
                more = [(name.lower().encode(), value.encode()) for name, value in PARENT_HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        await self.app(scope, receive, send_more if scope["type"] == "http" else send)


def _given(page: Page) -> str:
    return data_script(page.data) + "".join(map(library_script, page.libraries))


def _whole(text: str) -> str:
    """Halves of characters, as a cell may have them, can be neither sent nor saved."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _scrubbed(page: Page) -> str:
    """Last of all, because what else is taken away could bring to light what it looks for."""
    return scrub(_without_doctype(page.html))[0]


def _without_doctype(html: str) -> str:
    """The lines stay where they were, so that an error's line is the line in the code view."""
    return _DOCTYPE.sub(lambda match: "\n" * match.group().count("\n"), html, count=1)


@cache
def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8").strip()
