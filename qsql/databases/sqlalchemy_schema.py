"""The tables of a server's database, as SQLAlchemy's inspector sees them: in so many questions a schema, however many tables it has.

Views are the exception, which the inspector has no way to ask for together: their definitions are given where a server has one.
"""

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import sqlalchemy
from sqlalchemy.engine import Connection, Dialect, Inspector
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import CompileError, SAWarning, SQLAlchemyError

from qsql.databases.ddl import create_table
from qsql.databases.servers import SYSTEM_SCHEMAS
from qsql.records import Column, ForeignKey, Table

Name = tuple[str, str]  # of a table: its schema's, its own


def tables(
    connection: Connection, first: int, hidden: Collection[Name] = (), views: Mapping[Name, str] | None = None
) -> list[tuple[Table, str]]:
    """Each without rows, and with the SQL for its first rows: tables by name, then views by name, a schema at a time.

    `hidden` are left out, and `views` are all views' definitions; where they are not given, each is asked for.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of types that SQLAlchemy does not know
        inspector = sqlalchemy.inspect(connection)
        return [found for schema in _schemas(inspector) for found in _reflect(inspector, schema, first, hidden, views)]


def _schemas(inspector: Inspector) -> list[str | None]:
    """None is the default one, whose tables need no qualification."""
    default = inspector.default_schema_name
    others = [name for name in inspector.get_schema_names() if name.lower() not in SYSTEM_SCHEMAS and name != default]
    return [None, *others] if default else others


def _reflect(
    inspector: Inspector, schema: str | None, first: int, hidden: Collection[Name], views: Mapping[Name, str] | None
) -> Iterator[tuple[Table, str]]:
    kinds, dialect, own = {"schema": schema, "kind": ObjectKind.ANY}, inspector.dialect, schema or inspector.default_schema_name
    columns, keys = inspector.get_multi_columns(**kinds), inspector.get_multi_pk_constraint(**kinds)
    references, comments = inspector.get_multi_foreign_keys(**kinds), _comments(inspector, kinds)
    real = set(inspector.get_table_names(schema))
    shown = [key for key in columns if (own, key[1]) not in hidden]
    for key in sorted(shown, key=lambda key: (key[1] not in real, key[1])):
        found = Table(
            name=written(dialect, *key),
            columns=tuple(_column(dialect, column) for column in columns[key]),
            ddl="",
            primary_key=tuple((keys.get(key) or {}).get("constrained_columns") or ()),
            foreign_keys=tuple(_foreign_key(dialect, found) for found in references.get(key) or ()),
            comment=(comments.get(key) or {}).get("text") or "",
        )
        definition = "" if key[1] in real else _definition(inspector, *key) if views is None else views.get((own, key[1]), "")
        yield with_ddl(dialect, found, definition), first_rows(dialect, *key, first)


def _comments(inspector: Inspector, kinds: dict) -> dict:
    try:
        return inspector.get_multi_table_comment(**kinds)
    except NotImplementedError:
        return {}


def _definition(inspector: Inspector, schema: str | None, name: str) -> str:
    """A view's SELECT; empty where it may not be seen."""
    try:
        text = inspector.get_view_definition(name, schema) or ""
    except (SQLAlchemyError, NotImplementedError):
        return ""
    return text.partition(" AS ")[2] if text.strip().upper().startswith("CREATE") else text  # some say who made it, and how


def _column(dialect: Dialect, found: dict) -> Column:
    try:
        kind = found["type"].compile(dialect=dialect)
    except CompileError:  # a type that SQLAlchemy does not know
        kind = ""
    return Column(found["name"], kind, found.get("nullable", True), found.get("comment") or "")


def _foreign_key(dialect: Dialect, found: dict) -> ForeignKey:
    to_table = written(dialect, found["referred_schema"], found["referred_table"])
    return ForeignKey(tuple(found["constrained_columns"]), to_table, tuple(found["referred_columns"]))


def with_ddl(dialect: Dialect, table: Table, definition: str) -> Table:
    """The table, or the view where it has a definition, with the SQL that makes it."""
    if definition:
        return replace(table, ddl=f"CREATE VIEW {table.name} AS {definition.strip().rstrip(';')}")

    def quoted(column: str) -> str:
        return _single(dialect.identifier_preparer.quote(column))

    return replace(table, ddl=create_table(table.name, table.columns, table.primary_key, table.foreign_keys, quoted))


def written(dialect: Dialect, schema: str | None, name: str) -> str:
    """The name of a table as a query has it."""
    return _single(dialect.identifier_preparer.format_table(sqlalchemy.table(name, schema=schema)))


def first_rows(dialect: Dialect, schema: str | None, name: str, first: int, columns: Sequence[str] = ()) -> str:
    """The query for them, of those columns or of all."""
    asked = map(sqlalchemy.column, columns) if columns else [sqlalchemy.literal_column("*")]
    rows = sqlalchemy.select(*asked).select_from(sqlalchemy.table(name, schema=schema))
    return _single(str(rows.limit(first).compile(dialect=dialect, compile_kwargs={"literal_binds": True})))


def _single(sql: str) -> str:
    """SQLAlchemy doubles a % in a name for drivers that fill in parameters; here none are."""
    return sql.replace("%%", "%")
