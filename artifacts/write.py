"""The loop: a request -> a growing Page. Knows nothing of screens; how a page is found in a model's text is in read.py."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from artifacts.dashboard import LIBRARIES, as_json, dashboard_prompt, language_of, plain, read_spec, render
from artifacts.edit import apply
from artifacts.loop import loop_start
from artifacts.mend import mend
from artifacts.prompt import checked, edit_prompt, fill_prompt, page_prompt
from artifacts.read import begins_page, close, find_page, title_of, wrap
from artifacts.records import Data, Page
from artifacts.size import edits, fills, lays_out
from artifacts.skeleton import GAPS, ink_on, parts
from qsql.errors import NoPageFound, PromptTooLong, Stopped
from qsql.models.base import Model, Options
from qsql.records import End, Prompt

WRITING = Options(max_tokens=4096)
LEAST_ROOM = 512
STRETCHES = 3  # a page that is cut off at the limit of one is gone on with, if it is going somewhere
SAMPLE = 200
NOT_SHOWN = "The model described no page that these rows can show, so they stand in a table. Say it in other words."
LOOPED = "The model began to repeat itself, so it was stopped and the page closed there. Say it in other words, or choose a larger model."
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
    loops: bool = False  # it said the same again and again, and was stopped

    @property
    def cut(self) -> bool:
        return self.end is not None and self.end.reason == "length" and not self.loops

    def stop_loop(self, cut: bool = False) -> bool:
        """Whether it only repeats itself; then what it says once is kept."""
        start = loop_start(self.text, cut)
        if start is not None:
            self.text, self.loops = self.text[:start], True
        return self.loops


def write(
    model: Model, request: str, options: Options = WRITING, data: Data | None = None, before: Page | None = None, rows: bool = True
) -> Iterator[Page]:
    """Yield the page as it grows, given `data` where it shows rows; the last one is closed, titled, and says whether the model finished.

    Where there is a page `before`, the request is a change of it, and `data` are its rows. Without `rows` the model sees none of them.
    Where `options.cancel` is set, the last page is what was there. Raises BadInput, NoPageFound, Stopped where nothing was there yet, and
    what the model raises.
    """
    text, data = checked(request), before.data if before else data
    if data and (before.spec if before else lays_out(model.name)):
        yield from _lay_out(model, text, options, data, before.spec if before else "", rows)
        return
    if before and not before.spec and edits(model.name) and (edited := _edit(model, text, options, before, rows)):
        yield edited
        return
    draft = _Draft()
    if before or data or not fills(model.name):
        writing = _stretches(model, page_prompt(text, data, before, rows), options, draft)
    else:
        writing = _fill(model, text, options, draft)
    for grown in writing:
        html = find_page(grown)
        if html:
            yield Page(html, title_of(html), text, data=data)
    yield replace(_finish(draft, text, _cancelled(draft, options)), data=data)


def _fill(model: Model, request: str, options: Options, draft: _Draft) -> Iterator[str]:
    """The skeleton, growing as the model fills its gaps; the last one may be gone on with."""
    values: dict[str, str] = {}
    for fixed, name in parts():
        draft.text += fixed + values.get(name, "")
        if name in values:
            continue
        gap, begun = GAPS[name], draft.text
        prompt = replace(fill_prompt(request), begun=begun, stop=(gap.stop,))
        if gap.tokens is None:
            yield from _stretches(model, prompt, options, draft)
            said = draft.text[len(begun) :]
            if begins_page(said) or not said.strip():  # a server that begins anew; a skeleton is no page
                draft.text = said
            return
        yield from _stream(model, prompt, replace(options, max_tokens=gap.tokens), draft)
        if _cancelled(draft, options):
            draft.text = ""
            return
        values[name] = gap.take(draft.text[len(begun) :])
        values |= {"ink": ink_on(values[name])} if name == "accent" else {}
        draft.text, draft.loops = begun + values[name], False


def _stretches(model: Model, prompt: Prompt, options: Options, draft: _Draft) -> Iterator[str]:
    """The text so far, gone on with where the model was cut off before its end."""
    yield from _stream(model, prompt, options, draft)
    for _ in range(STRETCHES - 1):
        if not draft.cut or draft.stop_loop(cut=True) or _left(model, prompt, draft.text) < LEAST_ROOM:
            return
        begun = draft.text
        for grown in _stream(model, replace(prompt, begun=begun), options, draft):
            if begins_page(grown[len(begun) :]):  # a server that begins anew
                draft.text, draft.end = begun, replace(draft.end, reason="length")
                return
            yield grown


def _stream(model: Model, prompt: Prompt, options: Options, draft: _Draft) -> Iterator[str]:
    """The text so far, each time that there is more."""
    options = replace(options, candidates=1, max_tokens=min(_room(model, prompt), options.max_tokens))
    with closing(model.stream(prompt, options)) as pieces:
        for piece in pieces:
            draft.text += piece.text
            draft.end = piece.end or draft.end
            stopped = draft.stop_loop()
            if piece.text:
                yield draft.text
            if stopped:
                return


def _cancelled(draft: _Draft, options: Options) -> bool:
    return options.cancelled if draft.end is None or draft.loops else draft.end.reason == "cancelled"


def _lay_out(model: Model, request: str, options: Options, data: Data, before: str, rows: bool) -> Iterator[Page]:
    """The model describes the page, and a template shows it. Where it says nonsense, the rows are there as a table."""
    draft, language = _Draft(), language_of(request)
    for grown in _stream(model, dashboard_prompt(request, data, before, rows), options, draft):
        yield Page(grown, "", request, data=data)
    if _cancelled(draft, options):
        raise Stopped()
    try:
        dashboard, notices = read_spec(draft.text, data), ()
    except ValueError:
        dashboard, notices = plain(data), (NOT_SHOWN,)
    html = render(dashboard, language)
    yield Page(html, dashboard.title, request, True, notices, data, as_json(dashboard), LIBRARIES)


def _edit(model: Model, request: str, options: Options, before: Page, rows: bool) -> Page | None:
    """The page with a few places replaced; None where the model did not name them exactly, so that it has to write the whole."""
    draft = _Draft()
    for _ in _stream(model, edit_prompt(request, before, rows), options, draft):
        pass
    if _cancelled(draft, options):
        raise Stopped()
    try:
        html, _ = close(apply(before.html, draft.text))
    except ValueError:
        return None
    return replace(before, html=html, title=title_of(html), request=request, complete=True, notices=tuple(_notices(html, False, False, "")))


def _left(model: Model, prompt: Prompt, begun: str) -> int:
    """Tokens of its context."""
    return model.context - sum(model.count_tokens(message.text) + 8 for message in prompt.messages) - model.count_tokens(begun)


def _room(model: Model, prompt: Prompt) -> int:
    room = _left(model, prompt, prompt.begun)
    if room < LEAST_ROOM:
        raise PromptTooLong(
            f"The request leaves room for {max(room, 0)} tokens in {model.name}, too few for a page.",
            "Use fewer words, or choose a model with a longer context.",
        )
    return room


def _finish(draft: _Draft, request: str, cancelled: bool) -> Page:
    found = find_page(draft.text)
    if not found and cancelled:
        raise Stopped()
    if not found:
        raise _nothing_found(draft.text)
    html, left_open = close(wrap(found, request))
    html, mended = mend(html)
    looped = (LOOPED,) if draft.loops else ()
    notices = (*looped, *_notices(html, draft.cut, cancelled, "" if draft.loops else left_open), *mended)
    return Page(html, title_of(html), request, not (draft.cut or cancelled or draft.loops), notices)


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
