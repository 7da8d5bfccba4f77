"""Databases on a server, through SQLAlchemy: PostgreSQL and MySQL with care, others as far as their dialect goes.

Each query has a connection of its own, in a transaction that is never committed. PostgreSQL, MySQL and MariaDB are told
that the session only reads, and can be stopped from another thread; PostgreSQL's protocol takes one statement at a time.
Other servers (SQL Server, Oracle, ...) are only rolled back, and most cannot be stopped: give them a role that may do no
more than SELECT. What a role may do beyond writing, such as read the server's files, it may do here too.

The tests run PostgreSQL. MySQL, MariaDB and the others are not run in them.
"""

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import sqlalchemy
from sqlalchemy.engine import URL, CursorResult, Dialect, Engine, Inspector, make_url
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import ArgumentError, CompileError, DataError, NoSuchModuleError, SAWarning, SQLAlchemyError
from sqlalchemy.pool import NullPool

from qsql.databases import arrow
from qsql.databases.base import Limits, interrupting
from qsql.databases.ddl import create_table
from qsql.databases.servers import ALIASES, DRIVERS, MARIADB, REQUIREMENTS, SERVERS, SYSTEM_SCHEMAS, Server
from qsql.errors import CannotOpen, DatabaseError, MissingLibrary, QueryFailed, QueryTimeout
from qsql.records import Column, ForeignKey, Query, Result, Schema, Table
from qsql.settings import Settings

FIRST_ROWS = Limits(max_rows=3, seconds=2.0)


def open(source: str, settings: Settings) -> "ServerDatabase":
    """Connect once, to see that it answers. Raises CannotOpen or MissingLibrary; the password stays out of both."""
    url = _url(source)
    server = SERVERS[url.get_backend_name()]
    name = " on ".join(part for part in (url.database, url.host) if part) or server.product
    engine = _engine(url, server)
    try:
        with engine.connect():
            mariadb = getattr(engine.dialect, "is_mariadb", False)
    except Exception as error:  # each driver dislikes an address in its own words
        reason = _reason(error).replace(url.password or "\0", "***")
        raise CannotOpen(f"{server.product} could not be reached: {reason}.", "Check host, port, database, user and password.") from None
    return ServerDatabase(name, MARIADB if mariadb else server, engine)


class ServerDatabase:
    """One database on a server."""

    def __init__(self, name: str, server: Server, engine: Engine) -> None:
        self.name = name
        self.dialect = server.dialect
        self._server = server
        self._engine = engine
        self._lock = threading.Lock()
        self._schema: Schema | None = None

    def schema(self) -> Schema:
        with self._lock:
            if self._schema is None:
                self._schema = Schema(self.dialect, self._server.product, self._readable(self._read_tables()))
            return self._schema

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        start = time.perf_counter()
        names, rows = self._fetch(query.sql, limits)
        return arrow.result(arrow.table(names, rows), limits, start)

    def close(self) -> None:
        self._engine.dispose()

    def _fetch(self, sql: str, limits: Limits) -> tuple[list[str], list[tuple]]:
        count, seconds = limits.max_rows + 1, int(limits.seconds) + 2  # the server's limit comes after ours
        streaming = {"stream_results": True, "no_parameters": True, "max_row_buffer": min(count, 1000)}
        with _translated(), self._engine.connect() as connection:
            connection = connection.execution_options(**dict(self._server.options))
            for bound in self._server.bounds:
                connection.exec_driver_sql(bound.format(seconds=seconds, milliseconds=seconds * 1000, rows=count))
            stop = _quiet(self._server.stopper(self._engine, connection))
            with interrupting(stop, limits), connection.exec_driver_sql(sql, execution_options=streaming) as result:
                names, rows = list(result.keys()), [tuple(row) for row in result.fetchmany(count)]
                if self._server.drains and len(rows) == count:
                    stop()
                    _drain(result)
        return names, rows

    def _read_tables(self) -> list[tuple[Table, str]]:
        with _translated(), self._engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of types that SQLAlchemy does not know
            inspector = sqlalchemy.inspect(connection)
            return [found for schema in self._schemas(inspector) for found in _reflect(inspector, schema)]

    def _schemas(self, inspector: Inspector) -> list[str | None]:
        """None is the default one, whose tables need no qualification; MySQL's others are other databases."""
        if self._server.dialect == "mysql" and self._engine.url.database:
            return [None]
        default = inspector.default_schema_name
        others = [name for name in inspector.get_schema_names() if name.lower() not in SYSTEM_SCHEMAS and name != default]
        return [None, *others] if default else others

    def _readable(self, tables: list[tuple[Table, str]]) -> tuple[Table, ...]:
        """Without what cannot be read: a broken view, a table that this role may not see. Raises where that is all."""
        found, refusal = [], None
        for table, sql in tables:
            try:
                found.append(self._with_rows(table, sql))
            except DatabaseError as error:
                refusal = error
        if refusal and not found:
            raise refusal
        return tuple(found)

    def _with_rows(self, table: Table, sql: str) -> Table:
        try:
            return replace(table, rows=tuple(self._fetch(sql, FIRST_ROWS)[1]))
        except QueryTimeout:
            return table
        except QueryFailed as error:
            if isinstance(error.__cause__, DataError):  # a value that Python has no type for, such as the date infinity
                return table
            raise


