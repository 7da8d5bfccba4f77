"""Words of the question that stand in the database's cells, shown to the model after the schema."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.records import Answer
from qsql.steps.base import Asking


def values(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Look the question up in the index of cells; what is found becomes hints."""
    if asking.index is None:
        return
    matches = asking.index.find(asking.question.text)
    hints = tuple(dict.fromkeys(f"{match.table}.{match.column} = {_quoted(match.value.strip())}" for match in matches))
    notices = (*answer.notices, asking.index.notice) if asking.index.notice else answer.notices
    yield replace(answer, hints=hints, notices=notices)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
