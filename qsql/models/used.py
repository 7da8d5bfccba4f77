"""A loaded model with what its holder has to know: who uses it, and how fast it writes."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from qsql.models.base import Model, Options
from qsql.records import Piece, Prompt

LEAST = 8  # tokens of a text whose time is worth something
LAST = 8  # texts that are remembered


class Timed:
    """A model, and the tokens a second of the texts that it wrote last, one at a time. All else passes through."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._wrote: deque[tuple[int, float]] = deque(maxlen=LAST)

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    @property
    def backend(self) -> str:
        """The module that the model is of."""
        return type(self._model).__module__

    @property
    def speed(self) -> float | None:
        """Tokens a second; None as long as it has not written enough."""
        wrote = list(self._wrote)
        return sum(tokens for tokens, _ in wrote) / sum(seconds for _, seconds in wrote) if wrote else None

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base."""
        first = None
        for piece in self._model.stream(prompt, options):
            first = first or time.perf_counter()
            if piece.end and options.candidates == 1 and piece.end.completion_tokens > LEAST:
                self._wrote.append((piece.end.completion_tokens - 1, max(time.perf_counter() - first, 1e-6)))
            yield piece


class Counted:
    """A model for callers who do not say how long they need it: `using` stands around each text that it writes."""

    def __init__(self, model: Model, using: Callable[[], AbstractContextManager[None]]) -> None:
        self._model, self._using = model, using

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base."""
        with self._using():
            yield from self._model.stream(prompt, options)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """See models.base."""
        with self._using():
            yield from self._model.fill(prefix, suffix, stop, options)
