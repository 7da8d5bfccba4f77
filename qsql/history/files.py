"""The history as a file to take away: JSON Lines with the rows that are kept, or CSV of one line for each asking."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow

from qsql import show
from qsql.export import to_csv
from qsql.history.entry import Entry


def to_json_lines(entries: Iterable[Entry], path: str | Path) -> None:
    """One object a line: all that is kept of an asking. Raises OSError."""
    with Path(path).open("w", encoding="utf-8") as file:
        for entry in entries:
            table = entry.result.rows if entry.result else None
            rows = [[show.cell(value) for value in row] for row in show.rows(table)] if table is not None else []
            kept = {"columns": table.column_names if table is not None else [], "rows": rows}
            file.write(json.dumps(_plain(entry) | kept, ensure_ascii=False) + "\n")


def to_table(entries: Iterable[Entry], path: str | Path) -> None:
    """CSV without the rows, and with no text that a spreadsheet would run. Raises OSError."""
    lines = [_plain(entry) for entry in entries]
    columns = {name: pyarrow.array([line[name] for line in lines], kind) for name, kind in KINDS.items()}
    to_csv(pyarrow.table(columns), path)


WRITERS: dict[str, Callable[[Iterable[Entry], Path], None]] = {"jsonl": to_json_lines, "csv": to_table}
TEXT, NUMBER = pyarrow.string(), pyarrow.int64()
KINDS = {
    "id": NUMBER,
    "asked": TEXT,
    "database": TEXT,
    "source": TEXT,
    "question": TEXT,
    "evidence": TEXT,
    "follows": NUMBER,
    "name": TEXT,
    "verdict": TEXT,
    "state": TEXT,
    "sql": TEXT,
    "error": TEXT,
    "row_count": NUMBER,
    "model": TEXT,
    "seconds": pyarrow.float64(),
    "tokens": NUMBER,
    "agreed": NUMBER,
    "voted": NUMBER,
}


def _plain(entry: Entry) -> dict[str, object]:
    """The names of KINDS and their values."""
    vote = entry.vote
    values = (
        *(entry.id, entry.asked.isoformat(), entry.place.name, entry.place.source, entry.question.text, entry.question.evidence),
        *(entry.follows, entry.name, entry.verdict, entry.state, entry.sql, f"{entry.error} {entry.hint}".strip(), entry.rows, entry.model),
        *(round(entry.seconds, 3), entry.tokens, vote.agreed if vote else None, vote.voted if vote else None),
    )
    return dict(zip(KINDS, values, strict=True))
