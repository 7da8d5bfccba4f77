"""What every step of an answer is given: the question with all around it (`Asking`), and the answer as far as it has come.

A step is a function of these two that yields the answer again as it grows. It never raises for what a query or a text of the
model's does wrong: that is kept in the attempt.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from qsql.accepted import Accepted
from qsql.databases.base import Database, Limits
from qsql.errors import QsqlError
from qsql.models.base import Model, Options
from qsql.plan import Plan
from qsql.prompt import write_judge, write_prompt
from qsql.records import Answer, Attempt, Prompt, Question, Schema
from qsql.sql import extract_sql, read_query
from qsql.values import Match, ValueIndex

CHAT = 64  # tokens that the chat template adds around the prompt


@dataclass(frozen=True)
class Asking:
    """`start` is by `clock`; `index` is None as long as the cells have not been read, `accepted` where nothing is recalled.

    `terms` are lines that the person's own glossary has for words of the question.
    """

    database: Database
    schema: Schema
    index: ValueIndex | None
    question: Question
    model: Model
    options: Options
    limits: Limits
    plan: Plan
    start: float
    clock: Callable[[], float] = time.perf_counter
    accepted: Accepted | None = None
    terms: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.clock() - self.start

    @property
    def time_left(self) -> bool:
        return self.seconds < self.plan.seconds and not self.options.cancelled

    def prompt(self, answer: Answer, failed: Attempt | None = None) -> Prompt:
        """The question as a prompt; after a `failed` attempt, with its SQL and its error."""
        room = self.room - CHAT
        return write_prompt(self.schema, self.said(answer), self.model.count_tokens, room, self._style, answer.hints, failed)

    def judge(self, answer: Answer) -> Prompt:
        """Whether the question can be answered at all."""
        return write_judge(self.schema, self.said(answer), self.model.count_tokens, self.room - CHAT, self._style, answer.hints)

    def said(self, answer: Answer) -> Question:
        """The question as the model is asked it."""
        return replace(self.question, text=answer.english) if answer.english else self.question

    def matches(self, answer: Answer) -> tuple[Match, ...]:
        """The cells that the question names, in its own words and as the model is asked it."""
        text = f"{self.said(answer).text}\n{self.question.text}" if answer.english else self.question.text
        return tuple(self.index.find(text)) if self.index else ()

    @property
    def room(self) -> int:
        """Tokens of the model beside those of its answer."""
        return self.model.context - self.options.max_tokens

    @property
    def _style(self) -> str:
        return "official" if "describe" in self.plan.without else "described"


Step = Callable[[Asking, Answer], Iterator[Answer]]


def execute(asking: Asking, attempt: Attempt) -> Attempt:
    """Read the attempt's text and run what it says; an error is kept in it, also that it was stopped."""
    attempt = read(asking, attempt)
    return attempt if attempt.error else run(asking, attempt)


def read(asking: Asking, attempt: Attempt) -> Attempt:
    """Find and check the query in the attempt's text."""
    try:
        dialect = asking.database.dialect
        return replace(attempt, query=read_query(extract_sql(attempt.text, dialect), dialect), error=None)
    except QsqlError as error:
        return replace(attempt, error=error)


def run(asking: Asking, attempt: Attempt) -> Attempt:
    """Run the attempt's query."""
    try:
        return replace(attempt, result=asking.database.run(attempt.query, asking.limits))
    except QsqlError as error:
        return replace(attempt, error=error)


def instead(answer: Answer, old: Attempt, new: Attempt) -> Answer:
    """The answer with one attempt in the place of another."""
    return replace(answer, attempts=tuple(new if attempt is old else attempt for attempt in answer.attempts))


def has_rows(attempt: Attempt) -> bool:
    """Whether it ran and gave anything but nothing: no rows, or a single NULL."""
    rows = attempt.result.rows if attempt.result else None
    if rows is None or rows.num_rows == 0:
        return False
    return not (rows.num_rows == 1 and all(column.null_count == 1 for column in rows.columns))
