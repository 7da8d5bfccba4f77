"""SQL laid out: readable, with its comments, and never another query."""

import time

import duckdb
import pytest

from qsql.errors import BadInput, NotReadOnly, QsqlError
from qsql.sql.parsing import parse, tokenize
from qsql.sql.pretty import pretty
from tests.test_sql import NESTED, cases

LONG = (
    "-- top\nselect name, (select max(x) from u where u.id = t.id and u.name like '%a%' and u.zzzz is not distinct from t.zz) as m, "
    "count(*)\n"
    "from t left outer join (select id, count(*) as n from v group by id having count(*)>1) q on q.id=t.id and q.n>5 -- joined\n"
    "where t.a between 1 and 2 and (t.b=2 or t.c=3) and exists (select 1 from w) and t.\"select\" != 'from' group by name order by 1 desc;"
)
LAID_OUT = """\
-- top
SELECT
  name,
  (
    SELECT max(x)
    FROM u
    WHERE u.id = t.id AND u.name LIKE '%a%' AND u.zzzz IS NOT DISTINCT FROM t.zz
  ) AS m,
  count(*)
FROM t
LEFT OUTER JOIN (
  SELECT id, count(*) AS n
  FROM v
  GROUP BY id
  HAVING count(*) > 1
) q ON q.id = t.id
  AND q.n > 5 -- joined
WHERE t.a BETWEEN 1 AND 2
  AND (t.b = 2 OR t.c = 3)
  AND EXISTS (SELECT 1 FROM w)
  AND t."select" != 'from'
GROUP BY name
ORDER BY 1 DESC;"""
RUN = [
    (
        "select n::int as a, n%3=1 as b -- odd\n, 'it''s' || 'x' from range(5) as t(n) where n <> 2 and not n is null /* or */ or n=2 "
        "order by a desc"
    ),
    "with a as (select 1 as x union all select 2), b as (from a select x*10 as y) select sum(y) filter (where y>10), count(*) from b",
    (
        "from range(3) t(n) select left('abc', 2), case when n=1 then [1,2] else [n] end, {'k':n}, list_transform([n], lambda v: v+1), "
        "date '2024-01-02'"
    ),
]


def words(sql, dialect):
    return [token.text.upper() for token in tokenize(sql, dialect).tokens]


def test_a_clause_a_line_and_a_part_a_line_where_it_is_long():
    assert pretty(LONG, "sqlite") == LAID_OUT


@pytest.mark.parametrize("sql, dialect", cases("accepted.sql"))
def test_the_same_query_and_laid_out_once_for_all(sql, dialect):
    try:
        made = pretty(sql, dialect)
    except BadInput as error:  # comments in comments
        assert "cannot be laid out" in error.message and "/*" in sql
        return
    assert parse(tokenize(made, dialect)) == parse(tokenize(sql, dialect)) and words(made, dialect) == words(sql, dialect)
    assert pretty(made, dialect) == made


@pytest.mark.parametrize("sql", RUN)
def test_it_gives_the_same_rows(sql):
    made = pretty(sql, "duckdb")
    assert made != sql and duckdb.sql(made).fetchall() == duckdb.sql(sql).fetchall()


@pytest.mark.parametrize(
    "sql, kept",
    [
        ("select a, -- one\n b /* two */ from t -- three", ["a, -- one", "b /* two */", "FROM t -- three"]),
        ("-- first\n\n/* second\n line */ select 1 -- last\n", ["-- first", "/* second\n line */", "SELECT 1 -- last"]),
        ("select 1 -- a\n, 2", ["1, -- a", "2"]),
        ("select ( -- a\n 1 /* b */ ) from t", ["-- a", "/* b */"]),
        ("EXPLAIN -- why\nselect 1", ["EXPLAIN -- why", "SELECT 1"]),
        ("select '-- no comment', \"--\" from t", ["'-- no comment'"]),
    ],
)
def test_comments_stay(sql, kept):
    made = pretty(sql, "duckdb")
    assert all(one in made for one in kept), made
    assert pretty(made, "duckdb") == made


REFUSED = [
    ("SELECT FROM WHERE", "duckdb", QsqlError),
    ("SELECT 1; SELECT 2", "duckdb", NotReadOnly),
    ("  ", "duckdb", BadInput),
    ("SELECT 1 /*! INTO OUTFILE 'x' */", "mysql", NotReadOnly),
    ("SELECT '" + "x" * 20_000 + "'", "sqlite", BadInput),
]


@pytest.mark.parametrize("sql, dialect, kind", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_sentence(sql, dialect, kind):
    with pytest.raises(kind) as refused:
        pretty(sql, dialect)
    assert refused.value.hint


@pytest.mark.parametrize("opens, inside, closes", NESTED.values(), ids=NESTED)
def test_deep_and_long_sql_takes_no_time(opens, inside, closes):
    start = time.perf_counter()
    for sql in ("SELECT " + opens * 40 + inside + closes * 40, "SELECT " + ", ".join([opens + inside + closes] * 800)):
        try:
            assert pretty(sql, "duckdb")
        except QsqlError as error:
            assert error.message
    assert time.perf_counter() - start < 5
