"""One small shop, made alike in every engine, each through its own driver; and its rows, read without qsql."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

SCRIPT = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, city VARCHAR(50), born DATE, vip BOOLEAN);
CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR(50), price DECIMAL(10,2), barcode BIGINT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), product_id INTEGER REFERENCES products (id), "order day" DATE
);
CREATE VIEW sold AS SELECT p.name, count(*) AS times FROM orders o JOIN products p ON p.id = o.product_id GROUP BY p.name;
INSERT INTO customers VALUES (1, '王芳', '北京', '1990-05-01', TRUE), (2, 'Ann', NULL, '1985-12-24', FALSE);
INSERT INTO customers VALUES (3, 'Bob', '100% Town', NULL, NULL);
INSERT INTO products VALUES (1, 'tea', 4.50, 9007199254740993), (2, 'cup', 12.00, 2), (3, 'pot', 30.25, NULL);
INSERT INTO orders VALUES (1, 1, 1, '2024-01-02'), (2, 1, 2, '2024-01-02'), (3, 2, 1, '2024-02-03');
INSERT INTO orders VALUES (4, 3, 3, NULL), (5, 2, 2, '2024-03-01');
"""
TRAPS = """
CREATE SEQUENCE counter;
CREATE FUNCTION spoil() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DELETE FROM orders; RETURN 1; END $$;
CREATE SCHEMA "Back Room";
CREATE TABLE "Back Room".boxes (id INTEGER PRIMARY KEY, product_id INTEGER REFERENCES products (id));
CREATE TABLE "Back Room".leases (ends DATE, place POINT);
INSERT INTO "Back Room".leases VALUES ('infinity', '(1,2)');
COMMENT ON TABLE customers IS 'Who buys';
COMMENT ON COLUMN customers.vip IS 'Buys much';
"""
MARIADB_TRAPS = (
    "CREATE SEQUENCE counter",
    "CREATE FUNCTION spoil() RETURNS INT BEGIN DELETE FROM orders; RETURN 1; END",
    """CREATE PROCEDURE ruin() BEGIN
        COMMIT; SET SESSION TRANSACTION READ WRITE; START TRANSACTION; DELETE FROM orders; COMMIT;
    END""",
    "ALTER TABLE customers COMMENT 'Who buys'",
)
OWNER = "keeper"
ORDERS = "SELECT id, customer_id, product_id FROM orders ORDER BY id"


def make_sqlite(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    return str(path)


def make_duckdb(path: Path) -> str:
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCRIPT)
    return str(path)


def make_postgres(where: str, password: str) -> str:
    """In a database of its own, that belongs to a role that may write in it but is no superuser; gives its address."""
    import psycopg

    with psycopg.connect(f"postgresql://postgres:{password}@{where}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{password}'")
        connection.execute(f"CREATE DATABASE shop OWNER {OWNER}")
    address = f"postgresql://{OWNER}:{password}@{where}/shop"
    with psycopg.connect(address) as connection:
        connection.execute(SCRIPT + TRAPS)
    return address


def make_mariadb(where: str, password: str) -> str:
    """As for PostgreSQL; its owner may do anything in it, and nothing elsewhere."""
    with mariadb_cursor(f"mariadb://root:{password}@{where}/") as cursor:
        cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
        cursor.execute(f"CREATE USER {OWNER} IDENTIFIED BY '{password}'")
        cursor.execute(f"GRANT ALL ON shop.* TO {OWNER}")
    address = f"mariadb://{OWNER}:{password}@{where}/shop"
    with mariadb_cursor(address) as cursor:
        cursor.execute("SET sql_mode = 'ANSI_QUOTES'")
        for statement in (*SCRIPT.strip().removesuffix(";").split(";\n"), *MARIADB_TRAPS):
            cursor.execute(statement)
    return address


@contextmanager
def mariadb_cursor(address: str) -> Iterator:
    import pymysql

    parts = urlsplit(address)
    names = {"host": parts.hostname, "port": parts.port, "user": parts.username, "password": parts.password, "database": parts.path[1:]}
    with closing(pymysql.connect(**names, autocommit=True)) as connection, connection.cursor() as cursor:
        yield cursor


def orders(source: str) -> list[tuple]:
    """What the table orders holds now."""
    if source.startswith("mariadb://"):
        with mariadb_cursor(source) as cursor:
            cursor.execute(ORDERS)
            return list(cursor.fetchall())
    if source.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(source) as connection:
            return connection.execute(ORDERS).fetchall()
    if source.endswith(".duckdb"):
        with duckdb.connect(source) as connection:
            return connection.execute(ORDERS).fetchall()
    with closing(sqlite3.connect(source)) as connection:
        return connection.execute(ORDERS).fetchall()
