"""A kept version -> what every component of the tab shows of it."""

import html
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from artifacts.gallery import Gallery, Version
from artifacts.records import Page
from artifacts.sandbox import download, file_name, srcdoc
from artifacts.scrub import scrub
from artifacts.ui.panel import CHANGE, NEW, ArtifactPanel, Here
from artifacts.ui.preview import view
from artifacts.ui.said import status_line
from qsql.texts import Words

Updates = dict[Any, Any]
LINE = 60  # characters of a request in the list of versions


def show(p: ArtifactPanel, gallery: Gallery, version: Version, words: Words, said: str = "", better_than: int = 0) -> Iterator[Updates]:
    """Everything that changes with the version."""
    page, token = version.page, secrets.token_hex(16)
    artifact, versions = gallery.get(version.artifact), gallery.versions(version.artifact)
    more = {
        p.request: _asking(words("pages.what_changes"), words("pages.change_example"), ""),
        p.mode: gr.Radio(value=CHANGE, visible=True),
        p.checked: _ran(version.errors, words),
        p.name: artifact.name,
        **_place(p, versions, version, words),
        **take(p, artifact.key, artifact.link, words),
        p.refresh: gr.Button(visible=bool(page.data and page.data.source)),
        p.here: Here(version.artifact, version.number, version.id, token, better_than),
    }
    yield from _page(p, page, token, words, said or page.title or words("pages.untitled"), more, check=version.errors is None)


def show_unkept(p: ArtifactPanel, page: Page, words: Words, why: str) -> Iterator[Updates]:
    """A page that could not be kept: it is there all the same, with the reason; the file can be taken away."""
    more = {**cleared(p, words), p.examples_row: gr.Row(visible=False), p.take_row: gr.Row(visible=True)}
    yield from _page(p, page, secrets.token_hex(16), words, why, more)


def _page(p: ArtifactPanel, page: Page, token: str, words: Words, said: str, more: Updates, check: bool = False) -> Iterator[Updates]:
    """One update, after which the file to download is no longer needed here."""
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        file = Path(folder) / file_name(page)
        file.write_text(download(page), "utf-8", errors="replace")
        yield {
            **settled(p, ""),
            p.fix: gr.Button(visible=False),
            p.faults: (),
            p.console: "",
            **more,
            p.status: status_line(said, *map(words.sentence, page.notices), *removed(page.html, words), kind="done"),
            p.code: page.html,
            p.preview: gr.HTML(view=view(words, document=srcdoc(page, token), token=token, check=check, name=file.stem)),
            p.download: gr.DownloadButton(value=str(file), interactive=True),
        }


def settled(p: ArtifactPanel, said: str) -> Updates:
    """Nothing is being written any more."""
    return {p.request: gr.Textbox(submit_btn=True, stop_btn=False), p.status: status_line(said, kind="done")}


def cleared(p: ArtifactPanel, words: Words) -> Updates:
    """The empty tab."""
    return {
        p.request: _asking(words("pages.request"), words("pages.countdown")),
        p.status: "",
        p.mode: gr.Radio(value=NEW, visible=False),
        p.code: "",
        p.preview: gr.HTML(view=view(words)),
        p.download: gr.DownloadButton(interactive=False),
        p.checked: "",
        p.fix: gr.Button(visible=False),
        p.console: "",
        p.versions_row: gr.Row(visible=False),
        p.take_row: gr.Row(visible=False),
        p.compare: gr.Accordion(visible=False),
        p.examples_row: gr.Row(visible=True),
        p.faults: (),
        p.here: None,
    }


def _asking(label: str, example: str, *value: str) -> gr.Textbox:
    """What is already written there stays, but for a `value` that takes its place."""
    return gr.Textbox(*value, label=label, placeholder=example, submit_btn=True, stop_btn=False)


def take(p: ArtifactPanel, key: str, link: str, words: Words) -> Updates:
    """How it is taken away: as a file, a picture, a page of its own, by a link."""
    address = f"page/{link or key}"
    return {
        p.take_row: gr.Row(visible=True),
        p.own: f'<a href="{html.escape(address)}" target="_blank" rel="noopener">{html.escape(words("pages.own"))}</a>',
        p.share: gr.Button(words("pages.unshare" if link else "pages.share")),
    }


def removed(text: str, words: Words) -> list[str]:
    """What the box took out of the page, as sentences."""
    _, found = scrub(text)
    return [words("pages.removed", what=", ".join(dict.fromkeys(found)))] if found else []


def _ran(errors: int | None, words: Words) -> str:
    if errors is None:
        return status_line(words("pages.checking"))
    return status_line(words("pages.faulty", count=errors) if errors else words("pages.faultless"), kind="done")


def _place(p: ArtifactPanel, versions: tuple[Version, ...], version: Version, words: Words) -> Updates:
    """Where the version stands among the others."""
    numbers = [each.number for each in versions]
    place = numbers.index(version.number)
    choices = [(f"{each.number} · {each.name or ' '.join(each.page.request.split())[:LINE]}", each.number) for each in versions]
    others = [choice for choice in choices if choice[1] != version.number]
    return {
        p.versions_row: gr.Row(visible=True),
        p.examples_row: gr.Row(visible=False),
        p.back: gr.Button(interactive=place > 0),
        p.forward: gr.Button(interactive=place < len(numbers) - 1),
        p.restore: gr.Button(interactive=place < len(numbers) - 1),
        p.versions: gr.Dropdown(choices, value=version.number),
        p.compare: gr.Accordion(visible=bool(others), open=False),
        p.other: gr.Dropdown(others, value=None),
        p.changes: "",
        p.beside: gr.HTML(view=view(words)),
    }
