"""What the model is told where it may see no rows: the tables without them, and no error that may quote a cell."""

from dataclasses import replace

from qsql.databases.base import Database, Limits
from qsql.errors import BadInput, QsqlError, QueryFailed
from qsql.plan_of import plan_of
from qsql.records import Schema


def without_rows(schema: Schema) -> Schema:
    """The same tables and columns, with none of their rows to show."""
    return replace(schema, tables=tuple(replace(table, rows=None) for table in schema.tables))


def without_cells(database: Database, sql: str, error: QsqlError, limits: Limits) -> QsqlError:
    """What an engine says of a query that it cannot plan is of the query itself; what it says later may be of a cell, and is left out."""
    if not isinstance(error, QueryFailed):
        return error
    try:
        plan_of(database, sql, limits)
    except BadInput:  # it has no plan
        pass
    except QueryFailed as planned:
        return planned
    return QueryFailed("It failed while it read the rows.")
