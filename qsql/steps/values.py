"""What is known about words of the question, shown to the model after the schema: cells, comments of columns, idioms of the engine."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.comments import telling
from qsql.idioms import idioms
from qsql.records import Answer
from qsql.steps.base import Asking
from qsql.values import Match


def values(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Look the question up in the index of cells, in the comments and among the idioms; what is found becomes hints.

    The person's own terms come first.
    """
    text, schema = asking.said(answer).text, asking.schema
    said = (*telling(text, schema), *idioms(text, schema)) if "describe" not in asking.plan.without else ()
    shown = {table.name for table in schema.tables}
    found = tuple(match for match in asking.matches(answer) if match.table in shown)
    notices = (*answer.notices, asking.index.notice) if asking.index and asking.index.notice else answer.notices
    yield replace(answer, hints=(*asking.terms, *said, *_cells(found)), notices=notices)


def _cells(matches: tuple[Match, ...]) -> list[str]:
    """A line for each value: where it stands in one column, as a condition; where in several, as a choice."""
    places: dict[str, dict[str, None]] = {}  # columns, each once: a question may name a value twice
    for match in matches:
        places.setdefault(_quoted(match.value.strip()), {})[f"{match.table}.{match.column}"] = None
    return [
        f"{value} may be {' or '.join(columns)}" if len(columns) > 1 else f"{next(iter(columns))} = {value}"
        for value, columns in places.items()
    ]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
