"""The border to every language model: `stream`, which answers, and `fill`, which writes between two texts.

Knows nothing of SQL, pages or databases. A backend yields text as it comes, ends at a stop word (which it does not
yield), gives `options.candidates` texts from one prompt, keeps the computed state of a prompt's beginning for the next
prompt that shares it, and stops computing soon after `options.cancel` is set or the generator is closed.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter
from threading import Event
from typing import Protocol

from qsql.records import Completion, Piece, Prompt


@dataclass(frozen=True)
class Options:
    """How to write. `temperature` 0 is greedy; with more than one candidate and a temperature, `seed` makes it repeatable
    where the backend can. `max_tokens` bounds each candidate. With `keep`, what is computed of the prompt outlives the program,
    where the backend can: in the next one a prompt that begins like it is not computed again."""

    max_tokens: int = 512
    temperature: float = 0.0
    candidates: int = 1
    seed: int | None = None
    cancel: Event | None = None
    keep: bool = False

    @property
    def cancelled(self) -> bool:
        return self.cancel is not None and self.cancel.is_set()


@dataclass(frozen=True)
class Weights:
    """Where a model is and what runs it: `runtime` names a backend module, `source` is a file, a folder or a URL.

    `four_bit` asks the runtime to quantize as it loads. `context` is what the model was trained for, in tokens.
    """

    runtime: str
    name: str
    source: str
    four_bit: bool = False
    context: int = 32768


class Model(Protocol):
    """`name` is for people; `context` is the largest prompt and answer together, in tokens."""

    name: str
    context: int

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """Yield pieces as they are written; each candidate's last piece carries its `end`.

        Raises PromptTooLong, ModelUnreachable or ModelBroken. Safe to call from several threads: calls wait their turn
        where the backend computes one at a time.
        """

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """Write what stands between two texts: as `stream` does, but one candidate, and nothing of a chat around it.

        What looks in them like one of the model's own marks is read as plain text. Raises what `stream` raises, and
        ModelError where this model, or its server, only answers questions.
        """

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`, exact where the tokenizer is at hand, else an upper estimate."""

    def close(self) -> None:
        """Give the memory back."""


def complete(model: Model, prompt: Prompt, options: Options = Options()) -> tuple[Completion, ...]:
    """Drain a stream: one Completion a candidate, in order."""
    return tuple(completion for _, completion in sorted(completions(model, prompt, options), key=itemgetter(0)))


def completions(model: Model, prompt: Prompt, options: Options = Options()) -> Iterator[tuple[int, Completion]]:
    """Each candidate, with its number, as soon as it is whole; whoever wants no more closes this, and the model stops."""
    start = time.perf_counter()
    texts: dict[int, str] = {}
    with closing(model.stream(prompt, options)) as pieces:
        for piece in pieces:
            texts[piece.candidate] = texts.get(piece.candidate, "") + piece.text
            if piece.end:
                yield piece.candidate, Completion(texts[piece.candidate], piece.end, time.perf_counter() - start)
