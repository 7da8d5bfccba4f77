"""The SQL that a person accepted for the same question before, run anew."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.accepted import database_key
from qsql.errors import QsqlError, Stopped
from qsql.records import Answer, Attempt, Prompt
from qsql.sql import read_query
from qsql.steps.base import Asking, run

NOTICE = "You accepted this SQL for the same question before; it was run again."


def recall(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """An answer that is final, where such SQL is kept and still runs; where it does not, the question is asked as usual."""
    sql = _kept(asking)
    if sql is None:
        return
    ran = _ran(asking, Attempt(Prompt(()), "recall", sql))
    if ran.error is None:
        yield replace(answer, attempts=(ran,), chosen=0, final=True, notices=(*answer.notices, NOTICE))
    elif isinstance(ran.error, Stopped):
        yield replace(answer, attempts=(ran,), chosen=0)


def _kept(asking: Asking) -> str | None:
    if asking.accepted is None:
        return None
    return asking.accepted.find(database_key(asking.database), asking.question.whole, asking.question.evidence)


def _ran(asking: Asking, attempt: Attempt) -> Attempt:
    """Read as it stands: unlike a model's text it is all SQL, and may begin with other words than SELECT or WITH."""
    try:
        query = read_query(attempt.text, asking.database.dialect)
    except QsqlError as error:
        return replace(attempt, error=error)
    return run(asking, replace(attempt, query=query))
