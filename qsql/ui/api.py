"""The app's API: three endpoints for programs, and all that is public. What they take and give is told in docs/programs.md, and stays.

They go the way that the screen goes: the same databases, the same limits, and where the app is shared what a visitor may do, and no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event

import gradio as gr

from qsql.databases.base import Limits
from qsql.errors import BadInput
from qsql.follow import follow
from qsql.records import Question
from qsql.ui import tools
from qsql.ui.ask import visitor_of
from qsql.ui.status import sentence
from qsql.ui.workspace import Source, Workspace

EVERY = 0.5  # seconds from one word of how far it is to the next, in which it can be cancelled
ROWS = 100


def build(workspace: Workspace) -> None:
    """Add the endpoints to the page that is open."""

    def ask(question: str, database: str = "", evidence: str = "", max_rows: int = ROWS, request: gr.Request = None) -> Iterator[dict]:
        """Ask a database a question in plain words. Gives the SQL, columns, rows, notices, and in `error` why there are no rows."""

        def steps(source: Source, limits: Limits) -> Iterator[dict]:
            return tools.ask(workspace, source, Question(_text(question), _text(evidence)), limits)

        yield from at_work(request, database, max_rows, steps)

    def run(sql: str, database: str = "", max_rows: int = ROWS, request: gr.Request = None) -> Iterator[dict]:
        """Run one SQL statement that only reads. Gives columns and rows."""
        yield from at_work(request, database, max_rows, lambda source, limits: tools.run(workspace, source, _text(sql), limits))

    def schema(database: str = "", tables: list[str] = [], request: gr.Request = None) -> Iterator[dict]:
        """Tables of a database: columns, keys and first rows; of the tables named, or of all."""
        yield from at_work(request, database, ROWS, lambda source, limits: tools.schema(workspace, source, _texts(tables)))

    def at_work(
        request: gr.Request, database: object, max_rows: object, steps: Callable[[Source, Limits], Iterator[dict]]
    ) -> Iterator[dict]:
        visitor, stop, latest = visitor_of(request), Event(), {}
        try:
            with workspace.working(visitor):
                source = workspace.source(_text(database) or workspace.first, visitor)
                limits = workspace.limits(stop)
                for new in follow(steps(source, replace(limits, max_rows=min(limits.max_rows, _count(max_rows)))), EVERY):
                    latest = new or latest
                    yield latest
        except Exception as error:  # the edge of the app: a program gets a sentence, the log gets the rest
            raise gr.Error(sentence(error), print_exception=False) from None
        finally:
            stop.set()

    at_once = workspace.settings.share_questions if workspace.settings.shared else 8
    for endpoint in (ask, run, schema):
        gr.api(endpoint, concurrency_id="ask", concurrency_limit=at_once)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadInput("This must be text.", "Give the question, the SQL and the database as text.")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise BadInput("The tables must be a list of their names.", "Give an empty one for all of them.")
    return [_text(name) for name in value]


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInput("The rows to fetch must be a whole number of one or more.", "Leave it out for as many as are usual.")
    return value
