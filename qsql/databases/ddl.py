"""Columns and keys -> the text of a CREATE TABLE, as a person would write it: one column a line, quotes only where needed.

For engines that keep no such text, or only a rewritten one: small models answer worse from one long line full of quotes.
Checks, defaults and indexes are left out.
"""

from collections.abc import Callable, Sequence

from qsql.records import Column, ForeignKey


def create_table(
    name: str,
    columns: Sequence[Column],
    primary_key: Sequence[str],
    foreign_keys: Sequence[ForeignKey],
    written: Callable[[str], str],
) -> str:
    """`name` and the keys' targets are already as a query writes them; `written` does the same for a column's name."""

    def names(several: Sequence[str]) -> str:
        return ", ".join(map(written, several))

    lines = [
        f"{written(column.name)} {column.type}" + (" PRIMARY KEY" if (column.name,) == tuple(primary_key) else "") for column in columns
    ]
    if len(primary_key) > 1:
        lines.append(f"PRIMARY KEY ({names(primary_key)})")
    lines += [f"FOREIGN KEY ({names(key.columns)}) REFERENCES {key.to_table} ({names(key.to_columns)})" for key in foreign_keys]
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {name} (\n    {body}\n)"
