"""A database -> HTML that lists its tables, and what is to be known of it. Every text is escaped: a database's names are not ours."""

from collections.abc import Iterable
from html import escape

from qsql.databases.base import Database
from qsql.records import Column, Table


def schema_html(database: Database) -> str:
    """Its tables, how files were read, and where its role may do too much, what to do about it."""
    schema, reading = database.schema(), database.reading
    count = "1 table" if len(schema.tables) == 1 else f"{len(schema.tables):,} tables"
    head = f'<p class="schema_head"><b>{escape(database.name)}</b><span>{escape(schema.product)}, {count}</span></p>'
    notes = {table.name: _read(table.file, table.sheet, table.notes) for table in reading.tables} if reading else {}
    tables = "".join(_table(table, notes.get(table.name.strip('"'), ())) for table in schema.tables)
    warned = _paragraphs("schema_notice", database.notices) + (_grants(database.grants()) if database.notices else "")
    return f'<div class="schema">{head}{warned}{_paragraphs("comment", reading.notes if reading else ())}{tables}</div>'


def _grants(lines: str) -> str:
    """For the administrator, to copy."""
    return f"<details><summary>How to make a role that may only read</summary><pre>{escape(lines)}</pre></details>" if lines else ""


def _read(file: str, sheet: str, notes: Iterable[str]) -> tuple[str, ...]:
    return (f"Read from {file}" + (f", sheet {sheet}." if sheet else "."), *notes)


def _table(table: Table, notes: Iterable[str]) -> str:
    count = "1 row" if table.row_count == 1 else f"{table.row_count or 0:,} rows"
    rows = "" if table.row_count is None else f"<span>{count}</span>"
    about = _paragraphs("comment", (*([table.comment] if table.comment else ()), *notes))
    columns = "".join(_column(column, table) for column in table.columns)
    return f"<details><summary><b>{escape(table.name)}</b>{rows}</summary>{about}<ul>{columns}</ul></details>"


def _paragraphs(kind: str, texts: Iterable[str]) -> str:
    return "".join(f'<p class="{kind}">{escape(text)}</p>' for text in texts)


def _column(column: Column, table: Table) -> str:
    marks = "".join(f"<em>{mark}</em>" for mark in _marks(column.name, table))
    hint = f' title="{escape(column.comment)}"' if column.comment else ""
    return f"<li{hint}><b>{escape(column.name)}</b>{marks}<span>{escape(column.type.lower())}</span></li>"


def _marks(name: str, table: Table) -> list[str]:
    points_at = [key.to_table for key in table.foreign_keys if name in key.columns]
    return (["key"] if name in table.primary_key else []) + [f"&rarr; {escape(target)}" for target in points_at]
