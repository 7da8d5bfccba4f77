"""The loop: prompt, stream, read, run. Knows nothing of a screen.

`attempts` yields each Attempt again and again as it grows, so that a screen can follow; `ask` drains it.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from qsql.databases.base import Database, Limits
from qsql.errors import BadInput, QsqlError, Stopped
from qsql.models import load_model
from qsql.models.base import Model, Options
from qsql.plan import Plan
from qsql.prompt import write_prompt
from qsql.records import Answer, Attempt, Completion, Question
from qsql.sql import extract_sql, read_query


def attempts(
    database: Database,
    question: Question,
    model: Model,
    options: Options = Options(),
    limits: Limits = Limits(),
) -> Iterator[Attempt]:
    """Yield the attempt after each step and each piece of text; the last one has a result or an error.

    Raises BadInput for an empty question or a database without tables, PromptTooLong where it cannot be asked at all.
    """
    schema = database.schema()
    if question.text.strip() and not schema.tables:
        raise BadInput(f"{database.name} has no tables.", "Open another database.")
    prompt = write_prompt(schema, question, model.count_tokens, _budget(model, options))
    attempt = Attempt(prompt)
    yield attempt
    try:
        for step in _steps(attempt, database, model, options, limits):
            attempt = step  # kept, so that an error finds what was there
            yield attempt
    except QsqlError as error:
        yield replace(attempt, error=error)


def ask(
    database: Database,
    question: str | Question,
    model: Model | None = None,
    options: Options = Options(),
    limits: Limits = Limits(),
    plan: Plan = Plan(),
) -> Answer:
    """Ask and wait; without a `model`, the one that fits this machine is fetched and kept loaded.

    Whatever goes wrong after the prompt is in `Answer.error`; see `attempts` for what is raised.
    """
    model = model or _default_model()
    start = time.perf_counter()
    question = Question(question) if isinstance(question, str) else question
    for attempt in attempts(database, question, model, options, limits):
        pass
    return Answer(question, database.name, model.name, (attempt,), time.perf_counter() - start)


def _steps(attempt: Attempt, database: Database, model: Model, options: Options, limits: Limits) -> Iterator[Attempt]:
    start, end = time.perf_counter(), None
    for piece in model.stream(attempt.prompt, replace(options, candidates=1)):
        attempt, end = replace(attempt, text=attempt.text + piece.text), piece.end or end
        yield attempt
    if end is None or end.reason == "cancelled":
        raise Stopped()
    attempt = replace(attempt, completion=Completion(attempt.text, end, time.perf_counter() - start))
    attempt = replace(attempt, query=read_query(extract_sql(attempt.text, database.dialect), database.dialect))
    yield attempt
    yield replace(attempt, result=database.run(attempt.query, limits))


@cache
def _default_model() -> Model:
    return load_model("auto")


def _budget(model: Model, options: Options) -> int:
    chat = 64  # tokens that the chat template adds around the prompt
    return model.context - options.max_tokens - chat
