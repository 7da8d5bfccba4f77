"""The page in the language that the person chose: Gradio takes what the browser says of itself, so the page says it first."""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import gradio as gr

from qsql.texts import BROWSERS, Words, words_for

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Scope]], Callable[[Scope], Awaitable[None]]], Awaitable[None]]

TELL = '<head><script>Object.defineProperty(navigator, "language", {{get: () => "{name}"}})</script>'
LANG = re.compile(rb'(<html[^>]*\blang=")[^"]*')


def words_of(request: gr.Request) -> Words:
    """The texts for whoever made this request."""
    return words_for(dict(request.headers))


class PageChange:
    """ASGI middleware: the app's page, and no other response, is what `changed` makes of it for whoever asks."""

    def __init__(self, app: App) -> None:
        self.app = app

    def changed(self, headers: Mapping[str, str], body: bytes) -> bytes:
        """The page's HTML for a request with these headers, whose names are in small letters."""
        raise NotImplementedError

    async def __call__(self, scope: Scope, receive: Callable, send: Callable) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        asked = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        start: Scope = {}
        body = b""

        async def send_changed(message: Scope) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                whole = self.changed(asked, body)
                await send({**start, "headers": _headers(start["headers"], whole)})
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, send_changed)


class PageLanguage(PageChange):
    """The page begins with a script of one line that names the language."""

    def changed(self, headers: Mapping[str, str], body: bytes) -> bytes:
        return _told(body, words_for(headers).language)


def _told(body: bytes, language: str) -> bytes:
    name = BROWSERS[language]
    return LANG.sub(rb"\g<1>" + name.encode(), body, count=1).replace(b"<head>", TELL.format(name=name).encode(), 1)


def _headers(headers: list[tuple[bytes, bytes]], body: bytes) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"vary")]
    return [*kept, (b"content-length", str(len(body)).encode()), (b"vary", b"Accept-Language, Cookie")]
