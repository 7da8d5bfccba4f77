"""How the model stands, as a screen may show it. Knows no model and no thread."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["absent", "fetching", "loading", "ready", "busy", "waiting", "failed"]


@dataclass(frozen=True)
class State:
    """`name` is the model in use, empty where there is none; `coming` what is fetched or loaded, or could not be.

    `done` of `total` bytes have come, and `seconds` are left, as far as that can be told. `questions` use the model, `held_up` wait
    until it is loaded. `place` is that of one's own question in the queue, where it waits. `error` says why the last change of the
    model, or loading it, failed; the model that was there before may be in use again.
    """

    kind: Kind
    name: str = ""
    coming: str = ""
    done: int = 0
    total: int = 0
    seconds: float | None = None
    questions: int = 0
    held_up: int = 0
    place: int = 0
    error: Exception | None = None

    @property
    def changing(self) -> bool:
        """Whether another model is on its way."""
        return self.kind in ("fetching", "loading")
