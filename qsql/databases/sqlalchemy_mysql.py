"""The tables of MySQL and MariaDB, from their information_schema: in four questions, however many tables there are.

SQLAlchemy's inspector asks for one table after another there, which over a network is as many waits; it also misreads names
with a backtick in them, and gives up on all tables at the first whose definition this role may not see.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy.engine import Connection, Dialect

from qsql.databases.sqlalchemy_schema import first_rows, with_ddl, written
from qsql.records import Column, ForeignKey, Table

OURS = "NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')"  # where the address names no database
TABLES = """SELECT table_schema, table_name, table_type = 'VIEW', table_comment, table_collation
    FROM information_schema.tables WHERE table_schema {ours} AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')"""
COLUMNS = """SELECT table_schema, table_name, column_name, column_type, is_nullable, column_comment, character_set_name, collation_name
    FROM information_schema.columns WHERE table_schema {ours}
    AND (coalesce(privileges, '') = '' OR find_in_set('select', privileges)) ORDER BY ordinal_position"""
KEYS = """SELECT table_schema, table_name, constraint_name, ordinal_position, column_name,
    referenced_table_schema, referenced_table_name, referenced_column_name FROM information_schema.key_column_usage
    WHERE table_schema {ours} AND (constraint_name = 'PRIMARY' OR referenced_table_name IS NOT NULL)"""
VIEWS = "SELECT table_schema, table_name, view_definition FROM information_schema.views WHERE table_schema {ours}"

TYPE = re.compile(r"(\w+)(?:\((.*)\))?((?: unsigned| zerofill)*)", re.DOTALL)
TEXT_OR_NAME = r"'(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`"


def tables(connection: Connection, first: int) -> Iterator[tuple[Table, str]]:
    """As `sqlalchemy_schema` gives them, with the columns that this role may read: what has none is left out, as is a broken view."""
    named, dialect = bool(connection.engine.url.database), connection.dialect
    listed, columns, keys, views = (_asked(connection, sql, named) for sql in (TABLES, COLUMNS, KEYS, VIEWS))
    opened = next((schema for schema, _ in listed), None) if named else None  # as the server spells it, in which names need no more
    for key in sorted(listed.keys() & columns.keys(), key=lambda key: (key[0], listed[key][0][0], key[1])):
        schema, name = (None if key[0] == opened else key[0]), key[1]
        [(is_view, comment, collation)] = listed[key]
        found = Table(
            name=written(dialect, schema, name),
            columns=tuple(_column(*told, collation) for told in columns[key]),
            ddl="",
            primary_key=tuple(column for _, column, *_ in sorted(row[1:] for row in keys[key] if row[0] == "PRIMARY")),
            foreign_keys=tuple(_foreign_keys(dialect, opened, [row for row in keys[key] if row[0] != "PRIMARY"])),
            comment="" if is_view else comment,
        )
        definition = _unqualified(views[key][0][0], opened) if is_view and views[key] else ""
        yield with_ddl(dialect, found, definition), first_rows(dialect, schema, name, first, [column.name for column in found.columns])


def _asked(connection: Connection, sql: str, named: bool) -> dict[tuple[str, str], list[tuple]]:
    """What is told of each table, by the names of its database and its own."""
    found = defaultdict(list)
    asked = sql.format(ours="= DATABASE()" if named else OURS)
    for schema, name, *told in connection.exec_driver_sql(asked, execution_options={"no_parameters": True}):
        found[schema, name].append(tuple(told))
    return found


def _column(name: str, kind: str, nullable: str, comment: str, letters: str | None, collation: str | None, usual: str | None) -> Column:
    """Letters and their order are told where they are not those of the table."""
    word, within, sign = TYPE.match(kind).groups()
    word = "INTEGER" if word == "int" else word.upper()
    within = "" if within is None else f"({within})" if "'" in within else f"({within.replace(',', ', ')})"
    own = f" CHARACTER SET {letters} COLLATE {collation}" if usual and collation and collation != usual else ""
    return Column(name, word + within + sign.upper() + own, nullable == "YES", comment or "")


def _foreign_keys(dialect: Dialect, opened: str | None, rows: Sequence[tuple]) -> Iterator[ForeignKey]:
    for _, parts in groupby(sorted(rows), key=lambda row: row[0]):
        _, _, columns, [schema, *_], [name, *_], to_columns = zip(*parts)
        yield ForeignKey(columns, written(dialect, None if schema == opened else schema, name), to_columns)


def _unqualified(definition: str, opened: str | None) -> str:
    """A view's SELECT as the server writes it for who has that database open: without its name before those of tables."""
    if opened is None:
        return definition
    qualifier = re.escape("`" + opened.replace("`", "``") + "`.")
    return re.sub(rf"(?<!\.){qualifier}|({TEXT_OR_NAME})", lambda found: found[1] or "", definition, flags=re.DOTALL)
