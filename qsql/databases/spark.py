"""Apache Spark by Spark Connect: a cluster for what one machine cannot hold, asked from a thin client, without Java here.

What it protects from:
  - a statement that is no query: all that runs stands in the brackets of `SELECT * FROM (...)`, where Spark's own grammar has room for
    a query and for nothing that writes;
  - a file of the cluster read as a table, by the session's own setting;
  - a result without end, which Spark itself cuts and which comes in Arrow batches that are counted, and a query without end;
  - a server that does not answer, and secrets of the address: they are in no name or message.

What it does not protect from:
  - what the token or the user may read there; Spark without an access control of its own lets everyone read everything;
  - functions that run programs on the cluster (`reflect`, `java_method`, Spark's own or an administrator's): those that are known are
    refused by their names, which is no lock;
  - a query whose client was killed: the server notices after minutes (spark.connect.execute.manager.detachedTimeout).
"""

import re
import socket
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import pyarrow
from pyspark.errors import PySparkException
from pyspark.sql.connect.client.core import DefaultChannelBuilder
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.session import SparkSession

from qsql.databases import arrow, spark_address
from qsql.databases.base import Limits, interrupting
from qsql.databases.ddl import create_table
from qsql.errors import CannotOpen, ConnectionLost, DatabaseError, QsqlError, QueryFailed
from qsql.records import Column, Query, Result, Schema, Table

CONNECTING = 10  # seconds
SEEN = 300.0  # seconds for which the columns of a table are taken to be as they were
AT_ONCE = 4  # tables whose columns are asked for at a time
FIRST_ROWS = Limits(max_rows=3, seconds=5.0)
ALL_FIRST_ROWS = 5.0  # seconds for those of all tables; the tables that come after that are without
CHANNEL = [("grpc.use_local_subchannel_pool", 1)]  # a new one does not wait because an old one failed
SETTINGS = {"spark.sql.runSQLOnFiles": "false"}

FIRST = re.compile(r"[\s(]*(?:SELECT|WITH|VALUES|TABLE|FROM)\b", re.IGNORECASE)
PROGRAMS = re.compile(r"\b(?:try_)?reflect\b|\bjava_method\b", re.IGNORECASE)
# IDENTIFIER('re' || 'flect') would be such a name too; a column that is called so is followed by other marks.
NAMED = re.compile(r"\bidentifier\b(?!\s*(?:[,.)=<>!`'\"\w]|$))", re.IGNORECASE)
CODE = re.compile(r"^(?:\([\w.$]+\) )?\[[\w.]+\] |\s*SQLSTATE: .*$")
DETAILS = re.compile(r'\bdetails = "(.*)"')
PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def open(source: str) -> "SparkDatabase":
    """Connect, to see that it answers. Raises CannotOpen; the token stays out of it."""
    try:
        return SparkDatabase(source)
    except ConnectionLost as error:
        said = error.message
    raise CannotOpen(said, "Check host, port and token, and that a Spark Connect server runs there.")


