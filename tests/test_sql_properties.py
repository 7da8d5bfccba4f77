"""Whatever is typed ends in a query or a sentence; and whatever the reader lets through, the engine takes for one statement that reads."""

import sqlite3
from contextlib import closing

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsql.errors import QsqlError
from qsql.prompt import write_prompt
from qsql.records import Column, Query, Question, Schema, Table
from qsql.sql import MAX_LENGTH, read_query
from qsql.sql.parsing import tokenize
from tests import attacking_sql
from tests.test_sql import NESTED, cases

DIALECTS = ("duckdb", "sqlite", "postgres", "mysql")
QUOTES = {"duckdb": '"', "sqlite": '"', "postgres": '"', "mysql": "`"}
REAL = [tuple(case.values) for name in ("accepted.sql", "refused.sql") for case in cases(name)]
SQL = [sql for sql, _ in REAL] + [case.values[0].sql for engine in ("duckdb", "sqlite") for case in attacking_sql.cases(engine)]
WORDS = """SELECT FROM WHERE WITH AS ( ) [ ] { } , ; . * + - / = < > -> ->> :: : := ? @ # $ $$ ' " ` \\ -- /* */ /*! a b t u 1 0x1 1e9
    'x' "y" E' INSERT INTO UPDATE SET DELETE DROP TABLE CREATE REPLACE VALUES COPY TO ATTACH PRAGMA RETURNING MERGE TRUNCATE
    EXPLAIN ANALYZE DESCRIBE SUMMARIZE SHOW PIVOT UNPIVOT ON USING JOIN LEFT NATURAL UNION ALL EXCEPT CASE WHEN THEN ELSE END IN
    NOT NULL IS BETWEEN AND OR LIKE EXISTS CAST INT DATE INTERVAL OVER PARTITION BY ORDER GROUP HAVING QUALIFY WINDOW LIMIT
    LATERAL lambda FOR SHARE BEGIN COMMIT CALL SET f( count( read_csv( pg_sleep( sleep( load_extension( QUERY PLAN RECURSIVE
    MATERIALIZED OFFSET COLLATE FILTER EXCLUDE"""

dialects = st.sampled_from(DIALECTS)
soups = st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join)
glued = st.lists(st.sampled_from([*WORDS.split(), " ", "\n", "\t", "\u00a0", "\0", "é", "王"]), max_size=25).map("".join)
odd_names = [
    "select",
    "Order",
    'a"b',
    "a`b",
    "it's",
    "; DROP TABLE t; --",
    "/* */",
    "王芳",
    " ",
    "  a",
    "a.b",
    "[x]",
    "\\",
    "1",
    "x" * 3000,
]
names = st.sampled_from(odd_names) | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=40)


def examples(count: int) -> settings:
    """As many, the same ones each time."""
    return settings(max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@st.composite
def mutated(draw) -> str:
    """Real SQL with a few pieces cut out, doubled, put in, or taken from other SQL."""
    sql = draw(st.sampled_from(SQL))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(sql)))
        end = draw(st.integers(start, min(len(sql), start + 12)))
        other = draw(st.sampled_from(SQL))
        piece = draw(
            st.sampled_from(["", sql[start:end] * 2, other, other[start:end], "; ", " -- ", "/*", "*/", "'", '"', "$$", "\\", "("]) | soups
        )
        sql = sql[:start] + piece + sql[end:]
    return sql[:MAX_LENGTH]


@st.composite
def nested(draw) -> str:
    """Several kinds of brackets, inside each other."""
    kinds = draw(st.lists(st.sampled_from(list(NESTED.values())), min_size=1, max_size=6))
    depth = draw(st.integers(1, 200))
    opens = "".join(kind[0] for kind in kinds) * depth
    closes = "".join(kind[2] for kind in reversed(kinds)) * (depth - draw(st.integers(0, 1)))
    return f"SELECT {opens}1{closes}"[:MAX_LENGTH]


