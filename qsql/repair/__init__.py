"""SQL that an engine could not prepare -> SQL that it can: mended by rule from the schema alone, in about a millisecond.

Only for queries that failed, or that give what nobody means (see `lists`): a rule changes nothing where every name is found, but what a query
means is the model's to say.
Pure: knows a schema, not a database; runs nothing and asks nobody.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from qsql.records import Schema
from qsql.repair import lists
from qsql.repair.catalog import Catalog, bare, flat
from qsql.repair.columns import find_columns, qualify_ambiguous
from qsql.repair.grouping import group_for_order, move_aggregates, pick_ungrouped
from qsql.repair.joins import compare_by_key, exclude_by_key, mend_joins
from qsql.repair.names import find_tables, read_strings
from qsql.repair.types import match_types, widen

LIST = re.compile(r"\bIN\s*\(\s*SELECT\b", re.IGNORECASE)
Rule = Callable[[exp.Expression, Catalog], list[str]]

# Each changes the tree in place and says in a sentence each what it changed. The order matters: names before what is built on them.
RULES: tuple[Rule, ...] = (
    find_tables,
    read_strings,
    exclude_by_key,
    compare_by_key,
    mend_joins,
    find_columns,
    qualify_ambiguous,
    move_aggregates,
    group_for_order,
    pick_ungrouped,
    match_types,
)


@dataclass(frozen=True)
class Repaired:
    """SQL, and in a sentence each what was changed in it; without changes, the SQL as it was."""

    sql: str
    changes: tuple[str, ...]


def repair(sql: str, schema: Schema, question: str = "") -> Repaired:
    """Mend what the schema shows to be wrong; the same SQL where nothing is, or where it cannot be parsed.

    The words of the `question` decide between tables that would do alike.
    """
    return _by(RULES, sql, schema, question)


def misplaced(sql: str, schema: Schema) -> bool:
    """Whether SQL that runs has a list that gives no column of its own tables; see `lists`."""
    try:
        return bool(LIST.search(sql)) and lists.misplaced(sqlglot.parse_one(sql, read=schema.dialect), Catalog(schema))
    except (SqlglotError, RecursionError):
        return False


def without_nulls(sql: str, schema: Schema) -> Repaired:
    """SQL that runs, and gives no rows because a list may have a NULL in it, with that left out; see `lists`."""
    return _by((lists.leave_out_nulls,), sql, schema) if LIST.search(sql) else Repaired(sql, ())


def _by(rules: tuple[Rule, ...], sql: str, schema: Schema, question: str = "") -> Repaired:
    try:
        root = exp.Subquery(this=sqlglot.parse_one(sql, read=schema.dialect))  # so that a rule can replace the whole query
        catalog = Catalog(schema, question)
        changes = [change for rule in rules for change in rule(root, catalog)]
        return Repaired(root.this.sql(dialect=schema.dialect), tuple(dict.fromkeys(changes))) if changes else Repaired(sql, ())
    except (SqlglotError, RecursionError):
        return Repaired(sql, ())


def widened(sql: str, dialect: str) -> Repaired:
    """The same SQL where its fractions keep all their digits already, or where it cannot be parsed."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return Repaired(sql, ())
    changes = widen(tree, dialect)
    return Repaired(tree.sql(dialect=dialect), tuple(changes)) if changes else Repaired(sql, ())


def unknown_names(sql: str, schema: Schema) -> tuple[str, ...]:
    """Names of columns and tables in `sql` that nothing in the schema has, in the order in which they stand."""
    try:
        tree = sqlglot.parse_one(sql, read=schema.dialect)
    except (SqlglotError, RecursionError):
        return ()
    columns = {flat(column.name) for table in schema.tables for column in table.columns}
    own = {flat(node.alias) for node in tree.find_all(exp.Alias, exp.CTE, exp.Subquery)} | {flat(bare(table)) for table in schema.tables}
    names = [node.name for node in tree.find_all(exp.Table, exp.Column) if not isinstance(node.this, exp.Star)]
    return tuple(dict.fromkeys(name for name in names if name and flat(name) not in columns | own))
