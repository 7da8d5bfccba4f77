"""What stands on the screen as an answer: the rows of a database, the SQL that gave them, and the question where there was one.

It is kept on the server, in the page's state, so that nothing from outside can pair a question with SQL that did not run.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from qsql.records import Answer, Question, Result
from qsql.ui.workspace import Source


@dataclass(frozen=True)
class Shown:
    """`database` is what people call it. `question` is None for SQL that a person wrote, `answer` too where it was run by hand.

    `result` is None where nothing came of it, and was read at the time `ran`; `entry` is its number in the history, None where none is kept.
    """

    source: Source
    database: str
    sql: str
    question: Question | None = None
    result: Result | None = None
    answer: Answer | None = None
    entry: int | None = None
    ran: datetime = field(default_factory=lambda: datetime.now(UTC))
