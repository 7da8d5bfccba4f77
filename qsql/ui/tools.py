"""What a program may do with the workspace, over the app's API and over MCP: describe a database, ask it, run SQL on it.

What comes of it is ready for JSON. Each is a generator that yields at least once, its result last: run it in a thread of its own, and
end it sooner by the event in `limits`. Knows nothing of Gradio or MCP.
"""

from collections.abc import Iterator, Sequence

from qsql.databases.base import Limits
from qsql.outline import outline
from qsql.prompt import check_question
from qsql.records import Question
from qsql.show import of_answer, of_rows
from qsql.steps.knowledge import knowledge_of
from qsql.steps.withheld import without_rows
from qsql.ui.answering import Asked, answering, running
from qsql.ui.workspace import Source, Workspace


def schema(workspace: Workspace, source: Source, names: Sequence[str] = ()) -> Iterator[dict]:
    """Its tables as `outline` tells them. Raises BadInput for a name that no table has, and what opening raises."""
    database = workspace.open(source)
    known = knowledge_of(database)
    found = known.schema if known else database.schema()
    told = outline(found if workspace.kept.now.sample_rows else without_rows(found), names)
    yield {"database": database.name, "notices": list(database.notices), **told}


def ask(workspace: Workspace, source: Source, question: Question, limits: Limits) -> Iterator[dict]:
    """The answer as it grows. One without rows says in `error` why. Raises what asking raises."""
    check_question(question)  # before a database is opened and a model loaded for nothing
    for answer in answering(workspace, Asked(source, None, question), workspace.plan(workspace.kept.now.effort), limits):
        yield {**of_answer(answer), "changes": list(answer.best.changes)}


def run(workspace: Workspace, source: Source, sql: str, limits: Limits) -> Iterator[dict]:
    """The rows of a statement that reads. Raises what opening, reading and running raise."""
    for ran in running(workspace, source, sql, limits):
        rows = {**of_rows(ran.result.rows), "truncated": ran.result.truncated, "notices": [ran.why] if ran.why else []}
        yield {"database": ran.database, "sql": ran.query.sql, **rows, "seconds": round(ran.result.seconds, 3)}
