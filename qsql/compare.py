"""The same question to two models, one after the other: what each answers, what it takes, and whether the rows are the same.

A model that the app does not keep anyway is loaded beside the one that it keeps, and given back as soon as it has answered. Knows
nothing of a screen.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Literal

from qsql import show
from qsql.errors import ModelTooLarge, Stopped
from qsql.evaluate.equal import Rows, canonical
from qsql.evaluate.equal import same_rows as equal_rows
from qsql.models import Progress, catalog, choose, load_model, resolve
from qsql.models.base import Model, Weights
from qsql.models.choose import Machine, gigabytes
from qsql.models.parts import all_parts
from qsql.records import Answer
from qsql.settings import Settings

Asks = Callable[[Model], Iterator[Answer]]
Stage = Literal["waiting", "loading", "asking", "done"]


@dataclass(frozen=True)
class Contestant:
    """A model by its name, and the way to get it. One that is `kept` belongs to somebody else and is not closed here."""

    name: str
    load: Callable[[], Model]
    kept: bool = False


@dataclass(frozen=True)
class Side:
    """How far one model has come. `error` says why there are no rows; `began` is when its stage did, by time.perf_counter."""

    name: str
    stage: Stage = "waiting"
    answer: Answer | None = None
    error: Exception | None = None
    began: float = 0.0

    def at(self, stage: Stage) -> "Side":
        return replace(self, stage=stage, began=time.perf_counter())


@dataclass(frozen=True)
class Tokens:
    """`read` of all prompts, each counted once however many candidates came from it; 0 is what a server does not tell."""

    read: int
    written: int


def compare(asks: Asks, contestants: tuple[Contestant, Contestant], stop: Event) -> Iterator[tuple[Side, Side]]:
    """Yield both sides as they come along. What goes wrong with one is kept in its side; the other is asked all the same.

    `asks` puts the question to a model; once `stop` is set, no further model is loaded.
    """
    sides = [Side(contestant.name) for contestant in contestants]
    for place, contestant in enumerate(contestants):
        for side in _side(sides[place], contestant, asks, stop):
            sides[place] = side
            yield sides[0], sides[1]


def load_beside(name: str, kept: Model | None, settings: Settings, progress: Progress | None = None) -> Model:
    """Load a model while `kept` stays loaded. Raises ModelTooLarge where both do not fit, and what loading raises.

    Where its size is known beforehand, that is said before anything is fetched.
    """
    machine = choose.this_machine()
    if entry := catalog.find(name):
        _, form, four_bit = choose.form_for(entry, machine)
        _check_room(name, form.runtime, entry.memory(form, four_bit), kept, machine)
    weights = resolve(name, settings, progress)
    _check_room(name, weights.runtime, _memory(weights), kept, machine)
    return load_model(name, settings, progress)


def same_rows(one: Answer, other: Answer) -> bool | None:
    """Whether both have the same rows, in any order of rows and columns, by what the values say; None where one has no rows."""
    if one.result is None or other.result is None:
        return None
    ours, theirs = _rows(one), _rows(other)
    return ours == theirs or equal_rows(ours, theirs, ordered=False)


def tokens(answer: Answer) -> Tokens:
    """What the model read and wrote for this answer."""
    ends = [(attempt.prompt, attempt.completion.end) for attempt in answer.attempts if attempt.completion]
    read = {prompt: end.prompt_tokens for prompt, end in ends}
    return Tokens(sum(read.values()), sum(end.completion_tokens for _, end in ends))


def _side(side: Side, contestant: Contestant, asks: Asks, stop: Event) -> Iterator[Side]:
    model = None
    try:
        if stop.is_set():
            raise Stopped()
        yield (side := side.at("loading"))
        model = contestant.load()
        yield (side := side.at("asking"))
        for answer in asks(model):
            yield (side := replace(side, answer=answer))
        yield replace(side.at("done"), error=side.answer.error)
    except Exception as error:  # of a model or its library: the other side does not suffer for it
        yield replace(side.at("done"), error=error)
    finally:
        if model is not None and not contestant.kept:
            model.close()


def _check_room(name: str, runtime: str, need: int, kept: Model | None, machine: Machine) -> None:
    """Both together must fit the memory that they share; on the processor, the second also what other programs leave free."""
    held = _held(kept, runtime, machine)
    room, free = machine.memory, machine.free_memory
    if runtime == "transformers" and machine.card_memory:
        room, free = machine.card_memory, machine.card_memory
    if need and (need + held > room or need > free):
        beside = f" beside {kept.name!r}" if kept else ""
        has = gigabytes(max(0, min(room - held, free)))
        raise ModelTooLarge(
            f"{name!r} needs about {gigabytes(need)} of memory{beside}; {has} is free.",
            "Choose a smaller one, or close other programs.",
        )


def _held(kept: Model | None, runtime: str, machine: Machine) -> int:
    """Bytes that the kept model takes of the memory that `runtime` computes in; 0 where its size is not known."""
    entry = catalog.find(kept.name) if kept else None
    if entry is None:
        return 0
    _, form, four_bit = choose.form_for(entry, machine)
    return entry.memory(form, four_bit) if form.runtime == runtime else 0


def _memory(weights: Weights) -> int:
    """Bytes that it takes to run; 0 for what runs elsewhere."""
    if entry := catalog.find(weights.name):
        return entry.memory(entry.form(weights.runtime), weights.four_bit)
    if weights.runtime in ("echo", "openai"):
        return 0
    source = Path(weights.source)
    files = all_parts(source) if source.is_file() else source.glob("*.safetensors")
    return sum(file.stat().st_size for file in files)


def _rows(answer: Answer) -> Rows:
    return tuple(tuple(_plain(value) for value in row) for row in show.rows(answer.result))


def _plain(value: object) -> object:
    return show.text(value) if isinstance(value, (list, dict)) else canonical(value)
