"""ASGI middleware for the share mode: who is logged in passes, within the limits; all others get the log-in page.

Gradio checks the password and keeps who is logged in. It leaves some of its addresses open, and its log-in page tells what the
app's fields hold, so here nothing passes without a log-in but the log-in itself, and what the app does not use is not there.
"""

import json
import math
import re
import secrets
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qsql.share.bodies import answer_to_form, collected, length_of, read_body, replayed
from qsql.share.limits import Refused
from qsql.share.page import PAGE_HEADERS, log_in_page
from qsql.share.throttle import Throttle
from qsql.share.visitors import Visitors, not_yours
from qsql.texts import words_for

# The second is asked by Gradio itself, and tells nothing; the third is a page whose link a visitor gave away, and cannot be guessed.
OPEN = re.compile(r"/favicon\.ico|/gradio_api/startup-events|/page/[\w-]{16,64}", re.ASCII)
READ = re.compile(  # what a visitor's page gets
    r"/|/config/?|/(assets|static)/.+|(/gradio_api)?/theme\.css|/manifest\.json"
    r"|/gradio_api/(info/?|login_check/?|user/?|app_id/?|upload_progress|queue/status|queue/data|heartbeat/[^/]+|call/(v2/)?[^/]+/[^/]+|file=.+)"
)
SENT = re.compile(r"/gradio_api/(queue/join|(call|call/v2|run|api)/[^/]+/?|cancel|reset/?)")  # what it sends, as JSON
UPLOAD = re.compile(r"/gradio_api/upload")
MOST_TO_LOG_IN = 4096  # bytes
MOST_SENT = 262_144


class Door:
    """Who is logged in passes, to what the app uses, and within a visitor's limits; all others get the log-in page."""

    def __init__(self, app: ASGIApp, visitors: Visitors, throttle: Throttle) -> None:
        self.app = app
        self.visitors = visitors
        self.throttle = throttle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(Request(scope, receive), send)
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, send)

    async def _http(self, request: Request, send: Send) -> None:
        scope, receive = request.scope, request.receive
        try:
            answer = await self._answer(request) or self.app
            await answer(scope, receive, send)
        except Refused as error:  # before anything was sent
            await _refused(request, words_for(dict(request.headers)).sentence(str(error)))(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp | None:
        """What answers in place of the app; None where the app itself does."""
        path, reads = _path(request), request.method in ("GET", "HEAD")
        if path.rstrip("/") == "/login":
            return RedirectResponse("./", 303) if reads else await self._log_in(request)
        if reads and OPEN.fullmatch(path):
            return None
        visitor = _visitor(request)
        if visitor is None:
            return _locked(request)
        if reads and READ.fullmatch(path):
            return self._read(request, visitor)
        if request.method == "POST" and UPLOAD.fullmatch(path):
            return self._upload(request, visitor)
        if request.method == "POST" and SENT.fullmatch(path):
            return await self._sent(request, visitor)
        return _said("There is no such address here.", 404)

    async def _log_in(self, request: Request) -> Response:
        body = await read_body(request, MOST_TO_LOG_IN)
        password = parse_qs(body.decode("latin-1"), encoding="utf-8").get("password", [""])[0] if body else ""
        address = request.client.host if request.client else ""
        if wait := math.ceil(self.throttle.begin(address)):
            answer = _locked(request, f"Too many wrong passwords. Try again in {wait} seconds.", 429)
            answer.headers["Retry-After"] = str(wait)
            return answer
        name = secrets.token_hex(8)  # Gradio's user name, so that each log-in is a visitor of its own
        answer = await answer_to_form(self.app, request, urlencode({"username": name, "password": password}).encode())
        if answer.status_code != 200:
            return _locked(request, "This is not the password.")
        self.throttle.right(address)
        self.visitors.enter(name)
        return _welcome(request, answer)

    def _read(self, request: Request, visitor: str) -> None:
        path = _path(request)
        if session := request.query_params.get("session_hash") or _after(path, "/heartbeat/"):
            self.visitors.tab(visitor, session)
        file = _after(path, "/file=")
        if file and not re.match(r"/|[A-Za-z]:[\\/]", file):
            raise not_yours()

    async def _sent(self, request: Request, visitor: str) -> ASGIApp:
        self.visitors.event(visitor)
        body = await read_body(request, MOST_SENT)
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused("This is not a request of the app's page.") from None
        if not all(self.visitors.owns(visitor, path) for path in _paths(sent)):
            raise not_yours()
        if isinstance(sent, dict) and (session := sent.get("session_hash")):
            self.visitors.tab(visitor, str(session))
        return replayed(self.app, body)

    def _upload(self, request: Request, visitor: str) -> ASGIApp:
        self.visitors.event(visitor)
        size = length_of(request)

        async def upload(scope: Scope, receive: Receive, send: Send) -> None:
            with self.visitors.uploading(visitor, size) as paths:
                answer = await collected(self.app, scope, receive)
                if answer.status_code == 200:
                    paths += json.loads(answer.body)
            await answer(scope, receive, send)

        return upload


def _visitor(request: Request) -> str | None:
    """The name that Gradio keeps for the log-in whose cookie this request has."""
    gradio = request.scope["app"]
    cookies = (request.cookies.get(f"access-token-{kind}{gradio.cookie_id}") for kind in ("", "unsecure-"))
    return next((gradio.tokens[cookie] for cookie in cookies if cookie in gradio.tokens), None)


def _welcome(request: Request, answer: Response) -> Response:
    """Gradio's answer to a program; a person goes to the app with the same cookies."""
    if not _person(request):
        return answer
    redirect = RedirectResponse("./", 303)
    redirect.raw_headers += [(name, value) for name, value in answer.raw_headers if name == b"set-cookie"]
    return redirect


def _locked(request: Request, said: str = "", status: int = 401) -> Response:
    if _person(request) and _path(request).rstrip("/") in ("", "/login"):
        return HTMLResponse(log_in_page(said), status, PAGE_HEADERS)
    return _said(said or "Log in first.", status)


def _refused(request: Request, sentence: str) -> Response:
    if UPLOAD.fullmatch(_path(request)):  # Gradio shows the whole answer
        return PlainTextResponse(sentence, 413)
    return _locked(request, sentence, 403) if _path(request).startswith("/login") else _said(sentence, 403)


def _path(request: Request) -> str:
    """As Gradio's router takes it, which `request.url` need not be."""
    return request.scope["path"]


def _said(sentence: str, status: int) -> Response:
    return JSONResponse({"detail": sentence}, status)


def _person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _after(path: str, mark: str) -> str:
    return path.partition(mark)[2]


def _paths(value: object) -> list[object]:
    """Whatever stands in the place of a file's path, at any depth; Gradio reads no other part of what it is told of a file."""
    found, left = [], [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            found += [value["path"]] if value.get("path") else []
            left += value.values()
        elif isinstance(value, list):
            left += value
    return found
