"""A database's own words: what its people mean by a term, kept in a file of this machine, and told to the model when a question names it.

    MRR = monthly recurring revenue, the sum of plan.price of active subscriptions
    活跃客户 = 最近 90 天内有订单的客户

Knows nothing of models or screens. A term is found in a question as whole words, whatever their case and width; one in a writing
without spaces, such as Chinese, anywhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qsql.errors import BadInput
from qsql.userdata import Place, UserFile, fold
from qsql.values import HAN

FILE = "glossary.sqlite"  # in the folder for the user's data
MOST_TERMS, MOST_TERM, MOST_MEANING = 200, 60, 300  # terms of a database, characters of each, and of what it means
MOST_LINES = 20  # terms that one question is told of
BETWEEN = re.compile(r"\s*[=＝\t]\s*|\s*：\s*|\s*:\s+")
TABLE = "CREATE TABLE IF NOT EXISTS terms (key TEXT, place INTEGER, term TEXT, meaning TEXT, PRIMARY KEY (key, place))"
TOGETHER = rf"{HAN}\uac00-\ud7af\u0e00-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f"  # no spaces, or endings without one


@dataclass(frozen=True)
class Term:
    """A term and what it means."""

    term: str
    meaning: str


class Glossary:
    """The file at `path`. Safe to use from several threads and processes at once."""

    def __init__(self, path: Path) -> None:
        self._file = UserFile(path, TABLE)

    def read(self, place: Place) -> tuple[Term, ...]:
        """The terms of this database, in their order. Raises BadInput where the file cannot be read."""
        if self._file.empty:
            return ()
        with self._file.reading() as file:
            found = file.execute("SELECT term, meaning FROM terms WHERE key = ? ORDER BY place", (place.key,)).fetchall()
        return tuple(Term(term, meaning) for term, meaning in found)

    def write(self, place: Place, terms: Sequence[Term]) -> None:
        """These instead of those before. Raises BadInput where the file cannot be written."""
        with self._file.writing("kept") as file:
            file.execute("DELETE FROM terms WHERE key = ?", (place.key,))
            rows = [(place.key, number, term.term, term.meaning) for number, term in enumerate(terms)]
            file.executemany("INSERT INTO terms VALUES (?, ?, ?, ?)", rows)


def as_text(terms: Sequence[Term]) -> str:
    """A line for each."""
    return "\n".join(f"{term.term} = {term.meaning}" for term in terms)


def from_text(text: str) -> tuple[Term, ...]:
    """From lines such as `term = meaning`, or two columns of a spreadsheet. Raises BadInput, which names the line."""
    terms: dict[str, Term] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            term = _term(line.strip(), number)
            if fold(term.term) in terms:
                raise BadInput(f"Line {number} has a term that is there already: {term.term}", "Write all that it means in one line.")
            terms[fold(term.term)] = term
    if len(terms) > MOST_TERMS:
        raise BadInput(f"There are {len(terms)} terms, and room for {MOST_TERMS}.", "Leave out those that are asked about least.")
    return tuple(terms.values())


def for_question(terms: Sequence[Term], question: str) -> tuple[str, ...]:
    """A line for each term that the question names, in the order of the terms, at most MOST_LINES."""
    asked = fold(question)
    named = [term for term in terms if _pattern(fold(term.term)).search(asked)]
    return tuple(f"{term.term} means {term.meaning}" for term in named[:MOST_LINES])


def _term(line: str, number: int) -> Term:
    parts = [" ".join(part.split()) for part in BETWEEN.split(line, maxsplit=1)]
    if len(parts) < 2 or not all(parts):
        raise BadInput(f"Line {number} does not say what its term means.", "Write it as: term = what it means")
    if len(parts[0]) > MOST_TERM or len(parts[1]) > MOST_MEANING:
        raise BadInput(f"Line {number} is too long.", f"A term has at most {MOST_TERM} characters, what it means {MOST_MEANING}.")
    if not any(sign.isalnum() for sign in parts[0]):
        raise BadInput(f"Line {number} has a term without a letter or digit.", "Write it as: term = what it means")
    return Term(*parts)


def _pattern(term: str) -> re.Pattern[str]:
    """Between a letter of one word and a letter of the next there is an edge only where one of them needs no space."""
    letter = rf"[^\W{TOGETHER}]"
    before = rf"(?<!{letter})" if re.match(letter, term) else ""
    after = rf"(?!{letter})" if re.match(letter, term[-1]) else ""
    return re.compile(before + re.escape(term) + after)
