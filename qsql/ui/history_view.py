"""What the list of the history says of each entry, in the person's language, and an entry as what stands on the screen."""

from datetime import datetime
from typing import Any

from qsql.address import link_to
from qsql.history import MOST_NAME, History
from qsql.history.entry import Entry
from qsql.texts import Words
from qsql.ui.shown import Shown
from qsql.ui.workspace import Source, Visitor, Workspace
from qsql.userdata import Place, place_of

LINE = 160  # characters of a question, of SQL or of an error in the list
EARLIER = 50  # questions that Up brings back
NOTHING: dict[str, Any] = {"entries": [], "texts": {}, "further": False}
TEXTS = ("more", "name", "save", "again", "link", "copied", "remove", "further")


def view(history: History, here: Place, everywhere: bool, search: str, saved: bool, limit: int, words: Words) -> dict[str, Any]:
    """For the page: the entries that are looked for, at most `limit`. Raises BadInput."""
    found = history.list(None if everywhere else here, search, saved or None, limit + 1)
    texts = {name: words(f"history.{name}") for name in TEXTS}
    texts["empty"] = words("history.nothing_found" if search.strip() or saved else "history.nothing")
    return {
        "entries": [_row(entry, everywhere, words) for entry in found[:limit]],
        "texts": texts | {"most": MOST_NAME},
        "further": len(found) > limit,
    }


def shown_of(entry: Entry, workspace: Workspace, current: Source, visitor: Visitor) -> Shown:
    """An entry as what stands on the screen; `current` is the source that is open, which may be the uploads that it was asked of."""
    source = workspace.source(entry.place.source, visitor) if entry.place.source else ()
    if not source and place_of(current, workspace.open).key == entry.place.key:
        source = current
    question = entry.question if entry.question.text else None
    return Shown(source, entry.place.name, entry.sql, question, entry.result, entry=entry.id, ran=entry.asked)


def note(entry: Entry, words: Words) -> str:
    """A sentence or two for the status line under an answer from the history."""
    if entry.state != "done":
        return _failure(entry, words)
    asked = words("history.from", when=when(entry.asked, words))
    kept = entry.result.rows.num_rows if entry.result else 0
    return f"{asked} {words('history.cut', rows=f'{entry.rows:,}', kept=f'{kept:,}')}" if entry.cut else asked


def when(asked: datetime, words: Words, now: datetime | None = None) -> str:
    """How long ago, in words; the date where it is older than a day. In this machine's time zone."""
    local, now = asked.astimezone(), (now or datetime.now()).astimezone()
    minutes, days = int((now - local).total_seconds() // 60), (now.date() - local.date()).days
    if 0 <= minutes < 60:
        return words("history.minutes", count=minutes) if minutes else words("history.now")
    if days in (0, 1) and minutes >= 0:
        return words("history.today" if days == 0 else "history.yesterday", time=f"{local:%H:%M}")
    return f"{local:%Y-%m-%d}"


def _row(entry: Entry, everywhere: bool, words: Words) -> dict[str, Any]:
    about = [when(entry.asked, words), *([entry.place.name] if everywhere else [])]
    marks = filter(None, (entry.verdict, "saved" if entry.name else ""))
    return {
        "id": entry.id,
        "title": _short(entry.name or entry.question.text or entry.sql),
        "line": _short(entry.sql if entry.state == "done" else _failure(entry, words)),
        "whole": entry.question.whole,
        "at": f"{entry.asked.astimezone():%Y-%m-%d %H:%M}",
        "about": " · ".join(about),
        "marks": [{"kind": kind, "text": words(f"history.{kind}")} for kind in marks],
        "failed": entry.state in ("failed", "broken off"),
        "name": entry.name,
        "asked": bool(entry.question.text),
        "link": link_to(entry.question, entry.place.source) if entry.question.text else "",
    }


def _failure(entry: Entry, words: Words) -> str:
    if entry.state in ("running", "broken off"):
        return words("history.running" if entry.state == "running" else "history.broken_off")
    return words.sentence(f"{entry.error} {entry.hint}".strip())


def _short(text: str) -> str:
    line = " ".join(text[: 4 * LINE].split())
    return line if len(line) <= LINE else f"{line[:LINE]}…"
