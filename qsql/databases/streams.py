"""Ways to run a query on a server and take its rows one at a time, so that no long result comes into memory.

Each also lets through nothing but a query: a read-only transaction alone does not stop a procedure that ends it and
begins one that writes.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress

from qsql.errors import QueryFailed

Fetched = tuple[list[str], Iterator[tuple]]  # names of the columns, and the rows as they come
Stop = Callable[[], None]
Stream = Callable[[object, str, int, Stop], AbstractContextManager[Fetched]]  # connection, SQL, rows at most, what stops it

AT_ONCE = 100  # rows to ask a server for, for they may be long

# Past spaces, brackets and comments that are not executed, what the server takes as the first word. Nothing here tries again
# from a later place, where the words of a comment could pass for the first.
QUERY = re.compile(
    r"(?>[\s(]|\#[^\n]*+\n|--(?=\s)[^\n]*+\n|/\*(?!M?!)(?>.*?\*/))*+(SELECT|WITH|VALUES|TABLE|SHOW|DESC|DESCRIBE|EXPLAIN)\b",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)

# A plan, which no cursor gives. A word that cannot be one of EXPLAIN's own, as ANALYZE, stands right after it, so nothing is run.
PLAN = re.compile(r"EXPLAIN[ \n](?:\([ \n]*)*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE | re.ASCII)


@contextmanager
def by_cursor(connection, sql: str, count: int, stop: Stop) -> Iterator[Fetched]:
    """Psycopg: the server declares a cursor for nothing but one SELECT or VALUES, and libpq then gives row by row."""
    driver = connection.connection.dbapi_connection
    if PLAN.match(sql):
        with driver.cursor(binary=True) as cursor:  # by the protocol that takes one statement and no more
            cursor.execute(sql)
            yield [column.name for column in cursor.description], iter(cursor)
        return
    with driver.cursor(name="qsql") as declared, driver.cursor() as cursor:
        declared.execute(sql)
        with closing(_fetched(cursor, count)) as rows:
            yield [column.name for column in declared.description], rows
            next(rows, None)  # the end, where all rows were taken; else closing cancels what is left


def _fetched(cursor, count: int) -> Iterator[tuple]:
    """PostgreSQL gathers what one FETCH asks for before it sends the first row: so little at first, then more."""
    size = 1
    while count > 0:
        asked, taken = min(size, count), 0
        with closing(cursor.stream(f"FETCH FORWARD {asked} FROM qsql")) as rows:
            for taken, row in enumerate(rows, 1):
                yield row
        if taken < asked:
            return
        count, size = count - asked, min(size * 5, AT_ONCE)


@contextmanager
def by_result(connection, sql: str, count: int, stop: Stop, at_once: int = AT_ONCE) -> Iterator[Fetched]:
    """SQLAlchemy's result, of which the driver may hold `at_once` rows."""
    if not QUERY.match(sql):
        raise QueryFailed("Only queries that read can run here.", "Write a query that begins with SELECT.")
    options = {"stream_results": True, "no_parameters": True, "max_row_buffer": at_once}
    with connection.exec_driver_sql(sql, execution_options=options) as result:
        if not result.returns_rows:
            raise QueryFailed("This statement gives no rows.", "Write a query that begins with SELECT.")
        yield list(result.keys()), (tuple(row) for row in iter(result.fetchone, None))


@contextmanager
def by_stopped_result(connection, sql: str, count: int, stop: Stop) -> Iterator[Fetched]:
    """PyMySQL reads a result to its end before it closes it: a longer one is stopped first."""
    with by_result(connection, sql, count, stop, at_once=1) as (names, rows):
        yield names, rows
        if next(rows, None) is not None:
            stop()
            with suppress(Exception):  # after what was already sent comes the error of the stopped query
                while next(rows, None) is not None:
                    pass
