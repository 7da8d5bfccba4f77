"""What may be done for one answer: how much effort, how long, and which steps are left out."""

from dataclasses import dataclass
from typing import Literal, get_args

Effort = Literal["low", "auto", "high"]
EFFORTS: tuple[str, ...] = get_args(Effort)


@dataclass(frozen=True)
class Plan:
    """`low` writes one candidate, `auto` more where they may change the answer, `high` always.

    After `seconds` the model writes no further candidate. `without` holds names of steps (see `qsql.ask.STEPS`) that are left out.
    """

    effort: Effort = "auto"
    seconds: float = 8.0
    without: frozenset[str] = frozenset()
