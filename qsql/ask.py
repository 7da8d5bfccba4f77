"""The loop: one question through the steps, until there are rows. Knows nothing of a screen.

`answers` yields the Answer again and again as it grows, so that a screen can follow; `ask` drains it.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from qsql.accepted import Accepted
from qsql.databases.base import Database, Limits
from qsql.errors import BadInput, ConnectionLost, QsqlError, Stopped
from qsql.models import load_model
from qsql.models.base import Model, Options
from qsql.plan import Plan
from qsql.prompt import check_question
from qsql.recent import after_the_last
from qsql.records import Answer, Question, Schema
from qsql.steps.again import again
from qsql.steps.base import Asking, Step
from qsql.steps.decline import decline
from qsql.steps.draft import draft
from qsql.steps.knowledge import knowledge_of, with_rows
from qsql.steps.literals import literals
from qsql.steps.mend import mend
from qsql.steps.precision import precision
from qsql.steps.recall import recall
from qsql.steps.sample import sample
from qsql.steps.translate import translate
from qsql.steps.values import values
from qsql.steps.vote import vote
from qsql.steps.withheld import without_rows
from qsql.tables import about, choose, fits
from qsql.warm import read_once, restored

MOST_NAMES = 8  # of tables, in a notice

# In this order. A step does nothing where there is nothing for it to do; a name in `Plan.without` leaves it out.
STEPS: tuple[Step, ...] = (
    *(recall, translate, values),
    *(draft, mend, precision, literals),
    *(sample, mend, precision, literals, vote),
    *(again, mend, precision, literals),
    decline,
)


def answers(
    database: Database,
    question: Question,
    model: Model,
    options: Options = Options(),
    limits: Limits = Limits(),
    plan: Plan = Plan(),
    accepted: Accepted | None = None,
    terms: tuple[str, ...] = (),
    tables: tuple[str, ...] | None = None,
) -> Iterator[Answer]:
    """Yield the answer after each step and each piece of text; the last one has a result or an error.

    `accepted` is where SQL that a person accepted is looked up; without it each question is asked as if for the first time.
    `terms` are lines of the person's own knowledge about words of the question, such as a glossary has.
    `tables` are the names of those that the question is about; None is all of them.

    Raises BadInput for an empty question or a database without tables, ConnectionLost and PromptTooLong where it cannot be asked at all.
    """
    check_question(question)
    clock = getattr(model, "clock", time.perf_counter)  # a model whose texts are kept counts the seconds that they took
    start = clock()
    database.refresh()
    schema = database.schema()
    if not schema.tables:
        raise BadInput(f"{database.name} has no tables.", "Open another database.")
    known = knowledge_of(database)
    schema, index = (known.schema, known.index) if known else (schema, None)
    asking = Asking(database, schema, index, question, model, options, limits, plan, start, clock, accepted, terms)
    answer = Answer(question, database.name, model.name)
    if tables is not None:
        asking = replace(asking, schema=_about(schema, tables))
    elif not fits(schema, asking.room):
        asking, answer = _narrowed(asking, answer)
    if not plan.rows:
        asking = replace(asking, schema=without_rows(asking.schema), index=None)
    with restored(database, asking.schema, model):
        yield from _steps(asking, answer)


def _steps(asking: Asking, answer: Answer) -> Iterator[Answer]:
    try:
        for step in (step for step in STEPS if step.__name__ not in asking.plan.without):
            for answer in step(asking, answer):
                if answer.attempts:
                    yield replace(answer, seconds=asking.seconds)
            _raise_if_stopped(answer)
            if answer.final or (answer.attempts and isinstance(answer.best.error, ConnectionLost)):  # which no other SQL mends
                return
    except QsqlError as error:
        if not answer.attempts:
            raise
        yield replace(_ended(answer, error), seconds=asking.seconds)


def _about(schema: Schema, names: tuple[str, ...]) -> Schema:
    """These tables of it. Raises BadInput where none of them is there."""
    chosen = about(schema, names)
    if not chosen.tables:
        raise BadInput("No table is chosen for the question.", "Choose the tables that it is about, or all of them.")
    return chosen


def _narrowed(asking: Asking, answer: Answer) -> tuple[Asking, Answer]:
    """With the tables that the question is about, by its words in the tables' own language, and a notice that names them."""
    whole = asking.schema
    if translate.__name__ not in asking.plan.without:
        for answer in translate(asking, answer):
            pass
    chosen = choose(whole, asking.said(answer).whole, asking.matches(answer), asking.room)
    shown = after_the_last(asking.database, whole, chosen, asking.room)
    names = ", ".join(table.name for table in shown.tables[:MOST_NAMES]) + (", ..." if len(shown.tables) > MOST_NAMES else "")
    notice = f"The database has {len(whole.tables):,} tables; the model was shown the {len(shown.tables)} that the questions seem to be about: {names}."
    schema = with_rows(asking.database, shown) if asking.plan.rows else shown
    return replace(asking, schema=schema), replace(answer, notices=(notice,))


def _raise_if_stopped(answer: Answer) -> None:
    stopped = next((attempt.error for attempt in answer.attempts if isinstance(attempt.error, Stopped)), None)
    if stopped:
        raise stopped


def _ended(answer: Answer, error: QsqlError) -> Answer:
    """Rows that are there are kept, and it is said that they were not made sure of; else the error is the answer."""
    whole = next((place for place, attempt in enumerate(answer.attempts) if attempt.result is not None), None)
    if whole is None:
        return replace(answer, attempts=(*answer.attempts[:-1], replace(answer.attempts[-1], error=error)), chosen=len(answer.attempts) - 1)
    place = answer.chosen if answer.best.result is not None else whole
    return replace(answer, chosen=place, notices=(*answer.notices, f"Other ways to answer were not tried to the end: {error.message}"))


def ask(
    database: Database,
    question: str | Question,
    model: Model | None = None,
    options: Options = Options(),
    limits: Limits = Limits(),
    plan: Plan = Plan(),
    accepted: Accepted | None = None,
) -> Answer:
    """Ask and wait; without a `model`, the one that fits this machine is fetched and kept loaded.

    Whatever goes wrong after the prompt is in `Answer.error`; see `answers` for what is raised.
    """
    question = Question(question) if isinstance(question, str) else question
    if model is None:
        model = _default_model()
        read_once(database, model, plan)
    *_, answer = answers(database, question, model, options, limits, plan, accepted)
    return answer


@cache
def _default_model() -> Model:
    return load_model("auto")
