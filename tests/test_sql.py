import re
from pathlib import Path

import pytest

from qsql.errors import BadInput, NoSqlFound, NotReadOnly, QsqlError, SqlSyntax
from qsql.sql import MAX_LENGTH, extract_sql, read_query

HERE = Path(__file__).parent


def cases(name: str) -> list:
    """Cases of a file: a heading that says why, a line with the dialect, the SQL."""
    blocks = re.split(r"\n\s*\n", (HERE / "sql" / name).read_text(encoding="utf-8").strip())
    found = [re.fullmatch(r"-- (.+)\n-- dialect: (\w+)\n(.+)", block, re.DOTALL) for block in blocks]
    return [pytest.param(case[3], case[2], id=case[1]) for case in found]


@pytest.mark.parametrize("sql, dialect", cases("accepted.sql"))
def test_lets_through(sql, dialect):
    assert read_query(sql, dialect).sql == sql.rstrip(";")


@pytest.mark.parametrize("sql, dialect", cases("refused.sql"))
def test_refuses(sql, dialect):
    with pytest.raises(NotReadOnly) as refused:
        read_query(sql, dialect)
    assert refused.value.hint


@pytest.mark.parametrize(
    "text, sql",
    [
        ("SELECT a FROM t;", "SELECT a FROM t"),
        ("```sql\nSELECT a\nFROM t;\n```\nThis counts all.", "SELECT a\nFROM t"),
        ("```sql\nSELECT a FROM t", "SELECT a FROM t"),
        ("```\nselect a from t\n```", "select a from t"),
        ("Here is the query:\n\nSELECT a FROM t WHERE b = ';'; It selects a.", "SELECT a FROM t WHERE b = ';'"),
        ("With this query, SELECT the airline", "SELECT the airline"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT 1) SELECT * FROM x"),
        ("```python\nprint(1)\n```\n```sql\nSELECT 2\n```", "SELECT 2"),
        ("SELECT 1; DROP TABLE t;", "SELECT 1"),
        ("-- all of them\nSELECT 1", "SELECT 1"),
    ],
)
def test_finds_the_sql_in_what_a_model_wrote(text, sql):
    assert extract_sql(text, "duckdb") == sql


@pytest.mark.parametrize("text", ["", "   ", "I cannot answer that.", "The tables do not say."])
def test_says_what_the_model_said_where_there_is_no_sql(text):
    with pytest.raises(NoSqlFound) as missing:
        extract_sql(text, "duckdb")
    assert text.strip() in str(missing.value)
    assert missing.value.repairable


@pytest.mark.parametrize("sql", ["", "  \n", ";", "-- nothing", "/* nothing */", "SELECT '" + "x" * MAX_LENGTH + "'"])
def test_refuses_what_is_no_query_at_all(sql):
    with pytest.raises(BadInput):
        read_query(sql, "duckdb")


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT FROM WHERE", "SELECT 'open", "SELECT (" * 2000, "(" * 5000])
def test_says_where_the_sql_is_wrong(sql):
    with pytest.raises(SqlSyntax) as wrong:
        read_query(sql, "duckdb")
    assert "<Token" not in str(wrong.value)


def test_an_executable_comment_inside_a_literal_is_text():
    assert read_query("SELECT '/*! not code */'", "mysql").sql


def test_names_the_tables_that_a_query_touches():
    query = read_query("WITH late AS (SELECT * FROM flights) SELECT * FROM late JOIN airlines USING (carrier), flights", "duckdb")
    assert set(query.tables) == {"flights", "airlines"}


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres", "mysql"])
def test_odd_texts_end_in_a_query_or_a_sentence(dialect):
    for text in ["SELECT \ud800", "SELECT 💥", "\ufeffSELECT 1", "SELECT 1 --", "SELECT /*", "select * from t where a = $1", "%", "'" * 99]:
        try:
            read_query(text, dialect)
        except QsqlError as error:
            assert str(error)
