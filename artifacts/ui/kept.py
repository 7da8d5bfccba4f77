"""All pages that were made: looked for, opened, deleted, and taken back after that."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.context import Context

from artifacts.gallery import Artifact, Gallery
from artifacts.ui.kept_panel import PAGE, Kept
from artifacts.ui.making import Desk
from artifacts.ui.panel import ArtifactPanel, Here
from artifacts.ui.said import failed, status_line
from artifacts.ui.shown import Updates, cleared, show
from qsql.texts import Words, words_for


def wire(panel: ArtifactPanel, desk: Desk, changes: Sequence[Callable[..., Any]]) -> None:
    """The list is read again after each of `changes`, and when the app is opened."""
    k = panel.kept
    quiet = {"api_visibility": "private", "show_progress": "hidden"}

    def listing(act: Callable[[Gallery, Words], Updates], search: object, limit: int, request: gr.Request) -> Updates:
        """The list after an act, and what the act says; where it fails, only why."""
        words = words_for(dict(request.headers))
        try:
            gallery = desk.galleries(request)
            said = act(gallery, words)
            return {
                k.undo: gr.Button(visible=False),
                k.undone: None,
                k.said: "",
                k.limit: limit,
                **_listed(k, gallery, str(search or ""), limit, words),
                **said,
            }
        except Exception as error:  # the screen's edge: a person gets a sentence, and the list stays
            return {k.said: failed(error, words)}

    def on_change(search: object, limit: int, request: gr.Request) -> Updates:
        return listing(lambda *_: {}, search, limit, request)

    def on_search(search: object, request: gr.Request) -> Updates:
        return listing(lambda *_: {}, search, PAGE, request)

    def on_further(search: object, limit: int, request: gr.Request) -> Updates:
        return listing(lambda *_: {}, search, min(limit + PAGE, 500), request)

    def on_removed(event: gr.EventData, search: object, limit: int, here: Here | None, request: gr.Request) -> Updates:
        def remove(gallery: Gallery, words: Words) -> Updates:
            artifact = _meant(gallery, event)
            undone = {k.undone: gallery.delete(artifact.id), k.undo: gr.Button(visible=True)}
            gone = cleared(panel, words) if here and here.artifact == artifact.id else {}
            return {**undone, k.said: status_line(words("pages.deleted", name=artifact.name), kind="done"), **gone}

        return listing(remove, search, limit, request)

    def on_undo(undone: object, search: object, limit: int, request: gr.Request) -> Updates:
        return listing(lambda gallery, _: {} if undone is None else gallery.restore_deleted(undone) or {}, search, limit, request)

    def on_open(event: gr.EventData, request: gr.Request) -> Iterator[Updates]:
        words = words_for(dict(request.headers))
        try:
            gallery = desk.galleries(request)
            artifact = _meant(gallery, event)
            yield from show(panel, gallery, gallery.version(artifact.id, artifact.current), words)
        except Exception as error:  # the screen's edge, as above
            yield {panel.status: failed(error, words)}

    looked = [k.search, k.limit]
    for change in [Context.root_block.load, *changes]:
        change(on_change, looked, k.outputs, **quiet)
    k.search.change(on_search, k.search, k.outputs, trigger_mode="always_last", **quiet)
    k.pages.further(on_further, looked, k.outputs, **quiet)
    k.pages.removed(on_removed, [*looked, panel.here], [*k.outputs, *panel.shown], **quiet)
    k.pages.chosen(on_open, None, panel.shown, **quiet)
    k.undo.click(on_undo, [k.undone, *looked], k.outputs, **quiet)


def _meant(gallery: Gallery, event: gr.EventData) -> Artifact:
    """The page that an event of the list is about. Raises BadInput for one that is not there."""
    return gallery.by_key(str(getattr(event, "key", "")))


def _listed(k: Kept, gallery: Gallery, search: str, limit: int, words: Words) -> Updates:
    found = gallery.list(search, limit + 1)
    texts = {name: words(f"pages.{name}") for name in ("open", "delete", "further")}
    texts["empty"] = words("pages.nothing_found" if search.strip() else "pages.nothing_kept")
    pages = [_card(artifact, words) for artifact in found[:limit]]
    return {k.pages: gr.HTML(view={"pages": pages, "texts": texts, "further": len(found) > limit})}


def _card(artifact: Artifact, words: Words) -> dict[str, str]:
    about = f"{artifact.changed.astimezone():%Y-%m-%d %H:%M}"
    if artifact.versions > 1:
        about += f" · {words('pages.versions_count', count=artifact.versions)}"
    return {"key": artifact.key, "name": artifact.name or words("pages.untitled"), "about": about, "picture": artifact.picture}
