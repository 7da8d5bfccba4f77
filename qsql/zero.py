"""Why a query gave no row: the first condition that no row meets, and what the column has instead, found by a few short queries.

Knows no SQL of its own: what to look for, qsql.repair.zero says. Says nothing where it is not sure.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from qsql import show
from qsql.databases.base import Database, Limits
from qsql.errors import QsqlError, Stopped
from qsql.records import Column, Query, Schema, Table
from qsql.repair.catalog import bare
from qsql.repair.zero import Compared, Condition, Parts, parts
from qsql.sql import read_query
from qsql.steps.knowledge import knowledge_of
from qsql.values import Caps, ValueIndex, build

SECONDS = 2.0  # for one look
IN_ALL = 6.0  # seconds for all of them
VALUES = 2000  # of a column that are compared with the literal
FEW = 6  # values of a column that are all named
SAME = 99.0  # how alike, of 100, a cell of another column has to be
LONGEST = 60  # characters of a value that is named


class _Looks:
    """Runs the short queries, while there is time and nobody has stopped it."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database, self._limits = database, limits
        self._end = time.monotonic() + min(IN_ALL, limits.seconds)
        self.sure = True  # whether every look came to something

    def rows(self, sql: str, most: int = 1) -> list[list[object]] | None:
        """None where it took too long or was refused. Raises Stopped."""
        seconds = min(SECONDS, self._end - time.monotonic())
        if self._limits.cancel is not None and self._limits.cancel.is_set():
            raise Stopped
        try:
            query = read_query(sql, self._database.dialect)
            if seconds > 0:
                return show.rows(self._database.run(query, replace(self._limits, max_rows=most, seconds=seconds)).rows)
        except Stopped:
            raise
        except QsqlError:
            pass
        self.sure = False
        return None

    def none(self, sql: str) -> bool:
        """Whether it surely gives no row."""
        return self.rows(sql) == []


def explain_zero(database: Database, query: Query, limits: Limits = Limits()) -> str | None:
    """A sentence or two on why `query`, which gave no row (or counted none), did so; None where it cannot be told. Raises Stopped."""
    looks, found = _Looks(database, limits), parts(query.sql, database.schema())
    for part in found:
        if said := _of_one(part, looks, database):
            return said
    if len(found) == 1 and found[0].whole and looks.sure:
        return _of_all(found[0])
    return None


def _of_one(part: Parts, looks: _Looks, database: Database) -> str | None:
    """What of this SELECT alone is met by no row."""
    for name, probe in part.tables:
        if looks.none(probe):
            return f"The table {name} has no rows."
    for condition in part.conditions:
        if looks.none(condition.probe):
            return f"No row of {condition.table} has {condition.text}.{_instead(condition.compared, looks, database)}"
    for condition in part.together:
        if looks.none(condition.probe):
            return f"Each condition on {condition.table} is met by some rows, but no row has {condition.text}."
    for condition in part.groups if part.groups and looks.rows(part.grouped) else ():
        if looks.none(condition.probe):
            return f"No group of rows has {condition.text}."
    return None


def _of_all(part: Parts) -> str | None:
    conditions = (*part.conditions, *part.groups)
    if len(conditions) > 1:
        return "Each condition is met by some rows, but together they are met by none."
    if len(part.tables) > 1 and conditions:
        return f"{_named(conditions)}, but no row of the other tables goes with them."
    names = [name for name, _ in part.tables]
    return f"No rows of {', '.join(names[:-1])} and {names[-1]} go together." if len(names) > 1 else None


def _named(conditions: Sequence[Condition]) -> str:
    one = conditions[0]
    return f"There are rows of {one.table} with {one.text}" if one.table else f"There are groups of rows with {one.text}"


def _instead(compared: Compared | None, looks: _Looks, database: Database) -> str:
    """What the column has, as a further sentence; empty where that helps nobody."""
    if compared is None:
        return ""
    return _ends(compared, looks) if compared.ranged else _nearest(compared, looks, database)


def _ends(compared: Compared, looks: _Looks) -> str:
    rows = looks.rows(compared.ends)
    if not rows or None in rows[0]:
        return ""
    low, high = map(_literal, rows[0])
    return f" Its {compared.column.name} is always {low}." if low == high else f" Its {compared.column.name} goes from {low} to {high}."


def _nearest(compared: Compared, looks: _Looks, database: Database) -> str:
    place = (compared.table.name, compared.column.name)
    index = _index(compared, looks, database)
    near = [match for match in index.near(compared.literal, place) if (match.table, match.column) == place]
    if near and near[0].value != compared.literal:
        return f" The nearest is {_literal(near[0].value)}."
    other = next((match for match in index.near(compared.literal) if match.score >= SAME and (match.table, match.column) != place), None)
    if other is not None:
        return f" The column {other.column} of {_bare(other.table, database.schema())} has {_literal(other.value)}."
    values = looks.rows(compared.values, FEW + 1)
    if not values or len(values) > FEW:
        return ""
    told = sorted((value for (value,) in values), key=_order)  # an engine gives them in any
    return f" There are only {', '.join(map(_literal, told))}."


def _order(value: object) -> tuple:
    """Numbers by their size, then all else by its text."""
    return (0, value, "") if isinstance(value, (int, float, Decimal)) else (1, 0, str(value))


def _index(compared: Compared, looks: _Looks, database: Database) -> ValueIndex:
    """The database's own, where that has all of the column; else one of its first values."""
    known = knowledge_of(database, patience=SECONDS)
    if known is not None and known.index.holds(compared.table.name, compared.column.name):
        return known.index

    def distinct(table: Table, column: Column, limit: int) -> Sequence[object]:
        return [row[0] for row in looks.rows(compared.values, VALUES) or []]

    table = replace(compared.table, columns=(replace(compared.column, type="TEXT"),))
    return build(Schema(database.dialect, "", (table,)), distinct, Caps(column=VALUES))


def _literal(value: object) -> str:
    text = show.text(value)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return text if isinstance(value, (int, float)) else f"'{text}'"


def _bare(name: str, schema: Schema) -> str:
    return next((bare(table) for table in schema.tables if table.name == name), name)
