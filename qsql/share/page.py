"""The log-in page: one field, no script, nothing loaded."""

from functools import cache
from html import escape
from pathlib import Path

PAGE_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",  # the rest of its policy stands in the page
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def log_in_page(said: str = "") -> str:
    return _template().replace("<!-- said -->", f'<p class="said" role="alert">{escape(said)}</p>' if said else "")


@cache
def _template() -> str:
    return (Path(__file__).parent / "log_in.html").read_text("utf-8")
