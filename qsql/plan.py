"""What may be done for one answer: how much effort, how long, and which steps are left out."""

from dataclasses import dataclass
from typing import Literal, get_args

Effort = Literal["low", "auto", "high"]
ROWS = "rows"
EFFORTS: tuple[str, ...] = get_args(Effort)


@dataclass(frozen=True)
class Plan:
    """`low` writes one candidate, `auto` more where they may change the answer, `high` always.

    After `seconds` the model writes no further candidate. `without` holds names of steps (see `qsql.ask.STEPS`) that are left out;
    with `rows` among them, the model sees no row of a table, and nothing is looked up among its cells.
    """

    effort: Effort = "auto"
    seconds: float = 8.0
    without: frozenset[str] = frozenset()

    @property
    def rows(self) -> bool:
        """Whether the model may see rows and cells of the tables."""
        return ROWS not in self.without

    @classmethod
    def of(cls, effort: Effort, rows: bool) -> "Plan":
        return cls(effort, without=frozenset() if rows else frozenset({ROWS}))
