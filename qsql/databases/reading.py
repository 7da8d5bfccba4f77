"""What became of files when they were read, for the person: plain values, which a process can send to another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NAMED = 5  # columns, lines or files named one by one in a note; more are only counted


@dataclass(frozen=True)
class ReadTable:
    """One table: the file (and the sheet, where there are sheets) that it came from, its size, and what was guessed,
    renamed or left out, as sentences.
    """

    name: str
    file: str
    sheet: str
    rows: int
    columns: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """All tables in order; `notes` say what holds for none of them alone, such as which files were left out."""

    tables: tuple[ReadTable, ...]
    notes: tuple[str, ...] = ()


def some(names: Iterable[str]) -> str:
    """'a', 'b' and 3 more."""
    listed = list(names)
    first, more = ", ".join(map(repr, listed[:NAMED])), len(listed) - NAMED
    return f"{first} and {more} more" if more > 0 else first


def count(number: int, one: str, many: str = "") -> str:
    """1 row, 2 rows."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def grouped(found: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """(column, a sentence with {} for it) -> each sentence once, naming all its columns."""
    columns: dict[str, list[str]] = {}
    for column, note in found:
        columns.setdefault(note, []).append(column)
    return tuple(note.format(some(names)) for note, names in columns.items())
