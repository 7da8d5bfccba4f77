"""What differs from one kind of database server to the next: a table, and how each connects and stops a query."""

from collections.abc import Callable
from dataclasses import dataclass

from qsql.databases import catalogs, roles
from qsql.databases.streams import Stream, by_cursor, by_result, by_stopped_result

CONNECTING = 10  # seconds to wait for a server's answer
SYSTEM_SCHEMAS = {"information_schema", "pg_catalog", "mysql", "performance_schema", "sys", "guest"}
ALIASES = {"postgres": "postgresql", "clickhouse": "clickhousedb"}
REQUIREMENTS = {  # what to give to pip for a driver or a dialect
    "psycopg": "'psycopg[binary]'",
    "pymysql": "'PyMySQL[rsa]'",
    "pyodbc": "pyodbc",
    "oracledb": "oracledb",
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
    "trino": "'trino[sqlalchemy]'",
    "clickhousedb": "clickhouse-connect",
}


@dataclass(frozen=True)
class Server:
    """`dialect` is sqlglot's name, `product` is people's.

    Where it is `metered`, reading ahead costs money or a cluster's time.
    `driver` is the one that is used, also where the address names one of `instead_of`. `arguments` are the driver's where
    the address does not give them, and `forced` whatever it gives. `session` says on connecting that this session only
    reads, and `bound` bounds the next query, with `{seconds}`, `{milliseconds}` or `{rows}` in it: the server holds to it
    even where this program does not live to see the end. `mark` gives what changes with the tables, and `hidden` those that
    are not shown: what this role may not read, and parts of others; `views` gives what all views are, by schema and name. `stopper`
    takes an engine and a connection and gives what stops that connection's query from another thread.
    """

    dialect: str
    product: str
    driver: str = ""
    instead_of: tuple[str, ...] = ()
    arguments: tuple[tuple[str, object], ...] = ()
    forced: tuple[tuple[str, object], ...] = ()
    connect: Callable[[Callable, dict], object] = lambda connect, options: connect(**options)
    options: tuple[tuple[str, object], ...] = ()
    session: tuple[str, ...] = ()
    bound: str = ""
    stream: Stream = by_result
    stopper: Callable[[object, object], Callable[[], None]] = lambda engine, connection: lambda: None
    metered: bool = False
    mark: str = ""
    hidden: str = ""
    views: str = ""
    dangers: Callable[[roles.Ask], list[str]] = roles.nothing
    grants: Callable[[roles.Ask], str] = roles.no_grants


def by_cancel(engine, connection) -> Callable[[], None]:
    """The driver's own cancel, which may be called from any thread."""
    driver = connection.connection.dbapi_connection
    return (lambda: driver.cancel_safe(timeout=CONNECTING)) if hasattr(driver, "cancel_safe") else driver.cancel


def by_kill(engine, connection) -> Callable[[], None]:
    """KILL QUERY, sent through a second connection."""
    number = connection.connection.dbapi_connection.thread_id()

    def stop() -> None:
        with engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {number}")

    return stop


def in_time(connect: Callable, options: dict) -> object:
    """PyMySQL's own timeout ends before the server's first word; this bounds the whole of connecting, and no query."""
    wanted = options.get("read_timeout")
    connection = connect(**options | {"read_timeout": options["connect_timeout"]})
    connection._read_timeout = wanted
    return connection


def by_tls(connect: Callable, options: dict) -> object:
    """Trino sends no password or token but over TLS, and its dialect takes no word for that."""
    return connect(**({"http_scheme": "https"} if "auth" in options else {}) | options)


POSTGRES_BOUND = """
SELECT set_config(name, wanted, true) FROM pg_settings JOIN (VALUES
    ('statement_timeout', '{milliseconds}'), ('lock_timeout', '1000'), ('idle_in_transaction_session_timeout', '60000'),
    ('client_connection_check_interval', '1000')
) AS bounds (name, wanted) USING (name) WHERE name <> 'client_connection_check_interval' OR version() !~* 'windows|mingw|visual'
"""  # all of it for this transaction only: behind a connection pooler, the session goes on to serve others
POSTGRES = Server(
    "postgres",
    "PostgreSQL",
    driver="psycopg",
    instead_of=("psycopg2", "psycopg2cffi", "asyncpg", "pg8000", "psycopg_async"),
    arguments=(("connect_timeout", CONNECTING), ("prepare_threshold", None)),
    options=(("postgresql_readonly", True),),
    bound=POSTGRES_BOUND,
    stream=by_cursor,
    stopper=by_cancel,
    mark=catalogs.POSTGRES_MARK,
    hidden=catalogs.POSTGRES_HIDDEN,
    views=catalogs.POSTGRES_VIEWS,
    dangers=roles.postgres_dangers,
    grants=roles.postgres_grants,
)
_MYSQL = {
    "driver": "pymysql",
    "instead_of": ("mysqldb", "mysqlconnector", "mariadbconnector", "cymysql", "aiomysql", "asyncmy", "pyodbc"),
    "arguments": (("connect_timeout", CONNECTING),),
    "forced": (("local_infile", False), ("client_flag", 0)),  # no file of this machine, one statement at a time
    "connect": in_time,
    "session": ("SET SESSION TRANSACTION READ ONLY",),
    "stream": by_stopped_result,
    "stopper": by_kill,
    "mark": catalogs.MYSQL_MARK,
    "dangers": roles.mysql_dangers,
    "grants": roles.mysql_grants,
}
ROWS = "sql_select_limit = {rows}"  # for a query that has no LIMIT of its own
MARIADB = Server("mysql", "MariaDB", bound=f"SET SESSION max_statement_time = {{seconds}}, {ROWS}", **_MYSQL)
MYSQL = Server("mysql", "MySQL", bound=f"SET SESSION max_execution_time = {{milliseconds}}, {ROWS}", **_MYSQL)
SERVERS = {
    "postgresql": POSTGRES,
    "mysql": MYSQL,
    "mariadb": MARIADB,
    "mssql": Server("tsql", "SQL Server"),
    "oracle": Server("oracle", "Oracle", stopper=by_cancel),
    "snowflake": Server("snowflake", "Snowflake", metered=True),
    "bigquery": Server("bigquery", "BigQuery", metered=True),
    "trino": Server("trino", "Trino", connect=by_tls, metered=True),
    "clickhousedb": Server("clickhouse", "ClickHouse"),
}
