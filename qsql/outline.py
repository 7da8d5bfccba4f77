"""A Schema as JSON for a program: tables, columns, keys and first rows, no more than a language model can take in. Pure."""

import json
from collections.abc import Sequence

from qsql.errors import BadInput
from qsql.records import Column, Schema, Table
from qsql.show import plain

MOST = 40_000  # characters; of what comes after, only names
MOST_NAMES = 500
MOST_COLUMNS = 200  # of a table
MOST_ROWS = 3
MOST_CELL = 60  # characters
MOST_COMMENT = 300


def outline(schema: Schema, names: Sequence[str] = ()) -> dict:
    """The tables of these names, or all. `left_out` has the names of those for which there was no room. Raises BadInput for a name that none has."""
    chosen = [_named(schema, name) for name in names] or list(schema.tables)
    told, left = [], MOST
    for table in chosen:
        new = _table(table)
        left -= len(json.dumps(new, ensure_ascii=False))
        if left < 0 and told:
            break
        told.append(new)
    rest = [table.name for table in chosen[len(told) :]]
    return {"dialect": schema.dialect, "tables": told, "left_out": rest[:MOST_NAMES], "tables_in_all": len(schema.tables)}


def _named(schema: Schema, name: str) -> Table:
    found = next((table for table in schema.tables if table.name.casefold() == name.strip().casefold()), None)
    if found is None:
        known = ", ".join(table.name for table in schema.tables[:MOST_NAMES])
        raise BadInput(f"There is no table {name!r}.", f"Its tables are: {known}.")
    return found


def _table(table: Table) -> dict:
    columns = table.columns[:MOST_COLUMNS]
    return {
        "name": table.name,
        "comment": _short(table.comment, MOST_COMMENT),
        "row_count": table.row_count,
        "columns": [_column(column) for column in columns],
        "columns_left_out": len(table.columns) - len(columns),
        "primary_key": list(table.primary_key),
        "foreign_keys": [
            {"columns": list(key.columns), "to_table": key.to_table, "to_columns": list(key.to_columns), "inferred": key.inferred}
            for key in table.foreign_keys
        ],
        "first_rows": [[_short(plain(cell), MOST_CELL) for cell in row[:MOST_COLUMNS]] for row in (table.rows or ())[:MOST_ROWS]],
    }


def _column(column: Column) -> dict:
    comment = _short(column.comment, MOST_COMMENT)
    return {"name": column.name, "type": column.type, "nullable": column.nullable, "comment": comment}


def _short(value: object, most: int) -> object:
    return f"{value[:most]}…" if isinstance(value, str) and len(value) > most else value
