"""Which comments of columns speak of what a question asks. Pure."""

import re
from collections import Counter
from collections.abc import Iterator

from qsql.records import Column, Schema

MOST = 2  # comments shown
RARE = 3  # columns that may share a word for it to say anything
SHORTEST = 5  # letters of a word that says anything
WORD = re.compile(r"[^\W\d_]+")


def telling(question: str, schema: Schema) -> Iterator[str]:
    """A line for each column whose comment has a rare word of the question that is no name in the schema; the most telling first."""
    named = _stems(
        " ".join(name.replace("_", " ") for table in schema.tables for name in (table.name, *(column.name for column in table.columns)))
    )
    asked = _stems(question) - named
    places = [(table, column) for table in schema.tables for column in table.columns if column.comment]
    counts = Counter(stem for _, column in places for stem in _stems(column.comment))
    ranked = sorted(places, key=lambda place: -_weight(place[1], asked, counts))
    for table, column in ranked[:MOST]:
        if _weight(column, asked, counts) > 0:
            yield f"{table.name}.{column.name}: {' '.join(column.comment.split())}"


def _weight(column: Column, asked: set[str], counts: Counter) -> float:
    return sum(1 / counts[stem] for stem in _stems(column.comment) & asked if counts[stem] <= RARE)


def _stems(text: str) -> set[str]:
    """Words without the commonest endings."""
    found = (re.sub(r"(.)\1$", r"\1", re.sub(r"(ing|ed|es|s)$", "", word.lower())) for word in WORD.findall(text))
    return {stem for stem in found if len(stem) >= SHORTEST}
