"""ASGI middleware for every way to serve the app: it answers to its own names, and to its own pages."""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send


class OwnName:
    """Answers only to its own names, and only to its own pages.

    `names` are host names; an address in numbers is taken too where `numbers`, for nobody can make one point elsewhere. What a
    page of another origin asks is refused, whatever it is, but not that a person follows a link from there. `link` is the
    host of the public link, which a tunnel may not pass on.
    """

    def __init__(self, app: ASGIApp, names: tuple[str, ...], numbers: bool = False, link: str = "") -> None:
        self.app = app
        self.names = (*names, link) if link else names
        self.numbers = numbers
        self.link = link

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await (self._refusal(Request(scope)) or self.app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        name = _name(host)
        if not (name in self.names or self.numbers and _is_address(name)):
            return PlainTextResponse("Invalid host header", 400)
        if self._foreign(request, host):
            return PlainTextResponse("This was asked by a page of another site. Open the app's own address.", 403)
        return None

    def _foreign(self, request: Request, host: str) -> bool:
        origin = request.headers.get("origin")
        if origin is not None:
            return urlsplit(origin).netloc not in (host, self.link or host)
        visit = request.method in ("GET", "HEAD") and request.headers.get("sec-fetch-mode") == "navigate"
        return request.headers.get("sec-fetch-site") in ("cross-site", "same-site") and not visit


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False