def read(sql: str, dialect: str) -> Query | None:
    """The query, or None after a sentence."""
    try:
        return read_query(sql, dialect)
    except QsqlError as error:
        assert error.message and error.hint
        return None


@examples(300)
@given(st.text(max_size=200) | glued, dialects)
def test_any_text_ends_in_a_query_or_a_sentence(sql, dialect):
    read(sql, dialect)


@examples(400)
@given(soups, dialects)
def test_any_words_end_in_a_query_or_a_sentence(sql, dialect):
    read(f"SELECT {sql}", dialect)


@examples(400)
@given(mutated(), dialects)
def test_spoilt_sql_ends_in_a_query_or_a_sentence(sql, dialect):
    read(sql, dialect)


@examples(200)
@given(nested(), dialects)
def test_any_nesting_ends_in_a_query_or_a_sentence(sql, dialect):
    read(sql, dialect)


@examples(200)
@given(names, st.lists(names, min_size=1, max_size=4, unique=True), dialects)
def test_any_names_can_be_shown_to_a_model_and_read_back(name, columns, dialect):
    quote = QUOTES[dialect]
    table, *written = [quote + text.replace(quote, 2 * quote) + quote for text in (name, *columns)]
    ddl = f"CREATE TABLE {table} ({', '.join(f'{column} TEXT' for column in written)})"
    schema = Schema(dialect, dialect, (Table(table, tuple(Column(column, "TEXT") for column in columns), ddl, rows=(tuple(columns),)),))
    prompt = write_prompt(schema, Question(f"How many {name}?"), len, 100_000)
    assert ddl in prompt.messages[0].text
    query = read_query(f"SELECT {', '.join(written)} FROM {table}", dialect)
    assert query.tables == (name,)


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        yield connection


def duckdb_reads(engine: duckdb.DuckDBPyConnection, query: Query) -> bool:
    """Whether DuckDB takes it for one statement that reads, or for none at all."""
    kinds = kinds_of(engine, query.sql)
    if kinds == ["EXPLAIN"]:
        kinds = kinds_of(engine, query.sql[tokenize(query.sql, "duckdb").tokens[0].start :])
    return kinds in (None, ["SELECT"]) or (kinds == ["MULTI"] and "PIVOT" in query.sql.upper())


def kinds_of(engine: duckdb.DuckDBPyConnection, sql: str) -> list[str] | None:
    try:
        return [statement.type.name for statement in engine.extract_statements(sql)]
    except duckdb.Error:
        return None


@examples(500)
@given(sql=mutated() | soups.map("SELECT {}".format) | glued)
def test_what_is_let_through_is_one_reading_statement_to_duckdb(engine, sql):
    query = read(sql, "duckdb")
    assert query is None or duckdb_reads(engine, query)


DECLARING = ("pragma_", "json_each", "json_tree")  # tables that ask for more than reading as they come into being


def sqlite_reads(query: Query) -> bool:
    """Whether SQLite takes it for one statement that asks for nothing but reading, or for none at all."""
    asked = []
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("CREATE TABLE t (a, b, c); CREATE TABLE u (a, b, c)")
        connection.set_authorizer(lambda action, *_: asked.append(action) or sqlite3.SQLITE_OK)
        connection.set_progress_handler(lambda: 1, 1)
        try:
            connection.execute(query.sql)
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            if "one statement" in str(error):
                return False
    reading = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
    return set(asked) <= reading or any(name in query.sql.lower() for name in DECLARING)


@examples(500)
@given(sql=mutated() | soups.map("SELECT {}".format) | glued)
def test_what_is_let_through_is_one_reading_statement_to_sqlite(sql):
    query = read(sql, "sqlite")
    assert query is None or sqlite_reads(query)


@pytest.mark.parametrize("sql, dialect", [case for case in REAL if case[1] == "duckdb"])
def test_duckdb_agrees_on_the_cases(engine, sql, dialect):
    query = read(sql, dialect)
    assert query is None or kinds_of(engine, query.sql) in (["SELECT"], ["EXPLAIN"], ["MULTI"])
