"""Writing, changing and mending a page, as it is seen: generators of updates that end with the version that is kept."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import gradio as gr

from artifacts.fix import fix_request
from artifacts.gallery import Gallery, Version
from artifacts.prompt import checked
from artifacts.records import Data, Page
from artifacts.ui.panel import CHANGE, ArtifactPanel, Here
from artifacts.ui.preview import view
from artifacts.ui.said import failed, status_line
from artifacts.ui.shown import Updates, show, show_unkept
from artifacts.write import WRITING, write
from qsql.errors import BadInput, QsqlError, Stopped
from qsql.follow import follow
from qsql.models.base import Model
from qsql.texts import Words, words_for

PATIENCE = 2.0  # seconds for a model to end after a stop
Galleries = Callable[[gr.Request], Gallery]
Working = Callable[[gr.Request], AbstractContextManager[None]]


@dataclass(frozen=True)
class Desk:
    """What the handlers share. `get_model` may take its time and raise a QsqlError; `working` raises BadInput where a visitor asks too much.

    `rows` says whether the model may see rows of an answer now.
    """

    panel: ArtifactPanel
    get_model: Callable[[], Model]
    galleries: Galleries
    working: Working
    rows: Callable[[], bool] = lambda: True
    stops: dict[str, threading.Event] = field(default_factory=dict)

    def make(self, text: str | None, mode: str, data: Data | None, here: Here | None, request: gr.Request) -> Iterator[Updates]:
        """A new page, or a change of the one that is shown."""
        yield from self._guarded(
            lambda cancel, words: self._make(str(text or ""), mode == CHANGE, data, here, cancel, words, request), request
        )

    def mend(self, here: Here | None, faults: tuple[str, ...], request: gr.Request) -> Iterator[Updates]:
        """Have the model mend the first fault; what is no better is not kept on the screen."""
        if here and faults:
            yield from self._guarded(lambda cancel, words: self._mend(here, faults, cancel, words, request), request)
        yield {self.panel.here: gr.skip()}

    def stop(self, request: gr.Request) -> None:
        if running := self.stops.get(request.session_hash or ""):
            running.set()

    def _guarded(self, act: Callable[[threading.Event, Words], Iterator[Updates]], request: gr.Request) -> Iterator[Updates]:
        """One at a time for each visitor; whatever goes wrong becomes a sentence, and what was on the screen stays."""
        words, session, cancel = words_for(dict(request.headers)), request.session_hash or "", threading.Event()
        self.stop(request)
        self.stops[session] = cancel
        try:
            with self.working(request):
                yield from act(cancel, words)
        except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
            idle = {self.panel.request: gr.Textbox(submit_btn=True, stop_btn=False)}
            yield {self.panel.status: failed(error, words), **idle}
        finally:
            cancel.set()
            if self.stops.get(session) is cancel:
                del self.stops[session]

    def _make(
        self, text: str, change: bool, data: Data | None, here: Here | None, cancel: threading.Event, words: Words, request: gr.Request
    ) -> Iterator[Updates]:
        checked(text)
        gallery = self.galleries(request)
        before = gallery.version(here.artifact, here.number) if change and here else None
        yield from self._written(gallery, text, data, before, cancel, words)

    def _mend(self, here: Here, faults: tuple[str, ...], cancel: threading.Event, words: Words, request: gr.Request) -> Iterator[Updates]:
        gallery = self.galleries(request)
        before = gallery.version(here.artifact, here.number)
        asked = fix_request(before.page.html, faults[0], quoted=before.page.data is None or self.rows())
        yield from self._written(gallery, asked, None, before, cancel, words, f"{words('pages.fix')}: {faults[0]}")

    def _written(
        self, gallery: Gallery, text: str, data: Data | None, before: Version | None, cancel: threading.Event, words: Words, mends: str = ""
    ) -> Iterator[Updates]:
        p, started, newest, models = self.panel, time.perf_counter(), None, []
        yield self._begin(words)
        try:
            for page in self._pages(text, data, before.page if before else None, cancel, models):
                newest = page or newest
                status = {p.status: status_line(_progress(newest, time.perf_counter() - started, words))}
                yield {p.code: page.html, **status} if page else status
        except QsqlError:
            if before:  # the last good version stays
                yield from show(p, gallery, before, words)
            else:
                yield {p.preview: gr.HTML(view=view(words))}
            raise
        page = replace(newest, request=mends) if mends else newest
        done = words(
            "pages.done" if page.complete else "pages.not_finished",
            seconds=f"{time.perf_counter() - started:.0f}",
            title=page.title or words("pages.untitled"),
        )
        name = models[0].name  # the one that wrote it, whichever is in use by now
        try:
            version = gallery.change(before.artifact, page, name) if before else gallery.add(page, name)
        except BadInput as error:
            yield from show_unkept(p, page, words, words.sentence(str(error)))
            return
        yield from show(p, gallery, version, words, done, better_than=before.number if mends else 0)

    def _pages(
        self, text: str, data: Data | None, before: Page | None, cancel: threading.Event, models: list[Model]
    ) -> Iterator[Page | None]:
        """The page as it grows, None where nothing is new; who writes it is put into `models`. A model that does not hear the stop is left behind."""
        stopped_at = None

        def written() -> Iterator[Page]:
            models.append(self.get_model())
            yield from write(models[0], text, replace(WRITING, cancel=cancel), data, before, self.rows())

        for page in follow(written()):
            yield page
            if cancel.is_set():
                stopped_at = stopped_at or time.monotonic()
                if time.monotonic() - stopped_at > PATIENCE:
                    raise Stopped()

    def _begin(self, words: Words) -> Updates:
        p = self.panel
        return {
            p.request: gr.Textbox(submit_btn=False, stop_btn=True),
            p.status: status_line(_progress(None, 0, words)),
            p.checked: "",
            p.fix: gr.Button(visible=False),
            p.code: "",
            p.preview: gr.HTML(view=view(words, note="pages.when_written", writing=True)),
            p.console: "",
            p.download: gr.DownloadButton(interactive=False),
        }


def refreshed(data: Data, read: Callable[[Data], Data]) -> Data:
    """The rows as they are now. Raises BadInput where they have other columns, so that the page could not show them."""
    now = replace(read(data), made=datetime.now(UTC).isoformat(timespec="seconds"))
    if now.columns != data.columns:
        raise BadInput(
            "The query gives other columns now, which this page does not know.", "Ask the question again, and make a page from its answer."
        )
    return now


def _progress(page: Page | None, seconds: float, words: Words) -> str:
    if page is None:
        return words("pages.reading", seconds=f"{seconds:.0f}")
    return words("pages.writing", lines=page.html.count("\n") + 1, seconds=f"{seconds:.0f}")
