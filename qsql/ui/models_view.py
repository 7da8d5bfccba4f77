"""How the model stands, and which there are -> texts and HTML. Every text is escaped. Knows no component."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePath

from qsql.models import catalog
from qsql.models.addresses import addresses, bare, elsewhere, readable_on_the_way
from qsql.models.choose import Survey, gigabytes
from qsql.models.offered import Offered
from qsql.models.speed import about
from qsql.models.state import State
from qsql.texts import Words
from qsql.ui.status import failed, status

LONGEST = 60  # characters of a name that are shown
UNTOLD = "–"
NOTHING = {"kind": "absent", "name": "", "said": "", "told": ""}


@dataclass(frozen=True)
class InUse:
    """The model in use by its own name, and the tokens a second that it wrote lately; None where it has not written enough."""

    name: str
    speed: float | None = None


def called(name: str, words: Words) -> str:
    """What to call a model that is not loaded yet: no folder, and nothing secret of an address."""
    if name.strip().lower() in ("", "auto"):
        return words("models.automatic_name")
    if at := addresses(name):
        name = ", ".join(map(bare, at))
    elif entry := catalog.find(name):
        name = entry.name
    elif name.startswith(("/", "~", ".")) or "\\" in name:
        name = PurePath(name.replace("\\", "/")).name
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"


def chip(state: State, words: Words) -> dict[str, str]:
    """`name` and `said` are seen; `told` is what a screen reader says, which does not change with each percent or question."""
    name = called(state.coming, words) if state.coming and state.kind != "busy" else state.name
    kind = "ready" if state.kind == "busy" else state.kind
    said, told = _said(state, words), words(f"models.told_{kind}", **_named(kind, name, state))
    return {"kind": state.kind, "name": "" if state.kind in ("absent", "waiting") else name, "said": said, "told": told}


def _named(kind: str, name: str, state: State) -> dict[str, object]:
    if kind == "waiting":
        return {"place": state.place}
    return {"name": name} if kind != "absent" else {}


def _said(state: State, words: Words) -> str:
    if state.kind == "busy":
        return words("models.busy", count=state.questions) if state.questions > 1 else words("models.busy_one")
    if state.kind == "fetching":
        return words("models.fetching", percent=percent(state))
    return words(f"models.{state.kind}", **({"place": state.place} if state.kind == "waiting" else {}))


def leaves(name: str, rows: bool, shared: bool, words: Words) -> str:
    """Which of the data goes to which other machine with the model of this name; empty where none does. Visitors are not told which."""
    where = elsewhere(name)
    if not where:
        return ""
    there = words("models.another_machine") if shared else words("models.and").join(where)
    said = words("models.leaves" if rows else "models.leaves_without", where=there)
    more = [words("models.keep_rows")] if rows and not shared else []
    more += [words("models.unencrypted")] if readable_on_the_way(name) else []
    return f'<p role="note">{escape(words.joined(said, *more))}</p>'


def percent(state: State) -> int:
    return math.floor(100 * min(state.done, state.total) / state.total) if state.total else 0


def progress(state: State, words: Words) -> str:
    """What becomes of the model that was chosen, at length; empty where nothing does."""
    name = called(state.coming, words)
    if state.kind == "fetching":
        label = escape(words("models.told_fetching", name=name))
        bar = f'<progress max="100" value="{percent(state)}" aria-label="{label}"></progress>'
        return f'<p class="busy">{escape(_fetching(state, name, words))}</p>{bar}'
    if state.kind == "loading":
        leaving = "leaving" if state.questions and not state.total else "loading"
        return f'<p class="busy">{escape(words(f"models.panel_{leaving}", name=name))}</p>'
    if state.error is None:
        return ""
    back = status(words("models.panel_back", name=state.name), "done") if state.name else ""
    return failed(state.error, words) + back


def _fetching(state: State, name: str, words: Words) -> str:
    amounts = {"name": name, "done": gigabytes(state.done), "total": gigabytes(state.total)}
    if state.seconds is None:
        return words("models.panel_fetching", **amounts)
    return words("models.panel_left", left=_left(state.seconds, words), **amounts)


def _left(seconds: float, words: Words) -> str:
    for limit, unit, key in ((90, 1, "seconds"), (90 * 60, 60, "minutes")):
        if seconds < limit:
            return words(f"models.{key}", count=math.ceil(seconds / unit))
    return words("models.hours", count=math.ceil(seconds / 3600))


def table(models: Sequence[Survey], now: InUse, words: Words) -> str:
    """Every model of the catalog: what it takes, and a button to use it."""
    columns = [words(f"models.column_{name}") for name in ("name", "files", "memory", "speed", "licence")]
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    mine = next((model for model in models if model.name == now.name), None)
    speeds = [_speed(model, mine, now.speed) for model in models]
    rows = "".join(_row(model, now, speed, columns, words) for model, speed in zip(models, speeds))
    later = "" if any(speeds) else f'<p class="later">{escape(words("models.speed_later"))}</p>'
    return f"<table><thead><tr>{head}<td></td></tr></thead><tbody>{rows}</tbody></table>{later}"


def offered(models: Sequence[Offered], words: Words) -> str:
    """What a server offers, each with a button to use it."""
    rows = "".join(
        f'<tr><th scope="row">{escape(one.name)}</th><td>{escape(words("models.context", count=f"{one.context:,}") if one.context else UNTOLD)}</td>'
        f'<td><button type="button" data-name="{escape(one.id)}" aria-label="{escape(words("models.use_name", name=one.name))}">'
        f"{escape(words('models.use'))}</button></td></tr>"
        for one in models
    )
    return f'<p role="status">{escape(words("models.offered"))}</p><table><tbody>{rows}</tbody></table>'


def _speed(model: Survey, mine: Survey | None, measured: float | None) -> float | None:
    if mine is None or measured is None or (model.runtime, model.four_bit) != (mine.runtime, mine.four_bit):
        return None
    return about(model.bytes, mine.bytes, measured)


def _row(model: Survey, now: InUse, speed: float | None, columns: Sequence[str], words: Words) -> str:
    marks = [words("models.in_use")] if model.name == now.name else []
    marks += [words("models.automatic")] if model.automatic else []
    name = escape(model.name) + "".join(f" <em>{escape(mark)}</em>" for mark in marks)
    files = words("models.on_disk" if model.on_disk else "models.to_fetch", size=gigabytes(model.bytes))
    memory = gigabytes(model.memory) if model.fits else words("models.too_large", size=gigabytes(model.memory))
    cells = (files, memory, _speed_said(model.name == now.name, speed, words), model.licence)
    shown = "".join(_cell(label, text) for label, text in zip(columns[1:], cells))
    kind = "" if model.fits else ' class="large"'
    return f'<tr{kind}><th scope="row">{name}</th>{shown}<td>{_action(model, now, words)}</td></tr>{_condition(model, words)}'


def _cell(label: str, text: str) -> str:
    untold = ' class="untold"' if text == UNTOLD else ""
    return f'<td data-label="{escape(label)}"{untold}>{escape(text)}</td>'


def _speed_said(measured: bool, speed: float | None, words: Words) -> str:
    if speed is None:
        return UNTOLD
    return words("models.speed_measured" if measured else "models.speed", speed=f"{speed:.0f}" if speed >= 3 else f"{speed:.1f}")


def _action(model: Survey, now: InUse, words: Words) -> str:
    if model.name == now.name or not model.fits:
        return ""
    what = "use" if model.on_disk else "fetch"
    locked = " disabled" if _asks(model) else ""
    label = words(f"models.{what}_name", name=model.name)
    text = words("models.use" if model.on_disk else "models.fetch_and_use")
    return f'<button type="button" data-name="{escape(model.name)}" aria-label="{escape(label)}"{locked}>{escape(text)}</button>'


def _condition(model: Survey, words: Words) -> str:
    """A line of its own under a model that only some may use."""
    if not _asks(model):
        return ""
    agree = f'<label><input type="checkbox" data-for="{escape(model.name)}"> {escape(words("models.agree"))}</label>' if model.fits else ""
    return f'<tr class="condition"><td colspan="6">{escape(words("models.research", licence=model.licence))} {agree}</td></tr>'


def _asks(model: Survey) -> bool:
    entry = catalog.find(model.name)
    return bool(entry and entry.own_choice)
