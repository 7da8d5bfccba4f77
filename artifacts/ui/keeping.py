"""The versions of the page on the screen: back and forward, restored, compared, forked, named, refreshed, shared, and how each ran."""

import difflib
import html
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import gradio as gr

from artifacts.console import console_text
from artifacts.fix import faults
from artifacts.gallery import Gallery, Version
from artifacts.records import Data
from artifacts.sandbox import srcdoc
from artifacts.ui.making import Desk, refreshed
from artifacts.ui.panel import Here
from artifacts.ui.preview import view
from artifacts.ui.said import failed, status_line
from artifacts.ui.shown import Updates, show, take
from qsql.errors import BadInput
from qsql.texts import Words, words_for

MOST_CHANGED = 400  # lines of a difference
Read = Callable[[Data, gr.Request], Data]
Act = Callable[..., Iterator[Updates]]  # (gallery, here, words, what more it takes, request=)


@dataclass(frozen=True)
class Keeper:
    """Handlers; `read` gives the rows of a page again, None where that cannot be."""

    desk: Desk
    read: Read | None = None

    def plain(self, act: Act) -> Callable[..., Iterator[Updates]]:
        def handle(here: Here | None, request: gr.Request) -> Iterator[Updates]:
            yield from self._run(act, here, request)

        return handle

    def valued(self, act: Act) -> Callable[..., Iterator[Updates]]:
        """For an act that takes one more value of a component."""

        def handle(here: Here | None, value: object, request: gr.Request) -> Iterator[Updates]:
            yield from self._run(act, here, request, value)

        return handle

    def told(self, act: Act) -> Callable[..., Iterator[Updates]]:
        """For an act that takes what the frame tells."""

        def handle(here: Here | None, event: gr.EventData, request: gr.Request) -> Iterator[Updates]:
            yield from self._run(act, here, request, event)

        return handle

    def _run(self, act: Act, here: Here | None, request: gr.Request, *given: object) -> Iterator[Updates]:
        """`act` with the gallery and what stands on the screen; every failure becomes a sentence, and what is shown stays."""
        words = words_for(dict(request.headers))
        try:
            if here:
                yield from act(self.desk.galleries(request), here, words, *given, request=request)
        except Exception as error:  # the screen's edge: the log gets the rest
            yield {self.desk.panel.status: failed(error, words)}
        yield {self.desk.panel.here: gr.skip()}  # a generator that says nothing at all would empty what it might have changed

    def go(
        self, gallery: Gallery, here: Here, words: Words, number: object = None, *, request: gr.Request, step: int = 0
    ) -> Iterator[Updates]:
        """To the version with this number, or so many steps from the one that is shown."""
        numbers = [version.number for version in gallery.versions(here.artifact)]
        place = numbers.index(here.number) + step if here.number in numbers else -1
        number = numbers[max(0, min(place, len(numbers) - 1))] if step else number
        if type(number) is int and number != here.number:
            yield from show(self.desk.panel, gallery, gallery.show(here.artifact, number), words)

    def back(self, gallery: Gallery, here: Here, words: Words, *, request: gr.Request) -> Iterator[Updates]:
        yield from self.go(gallery, here, words, request=request, step=-1)

    def forward(self, gallery: Gallery, here: Here, words: Words, *, request: gr.Request) -> Iterator[Updates]:
        yield from self.go(gallery, here, words, request=request, step=1)

    def restore(self, gallery: Gallery, here: Here, words: Words, *, request: gr.Request) -> Iterator[Updates]:
        yield from show(
            self.desk.panel, gallery, gallery.restore(here.artifact, here.number), words, words("pages.restored", number=here.number)
        )

    def fork(self, gallery: Gallery, here: Here, words: Words, *, request: gr.Request) -> Iterator[Updates]:
        yield from show(self.desk.panel, gallery, gallery.fork(here.artifact, here.number), words, words("pages.forked"))

    def refresh(self, gallery: Gallery, here: Here, words: Words, *, request: gr.Request) -> Iterator[Updates]:
        version = gallery.version(here.artifact, here.number)
        if self.read is None or version.page.data is None:
            raise BadInput("The rows of this page cannot be read again.", "Ask the question again, and make a page from its answer.")
        data = refreshed(version.page.data, lambda data: self.read(data, request))
        page = replace(version.page, data=data, request=words("pages.refresh"))
        yield from show(
            self.desk.panel,
            gallery,
            gallery.change(here.artifact, page, version.model),
            words,
            words("pages.refreshed", rows=f"{len(data.rows):,}"),
        )

    def name(self, gallery: Gallery, here: Here, words: Words, name: object, *, request: gr.Request) -> Iterator[Updates]:
        """A field that is only left is no name: what has one is never dropped to make room."""
        if str(name or "").strip() == gallery.get(here.artifact).name:
            return
        gallery.name(here.artifact, str(name or ""))
        yield {
            self.desk.panel.name: gallery.get(here.artifact).name,
            self.desk.panel.status: status_line(words("pages.named"), kind="done"),
        }

    def share(self, gallery: Gallery, here: Here, words: Words, *, request: gr.Request) -> Iterator[Updates]:
        """Give it a link, or take that back."""
        shared = bool(gallery.get(here.artifact).link)
        link = "" if shared else gallery.share(here.artifact)
        if shared:
            gallery.unshare(here.artifact)
        artifact = gallery.get(here.artifact)
        said = words("pages.unshared") if shared else words("pages.shared", address=f"{_base(request)}page/{link}")
        yield {**take(self.desk.panel, artifact.key, artifact.link, words), self.desk.panel.status: status_line(said, kind="done")}

    def compare(self, gallery: Gallery, here: Here, words: Words, number: object, *, request: gr.Request) -> Iterator[Updates]:
        """The other version beside the one that is shown, and what differs."""
        if type(number) is not int:
            return
        other, shown, token = gallery.version(here.artifact, number), gallery.version(here.artifact, here.number), secrets.token_hex(16)
        document = gr.HTML(view=view(words, document=srcdoc(other.page, token), token=token))
        yield {self.desk.panel.changes: difference(other, shown, words), self.desk.panel.beside: document}

    def checked(self, gallery: Gallery, here: Here, words: Words, event: object, *, request: gr.Request) -> Iterator[Updates]:
        """How the page ran where it was tried. One that was to be better than another and is not gives way to it."""
        p = self.desk.panel
        if getattr(event, "token", None) != here.token:
            return
        found = faults(*(getattr(event, name, None) for name in ("lines", "blank", "hung")))
        gallery.ran(here.version, len(found))
        before = gallery.version(here.artifact, here.better_than) if here.better_than else None
        if before is not None and found and len(found) >= (before.errors or 0):
            yield from show(p, gallery, gallery.show(here.artifact, before.number), words, words("pages.no_better"))
            return
        pressed = getattr(event, "pressed", 0)
        lines = console_text(getattr(event, "lines", None)) or "\n".join(found)
        yield self._verdict(gallery.version(here.artifact, here.number), found, lines, pressed if type(pressed) is int else 0, words)

    def pictured(self, gallery: Gallery, here: Here, words: Words, event: object, *, request: gr.Request) -> Iterator[Updates]:
        """Keep the small picture for the list."""
        url = getattr(event, "url", "")
        if getattr(event, "token", None) == here.token and isinstance(url, str):
            gallery.picture(here.artifact, url)
        yield from ()

    def _verdict(self, version: Version, found: tuple[str, ...], lines: str, pressed: int, words: Words) -> Updates:
        p = self.desk.panel
        said = words("pages.faulty", count=len(found)) if found else words("pages.works", count=pressed)
        fixable = bool(found) and not version.page.spec
        reports = {p.console: lines} if found else {}  # all that the page on the screen reports too, and what its buttons did
        return {p.checked: status_line(said, kind="done"), p.fix: gr.Button(visible=fixable), p.faults: found, **reports}


def difference(old: Version, new: Version, words: Words) -> str:
    """What differs between two versions, line by line, as HTML; every line is escaped."""
    lines = list(
        difflib.unified_diff(old.page.html.splitlines(), new.page.html.splitlines(), str(old.number), str(new.number), lineterm="", n=2)
    )[2:]
    if not lines:
        return status_line(words("pages.same"), kind="done")
    kinds = {"+": "added", "-": "taken", "@": "place"}
    shown = "".join(f'<span class="{kinds.get(line[:1], "")}">{html.escape(line)}\n</span>' for line in lines[:MOST_CHANGED])
    return f"<pre>{shown}</pre>"


def _base(request: gr.Request) -> str:
    """The address that the person sees, as the browser says it."""
    return str(getattr(request, "headers", {}).get("referer", "") or "").split("?")[0].split("#")[0].rstrip("/") + "/"
