"""Real servers: what they send, stop, warn of and hide, and what is said when they hang or die."""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

from qsql.databases import open_database, sqlalchemy, streams
from qsql.databases.base import Limits
from qsql.errors import CannotOpen, ConnectionLost, MissingLibrary, QsqlError, QueryFailed, QueryTimeout, Stopped
from qsql.records import Query
from tests import mariadb, postgres, shop
from tests.postgres import PASSWORD
from tests.served import ENDLESS, SESSIONS, Server

ROOT = Path(__file__).parent.parent
IMPORTS = """
from qsql.databases import sqlalchemy
from qsql.databases.base import Limits
from qsql.records import Query
"""
ROWS = {  # so many rows, each a text of so many letters
    "postgres": "SELECT repeat('x', {width}) AS x FROM generate_series(1, {count}) AS n(seq)",
    "mysql": "SELECT repeat('x', {width}) AS x FROM seq_1_to_{count}",
}


@pytest.fixture
def database(server):
    opened = opening(server.address)
    yield opened
    opened.close()


def opening(address):
    """In this process, whose objects the tests look into."""
    return sqlalchemy.open(address)


def run(database, sql, **limits):
    return database.run(Query(sql, database.dialect, ()), Limits(**limits))


def rows_of(database, width, count):
    return ROWS[database.dialect].format(width=width, count=count)


