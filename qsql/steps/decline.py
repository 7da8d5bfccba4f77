"""Saying that the database does not hold what was asked, instead of showing rows for another question."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.errors import CannotAnswer, QueryFailed
from qsql.models.base import complete
from qsql.records import Answer
from qsql.repair import unknown_names
from qsql.steps.base import Asking, instead
from qsql.steps.vote import AGREED

# The probability of the model's "Yes" below which an answer it was not sure of is not shown; benchmarks/accuracy.md has the figures.
DOUBT = -0.92  # natural logarithm


def decline(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """The SQL stays with the answer, so that a person who knows better can run it; the rows do not.

    Asking for yes or no is short, and matters most where the time has run out: it is done all the same. A follow-up is not asked
    about, for it says too little by itself.
    """
    best = answer.best
    missing = unknown_names(best.query.sql, asking.schema) if best.query else ()
    if isinstance(best.error, QueryFailed) and missing:
        yield _declined(answer, f"This database has no {' and no '.join(missing[:3])}, as far as its tables say.")
    elif best.result is not None and not best.query.tables and best.query.sql.upper().startswith("SELECT"):
        yield _declined(answer, "This is no question about the rows of this database.")
    elif (
        best.result is not None
        and _unsure(answer)
        and not asking.question.earlier
        and not asking.options.cancelled
        and _doubted(asking, answer)
    ):
        yield _declined(answer, "This database does not seem to hold what was asked.")


def _unsure(answer: Answer) -> bool:
    """Whether there were several candidates, and fewer than four in five gave these rows: what most agree on, the tables hold."""
    vote = answer.vote
    return len(answer.attempts) > 1 and (vote is None or vote.agreed < AGREED * vote.voted)


def _doubted(asking: Asking, answer: Answer) -> bool:
    """Whether the model, asked for yes or no over the same tables, does not say a clear yes."""
    said = complete(asking.model, asking.judge(answer), replace(asking.options, max_tokens=3, candidates=1))[0]
    if said.end.reason == "cancelled":
        return False
    return said.text.strip().lower().startswith("no") or (said.end.logprob or 0.0) < DOUBT


def _declined(answer: Answer, message: str) -> Answer:
    error = CannotAnswer(message, "Ask about what its tables hold. If the SQL is what you meant, run it.")
    return instead(answer, answer.best, replace(answer.best, result=None, error=error))
