"""A value of a database -> text, or JSON, that loses nothing. Knows nothing of a screen."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow

from qsql.export import FORMULA
from qsql.records import Answer

NULL = "NULL"
SAFE_INTEGER = 2**53  # beyond it, JSON's readers and browsers lose digits


def cell(value: object) -> object:
    """A value as JSON can carry it: numbers stay numbers where nothing is lost, all else is text; None is None."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [cell(item) for item in value]
    if isinstance(value, dict):
        return {str(key): cell(item) for key, item in value.items()}
    return _text(value)


def plain(value: object) -> object:
    """A value as a number, a truth value, None, or else text that loses nothing."""
    said = cell(value)
    return said if said is None or isinstance(said, (bool, int, float)) else text(value)


def distinct(names: Sequence[str]) -> list[str]:
    """The names, those that came before with a number behind them."""
    seen: Counter = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told


def text(value: object) -> str:
    """A value as a person reads it; nested values as JSON, an absent one as NULL."""
    if value is None:
        return NULL
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(cell(value), ensure_ascii=False)
    return _text(value)


def is_number(kind: pyarrow.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind) or pyarrow.types.is_decimal(kind)


def rows(table: pyarrow.Table) -> list[list[object]]:
    """Rows as lists, so that two columns of one name both survive."""
    columns = [column.to_pylist() for column in table.columns]
    return [list(row) for row in zip(*columns)] if columns else []


def as_csv(table: pyarrow.Table) -> str:
    """RFC 4180 text with a header; an absent value is an empty field, and no text is a formula to a spreadsheet that reads it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(_disarmed, table.column_names))
    writer.writerows(["" if value is None else _disarmed(value) for value in row] for row in rows(table))
    return out.getvalue()


def _disarmed(value: object) -> str:
    return f"'{value}" if isinstance(value, str) and value.startswith(tuple(FORMULA)) else text(value)


def as_json(answer: Answer) -> str:
    """One object: what `of_answer` has, and attempts and vote."""
    attempts = [
        {
            "step": attempt.step,
            "text": attempt.text,
            "sql": attempt.query.sql if attempt.query else None,
            "changes": list(attempt.changes),
            "error": _error(attempt.error),
        }
        for attempt in answer.attempts
    ]
    vote = {"agreed": answer.vote.agreed, "voted": answer.vote.voted} if answer.vote else None
    return json.dumps({**of_answer(answer), "attempts": attempts, "vote": vote}, ensure_ascii=False, indent=2)


def of_answer(answer: Answer) -> dict:
    """For JSON: question, database, model, sql, columns, rows, truncated, notices, seconds, error."""
    return {
        "question": answer.question.text,
        "database": answer.database,
        "model": answer.model,
        "sql": answer.sql,
        **of_rows(answer.result),
        "truncated": answer.truncated,
        "notices": [*answer.best.prompt.notices, *answer.notices],
        "seconds": round(answer.seconds, 3),
        "error": _error(answer.error),
    }


def of_rows(table: pyarrow.Table | None) -> dict:
    """For JSON: columns and rows, both empty where there are none."""
    if table is None:
        return {"columns": [], "rows": []}
    return {"columns": table.column_names, "rows": [[cell(value) for value in row] for row in rows(table)]}


def _error(error: Exception | None) -> str | None:
    return str(error) if error else None


def _text(value: object) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
