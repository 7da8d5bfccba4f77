"""Takes out of a page's HTML what could reach an address before any script runs: links, nested frames, jumps, loaded scripts. Pure.

It is the second layer. The policy in sandbox.py is the first, and in Chromium it holds alone; this helps in engines that look up names or
connect ahead of time whatever a policy says. It reads the HTML as a browser does, with scripts and without, and cuts by source position,
so that everything else stays as it was, on the line where it was.

It does not see what a script writes into the page later. Where browsers do not read HTML alike (an older one reads what stands in a
<select> otherwise), it follows the standard of today.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import turbohtml

_FRAMES = {"iframe", "frame", "frameset", "portal", "fencedframe"}
_OBJECTS = {"object", "embed"}
_WITH_CONTENT = {"iframe", "script"}  # what stands in them is theirs, and would become markup without them
_HARMLESS_SETTINGS = {"content-type", "content-language", "content-security-policy", "default-style", "x-ua-compatible"}
_SEEN = ["link", "meta", "base", "script", *_FRAMES, *_OBJECTS]
_MAY_HOLD = re.compile("<(link|meta|base|script[^>]|" + "|".join(_FRAMES | _OBJECTS) + ")", re.I)
_READ_BY_SCRIPTING = re.compile("<noscript", re.I)
_HOST = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?[\\/]{2}([^\\/?#\s]+)", re.I)
_ABOVE = "<!doctype html><script></script>"  # as in the documents of sandbox.py, so that the page is read in the same state
_MOST_ROUNDS = 8
_LONGEST_HOST = 60
_ALL = "the whole page, which hides things in one another"

Cut = tuple[int, int, str]


@lru_cache(maxsize=8)
def scrub(html: str) -> tuple[str, tuple[str, ...]]:
    """The HTML without what reaches out, and English names of what was taken out, each once. Where there is none, the very text given.

    The lines keep their numbers; where something was taken out, their ends become line feeds.
    """
    if not _MAY_HOLD.search(html):
        return html, ()
    removed: list[str] = []
    text = html.replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(_MOST_ROUNDS):  # taking one thing out can uncover another
        cuts = sorted(_cuts(text))
        if not cuts:
            return (text if removed else html), tuple(dict.fromkeys(removed))
        removed += [name for _, _, name in cuts]
        text = _without(text, cuts)
    return "\n" * html.count("\n"), (_ALL,)


def _cuts(text: str) -> Iterator[Cut]:
    for scripting in (True, False) if _READ_BY_SCRIPTING.search(text) else (True,):
        document = turbohtml.parse(_ABOVE + text, scripting=scripting, source_locations=True, allow_declarative_shadow_roots=False)
        for element in document.find_all(_SEEN):
            if element.source_location and (name := _name(element.tag, element)):
                yield from _spans(element, len(text), name)


def _spans(element: Any, end_of_text: int, name: str) -> Iterator[Cut]:
    above, place = len(_ABOVE), element.source_location
    start, end = place.start_tag.start_offset - above, place.start_tag.end_offset - above
    if start < 0:
        return
    if element.tag not in _WITH_CONTENT:
        yield start, end, name
        if place.end_tag:
            yield place.end_tag.start_offset - above, place.end_tag.end_offset - above, name
    elif place.end_tag:
        yield start, place.end_tag.end_offset - above, name
    else:
        yield start, end_of_text if element.namespace == turbohtml.Namespace.HTML else end, name


def _without(text: str, cuts: list[Cut]) -> str:
    kept, at = [], 0
    for start, end, _ in cuts:
        kept += [text[at:start], "\n" * text.count("\n", max(at, start), max(at, end))]
        at = max(at, end)
    return "".join(kept) + text[at:]


def _name(tag: str, element: Any) -> str:
    """What the person is told of an element that must go; empty where it may stay."""
    if tag in _FRAMES:
        return "a nested frame"
    if tag in _OBJECTS:
        return "an embedded object"
    if tag == "base":
        return "a base address"
    if tag == "link":
        return _link(element)
    if tag == "meta":
        return _setting(_attribute(element, "http-equiv").strip().lower())
    return _script(element) if tag == "script" else ""


def _link(element: Any) -> str:
    address = _attribute(element, "href")
    if _attribute(element, "imagesrcset") or (address and not address.lower().startswith("data:")):
        return f"a link to {_host(address)}"
    return ""


def _setting(name: str) -> str:
    if name == "refresh":
        return "a jump to another page"
    return "" if not name or name in _HARMLESS_SETTINGS else "a setting of the browser"


def _script(element: Any) -> str:
    if address := _attribute(element, "src") or _attribute(element, "href") or _attribute(element, "xlink:href"):
        return f"a script from {_host(address)}"
    return "a list of pages to load ahead" if _attribute(element, "type").strip().lower() == "speculationrules" else ""


def _attribute(element: Any, name: str) -> str:
    return element.attrs.get(name) or ""


def _host(address: str) -> str:
    found = _HOST.match(address)
    return found.group(1).rpartition("@")[2][:_LONGEST_HOST] if found else "another file"
