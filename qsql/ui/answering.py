"""A question to a database of the workspace, or SQL of a person or a program, run to the end. Knows nothing of a screen.

Each is a generator, to be run in a thread of its own, because a database may be slow to open and a model to load; the event in
`limits` ends it sooner.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from qsql.ask import answers
from qsql.databases.base import Database, Limits
from qsql.models.base import Options
from qsql.plan import Plan
from qsql.records import Answer, Query, Question, Result
from qsql.sql import read_query
from qsql.ui.workspace import Source, Workspace
from qsql.zero import explain_zero


@dataclass(frozen=True)
class Asked:
    """`tables` are those that it is about, None for all; `follows` is the number in the history of what the question goes on from, where it does."""

    source: Source
    tables: tuple[str, ...] | None
    question: Question
    follows: int | None = None


@dataclass(frozen=True)
class Ran:
    """SQL that ran, on the database of this name. `why` says of a result without rows which condition no row meets, where that is known."""

    database: str
    query: Query
    result: Result
    why: str | None


def answering(workspace: Workspace, asked: Asked, plan: Plan, limits: Limits) -> Iterator[Answer]:
    """The answer as it grows; see qsql.ask."""
    database, terms = workspace.open(asked.source), workspace.terms(asked.source, asked.question)
    about = {"terms": terms, "tables": asked.tables}
    with workspace.asking(limits.cancel) as model:
        for answer in answers(database, asked.question, model, Options(cancel=limits.cancel), limits, plan, workspace.accepted, **about):
            yield answer
    if why := _nothing(database, answer.best.query, answer.best.result, limits):
        yield replace(answer, notices=(*answer.notices, why))


def running(workspace: Workspace, source: Source, sql: str, limits: Limits) -> Iterator[Ran]:
    """One that ran. Raises what opening, reading and running raise."""
    database = workspace.open(source)
    query = read_query(sql, database.dialect)
    result = database.run(query, limits)
    yield Ran(database.name, query, result, _nothing(database, query, result, limits))


def _nothing(database: Database, query: Query | None, result: Result | None, limits: Limits) -> str | None:
    """Where there are no rows, which condition no row meets."""
    return explain_zero(database, query, limits) if query and result and result.rows.num_rows == 0 else None
