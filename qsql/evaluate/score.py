"""The field's scorers, one function each, in one table: SCORERS. Each runs the gold and the predicted SQL and compares rows.

spider  test-suite-sql-eval's `exec`: without any DISTINCT, in the gold's order where it has one, columns in any order
qwen    Qwen2.5-Coder's evaluation: as it is written, order never matters, columns in any order
bird    BIRD's EX: sets of rows, columns in their order

Written from their descriptions. Where a file's own text is not UTF-8, both sides see the same replacement characters.
Knows nothing of models.
"""

import re
from collections import OrderedDict
from collections.abc import Callable

from qsql import show
from qsql.databases.base import Database, Limits
from qsql.errors import QsqlError, QueryFailed
from qsql.evaluate.equal import Rows, canonical, same_rows, same_set
from qsql.sql import read_query

SCORING = Limits(max_rows=1_000_000, seconds=30.0, max_bytes=1_000_000_000)
KEPT = 8  # results kept: the scorers share them, and so do paraphrases

LITERAL = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/"
DISTINCT = r"(?<!is )(?<!is not )\bdistinct\b(?!\s+on\b)"  # DISTINCT ON and IS DISTINCT FROM say something else
OPERATOR = r"(?P<operator>[<>!])\s+="
CHANGED = re.compile(f"(?P<literal>{LITERAL})|{OPERATOR}|{DISTINCT}", re.IGNORECASE | re.DOTALL)


class Side:
    """A database that SQL is scored on; what it once gave, it remembers for a while. `plain` keeps values as they are."""

    def __init__(self, database: Database, plain: bool = True) -> None:
        self._database, self._plain = database, plain
        self._kept: OrderedDict[str, Rows | QsqlError] = OrderedDict()

    def rows(self, sql: str) -> Rows:
        """Raises a QsqlError where it fails, takes too long, or has more rows than can be compared."""
        if sql not in self._kept:
            self._kept[sql] = self._run(sql)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        if isinstance(found := self._kept[sql], QsqlError):
            raise found
        return found

    def _run(self, sql: str) -> Rows | QsqlError:
        try:
            result = self._database.run(read_query(sql, self._database.dialect), SCORING)
        except QsqlError as error:
            return error
        if result.truncated:
            return QueryFailed(f"The query has more than {SCORING.max_rows:,} rows.", "Ask for less.")
        value = _hashable if self._plain else lambda value: _hashable(canonical(value))
        return tuple(tuple(map(value, row)) for row in show.rows(result.rows))


Compare = Callable[[str, Side, str, Side], bool]


class GoldFails(Exception):
    """The SQL that should be right does not run; its cause says why."""


def spider(gold: str, right: Side, predicted: str, side: Side) -> bool:
    expected = _expected(without_distinct(gold), right)
    return same_rows(expected, side.rows(without_distinct(predicted)), ordered="order by" in gold.lower())


def qwen(gold: str, right: Side, predicted: str, side: Side) -> bool:
    return same_rows(_expected(gold, right), side.rows(predicted), ordered=False)


def bird(gold: str, right: Side, predicted: str, side: Side) -> bool:
    return same_set(_expected(gold, right), side.rows(predicted))


SCORERS: dict[str, Compare] = {"spider": spider, "qwen": qwen, "bird": bird}


def score(gold: str, right: Side, predicted: str | None, side: Side) -> tuple[dict[str, bool], str | None]:
    """By each scorer whether it is right, and why the gold fails where it does; then it is right by none that needs it."""
    scores, failure = {}, None
    for name, compare in SCORERS.items():
        try:
            scores[name] = compare(gold, right, predicted or "", side)
        except GoldFails as error:
            scores[name], failure = False, failure or str(error)
        except QsqlError:
            scores[name] = False
    return scores, failure


def without_distinct(sql: str) -> str:
    """The same without DISTINCT, and with operators in one piece; what stands in quotes and comments stays."""

    def replaced(match: re.Match) -> str:
        return match["literal"] or (f"{match['operator']}=" if match["operator"] else "")

    return CHANGED.sub(replaced, sql)


def _expected(gold: str, right: Side) -> Rows:
    try:
        return right.rows(gold)
    except QsqlError as error:
        raise GoldFails(str(error)) from error


def _hashable(value: object) -> object:
    return repr(value) if isinstance(value, (list, dict)) else value