class SparkDatabase:
    """A session at one server: the tables of its current catalog."""

    dialect = "spark"
    metered = True

    def __init__(self, source: str) -> None:
        self.name = f"Spark on {spark_address.read(source)[0]}"
        self._source = source
        self._session = self._connected()

    def schema(self) -> Schema:
        """Read anew each time."""
        return Schema(self.dialect, "Apache Spark", tuple(self._with_rows(self._tables())))

    def mark(self) -> str:
        """What changes with the names of the tables; of their columns, only time tells."""
        with self._asked():
            return repr((sorted(name for name, _ in self._listed()), time.time() // SEEN))

    def run(self, query: Query, limits: Limits = Limits()) -> Result:
        start = time.perf_counter()
        sql = _bounded(query.sql, limits.max_rows + 1)
        with self._asked():
            rows = self._fetch(sql, limits)
        return arrow.result(rows, limits, start)

    def close(self) -> None:
        with suppress(Exception):  # the server may be gone
            self._session.stop()

    def _connected(self) -> SparkSession:
        """Raises ConnectionLost."""
        try:
            socket.create_connection(spark_address.read(self._source)[:2], CONNECTING).close()  # the client itself tries for minutes
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # of a newer pandas, which nothing here uses
                session = SparkSession.builder.channelBuilder(DefaultChannelBuilder(self._source, CHANNEL)).create()
            session.client.set_retry_policies([DefaultPolicy(max_retries=2, max_backoff=500)])
            for name, value in SETTINGS.items():
                session.conf.set(name, value)
            return session
        except OSError as error:
            reason = error.strerror or str(error)
        except Exception as error:  # the border to the client, whose own error may hold the token
            reason = _redacted(_reason(error), self._source)
        raise ConnectionLost(f"Spark could not be reached: {reason}.", "See that it runs, then ask again.")

    def _fetch(self, sql: str, limits: Limits) -> pyarrow.Table:
        """Batches until just beyond the limits, or the end. What stops it bears its tag: one that comes late stops nothing else."""
        batches, rows, size, tag = [], 0, 0, f"qsql-{uuid.uuid4()}"
        stop = _quiet(lambda: self._session.interruptTag(tag))
        with self._tagged(tag), interrupting(stop, limits):
            plan = self._session.sql(sql)._plan.to_proto(self._session.client)
            for batch in self._session.client.to_table_as_iterator(plan, {}):
                if isinstance(batch, pyarrow.Table):
                    batches.append(batch)
                    rows, size = rows + batch.num_rows, size + batch.nbytes
                if rows > limits.max_rows or size > limits.max_bytes:
                    stop()
                    break
        return pyarrow.concat_tables(batches)

    @contextmanager
    def _tagged(self, tag: str) -> Iterator[None]:
        session = self._session
        session.addTag(tag)
        try:
            yield
        finally:
            session.removeTag(tag)

    def _listed(self) -> list[tuple[str, str]]:
        """Each table as a query must write it, and its comment; the current database's first."""
        catalog = self._session.catalog
        current = catalog.currentDatabase()
        others = sorted(database.name for database in catalog.listDatabases() if database.name != current)
        return [
            (_dotted(*([] if name == current else [name]), table.name), table.description or "")
            for name in (current, *others)
            for table in sorted(catalog.listTables(_quoted(name)), key=lambda table: (table.tableType == "VIEW", table.name))
            if not table.isTemporary
        ]

    def _tables(self) -> list[Table]:
        """Without what cannot be read. Raises where that is all."""
        with self._asked():
            listed = self._listed()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda one: self._table(*one), listed))
        tables = [table for table in found if isinstance(table, Table)]
        if found and not tables:
            raise found[0]
        return tables

    def _table(self, name: str, comment: str) -> Table | QueryFailed:
        try:
            with self._translated():
                listed = self._session.catalog.listColumns(name)
        except QueryFailed as error:
            if not isinstance(error.__cause__, PySparkException):  # not Spark's word on this table: no thread or memory left here
                raise
            return error
        columns = tuple(Column(column.name, column.dataType, column.nullable, column.description or "") for column in listed)
        return Table(name, columns, create_table(name, columns, (), (), _written), comment=comment)

    def _with_rows(self, tables: list[Table]) -> Iterator[Table]:
        end = time.monotonic() + ALL_FIRST_ROWS
        for table in tables:
            if time.monotonic() < end:
                with suppress(DatabaseError):  # a table that may not be read, or a broken view
                    table = replace(table, rows=self._first(table.name))
            yield table

    def _first(self, name: str) -> tuple[tuple, ...]:
        start = time.perf_counter()
        with self._translated():
            found = self._fetch(_bounded(f"SELECT * FROM {name}", FIRST_ROWS.max_rows), FIRST_ROWS)
        return tuple(zip(*(column.to_pylist() for column in arrow.result(found, FIRST_ROWS, start).rows.columns)))

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """In a session that lives: where the server was started anew or forgot it, in a new one, as long as nothing was asked."""
        try:
            self._session.conf.get(next(iter(SETTINGS)))
        except Exception:  # whatever it is, a new session tells whether it lasts
            self._session = self._connected()
        with self._translated():
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except QsqlError:
            raise
        except Exception as error:  # the border to the client
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> DatabaseError:
        reason = _redacted(_reason(error), self._source)
        if _unreachable(error):
            return ConnectionLost(f"Spark ended the connection: {reason}.", "See that it runs, then ask again.")
        return QueryFailed(f"The database refused the query: {reason}.", "Correct the SQL, or ask in other words.")


def _bounded(sql: str, count: int) -> str:
    """The query in brackets, which hold nothing that writes. Raises QueryFailed for what begins otherwise, or runs programs."""
    if not FIRST.match(sql):
        raise QueryFailed("Only queries that read can run here.", "Write a query that begins with SELECT.")
    if PROGRAMS.search(sql) or NAMED.search(sql):
        raise QueryFailed("This would run a program on the server.", "Ask only for rows.")
    return f"SELECT * FROM (\n{sql.rstrip().rstrip(';')}\n) LIMIT {count}"


def _unreachable(error: Exception) -> bool:
    """By the status of gRPC, which the client passes on as its own error or as it came."""
    status = getattr(error, "getGrpcStatusCode", None) or getattr(error, "code", None)
    return callable(status) and getattr(status(), "name", "") == "UNAVAILABLE"


def _reason(error: Exception) -> str:
    """Spark's first line, or what gRPC gives as details, without codes."""
    text = str(error.getMessage() if isinstance(error, PySparkException) else error).strip()
    details = DETAILS.search(text)
    text = details[1] if details else text
    first = text.splitlines()[0] if text else type(error).__name__
    return CODE.sub("", first).strip().rstrip(".")


def _redacted(text: str, source: str) -> str:
    for secret in spark_address.secrets(source):
        text = text.replace(secret, "***")
    return text


def _quiet(stop: Callable[[], object]) -> Callable[[], None]:
    def stop_quietly() -> None:
        with suppress(Exception):  # the query may be over, or the server gone; the query's own error says so
            stop()

    return stop_quietly


def _dotted(*names: str) -> str:
    return ".".join(map(_written, names))


def _written(name: str) -> str:
    return name if PLAIN.fullmatch(name) else _quoted(name)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
