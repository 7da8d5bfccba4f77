"""A page at an address of its own: a document of the app that holds the page in the same box, and the middleware that answers with it.

The page's own document is never sent as one: it travels as a string inside the host, whose script puts it into the frame as the app does.
Knows nothing of who may see which page: that is for the function that finds it. Stands within ParentHeaders, whose headers hold the frame.
"""

import html
import json
import re
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from artifacts.records import Page
from artifacts.sandbox import frame_script, srcdoc
from qsql.errors import BadInput
from qsql.texts import Words, words_for

Find = Callable[[str, Mapping[str, str]], Page | None]
ADDRESS = re.compile(r"/page/([A-Za-z0-9_-]{16,64})")
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_LANGUAGES = {"zh": "zh-CN"}
_PLACE = re.compile(r"__([A-Z]+)__")


def host(page: Page, words: Words) -> str:
    """The HTML of a document that shows this page, and names it in a bar above."""
    parts = {
        "LANGUAGE": _LANGUAGES.get(words.language, words.language),
        "TITLE": html.escape(page.title.encode("utf-8", "replace").decode() or words("pages.untitled")),
        "VIEW": _in_script(_view(page, words)),
        "FRAME": frame_script(),
    }
    return _PLACE.sub(lambda match: parts[match[1]], _template())


class OwnPages:
    """ASGI middleware: answers for `/page/<secret>` with the page that `find(secret, headers)` gives; all else passes.

    `find` gives None for what is not there or was revoked, and raises BadInput for what cannot be said now.
    """

    def __init__(self, app: ASGIApp, find: Find) -> None:
        self.app = app
        self.find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        answer = await self._answer(Request(scope), match[1]) if match else self.app
        await answer(scope, receive, send)

    async def _answer(self, request: Request, secret: str) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(status_code=405, headers={**HEADERS, "Allow": "GET, HEAD"})
        answer = await run_in_threadpool(self._found, secret, request.headers)
        if request.method == "HEAD":  # with the length of what it leaves out
            answer.body = b""
        return answer

    def _found(self, secret: str, headers: Mapping[str, str]) -> Response:
        words = words_for(headers)
        try:
            page = self.find(secret, headers)
        except BadInput as error:
            return PlainTextResponse(words.sentence(str(error)), 503, HEADERS)
        if page is None:
            return PlainTextResponse(words("pages.not_here"), 404, HEADERS)
        return HTMLResponse(host(page, words), headers=HEADERS)


def _view(page: Page, words: Words) -> dict[str, object]:
    """What the frame's script is to show, as the app would give it."""
    token = secrets.token_hex(16)
    texts = {key.removeprefix("frame_"): text for key, text in words.under("pages").items() if key.startswith("frame_")}
    return {"document": srcdoc(page, token), "token": token, "texts": texts}


def _in_script(value: object) -> str:
    """JSON that no text in it can leave: it is all ASCII, and has no `<`."""
    return json.dumps(value).replace("<", "\\u003c")


@cache
def _template() -> str:
    return (Path(__file__).parent / "host.html").read_text("utf-8")
