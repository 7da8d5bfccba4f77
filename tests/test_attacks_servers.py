"""Whatever a query says to a server, as a role that may write: it reads rows, and touches nothing else.

What a superuser's query could do, only the reader refuses: those cases are sent through it alone, and the app warns of the role.
"""

import contextlib

import psycopg
import pymysql
import pytest

from qsql.databases import open_database
from qsql.errors import QsqlError
from qsql.sql import read_query
from tests import mariadb, postgres, shop
from tests.attacking_sql import attack_past_the_reader, attack_through_the_border, cases, reader_refuses, world
from tests.postgres import PASSWORD

POSTGRES_TRAPS = """
CREATE VIEW spoiling AS SELECT spoil();
CREATE FUNCTION loosen() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config('transaction_read_only', 'off', true); DELETE FROM orders; RETURN 1;
END $$;
CREATE PROCEDURE ruin() LANGUAGE plpgsql AS $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; DELETE FROM orders; COMMIT; END $$;
SELECT lo_from_bytea(4242, 'x');
"""
POSTGRES_STATE = (  # all that a query may not change, beside the rows of tables
    "SELECT oid::regclass::text, relkind, relacl::text FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_' ORDER BY 1, 2",
    "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^pg_' ORDER BY 1",
    "SELECT rolname, rolsuper FROM pg_roles ORDER BY 1",
    "SELECT loid, data FROM pg_largeobject ORDER BY 1",
    "SELECT extname FROM pg_extension ORDER BY 1",
    "SELECT last_value, is_called FROM counter",
)
POSTGRES_TABLES = (
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^pg_|^inf' ORDER BY 1"
)
MARIADB_STATE = (
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1",
    "SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'shop' ORDER BY 1",
    "SELECT user, host, priv FROM mysql.global_priv ORDER BY 1, 2",
    "SELECT db, user FROM mysql.db ORDER BY 1, 2",
    "SELECT next_not_cached_value FROM counter",
    "CHECKSUM TABLE customers, products, orders",
)


class Postgres:
    superuser = "postgres"

    def __init__(self, where):
        self.admin = f"postgresql://postgres:{PASSWORD}@{where}/postgres"
        self.address = shop.make_postgres(where, PASSWORD)
        self.run(self.address, POSTGRES_TRAPS)

    def run(self, address, sql):
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def state(self, address):
        with psycopg.connect(address.replace(shop.OWNER, self.superuser)) as connection:
            tables = [name for (name,) in connection.execute(POSTGRES_TABLES)]
            rows = [connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1").fetchall() for name in tables]
            return tables, rows, [connection.execute(sql).fetchall() for sql in POSTGRES_STATE]

    def copy(self):
        """Another database with the same in it."""
        self.run(self.admin, "DROP DATABASE IF EXISTS copy WITH (FORCE)")
        self.run(self.admin, f"CREATE DATABASE copy TEMPLATE shop OWNER {shop.OWNER}")
        return self.address.replace("/shop", "/copy")


class Mariadb:
    superuser = "root"

    def __init__(self, where):
        self.where, self.admin = where, f"mariadb://root:{PASSWORD}@{where}/"
        self.address = self.copy()

    def run(self, address, sql):
        with shop.mariadb_cursor(address) as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def state(self, address):
        with shop.mariadb_cursor(address.replace(shop.OWNER, self.superuser)) as cursor:
            return [cursor.execute(sql) and cursor.fetchall() for sql in MARIADB_STATE]

    def copy(self):
        """The same database, made anew."""
        self.run(self.admin, "DROP DATABASE IF EXISTS shop")
        self.run(self.admin, f"DROP USER IF EXISTS {shop.OWNER}")
        address = shop.make_mariadb(self.where, PASSWORD)
        self.run(address, "CREATE VIEW spoiling AS SELECT spoil()")
        return address


SERVERS = {"postgres": (postgres, Postgres), "mariadb": (mariadb, Mariadb)}


@contextlib.contextmanager
def attacked(engine):
    module, make = SERVERS[engine]
    with module.server() as where:
        server = make(where)
        with world(lambda folder: server.address, server.state) as made:
            database = open_database(server.address)
            yield made, database
            database.close()


@pytest.fixture(scope="module")
def in_postgres():
    with attacked("postgres") as found:
        yield found


@pytest.fixture(scope="module")
def in_mariadb():
    with attacked("mariadb") as found:
        yield found


@pytest.fixture(scope="module")
def bare_postgres():
    with postgres.server() as where:
        yield Postgres(where)


@pytest.fixture(scope="module")
def bare_mariadb():
    with mariadb.server() as where:
        yield Mariadb(where)


@pytest.mark.parametrize("attack", cases("postgres"))
def test_postgres_withstands(in_postgres, attack):
    withstands(*in_postgres, attack)


@pytest.mark.parametrize("attack", cases("mariadb"))
def test_mariadb_withstands(in_mariadb, attack):
    withstands(*in_mariadb, attack)


def withstands(world, database, attack):
    attack_through_the_border(world, database, attack)
    if reader_refuses(world, database, attack):  # else the engine has seen it already
        attack_past_the_reader(world, database, attack)


def of_superusers():
    return [pytest.param(engine, *case.values, id=f"{engine}: {case.id}") for engine in SERVERS for case in cases(f"{engine}_superuser")]


@pytest.mark.parametrize(("engine", "attack"), of_superusers())
def test_the_reader_refuses_what_the_server_would_do_for_a_superuser(engine, attack):
    with pytest.raises(QsqlError):
        read_query(attack.sql, {"mariadb": "mysql"}.get(engine, engine))


def biting():
    """What does harm to a bare server, which shows that these tests would see it."""
    return [
        pytest.param(engine, case.values[0], "superuser" in file, id=f"{file}: {case.id}")
        for engine in SERVERS
        for file in (engine, f"{engine}_superuser")
        for case in cases(file)
        if case.values[0].bites
    ]


@pytest.mark.parametrize(("engine", "attack", "as_superuser"), biting())
def test_without_the_lock_it_would_do_harm(request, engine, attack, as_superuser):
    server = request.getfixturevalue(f"bare_{engine}")
    address = server.copy()
    superuser = address.replace(shop.OWNER, server.superuser)
    if engine == "postgres":
        server.run(superuser, "CREATE EXTENSION dblink")
    with world(lambda folder: address, server.state) as made:
        try:
            said = repr(server.run(superuser if as_superuser else address, made.fill(attack.sql)))
        except (psycopg.Error, pymysql.Error) as error:
            said = str(error)
        with pytest.raises(AssertionError, match="told|came or went|was changed|was made"):
            made.untouched(said)
