"""Schema -> HTML that lists its tables. Every name and type is escaped: a database's names are not ours."""

from html import escape

from qsql.records import Column, Schema, Table


def schema_html(name: str, schema: Schema) -> str:
    count = "1 table" if len(schema.tables) == 1 else f"{len(schema.tables):,} tables"
    head = f'<p class="schema_head"><b>{escape(name)}</b><span>{escape(schema.product)}, {count}</span></p>'
    return f'<div class="schema">{head}{"".join(map(_table, schema.tables))}</div>'


def _table(table: Table) -> str:
    rows = "" if table.row_count is None else f"<span>{table.row_count:,} rows</span>"
    about = f'<p class="comment">{escape(table.comment)}</p>' if table.comment else ""
    columns = "".join(_column(column, table) for column in table.columns)
    return f"<details><summary><b>{escape(table.name)}</b>{rows}</summary>{about}<ul>{columns}</ul></details>"


def _column(column: Column, table: Table) -> str:
    marks = "".join(f"<em>{mark}</em>" for mark in _marks(column.name, table))
    hint = f' title="{escape(column.comment)}"' if column.comment else ""
    return f"<li{hint}><b>{escape(column.name)}</b>{marks}<span>{escape(column.type.lower())}</span></li>"


def _marks(name: str, table: Table) -> list[str]:
    points_at = [key.to_table for key in table.foreign_keys if name in key.columns]
    return (["key"] if name in table.primary_key else []) + [f"&rarr; {escape(target)}" for target in points_at]
