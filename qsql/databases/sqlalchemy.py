"""Databases on a server, through SQLAlchemy: PostgreSQL, MySQL and MariaDB with care, others as far as their dialect goes.

Each query has a connection of its own, and a transaction that is always rolled back.

What it protects from, with PostgreSQL (psycopg), MariaDB and MySQL (PyMySQL):
  - a query that writes, or ends its transaction to write in another: it only reads, and is one query and nothing else;
  - a result without end, which is read row by row, and a query without end, also where this program dies before it;
  - a server that does not answer: connecting takes at most so many seconds;
  - secrets of the address: they are in no name, message or printed object.

What it does not protect from:
  - what a role may do beyond writing, such as read the server's files, wait, or disturb its own other sessions: `notices`
    says what it may do, and `grants` how to make one that may only read;
  - other servers (SQL Server, Oracle, ...), which are only rolled back, and most of which cannot be stopped.

The tests run PostgreSQL and MariaDB. MySQL and the others are not run in them.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice

import sqlalchemy
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.pool import NullPool

from qsql.databases import arrow, roles, sqlalchemy_address, sqlalchemy_mysql, sqlalchemy_schema
from qsql.databases.base import Limits, interrupting
from qsql.databases.servers import MARIADB, REQUIREMENTS, SERVERS, Server
from qsql.errors import CannotOpen, ConnectionLost, DatabaseError, MissingLibrary, QsqlError, QueryFailed, QueryTimeout
from qsql.records import Query, Result, Schema, Table

FIRST_ROWS = Limits(max_rows=3, seconds=2.0)
ALL_FIRST_ROWS = 2.0  # seconds for those of all tables; the tables that come after that are without
READING = Limits(max_rows=1_000_000, seconds=60.0)  # of the catalogue
PAUSE = 0.5  # seconds before connecting is tried once more
SEEN = 300.0  # seconds for which the tables of a server that has no mark of its own are taken to be as they were
DENIED = ("42501", 1044, 1142, 1143)  # PostgreSQL's code and MySQL's numbers


def open(source: str) -> "ServerDatabase":
    """Connect once, to see that it answers. Raises CannotOpen or MissingLibrary; the password stays out of both."""
    url = sqlalchemy_address.read(source)
    server, redact = SERVERS[url.get_backend_name()], sqlalchemy_address.redactor(url)
    name = redact(" on ".join(part for part in (url.database, url.host) if part) or server.product)
    try:
        engine = _engine(url, server)
        with engine.connect() as connection:
            connection.dialect.do_ping(connection.connection.dbapi_connection)  # some drivers connect only when they are asked something
    except QsqlError:
        raise
    except Exception as error:  # each driver dislikes an address in its own words
        reason = redact(_reason(error))
    else:
        server = MARIADB if getattr(engine.dialect, "is_mariadb", False) else server
        return ServerDatabase(name, server, engine, redact)
    # Raised here, where the driver's own error, which may hold the password, is not its context.
    raise CannotOpen(f"{server.product} could not be reached: {reason}.", "Check host, port, database, user and password.")


class ServerDatabase:
    """One database on a server. `notices` warn of a role that may do more than read."""

    def __init__(self, name: str, server: Server, engine: Engine, redact: Callable[[str], str]) -> None:
        self.name = name
        self.dialect = server.dialect
        self.metered = server.metered
        self._server = server
        self._engine = engine
        self._redact = redact
        self.notices = self._notices()

    def schema(self) -> Schema:
        """Read anew each time."""
        return Schema(self.dialect, self._server.product, self._tables())

    def mark(self) -> str:
        """What changes with the tables, with their comments, and with what this role may read of them."""
        if not self._server.mark:
            return str(time.time() // SEEN)
        with self._connection() as connection, self._reading(connection, READING):
            return str(_asking(connection)(self._server.mark))

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        start = time.perf_counter()
        with self._connection() as connection:
            names, rows = self._fetch(connection, query.sql, limits)
        return arrow.result(arrow.table(names, rows), limits, start)

    def grants(self) -> str:
        """Lines for an administrator that make a role that may only read this database; empty where they are not known."""
        with self._connection() as connection, self._reading(connection, READING):
            return self._server.grants(_asking(connection))

    def close(self) -> None:
        self._engine.dispose()

    def _notices(self) -> tuple[str, ...]:
        with suppress(DatabaseError), self._connection() as connection, self._reading(connection, READING):
            dangers = self._server.dangers(_asking(connection))
            return (roles.notice(self._engine.url.username or "", dangers),) if dangers else ()
        return ()  # a catalogue that this role may not see

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """Raises ConnectionLost where there is none to be had; tries once more, which is safe as long as nothing was asked."""
        try:
            connection = self._connected()
        except Exception as error:  # the border to the drivers
            connection, reason = None, self._redact(_reason(error))
        if connection is None:
            raise ConnectionLost(f"{self._server.product} could not be reached: {reason}.", "See that it runs, then ask again.")
        try:
            yield connection
        finally:
            with suppress(Exception):  # the server may be gone
                connection.close()

    def _connected(self) -> Connection:
        start = time.monotonic()
        try:
            connection = self._engine.connect()
        except Exception:
            if time.monotonic() - start > PAUSE:  # it did not refuse, but does not answer
                raise
            time.sleep(PAUSE)
            connection = self._engine.connect()
        return connection.execution_options(**dict(self._server.options))

    @contextmanager
    def _reading(self, connection: Connection, limits: Limits) -> Iterator[None]:
        """A transaction within the limits that is rolled back, and whose errors are translated."""
        seconds = int(limits.seconds) + 2  # the server's bound comes after ours
        values = {"seconds": seconds, "milliseconds": seconds * 1000, "rows": limits.max_rows + 1}
        try:
            for statement in filter(None, [self._server.bound]):
                connection.exec_driver_sql(statement.format(**values))
            yield
        except QsqlError:
            raise
        except Exception as error:  # the border to the drivers
            raise self._failure(error, connection) from error
        finally:
            with suppress(Exception):  # the server may be gone
                connection.rollback()

    def _fetch(self, connection: Connection, sql: str, limits: Limits) -> tuple[list[str], list[tuple]]:
        with self._reading(connection, limits):
            stop, count = _quiet(self._server.stopper(self._engine, connection)), limits.max_rows + 1
            with interrupting(stop, limits), self._server.stream(connection, sql, count, stop) as (names, rows):
                return names, arrow.fetch(lambda more: list(islice(rows, 1)), limits)

    def _tables(self) -> tuple[Table, ...]:
        """Without what cannot be read: a broken view, a table that this role may not see. Raises where that is all."""
        found, refusal = [], None
        with self._connection() as connection:
            with self._reading(connection, READING):
                listed = self._listed(connection)
            end = time.monotonic() + (0 if self.metered else ALL_FIRST_ROWS)
            for table, sql in listed:
                try:
                    found.append(self._with_rows(connection, table, sql) if time.monotonic() < end else table)
                except QueryFailed as error:
                    refusal = error
        if refusal and not found:
            raise refusal
        return tuple(found)

    def _listed(self, connection: Connection) -> list[tuple[Table, str]]:
        """Each table without rows, and with the SQL for its first ones."""
        ask, server = _asking(connection), self._server
        if server.dialect == "mysql":
            return list(sqlalchemy_mysql.tables(connection, FIRST_ROWS.max_rows))
        hidden = {tuple(row) for row in ask(server.hidden)} if server.hidden else ()
        views = {(schema, name): made for schema, name, made in ask(server.views)} if server.views else None
        return sqlalchemy_schema.tables(connection, FIRST_ROWS.max_rows, hidden, views)

    def _with_rows(self, connection: Connection, table: Table, sql: str) -> Table:
        try:
            return replace(table, rows=tuple(self._fetch(connection, sql, FIRST_ROWS)[1]))
        except QueryTimeout:
            return table
        except QueryFailed as error:
            cause = getattr(error.__cause__, "orig", error.__cause__)
            if isinstance(cause, self._engine.dialect.loaded_dbapi.DataError):  # no Python type holds it, as the date infinity
                return table
            raise

    def _failure(self, error: Exception, connection: Connection) -> DatabaseError:
        reason = self._redact(_reason(error))
        if isinstance(error, MemoryError):
            return QueryFailed("The result needs more memory than it may use.", "Ask for less at once.")
        if _gone(connection, error):
            return ConnectionLost(f"{self._server.product} ended the connection: {reason}.", "See that it runs, then ask again.")
        original = getattr(error, "orig", error)
        if getattr(original, "sqlstate", None) in DENIED or next(iter(original.args), None) in DENIED:
            return QueryFailed(f"This role may not read that: {reason}.", "Ask about other tables, or have its owner grant SELECT on it.")
        advice = getattr(getattr(original, "diag", None), "message_hint", None)
        return QueryFailed(f"The database refused the query: {reason}.", advice or "Correct the SQL, or ask in other words.")


def _engine(url: URL, server: Server) -> Engine:
    """It knows the address without its secrets; only what connects knows them."""

    def connect() -> object:
        positional, given = engine.dialect.create_connect_args(url)
        options = dict(server.arguments) | given | dict(server.forced)
        return server.connect(lambda **options: engine.dialect.connect(*positional, **options), options)

    try:
        engine = sqlalchemy.create_engine(sqlalchemy_address.shown(url), creator=connect, poolclass=NullPool, hide_parameters=True)
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


def _asking(connection: Connection) -> roles.Ask:
    return lambda sql: connection.exec_driver_sql(sql, execution_options={"no_parameters": True}).fetchall()


def _gone(connection: Connection, error: BaseException | None) -> bool:
    """Whether the connection broke."""
    if connection.invalidated or connection.closed:
        return True
    original = getattr(error, "orig", None) or error
    return connection.dialect.is_disconnect(original, connection.connection.dbapi_connection, None)


def _quiet(stop: Callable[[], None]) -> Callable[[], None]:
    def stop_quietly() -> None:
        with suppress(Exception):  # the query may be over, or the server gone; the query's own error says so
            stop()

    return stop_quietly


def _reason(error: Exception) -> str:
    """The driver's first line, without codes and without the driver's names."""
    original = getattr(error, "orig", None) or error
    primary = getattr(getattr(original, "diag", None), "message_primary", None)
    numbered = original.args[1] if len(original.args) > 1 and isinstance(original.args[0], int) else None
    text = str(primary or numbered or original).strip()
    return text.splitlines()[0].strip().rstrip(".") if text else type(original).__name__
