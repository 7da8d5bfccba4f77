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
    "sql, dialect, said",
    [
        ("SELECT 1;\n DROP TABLE t", "duckdb", "this has 2, the second at line 2, column 2"),
        ("WITH x AS (\n  DELETE FROM t RETURNING *) SELECT 1", "postgres", "has DELETE at line 2, column 3"),
        ("SELECT 'INTO', \"INTO\"\nINTO u FROM t", "postgres", "has SELECT INTO at line 2, column 1"),
        ("SELECT 1 INTO OUTFILE 'x'", "mysql", "has SELECT INTO at line 1, column 10"),
        ("SELECT * FROM t FOR SHARE", "postgres", "has FOR SHARE at line 1, column 21"),
        ("EXPORT DATABASE 'x'", "duckdb", "begins with 'EXPORT'"),
        ("-- now\nCHECKPOINT", "duckdb", "begins with 'CHECKPOINT'"),
        ("EXPLAIN ANALYZE\nDROP TABLE t", "duckdb", "has DROP at line 2, column 1"),
        ("SELECT 1 /*! x */", "mysql", "/*! ... */ at line 1, column 10 may run"),
        ("SELECT @a := 1", "mysql", "sets a variable at line 1, column 11"),
        ("SELECT pg_sleep(1)", "postgres", "pg_sleep at line 1, column 8 only makes the server wait"),
        ("FROM t,\nread_csv('x')", "duckdb", "read_csv at line 2, column 1 reads or writes files"),
        ("FROM '/x.csv'", "duckdb", "'/x.csv' at line 1, column 6 is no table but a file"),
    ],
)
def test_says_what_was_found_and_where(sql, dialect, said):
    with pytest.raises(NotReadOnly) as refused:
        read_query(sql, dialect)
    assert said in refused.value.message


@pytest.mark.parametrize("sql, again", [("FROM read_csv('x.csv')", True), ("FROM '/x.csv'", True), ("DROP TABLE t", False)])
def test_a_model_that_made_up_a_file_may_be_asked_again(sql, again):
    with pytest.raises(NotReadOnly) as refused:
        read_query(sql, "duckdb")
    assert refused.value.repairable is again


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


@pytest.mark.parametrize(
    "sql, dialect, said",
    [
        ("SELECT a,\n  b c d FROM t", "duckdb", "at line 2, column 7, near 'd'"),
        ("EXPLAIN SELECT a,\n  b c d FROM t", "duckdb", "at line 2, column 7, near 'd'"),
        ("SELECT CASE a", "mysql", "at line 1, column 13, near 'a'"),
    ],
)
def test_says_in_which_line_and_column(sql, dialect, said):
    with pytest.raises(SqlSyntax) as wrong:
        read_query(sql, dialect)
    assert said in wrong.value.message and "<" not in wrong.value.message


BOMBS = {  # what takes the parser twice as long with each repetition
    "joins without conditions": "SELECT * FROM a" + " JOIN a" * 30,
    "outer joins without conditions": "SELECT * FROM a" + " LEFT JOIN a AS b" * 30,
    "dates of dates": "SELECT ( " + "DATE ( " * 25 + "1" + ")" * 26,
    "unions of unions": "SELECT " + "UNION ( " * 30,
    "tables beside tables": "SELECT " + "NULL , LATERAL FROM " * 30,
    "records of dates": "SELECT " + "DATE , STRUCT( " * 30,
}


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres", "mysql"])
@pytest.mark.parametrize("sql", BOMBS.values(), ids=BOMBS)
def test_a_text_that_the_parser_would_never_finish_ends_in_a_sentence(sql, dialect):
    with pytest.raises(SqlSyntax):
        read_query(sql, dialect)


NESTED = {
    "parentheses": ("(", "1", ")"),
    "subqueries": ("(SELECT ", "1", ")"),
    "tables": ("(SELECT * FROM ", "t", ")"),
    "cases": ("CASE WHEN 1 THEN ", "1", " END"),
    "functions": ("f(", "1", ")"),
    "lists": ("[", "1", "]"),
    "records": ("{'a': ", "1", "}"),
    "negations": ("NOT ", "1", ""),
    "open parentheses": ("(", "", ""),
}


@pytest.mark.parametrize("depth", [10, 100, 1000, 19_000])
@pytest.mark.parametrize("opens, inside, closes", NESTED.values(), ids=NESTED)
def test_deep_nesting_ends_in_a_query_or_a_sentence(opens, inside, closes, depth):
    depth = min(depth, (MAX_LENGTH - 20) // len(opens + closes))
    for dialect in ("duckdb", "sqlite", "postgres", "mysql"):
        try:
            read_query("SELECT " + opens * depth + inside + closes * depth, dialect)
        except SqlSyntax as error:
            assert error.message


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
