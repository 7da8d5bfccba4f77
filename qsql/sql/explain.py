"""SQL -> the query for its plan, which an engine answers without running it. Nothing that begins here can be EXPLAIN ANALYZE."""

import re

from sqlglot import exp

from qsql.errors import BadInput
from qsql.records import Query
from qsql.sql import COMMENT, read_query
from qsql.sql.parsing import parse, tokenize

WORDS = {"duckdb": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN", "postgres": "EXPLAIN", "mysql": "EXPLAIN"}
ROWS = (exp.Query, exp.Values)
FIRST = re.compile(r"(?:\(\s*)*(?:SELECT|WITH|VALUES|TABLE|FROM)\b", re.IGNORECASE)  # no word or option of EXPLAIN itself


def plan_query(sql: str, dialect: str) -> Query:
    """What asks for the plan of `sql`. Raises what `read_query` raises, and BadInput for what has none: a plan, PIVOT, SHOW."""
    if dialect not in WORDS:
        raise BadInput("Plans are shown for DuckDB, SQLite, PostgreSQL, MySQL and MariaDB only.")
    query = read_query(sql, dialect)
    text = tokenize(query.sql, dialect)
    start = text.tokens[0].start
    if COMMENT.sub("", query.sql[:start]).strip() or isinstance(parse(text), exp.Describe):
        raise BadInput("This asks for a plan itself, or for what a table is made of.", "Run it, or leave out its first word.")
    if not isinstance(parse(text), ROWS) or not FIRST.match(query.sql, start):
        raise BadInput("There is no plan of a statement like this.", "Write a query that begins with SELECT.")
    return read_query(f"{WORDS[dialect]} {query.sql[start:]}", dialect)
