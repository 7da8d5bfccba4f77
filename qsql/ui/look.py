"""Light or dark, and the language, before the page draws anything: what the person chose lies in two cookies of the browser.

`PageStart` puts the theme at the head of the page, so that nothing flashes. `Remembered` gives a browser without the cookies what
was chosen in another one. Knows no component.
"""

from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie

from qsql.preferences import THEMES, Preferences
from qsql.texts import COOKIE as LANGUAGE
from qsql.ui.language import App, PageChange, Scope

THEME = "qsql_theme"
# Gradio looks at the address for the theme. Until its own style is there, that of the empty page follows the system.
_START = """<head><script>(() => {{
  const url = new URL(location.href);
  {change};
  history.replaceState(history.state, "", url);
}})()</script>{style}"""
_STYLES = {
    "dark": "<style>html body { background: var(--bg-dark); color: var(--col-dark) }</style>",
    "light": "<style>html body { background: var(--bg); color: var(--col) }</style>",
}


def theme_of(headers: Mapping[str, str]) -> str:
    """What this browser's person chose; empty where they did not."""
    return _cookie(headers, THEME, THEMES)


class PageStart(PageChange):
    """The page begins in the theme that was chosen."""

    def changed(self, headers: Mapping[str, str], body: bytes) -> bytes:
        theme = theme_of(headers)
        return body.replace(b"<head>", _start(theme), 1) if theme else body


class Remembered:
    """ASGI middleware: a request without a cookie for the language or the theme has the one that `chosen` tells."""

    def __init__(self, app: App, chosen: Callable[[], Preferences]) -> None:
        self.app, self.chosen = app, chosen

    async def __call__(self, scope: Scope, receive: Callable, send: Callable) -> None:
        if scope["type"] == "http":
            now, there = self.chosen(), _names(_headers(scope).get("cookie", ""))
            chosen = {LANGUAGE: now.language, THEME: "" if now.theme == "system" else now.theme}
            added = [f"{name}={value}" for name, value in chosen.items() if value and name not in there]
            scope = {**scope, "headers": _with_cookies(scope["headers"], added)}
        await self.app(scope, receive, send)


def _start(theme: str) -> bytes:
    change = 'url.searchParams.delete("__theme")' if theme == "system" else f'url.searchParams.set("__theme", "{theme}")'
    return _START.format(change=change, style=_STYLES.get(theme, "")).encode()


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _with_cookies(headers: list[tuple[bytes, bytes]], added: list[str]) -> list[tuple[bytes, bytes]]:
    if not added:
        return headers
    old = [value.decode("latin-1") for name, value in headers if name.lower() == b"cookie"]
    others = [(name, value) for name, value in headers if name.lower() != b"cookie"]
    return [*others, (b"cookie", "; ".join([*old, *added]).encode("latin-1"))]


def _cookie(headers: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    lower = {key.lower(): value for key, value in headers.items()}
    try:
        found = SimpleCookie(lower.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found and found.value in choices else ""


def _names(header: str) -> set[str]:
    return {part.partition("=")[0].strip() for part in header.split(";")}
