"""Real servers as warehouses are: many tables, parts of tables, tables that are denied, change or go, and connections that break."""

import sqlite3
import threading
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

import qsql
from qsql.ask import answers
from qsql.databases import open_database, sqlalchemy
from qsql.databases.base import Limits
from qsql.errors import ConnectionLost, QueryFailed
from qsql.models.base import Options
from qsql.models.echo import Echo
from qsql.records import Query, Question
from qsql.steps.knowledge import knowledge_of, with_rows
from tests.served import BUSY, ENDLESS, SESSIONS, started

ORDERS = "SELECT count(*) AS n FROM orders"
RUNNING = {"postgres": BUSY["postgres"] + " AND query LIKE 'FETCH%'", "mysql": BUSY["mysql"] + " AND info LIKE '%orders p'"}
PARTS = """
CREATE TABLE sales (id INTEGER, sold DATE) PARTITION BY RANGE (sold);
CREATE TABLE sales_2024 PARTITION OF sales FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE sales_2025 PARTITION OF sales FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY HASH (id);
CREATE TABLE sales_2025_0 PARTITION OF sales_2025 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO sales VALUES (1, '2024-05-01'), (2, '2025-05-01');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO keeper;
"""


@pytest.fixture
def database(server):
    with closing(open_database(server.address)) as opened:
        yield opened


@contextmanager
def changed(server, make, undo):
    """What the superuser does, and takes back."""
    server.ask(make)
    try:
        yield
    finally:
        server.ask(undo)


def run(database, sql, **limits):
    return database.run(Query(sql, database.dialect, ()), Limits(**limits))


def names(database):
    return [table.name for table in database.schema().tables]


def test_the_parts_of_a_table_are_not_tables(postgres_server):
    with changed(postgres_server, PARTS, "DROP TABLE sales"), closing(open_database(postgres_server.address)) as database:
        assert [name for name in names(database) if "sales" in name] == ["sales"]
        [sales] = [table for table in database.schema().tables if table.name == "sales"]
        assert len(sales.rows) == 2
        assert run(database, "SELECT count(*) AS n FROM sales_2025_0").rows["n"].to_pylist() == [1]


def test_a_part_of_a_table_that_is_denied_is_a_table(postgres_server):
    with changed(postgres_server, PARTS + "REVOKE ALL ON sales FROM keeper", "DROP TABLE sales"):
        with closing(open_database(postgres_server.address)) as database:
            assert [name for name in names(database) if "sales" in name] == ["sales_2024", "sales_2025"]


def test_the_parts_of_a_table_of_mariadb_are_not_tables(mariadb_server):
    with changed(mariadb_server, "CREATE TABLE sales (id INTEGER) PARTITION BY HASH (id) PARTITIONS 8", "DROP TABLE sales"):
        with closing(open_database(mariadb_server.address)) as database:
            assert [name for name in names(database) if "sales" in name] == ["sales"]


DENIED = {
    "postgres": ("CREATE ROLE guest LOGIN PASSWORD 'x'; GRANT SELECT ON orders, products TO guest", "DROP OWNED BY guest; DROP ROLE guest"),
    "mysql": (
        "CREATE USER guest IDENTIFIED BY 'x';\nGRANT SELECT ON shop.orders TO guest;\nGRANT SELECT ON shop.products TO guest;\n"
        "GRANT INSERT ON shop.customers TO guest",
        "DROP USER guest",
    ),
}


@pytest.mark.parametrize("seconds", [2.0, -1.0])  # with first rows, and without
def test_a_table_that_is_denied_is_not_shown_and_said_to_be_denied(server, seconds, monkeypatch):
    monkeypatch.setattr(sqlalchemy, "ALL_FIRST_ROWS", seconds)
    with changed(server, *DENIED[server.dialect]), closing(sqlalchemy.open(server.as_role("guest", "x"))) as database:
        shown = [table.name for table in database.schema().tables]
        assert shown == ["orders", "products"]
        with pytest.raises(QueryFailed, match="This role may not read that: .*customers.*have its owner grant SELECT"):
            run(database, "SELECT * FROM customers")
        assert run(database, ORDERS).rows["n"].to_pylist() == [5]


