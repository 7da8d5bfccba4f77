"""Names for tables and columns that a person and a model can write, whatever a file calls them."""

import re
import unicodedata
from collections.abc import Sequence

from qsql.databases.reading import NAMED, some

LONGEST = 100  # characters of a name
UNSEEN = re.compile(r"[\s\x00-\x1f\x7f]+")


def unique(names: Sequence[str]) -> list[str]:
    """Names kept as they are, an empty one as column_N; a second one of the same letters gets a number."""
    found: dict[str, str] = {}
    for index, name in enumerate(names, 1):
        base = name or f"column_{index}"
        number, candidate = 1, base
        while candidate.casefold() in found:
            number += 1
            candidate = f"{base}_{number}"
        found[candidate.casefold()] = candidate
    return list(found.values())


def columns(headings: Sequence[str]) -> list[str]:
    """Headings as unique names of one line, none of them long."""
    return unique([plain(heading) for heading in headings])


def plain(heading: str) -> str:
    """One line without what cannot be seen, cut where it is long."""
    return UNSEEN.sub(" ", heading).strip()[:LONGEST].strip()


def table(text: str, taken: Sequence[str]) -> str:
    """Letters (of any script), digits and underscores, in lower case, and like no other."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFC", text).lower()).strip("_")[:LONGEST]
    if not name or name[0].isdigit():
        name = f"t_{name}" if name else "data"
    return unique([*taken, name])[-1]


def renamed(headings: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """A sentence for the columns whose heading had to change, and one for those that had none."""
    changed = [f"{old.strip()[:LONGEST]!r} is now {new!r}" for old, new in zip(headings, given) if old.strip() and old.strip() != new]
    unnamed = [new for old, new in zip(headings, given) if not old.strip()]
    notes = []
    if changed:
        listed = "; ".join(changed[:NAMED]) + (f"; and {len(changed) - NAMED} more" if len(changed) > NAMED else "")
        notes.append(f"Renamed: {listed}.")
    if unnamed:
        notes.append(f"Columns without a name got one: {some(unnamed)}.")
    return tuple(notes)
