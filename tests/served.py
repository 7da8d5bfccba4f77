"""The shop on a real server, and what its superuser sees and does there."""

import contextlib
import time

import psycopg

from tests import mariadb, postgres, shop
from tests.postgres import PASSWORD

ENGINES = {"postgres": (postgres, shop.make_postgres, "postgres"), "mariadb": (mariadb, shop.make_mariadb, "root")}
ENDLESS = "SELECT count(*) FROM " + ", ".join(f"orders {letter}" for letter in "abcdefghijklmnop")
BUSY = {
    "postgres": "SELECT pid FROM pg_stat_activity WHERE usename = 'keeper' AND state = 'active'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE user = 'keeper' AND command = 'Query'",
}
SESSIONS = {dialect: sql.partition(" AND ")[0] for dialect, sql in BUSY.items()}


class Server:
    """A shop on a real server: the address of its owner, and SQL as its superuser."""

    def __init__(self, address, admin):
        self.address, self.admin = address, admin
        self.dialect = "postgres" if address.startswith("postgres") else "mysql"

    def ask(self, sql):
        if self.dialect == "postgres":
            with psycopg.connect(self.admin, autocommit=True) as connection:
                cursor = connection.execute(sql)
                return cursor.fetchall() if cursor.description else []
        with shop.mariadb_cursor(self.admin) as cursor:
            for statement in sql.split(";\n"):
                cursor.execute(statement)
            return list(cursor.fetchall())

    def as_role(self, role, password=PASSWORD):
        return self.address.replace("keeper:" + PASSWORD, f"{role}:{password}")

    def busy(self):
        return self.ask(BUSY[self.dialect])

    def wait_until(self, busy, query=None):
        deadline = time.monotonic() + 30
        while bool(self.ask(query or BUSY[self.dialect])) != busy:
            assert time.monotonic() < deadline, "it still runs" if not busy else "nothing runs"
            time.sleep(0.05)


def started(engine):
    module, make, superuser = ENGINES[engine]

    @contextlib.contextmanager
    def start():
        with module.server() as where:
            address = make(where, PASSWORD)
            yield Server(address, address.replace("keeper:", f"{superuser}:"))

    return start()