def _url(source: str) -> URL:
    try:
        scheme, rest = source.split("://", 1)
        url = make_url(f"{ALIASES.get(scheme.lower(), scheme.lower())}://{rest}")
    except (ArgumentError, ValueError):  # the original may hold the password
        hint = "Write it as scheme://user:password@host:port/database, with %40 for an @ in the password."
        raise CannotOpen("This address cannot be read.", hint) from None
    driver = DRIVERS.get(url.drivername)
    return url.set(drivername=f"{url.drivername}+{driver}") if driver else url


def _engine(url: URL, server: Server) -> Engine:
    try:
        engine = sqlalchemy.create_engine(url, poolclass=NullPool, connect_args=dict(server.arguments), hide_parameters=True)
    except ModuleNotFoundError as error:
        raise MissingLibrary(error.name, REQUIREMENTS.get(error.name.partition(".")[0], error.name)) from error
    except NoSuchModuleError as error:
        backend = url.get_backend_name()
        if backend in REQUIREMENTS:
            raise MissingLibrary(f"a dialect for {backend}", REQUIREMENTS[backend]) from error
        raise CannotOpen(f"No driver is known as {url.drivername!r}.", f"Write only {backend}:// for the usual one.") from error

    @sqlalchemy.event.listens_for(engine, "connect")
    def only_read(driver, record) -> None:
        cursor = driver.cursor()
        for statement in server.session:
            cursor.execute(statement)
        cursor.close()
        driver.commit()

    return engine


def _reflect(inspector: Inspector, schema: str | None) -> Iterator[tuple[Table, str]]:
    """Tables by name, then views by name, each with the SQL for its first rows."""
    kinds = {"schema": schema, "kind": ObjectKind.ANY}
    columns, keys = inspector.get_multi_columns(**kinds), inspector.get_multi_pk_constraint(**kinds)
    references, comments = inspector.get_multi_foreign_keys(**kinds), _comments(inspector, kinds)
    tables = set(inspector.get_table_names(schema))
    for key in sorted(columns, key=lambda key: (key[1] not in tables, key[1])):
        table = Table(
            name=_written(inspector.dialect, *key),
            columns=tuple(_column(inspector.dialect, column) for column in columns[key]),
            ddl="",
            primary_key=tuple((keys.get(key) or {}).get("constrained_columns") or ()),
            foreign_keys=tuple(_foreign_key(inspector.dialect, found) for found in references.get(key) or ()),
            comment=(comments.get(key) or {}).get("text") or "",
        )
        definition = "" if key[1] in tables else _definition(inspector, *key)
        ddl = f"CREATE VIEW {table.name} AS {definition}" if definition else _create(inspector.dialect, table)
        yield replace(table, ddl=ddl), _first_rows(inspector.dialect, *key)


def _comments(inspector: Inspector, kinds: dict) -> dict:
    try:
        return inspector.get_multi_table_comment(**kinds)
    except NotImplementedError:
        return {}


def _definition(inspector: Inspector, schema: str | None, name: str) -> str:
    """A view's SELECT; empty where it may not be seen."""
    try:
        text = (inspector.get_view_definition(name, schema) or "").strip().rstrip(";")
    except (SQLAlchemyError, NotImplementedError):
        return ""
    return text.partition(" AS ")[2] if text.upper().startswith("CREATE") else text  # MySQL's says who made it, and how


def _column(dialect: Dialect, found: dict) -> Column:
    try:
        kind = found["type"].compile(dialect=dialect)
    except CompileError:  # a type that SQLAlchemy does not know
        kind = ""
    return Column(found["name"], kind, found.get("nullable", True), found.get("comment") or "")


def _foreign_key(dialect: Dialect, found: dict) -> ForeignKey:
    to_table = _written(dialect, found["referred_schema"], found["referred_table"])
    return ForeignKey(tuple(found["constrained_columns"]), to_table, tuple(found["referred_columns"]))


def _create(dialect: Dialect, table: Table) -> str:
    return create_table(table.name, table.columns, table.primary_key, table.foreign_keys, dialect.identifier_preparer.quote)


def _written(dialect: Dialect, schema: str | None, name: str) -> str:
    return _single(dialect.identifier_preparer.format_table(sqlalchemy.table(name, schema=schema)))


def _first_rows(dialect: Dialect, schema: str | None, name: str) -> str:
    rows = sqlalchemy.select(sqlalchemy.literal_column("*")).select_from(sqlalchemy.table(name, schema=schema))
    return _single(str(rows.limit(FIRST_ROWS.max_rows).compile(dialect=dialect, compile_kwargs={"literal_binds": True})))


def _single(sql: str) -> str:
    """SQLAlchemy doubles a % in a name for drivers that fill in parameters; here none are."""
    return sql.replace("%%", "%")


def _drain(result: CursorResult) -> None:
    """Read what a stopped query has already sent; then comes its own error, and the connection is free."""
    with suppress(SQLAlchemyError):
        while result.fetchmany(1000):
            pass


def _quiet(stop: Callable[[], None]) -> Callable[[], None]:
    def stop_quietly() -> None:
        with suppress(Exception):  # the query may be over, or the server gone; the query's own error says so
            stop()

    return stop_quietly


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        advice = getattr(getattr(getattr(error, "orig", None), "diag", None), "message_hint", None)
        hint = advice or "Correct the SQL, or ask in other words."
        raise QueryFailed(f"The database refused the query: {_reason(error)}.", hint) from error


def _reason(error: Exception) -> str:
    """The driver's first line, without codes and without the driver's names."""
    original = getattr(error, "orig", None) or error
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    numbered = original.args[1] if len(original.args) > 1 and isinstance(original.args[0], int) else None
    text = str(primary or numbered or original).strip()
    return text.splitlines()[0].strip().rstrip(".") if text else type(original).__name__
