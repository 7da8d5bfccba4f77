"""What differs from one kind of database server to the next: a table, and how each stops a query."""

from collections.abc import Callable
from dataclasses import dataclass

CONNECTING = 10  # seconds to wait for a server's answer
SYSTEM_SCHEMAS = {"information_schema", "pg_catalog", "mysql", "performance_schema", "sys", "guest"}
ALIASES = {"postgres": "postgresql"}
DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}  # where the address names none
REQUIREMENTS = {  # what to give to pip for a driver or a dialect
    "psycopg": "'psycopg[binary]'",
    "psycopg2": "psycopg2-binary",
    "pymysql": "PyMySQL",
    "MySQLdb": "mysqlclient",
    "pyodbc": "pyodbc",
    "oracledb": "oracledb",
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
    "trino": "'trino[sqlalchemy]'",
    "clickhouse": "clickhouse-sqlalchemy",
}


@dataclass(frozen=True)
class Server:
    """`dialect` is sqlglot's name, `product` is people's.

    `session` says to the server, on connecting, that this session only reads. `bounds` bound the next query, with
    `{seconds}`, `{milliseconds}` or `{rows}` in them: the server holds to them even where this program does not live to
    see the end. `stopper` takes an engine and one of its connections and gives what stops that connection's query from another
    thread. `drains`: the driver reads a result to its end before it closes, so a long one must be stopped first.
    """

    dialect: str
    product: str
    arguments: tuple[tuple[str, object], ...] = ()
    options: tuple[tuple[str, object], ...] = ()
    session: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    stopper: Callable[[object, object], Callable[[], None]] = lambda engine, connection: lambda: None
    drains: bool = False


def by_driver(engine, connection) -> Callable[[], None]:
    """The driver's own cancel, which may be called from any thread."""
    return connection.connection.dbapi_connection.cancel


def by_kill(engine, connection) -> Callable[[], None]:
    """KILL QUERY, sent through a second connection."""
    number = connection.connection.dbapi_connection.thread_id()

    def stop() -> None:
        with engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {number}")

    return stop


ROWS = "SET SESSION sql_select_limit = {rows}"  # for a query that has no LIMIT of its own
_MYSQL = {
    "arguments": (("connect_timeout", CONNECTING),),
    "session": ("SET SESSION TRANSACTION READ ONLY",),
    "stopper": by_kill,
    "drains": True,
}
MARIADB = Server("mysql", "MariaDB", bounds=("SET SESSION max_statement_time = {seconds}", ROWS), **_MYSQL)
MYSQL = Server("mysql", "MySQL", bounds=("SET SESSION max_execution_time = {milliseconds}", ROWS), **_MYSQL)
POSTGRES = Server(
    "postgres",
    "PostgreSQL",
    arguments=(("connect_timeout", CONNECTING),),
    options=(("postgresql_readonly", True),),
    session=("SET default_transaction_read_only = on", "SET lock_timeout = 1000", "SET idle_in_transaction_session_timeout = 60000"),
    bounds=("SET LOCAL statement_timeout = {milliseconds}",),
    stopper=by_driver,
)
SERVERS = {
    "postgresql": POSTGRES,
    "mysql": MYSQL,
    "mariadb": MARIADB,
    "mssql": Server("tsql", "SQL Server"),
    "oracle": Server("oracle", "Oracle", stopper=by_driver),
    "snowflake": Server("snowflake", "Snowflake"),
    "bigquery": Server("bigquery", "BigQuery"),
    "trino": Server("trino", "Trino"),
    "clickhouse": Server("clickhouse", "ClickHouse"),
}