def test_the_catalogue_is_read_by_as_many_statements_of_many_tables_as_of_few(server, monkeypatch):
    monkeypatch.setattr(sqlalchemy, "ALL_FIRST_ROWS", -1.0)
    owner, numbers = type(server)(server.address, server.address), range(30)
    made = [f"CREATE TABLE many_{n} (id INTEGER PRIMARY KEY, up INTEGER REFERENCES many_{n} (id))" for n in numbers]
    views = [f"CREATE VIEW view_of_{n} AS SELECT id FROM many_{n}" for n in numbers]
    gone = [f"DROP VIEW view_of_{n};\nDROP TABLE many_{n}" for n in numbers]
    with closing(sqlalchemy.open(server.address)) as database:
        few = count_of_statements(database)
        with changed(owner, ";\n".join(made + views), ";\n".join(gone)):
            assert count_of_statements(database) == few
            [view] = [table for table in database.schema().tables if table.name == "view_of_7"]
            assert view.ddl.lower().startswith("create view view_of_7 as select")
    assert few < (40 if server.dialect == "postgres" else 6)  # PostgreSQL's are asked for a schema at a time


def count_of_statements(database):
    asked = []
    listener = (database._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    event.listen(*listener)
    database.schema()
    event.remove(*listener)
    return len(asked)


def test_all_tables_are_there_where_the_time_for_first_rows_is_over(server, monkeypatch):
    with closing(sqlalchemy.open(server.address)) as database:
        whole = database.schema()
        monkeypatch.setattr(sqlalchemy, "ALL_FIRST_ROWS", -1.0)
        bare = database.schema()
    assert [table.name for table in bare.tables] == [table.name for table in whole.tables]
    assert any(table.rows for table in whole.tables) and not any(table.rows for table in bare.tables)


def test_the_tables_that_a_question_speaks_of_are_shown_with_rows_that_are_read_for_it(server):
    owner = type(server)(server.address, server.address)
    made = ";\n".join(f"CREATE TABLE fact_{number} (id INTEGER, measure INTEGER)" for number in range(40))
    gone = ";\n".join(f"DROP TABLE fact_{number}" for number in range(40))
    small = Echo(["SELECT measure FROM fact_17"])
    small.context = 700  # tokens: too few for all tables
    with changed(owner, made, gone), closing(open_database(server.address)) as database:
        owner.ask("INSERT INTO fact_17 VALUES (1, 4711)")
        known = database.schema()
        database._schema = replace(known, tables=tuple(replace(table, rows=()) for table in known.tables))
        *_, answer = answers(
            database, Question("What is the measure in fact 17?"), small, options=Options(max_tokens=200), plan=qsql.Plan("low")
        )
        shown = answer.attempts[0].prompt.messages[0].text
        assert "CREATE TABLE fact_17 " in shown and "4711" in shown and "CREATE TABLE fact_39 " not in shown
        assert answer.result.column(0).to_pylist() == [4711]


def test_first_rows_that_were_read_for_a_question_are_kept_until_the_tables_change(server):
    owner = type(server)(server.address, server.address)
    made = "CREATE TABLE kept (id INTEGER);\nINSERT INTO kept VALUES (1)"
    with changed(owner, made, "DROP TABLE kept"), closing(open_database(server.address)) as database:

        def rows_of_kept():
            [table] = [table for table in with_rows(database, database.schema()).tables if table.name == "kept"]
            return table.rows

        whole = database.schema()
        database._schema = replace(whole, tables=tuple(replace(table, rows=()) for table in whole.tables))
        assert rows_of_kept() == ((1,),)
        owner.ask("UPDATE kept SET id = 2")
        assert rows_of_kept() == ((1,),)
        owner.ask("ALTER TABLE kept ADD COLUMN more INTEGER")
        database.refresh()
        assert rows_of_kept() == ((2, None),)


def test_first_rows_stand_under_their_columns_where_some_are_invisible(mariadb_server):
    owner = type(mariadb_server)(mariadb_server.address, mariadb_server.address)
    made = "CREATE TABLE half (seen INTEGER, unseen INTEGER INVISIBLE DEFAULT 2, `to``o` INTEGER);\nINSERT INTO half VALUES (1, 3)"
    with changed(owner, made, "DROP TABLE half"), closing(open_database(mariadb_server.address)) as database:
        whole = database.schema()
        [table] = [table for table in whole.tables if table.name == "half"]
        bare = replace(whole, tables=(replace(table, rows=()),))
        [read] = with_rows(database, bare).tables
        assert [column.name for column in read.columns] == ["seen", "unseen", "to`o"] and read.rows == table.rows == ((1, 2, 3),)
        database._schema = replace(whole, tables=())  # rows are kept until the tables change
        assert with_rows(database, replace(whole, tables=(replace(table, columns=(), rows=()),))).tables[0].rows == ()


CHANGES = [
    ("CREATE TABLE fresh (id INTEGER)", "DROP TABLE fresh"),
    ("CREATE VIEW fresh AS SELECT id FROM orders", "DROP VIEW fresh"),
    ("ALTER TABLE orders ADD COLUMN fresh INTEGER", "ALTER TABLE orders DROP COLUMN fresh"),
    ("ALTER TABLE products RENAME TO goods", "ALTER TABLE goods RENAME TO products"),
    ("ALTER TABLE products RENAME COLUMN price TO cost", "ALTER TABLE products RENAME COLUMN cost TO price"),
    (
        {"postgres": "ALTER TABLE customers ALTER city TYPE TEXT", "mysql": "ALTER TABLE customers MODIFY city TEXT"},
        {"postgres": "ALTER TABLE customers ALTER city TYPE VARCHAR(50)", "mysql": "ALTER TABLE customers MODIFY city VARCHAR(50)"},
    ),
    (
        {"postgres": "COMMENT ON TABLE orders IS 'fresh'", "mysql": "ALTER TABLE orders COMMENT 'fresh'"},
        {"postgres": "COMMENT ON TABLE orders IS NULL", "mysql": "ALTER TABLE orders COMMENT ''"},
    ),
    (
        "CREATE OR REPLACE VIEW sold AS SELECT name, id * 0 + count(*) AS times FROM products GROUP BY id, name",
        "DROP VIEW sold;\nCREATE VIEW sold AS SELECT p.name, count(*) AS times FROM orders o JOIN products p ON p.id = o.product_id GROUP BY p.name",
    ),
]


def test_what_changes_while_it_is_open_is_seen_by_the_next_question(server, database):
    owner = type(server)(server.address, server.address)  # what it makes is its own
    with closing(sqlalchemy.open(server.address)) as anew:
        for make, undo in CHANGES:
            make, undo = (said[server.dialect] if isinstance(said, dict) else said for said in (make, undo))
            before = database.schema()
            database.refresh()
            assert database.schema() is before
            with changed(owner, make, undo):
                database.refresh()
                assert database.schema() != before, make
                assert database.schema() == anew.schema()
            database.refresh()
            assert {table.name for table in database.schema().tables} == {table.name for table in before.tables}


def test_rows_that_come_and_go_do_not_change_the_tables(server):
    owner = type(server)(server.address, server.address)
    with changed(owner, "CREATE TABLE filled (id INTEGER)", "DROP TABLE filled"), closing(open_database(server.address)) as database:
        before = database.schema()
        more = ["VACUUM ANALYZE filled"] if server.dialect == "postgres" else ["ANALYZE TABLE filled"]
        for statement in ("INSERT INTO filled VALUES (1), (2)", "TRUNCATE TABLE filled", *more):
            owner.ask(statement)
        database.refresh()
        assert database.schema() is before


def test_a_right_that_is_given_or_taken_changes_the_tables(postgres_server):
    with changed(postgres_server, *DENIED["postgres"]), closing(open_database(postgres_server.as_role("guest", "x"))) as database:
        assert names(database) == ["orders", "products"]
        postgres_server.ask("GRANT SELECT ON customers TO guest; REVOKE SELECT ON orders FROM guest")
        database.refresh()
        assert names(database) == ["customers", "products"]


def test_a_question_after_a_change_is_asked_about_the_tables_as_they_are(server, database):
    owner = type(server)(server.address, server.address)
    model = Echo(["SELECT count(fresh) AS n FROM orders"] * 2)
    *_, answer = answers(database, Question("How many?"), Echo(["SELECT count(*) AS n FROM orders"]), plan=qsql.Plan("low"))
    assert "fresh" not in answer.attempts[0].prompt.messages[0].text
    with changed(owner, "ALTER TABLE orders ADD COLUMN fresh INTEGER", "ALTER TABLE orders DROP COLUMN fresh"):
        *_, answer = answers(database, Question("How many?"), model, plan=qsql.Plan("low"))
        assert "fresh" in answer.attempts[0].prompt.messages[0].text and answer.result.column(0).to_pylist() == [0]
        assert knowledge_of(database, 60).found_in is database.schema()


def test_a_connection_that_ends_between_two_questions_is_not_missed(server, database):
    assert run(database, ORDERS).rows["n"].to_pylist() == [5]
    end_all(server)
    assert run(database, ORDERS).rows["n"].to_pylist() == [5]


def end_all(server):
    for (number,) in server.ask(SESSIONS[server.dialect]):
        server.ask(f"SELECT pg_terminate_backend({number})" if server.dialect == "postgres" else f"KILL {number}")


def ended_meanwhile(server):
    """Once the endless query runs."""
    ending = threading.Thread(target=lambda: (server.wait_until(busy=True, query=RUNNING[server.dialect]), end_all(server)))
    ending.start()
    return ending


def test_a_connection_that_ends_during_a_query_is_told_and_the_query_not_run_again(server, database):
    ending = ended_meanwhile(server)
    with pytest.raises(ConnectionLost, match="(PostgreSQL|MariaDB) ended the connection: .*See that it runs, then ask again"):
        run(database, ENDLESS, seconds=60)
    ending.join()
    server.wait_until(busy=False)
    assert run(database, ORDERS).rows["n"].to_pylist() == [5]


def test_the_model_is_not_asked_to_mend_a_connection(server, database):
    database.schema()
    knowledge_of(database, 60)
    model = Echo([ENDLESS, ORDERS, ORDERS, ORDERS, ORDERS, ORDERS])
    ending = ended_meanwhile(server)
    *_, answer = answers(database, Question("How many?"), model, limits=Limits(seconds=60))
    ending.join()
    assert isinstance(answer.error, ConnectionLost) and answer.result is None and len(answer.attempts) == 1


def test_connecting_is_tried_once_more_where_it_was_refused(server, monkeypatch):
    with closing(sqlalchemy.open(server.address)) as database:
        connect, refused = database._engine.connect, []

        def first_refused():
            if not refused:
                refused.append(1)
                raise OSError("refused")
            return connect()

        monkeypatch.setattr(database._engine, "connect", first_refused)
        assert run(database, ORDERS).rows["n"].to_pylist() == [5]


def test_a_question_to_a_server_that_is_gone_ends_before_the_model_is_asked():
    with started("postgres") as server:
        database = open_database(server.address)
        database.schema()
    with closing(database), pytest.raises(ConnectionLost, match="PostgreSQL could not be reached"):
        list(answers(database, Question("How many?"), Echo([ORDERS])))


def test_a_file_of_sqlite_that_another_program_changes_is_read_anew(tmp_path):
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE one (a)")
        with closing(open_database(tmp_path / "shop.db")) as database:
            before = database.schema()
            other.execute("INSERT INTO one VALUES (1)")
            database.refresh()
            assert database.schema() is before
            other.execute("CREATE TABLE two (b)")
            database.refresh()
            assert names(database) == ["one", "two"]


def test_a_cell_that_came_after_the_index_was_made_is_not_mended_away(tmp_path):
    sql = "SELECT count(*) AS n FROM people WHERE name = '{}'"
    with closing(sqlite3.connect(tmp_path / "people.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE people (name TEXT)")
        other.executemany("INSERT INTO people VALUES (?)", [["Annabella"], ["Bob"]])
        with closing(open_database(tmp_path / "people.db")) as database:
            assert knowledge_of(database, 60).index.holds("people", "name")
            *_, answer = answers(database, Question("How many?"), Echo([sql.format("Anabella")]), plan=qsql.Plan("low"))
            assert answer.best.changes and answer.result.column(0).to_pylist() == [1]
            other.executemany("INSERT INTO people VALUES (?)", [["Anabella"]] * 3)
            *_, answer = answers(database, Question("How many?"), Echo([sql.format("Anabella")]), plan=qsql.Plan("low"))
            assert not answer.best.changes and answer.result.column(0).to_pylist() == [3]
