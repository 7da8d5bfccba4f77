"""What is known about words of the question, shown to the model after the schema: cells, comments of columns, idioms of the engine."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.comments import telling
from qsql.idioms import idioms
from qsql.records import Answer
from qsql.steps.base import Asking
from qsql.tables import unfamiliar
from qsql.values import Match

UNFAMILIAR = "No word of the question is a name or a value in these tables: look whether the SQL answers what you asked."


def values(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Look the question up in the index of cells, in the comments and among the idioms; what is found becomes hints.

    The person's own terms come first.
    """
    text, schema = asking.said(answer).text, asking.schema
    said = (*telling(text, schema), *idioms(text, schema)) if "describe" not in asking.plan.without else ()
    shown = {table.name for table in schema.tables}
    found = tuple(match for match in asking.matches(answer) if match.table in shown)
    yield replace(answer, hints=(*asking.terms, *said, *_cells(found)), notices=(*answer.notices, *_notices(asking, text, bool(found))))


def _notices(asking: Asking, text: str, found: bool) -> Iterator[str]:
    if asking.index is None:
        return
    if asking.index.notice:
        yield asking.index.notice
    told = found or asking.terms or asking.question.earlier or asking.question.evidence
    if not told and unfamiliar(asking.schema, text):
        yield UNFAMILIAR


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