def test_rows_come_until_the_bytes_are_full(database):
    result = run(database, rows_of(database, 100_000, 1_000_000), max_rows=1_000_000, max_bytes=1_000_000)
    assert 1 <= result.rows.num_rows < 11 and result.truncated
    assert run(database, rows_of(database, 5, 3)).rows["x"].to_pylist() == ["xxxxx"] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_long_rows_after_short_ones_are_not_gathered_first(server):
    sql = rows_of(server, "CASE WHEN seq <= 131 THEN 1 ELSE 3000000 END", 100_000)  # the next hundred at once would be 300 MB
    code = f"""
import re, resource
from pathlib import Path
database = sqlalchemy.open({server.address!r})
database.run(Query("SELECT 1", "", ()))
most = int(re.search(r"VmData:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024 + 150_000_000
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
result = database.run(Query({sql!r}, "", ()), Limits(max_rows=100_000, max_bytes=20_000_000))
print(result.rows.num_rows, result.truncated)
"""
    done = subprocess.run([sys.executable, "-c", IMPORTS + code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "137 True\n", done.stderr


def test_one_row_beyond_the_bytes_is_refused_in_words(database):
    with pytest.raises(QueryFailed, match="One row takes more than 1 MB"):
        run(database, rows_of(database, 3_000_000, 1), max_bytes=1_000_000)


@pytest.mark.parametrize("sql", ["SELECT id FROM orders LIMIT 4", "SELECT id FROM orders UNION ALL SELECT id FROM orders"])
def test_rows_are_counted_as_they_come_whatever_the_query_says(database, sql):
    assert run(database, sql).rows.num_rows in (4, 10)
    result = run(database, sql, max_rows=2)
    assert result.rows.num_rows == 2 and result.truncated


COUNTING = [
    "SELECT count(*) AS n FROM (SELECT id FROM orders) t",
    "WITH t AS (SELECT id FROM orders UNION SELECT id FROM orders) SELECT count(*) AS n FROM t",
    "SELECT count(*) AS n FROM orders WHERE id IN (SELECT id FROM orders)",
    "SELECT (SELECT count(*) FROM orders) AS n",
]


@pytest.mark.parametrize("sql", COUNTING)
def test_the_bound_of_rows_does_not_reach_into_the_query(database, sql):
    assert run(database, sql, max_rows=1).rows["n"].to_pylist() == [5]


def test_a_query_is_gone_from_the_server_after_its_time(server, database):
    with pytest.raises(QueryTimeout):
        run(database, ENDLESS, seconds=0.5)
    server.wait_until(busy=False)


def test_a_query_is_gone_from_the_server_after_a_stop(server, database):
    cancel = threading.Event()
    asking = threading.Thread(target=lambda: [server.wait_until(busy=True), cancel.set()])
    asking.start()
    with pytest.raises(Stopped):
        run(database, ENDLESS, seconds=60, cancel=cancel)
    asking.join()
    server.wait_until(busy=False)


def test_a_query_is_gone_from_the_server_after_its_process_was_killed(server):
    seconds = 600 if server.dialect == "postgres" else 2  # PostgreSQL looks for its client, MariaDB holds to the time
    code = f"sqlalchemy.open({server.address!r}).run(Query({ENDLESS!r}, '', ()), Limits(seconds={seconds}))"
    with subprocess.Popen([sys.executable, "-c", IMPORTS + code], cwd=ROOT) as asking:
        server.wait_until(busy=True)
        asking.kill()
    server.wait_until(busy=False)


def test_no_connection_outlives_its_query(server, database):
    run(database, "SELECT 1 AS one")
    with pytest.raises(QueryFailed):
        run(database, "SELECT nonesuch FROM orders")
    server.wait_until(busy=False, query=SESSIONS[server.dialect])


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mariadb"])
def test_a_server_that_accepts_and_never_answers_is_given_up(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(CannotOpen, match="could not be reached: .*time.* out|could not be reached: .*timeout"):
            open_database(f"{scheme}://kim:s3cret@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=2")


def test_a_long_query_may_be_silent_for_longer_than_connecting_may(server):
    waits = "SELECT pg_sleep(3)" if server.dialect == "postgres" else "SELECT SLEEP(3)"
    database = opening(f"{server.address}?connect_timeout=2")
    assert run(database, waits).rows.num_rows == 1
    database.close()


def test_postgres_that_crashes_during_a_query_is_told_and_the_next_one_answers(postgres_server):
    database = open_database(postgres_server.address)

    def crash():
        postgres_server.wait_until(busy=True)
        os.kill(postgres_server.busy()[0][0], signal.SIGKILL)  # of one of its processes: it ends them all and starts anew

    threading.Thread(target=crash).start()
    with pytest.raises(ConnectionLost, match="PostgreSQL ended the connection"):
        run(database, ENDLESS, seconds=60)
    assert answers_again(database) == [5]
    database.close()


def test_mariadb_that_dies_during_a_query_is_told_and_the_next_one_answers():
    with mariadb.prepared() as folder:
        port = postgres.free_port()
        with mariadb.running(folder, port) as where:
            server = Server(shop.make_mariadb(where, PASSWORD), f"mariadb://root:{PASSWORD}@{where}/shop")
            database, said = open_database(server.address), []
            asking = threading.Thread(target=lambda: said.append(error_of(lambda: run(database, ENDLESS, seconds=60))))
            asking.start()
            server.wait_until(busy=True)
        asking.join()
        assert re.match("MariaDB ended the connection: Lost connection", said[0].message)
        assert "MariaDB could not be reached" in error_of(lambda: run(database, "SELECT 1")).message
        with mariadb.running(folder, port):
            assert answers_again(database) == [5]
        database.close()


def error_of(action):
    with pytest.raises(ConnectionLost) as raised:
        action()
    return raised.value


def answers_again(database):
    """Once the server is back."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return run(database, "SELECT count(*) AS n FROM orders").rows["n"].to_pylist()
        except ConnectionLost as error:
            assert time.monotonic() < deadline and "could not be reached" in error.message
            time.sleep(0.1)


SECRET = "q7!Z @/:%'\\x"
WRITTEN = quote(SECRET, safe="")
SECRETIVE = [
    "{scheme}://keeper:{secret}@{where}/shop",
    "{scheme}://keeper:{secret}@{where}/nonesuch",
    "{scheme}://keeper:{secret}@127.0.0.1:1/shop",
    "{scheme}://keeper:{secret}@nonesuch.invalid/shop",
    "{scheme}://keeper@{where}/shop?password={secret}",
    "{scheme}://keeper@127.0.0.1:1/shop?password={secret}",
    "{scheme}://keeper@{where}/shop?passwd={secret}",
    "{scheme}://keeper@{where}/shop?sslpassword={secret}",
    "{scheme}://keeper@{where}/shop?access_token={secret}",
    "{scheme}://keeper:x{secret}@{where}:port/shop",
    "{scheme}+nonesuch://keeper:{secret}@{where}/shop?token={secret}",
    "snowflake://keeper:{secret}@{where}/shop?private_key={secret}",
]


@pytest.mark.filterwarnings("ignore:'passwd' is deprecated")
@pytest.mark.parametrize("address", SECRETIVE)
def test_an_address_that_fails_tells_no_secret(server, address, caplog):
    where = server.address.rpartition("@")[2].partition("/")[0]
    address = address.format(scheme=server.address.partition("://")[0], where=where, secret=WRITTEN)
    caplog.set_level(logging.DEBUG)
    for way in (opening, open_database):
        with pytest.raises((CannotOpen, MissingLibrary)) as raised:
            way(address)
        told = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + str(raised.value) + caplog.text
        assert not [form for form in (SECRET, WRITTEN, repr(SECRET)[1:-1], SECRET.replace("'", "\\'")) if form in told]


def test_a_password_with_an_at_sign_that_is_not_written_so_is_not_taken_for_the_host(server):
    with pytest.raises(CannotOpen, match="This address cannot be read") as raised:
        opening(server.address.replace(PASSWORD, "s3cret@part"))
    assert "part" not in str(raised.value)


@pytest.mark.parametrize("form", ["{user}:{password}@{rest}", "{user}@{rest}?password={password}"])
def test_an_open_database_tells_no_secret(server, form, caplog):
    caplog.set_level(logging.DEBUG)
    scheme, rest = server.address.split(f"://keeper:{PASSWORD}@")
    database = opening(f"{scheme}://" + form.format(user="keeper", password=PASSWORD, rest=rest))
    quoted = f'"{PASSWORD}"' if server.dialect == "postgres" else f"`{PASSWORD}`"  # which the server repeats in its error
    with pytest.raises(QueryFailed, match=re.escape("***")) as raised:
        run(database, f"SELECT * FROM {quoted}")
    engine = database._engine
    objects = [database, vars(database), engine, vars(engine), engine.url, vars(engine.pool), vars(engine.dialect), database.notices]
    told = [database.name, str(engine.url), str(raised.value), repr(raised.value), *map(repr, objects)]
    assert not [text for text in told if PASSWORD in text]
    assert database.name == "shop on 127.0.0.1"
    database.close()


def test_another_driver_of_the_same_server_is_replaced(server):
    scheme = server.address.partition("://")[0]
    other = {"postgresql": "postgresql+psycopg2", "mariadb": "mysql+mysqlconnector"}[scheme]
    database = opening(server.address.replace(scheme, other, 1))
    assert run(database, "SELECT id FROM orders").rows.num_rows == 5
    assert database.schema().product == ("PostgreSQL" if scheme == "postgresql" else "MariaDB")
    database.close()


def test_mariadb_gets_no_file_of_this_machine_even_if_the_address_allows_it(mariadb_server, tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "QUERY", re.compile(""))
    (tmp_path / "secret.csv").write_text("7,secret")
    database = opening(f"{mariadb_server.address}?local_infile=1&client_flag=65536")
    with pytest.raises(QueryFailed, match="local infile"):
        run(database, f"LOAD DATA LOCAL INFILE '{tmp_path}/secret.csv' INTO TABLE customers FIELDS TERMINATED BY ','")
    with pytest.raises(QueryFailed, match="SQL syntax"):
        run(database, "SELECT 1; SELECT 2")
    database.close()


def test_the_owner_is_warned_of(server, database):
    [notice] = database.notices
    assert notice.startswith("The role 'keeper' may do more than read: it ") and notice.endswith("Use a role that may only SELECT.")
    assert ("may write to" in notice and "public." in notice) or "has ALL PRIVILEGES on `shop`.*" in notice
    assert open_database(server.address).notices == database.notices


def test_the_superuser_is_warned_of(server):
    [notice] = opening(server.admin).notices
    assert "is a superuser" in notice or "has ALL PRIVILEGES on *.*" in notice


DANGERS = {
    "postgres": [
        ("GRANT pg_read_server_files TO probe", "is a member of pg_read_server_files"),
        ("GRANT pg_write_server_files TO probe", "is a member of pg_write_server_files"),
        ("GRANT pg_execute_server_program TO probe", "is a member of pg_execute_server_program"),
        ("GRANT INSERT ON orders TO probe", "may write to public.orders."),
        ("GRANT UPDATE (id) ON orders TO probe", "may write to public.orders."),
        ("GRANT TRUNCATE ON orders TO probe", "may write to public.orders."),
        (
            "GRANT DELETE ON ALL TABLES IN SCHEMA public TO probe",
            "may write to public.customers, public.orders, public.products and 1 more.",
        ),
        ("GRANT CREATE ON SCHEMA public TO probe", "may create things in schema public."),
        ("GRANT CREATE ON DATABASE shop TO probe", "may create things in this database."),
    ],
    "mysql": [
        ("GRANT FILE ON *.* TO probe", "has FILE on *.*."),
        ("GRANT SUPER ON *.* TO probe", "has SUPER on *.*."),
        ("GRANT ALL ON shop.* TO probe", "has ALL PRIVILEGES on `shop`.*."),
        ("GRANT INSERT, DELETE ON shop.orders TO probe", "has INSERT, DELETE on `shop`.`orders`."),
        ("GRANT UPDATE (id) ON shop.orders TO probe", "has UPDATE on `shop`.`orders`."),
        (
            "CREATE ROLE writers;\nGRANT INSERT ON shop.* TO writers;\nGRANT writers TO probe;\nSET DEFAULT ROLE writers FOR probe",
            "has INSERT on",
        ),
    ],
}
PROBE = {
    "postgres": (
        "CREATE ROLE probe LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO probe",
        "DROP OWNED BY probe; DROP ROLE probe",
    ),
    "mysql": (
        "CREATE USER probe IDENTIFIED BY 'x';\nGRANT SELECT, SHOW VIEW ON shop.* TO probe",
        "DROP USER probe;\nDROP ROLE IF EXISTS writers",
    ),
}


@pytest.mark.parametrize(("dialect", "grant", "said"), [(dialect, *case) for dialect, cases in DANGERS.items() for case in cases])
def test_each_thing_that_a_role_may_do_beyond_reading_is_named(dialect, grant, said, request):
    server = request.getfixturevalue("postgres_server" if dialect == "postgres" else "mariadb_server")
    make, remove = PROBE[dialect]
    server.ask(make)
    try:
        address = server.as_role("probe", "x")
        assert opening(address).notices == ()
        server.ask(grant)
        [notice] = opening(address).notices
        assert said in notice
    finally:
        server.ask(remove)


def test_the_lines_for_an_administrator_make_a_role_that_reads_all_and_writes_nothing(server, database):
    server.ask(database.grants().replace("…", PASSWORD).rstrip(";"))
    reader = opening(server.as_role("shop_reader"))
    assert reader.notices == ()
    assert [table.name for table in reader.schema().tables] == [table.name for table in database.schema().tables]
    owner = Server(server.address, server.address)
    owner.ask("CREATE TABLE later (id INTEGER)")
    assert run(reader, "SELECT * FROM later").rows.num_rows == 0
    owner.ask("DROP TABLE later")
    with pytest.raises(Exception, match="denied|read-only"):
        Server(server.address, server.as_role("shop_reader")).ask("DELETE FROM orders")
    reader.close()


def test_the_lines_close_what_everyone_may_do(postgres_server):
    postgres_server.ask("CREATE ROLE probe LOGIN PASSWORD 'x'; GRANT CREATE ON SCHEMA public TO PUBLIC; CREATE EXTENSION dblink")
    address = postgres_server.as_role("probe", "x")
    [notice] = opening(address).notices
    assert "may create things in schema public, and it may reach other servers through dblink" in notice
    lines = [line for line in opening(postgres_server.address).grants().splitlines() if line.startswith("REVOKE")]
    postgres_server.ask("".join(lines))
    assert opening(address).notices == ()
    postgres_server.ask("DROP EXTENSION dblink; DROP ROLE probe")


def test_the_lines_name_one_database_of_mariadb_and_none_that_looks_like_it(mariadb_server):
    mariadb_server.ask("CREATE DATABASE my_shop;\nCREATE DATABASE myxshop;\nGRANT ALL ON my_shop.* TO keeper")
    lines = opening(mariadb_server.address.replace("/shop", "/my_shop")).grants()
    mariadb_server.ask(lines.replace("…", "x").rstrip(";"))
    reader = opening(mariadb_server.as_role("my_shop_reader", "x").replace("/shop", "/my_shop"))
    assert run(reader, "SHOW DATABASES").rows["Database"].to_pylist() == ["information_schema", "my_shop"]
    reader.close()


FIRST_WORDS = [
    ("SELECT 1", True),
    ("  ((SELECT 1))", True),
    ("-- why\n# how\n/* what */ with t as (select 1) select * from t", True),
    ("--\nSELECT 1", True),
    ("CALL ruin()", False),
    ("/* a */ CALL ruin() /* b */ SELECT", False),
    ("--\nCALL ruin()\nSELECT 1", False),
    ("-- a\nCALL ruin() -- \nSELECT 1", False),
    ("# a\nCALL ruin() #\nSELECT 1", False),
    ("/*! CALL ruin() */ SELECT 1", False),
    ("/*M!100000 CALL ruin() */ SELECT 1", False),
    ("--x\nSELECT 1", False),
    ("/* SELECT 1", False),
    ("SELECTED", False),
    ("", False),
]


@pytest.mark.parametrize(("sql", "let_through"), FIRST_WORDS)
def test_only_the_first_word_of_a_statement_is_looked_for(sql, let_through):
    assert bool(streams.QUERY.match(sql)) is let_through


def test_errors_are_ours(database):
    for sql in ("SELECT", "SELECT 1/0 FROM nonesuch", "nonsense", "SELECT 'a' || (", "COMMIT"):
        with pytest.raises(QsqlError):
            run(database, sql)
