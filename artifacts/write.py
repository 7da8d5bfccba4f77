"""The loop: a request -> a growing Page. Knows nothing of screens; how a page is found in a model's text is in read.py."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from artifacts.prompt import page_prompt
from artifacts.read import close, find_page, title_of, wrap
from artifacts.records import Data, Page
from qsql.errors import NoPageFound, PromptTooLong, Stopped
from qsql.models.base import Model, Options
from qsql.records import End, Prompt

WRITING = Options(max_tokens=4096)
LEAST_ROOM = 512
SAMPLE = 200
_NETWORK = re.compile(
    r"""(?:\bsrc\s*=\s*|<link\b[^>]*?\bhref\s*=\s*|@import\s+(?:url\()?|\burl\(|\bfetch\(\s*|\b(?:import|from)\b[\s(]*(?=["'`]))"""
    r"""["'`]?(?:https?:)?//([\w.-]+)""",
    re.I,
)


@dataclass
class _Draft:
    """What has come from the model so far."""

    text: str = ""
    end: End | None = None


def write(model: Model, request: str, options: Options = WRITING, data: Data | None = None) -> Iterator[Page]:
    """Yield the page as it grows, given `data` where it shows rows; the last one is closed, titled, and says whether the model finished.

    Where `options.cancel` is set, the last page is what was there. Raises BadInput, NoPageFound, Stopped where nothing was
    there yet, and what the model raises.
    """
    prompt = page_prompt(request, data)
    options = replace(options, candidates=1, max_tokens=_room(model, prompt, options.max_tokens))
    draft = _Draft()
    for piece in model.stream(prompt, options):
        draft.text += piece.text
        draft.end = piece.end or draft.end
        html = find_page(draft.text)
        if piece.text and html:
            yield Page(html, title_of(html), request, data=data)
    cancelled = options.cancelled if draft.end is None else draft.end.reason == "cancelled"
    yield replace(_finish(draft, request, cancelled), data=data)


def _room(model: Model, prompt: Prompt, wanted: int) -> int:
    used = sum(model.count_tokens(message.text) + 8 for message in prompt.messages)
    room = model.context - used
    if room < LEAST_ROOM:
        raise PromptTooLong(
            f"The request leaves room for {max(room, 0)} tokens in {model.name}, too few for a page.",
            "Use fewer words, or choose a model with a longer context.",
        )
    return min(wanted, room)


def _finish(draft: _Draft, request: str, cancelled: bool) -> Page:
    found = find_page(draft.text)
    if not found and cancelled:
        raise Stopped()
    if not found:
        raise _nothing_found(draft.text)
    html, left_open = close(wrap(found, request))
    cut = draft.end is not None and draft.end.reason == "length"
    return Page(html, title_of(html), request, not (cut or cancelled), tuple(_notices(html, cut, cancelled, left_open)))


def _notices(html: str, cut: bool, cancelled: bool, left_open: str) -> Iterator[str]:
    if cut:
        yield "The page was cut off at the model's limit and closed there, so its end is missing. Ask for something simpler."
    elif cancelled:
        yield "You stopped it; the page was closed where the model was."
    elif left_open:
        yield f"The model left {left_open} open; it was closed, so a part may be missing."
    hosts = sorted(set(_NETWORK.findall(html)) - {"www.w3.org"})
    if hosts:
        yield f"The page asks for files from {', '.join(hosts[:3])}, which the box does not load. Ask for it without them."


def _nothing_found(text: str) -> NoPageFound:
    said = " ".join(text.split())
    if not said:
        return NoPageFound("The model wrote nothing.", "Ask again in other words.")
    sample = said if len(said) <= SAMPLE else said[:SAMPLE].rstrip() + "…"
    return NoPageFound(
        f'The model wrote no web page. It began: "{sample}"', "Say what the page should show or do, or choose a larger model."
    )
