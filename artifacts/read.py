"""A model's text -> the page in it: tolerant of fences, prose, fragments and ends that never came. Pure."""

import html as entities
import re

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1`*[ \t]*$|\Z)", re.M | re.S)
_START = re.compile(r"<!doctype\s+html|<html[\s>]", re.I)
_END = re.compile(r"</html\s*>", re.I)
_TAGS = (
    "head|title|meta|style|script|body|main|header|footer|section|article|nav|aside|div|h[1-6]|p|form|table|ul|ol|button"
    "|canvas|svg|label|input|details"
)
_BLOCKS = ("head", "style", "script", "body", "main", "section", "div")
_FRAGMENT = re.compile(rf"^[ \t]*<({_TAGS})(?=[\s>/])", re.I | re.M)
_TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1", re.I | re.S)
_OPENS = re.compile(r"<!--|<(script|style|title|textarea)(?=[\s>/])(?:\"[^\"]*\"|'[^']*'|[^'\">])*>", re.I)
_HALF_TAG = re.compile(r"<(?:[a-z/!][^<>]*)?\Z", re.I)
_HALF_CLOSE = re.compile(r"</?\w*\s*\Z")
_TAIL = re.compile(r"\s*(?:</body\s*>)?\s*(?:</html\s*>)?\s*\Z", re.I)
LONGEST_TITLE = 80


def find_page(text: str) -> str:
    """The HTML in `text` without fences and prose; empty where there is none. A whole page wins over a fragment, the first over later."""
    fenced = [match.group(3) for match in _FENCE.finditer(text)]
    outside = _FENCE.sub("", text)
    for region in (*fenced, outside):
        if start := _START.search(region):
            return _to_end(region[start.start() :])
    html_first = sorted(_FENCE.finditer(text), key=lambda match: match.group(2).lower() != "html")
    for region in (*(match.group(3) for match in html_first), outside):
        if fragment := _fragment(region):
            return fragment
    return ""


def _to_end(html: str) -> str:
    ends = list(_END.finditer(html))
    return html[: ends[-1].end()] if ends else html.rstrip()


def _fragment(region: str) -> str:
    """From the first line that begins with a known tag to the last tag; empty where nothing there is ever closed."""
    start = _FRAGMENT.search(region)
    if not start:
        return ""
    html = region[start.start() :]
    if not re.search(rf"</{start.group(1)}\s*>", html, re.I):
        return html.rstrip() if start.group(1).lower() in _BLOCKS else ""
    return html[: html.rindex(">") + 1].strip()


def begins_page(text: str) -> bool:
    """Whether a whole document begins in it."""
    return _START.search(text) is not None


def title_of(html: str) -> str:
    """The page's title in one line, at most 80 characters: its <title>, else its first heading, else empty."""
    for match in sorted(_TITLE.finditer(html), key=lambda match: match.group(1).lower() != "title"):
        text = " ".join(entities.unescape(re.sub(r"<[^>]*>", "", match.group(2))).split())
        if text:
            return text[:LONGEST_TITLE]
    return ""


def wrap(html: str, request: str) -> str:
    """`html` as a whole document: a fragment gets the frame that it lacks, and the request as its title where it has none."""
    if _START.search(html):
        return html
    title = "" if title_of(html) else f"<title>{entities.escape(' '.join(request.split())[:LONGEST_TITLE])}</title>\n"
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n{title}'
    return f"<!DOCTYPE html>\n<html>\n{head}{html}\n"


def close(html: str) -> tuple[str, str]:
    """The document with a proper end, and the name of what was left open in a way that swallows the rest (empty where nothing was)."""
    name, closing = _left_open(html)
    if not name:
        return (html, "") if _END.search(html) else (f"{html.rstrip()}\n</html>\n", "")
    half = _HALF_TAG if name == "a tag" else _HALF_CLOSE
    body = half.sub("", _TAIL.sub("", html)).rstrip()
    return f"{body}{closing}\n</body>\n</html>\n", name


def _left_open(html: str) -> tuple[str, str]:
    """What is open at the end of `html`, in words, and the text that closes it."""
    position = 0
    while opened := _OPENS.search(html, position):
        element = (opened.group(1) or "").lower()
        closed = re.compile(rf"</{element}\s*>" if element else "-->", re.I).search(html, opened.end())
        if not closed:
            return (f"<{element}>", f"\n</{element}>") if element else ("a comment", "-->")
        position = closed.end()
    return ("a tag", "") if _HALF_TAG.search(html, position) else ("", "")
