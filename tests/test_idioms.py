import sqlite3

import duckdb
import pytest

from qsql.idioms import IDIOMS, idioms
from qsql.records import Column, Schema, Table

PARTS = Table("t", tuple(Column(name, "INTEGER") for name in ("year", "month", "day", "x")), "")
MAKE = "CREATE TABLE t (year INTEGER, month INTEGER, day INTEGER, x INTEGER)"
ROWS = "INSERT INTO t VALUES (2013, 7, 4, 1), (2013, 7, 6, 3), (2013, 8, 1, 8)"


def hints(question, dialect="duckdb", table=PARTS):
    return list(idioms(question, Schema(dialect, dialect, (table,))))


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("How many flights left on a Saturday?", "dayname"),
        ("On which day of the week is the delay lowest?", "dayname"),
        ("星期几的平均起飞延误最低？", "dayname"),
        ("周末有多少航班？", "dayname"),
        ("What is the median delay?", "MEDIAN"),
        ("到达延误的中位数是多少？", "MEDIAN"),
        ("What is the running total by month?", "OVER"),
        ("Which month fell most from the month before?", "LAG"),
        ("哪个月比前一个月少得最多？", "LAG"),
        ("How many flights were there, cancelled ones included?", "no condition on cancelled"),
        ("How many flights were there, including the cancelled ones?", "no condition on cancelled"),
        ("How many flights were there (including canceled ones)?", "no condition on canceled"),
        ("有多少个航班（包括被取消的）？", "no condition on 取消"),
        ("Which singers sang in all three cities?", "COUNT(DISTINCT y) = 3"),
        ("哪些歌手在三个城市都唱过？", "COUNT(DISTINCT y) = 3"),
        ("Which singers sang in exactly two x?", "COUNT(DISTINCT y) = 2"),
        ("哪些歌手恰好在两个城市唱过？", ""),
        ("哪些城市恰好有六家酒店？", "COUNT(DISTINCT y) = 6"),
        ("Which year has the worst delay?", "DESC"),
        ("哪一年的延误最严重？", "DESC"),
        ("List the names in order of age.", "ORDER BY age"),
        ("列出名字，按年龄排序。", "ORDER BY, ascending"),
        ("列出名字，按年龄排序，最大的排在最前。", ""),
        ("The average, rounded to two decimals", "ROUND(x, 2)"),
        ("平均值保留一位小数", "ROUND(x, 1)"),
        ("Which known singer is the oldest?", "IS NOT NULL"),
        ("What is the city known as?", ""),
        ("Was it exactly two hours?", ""),
        ("Between 2000 and 2005, both years included", ""),
        ("How many singers are there?", ""),
        ("Which day had the most rain?", ""),
        ("Show the total for the day.", ""),
    ],
)
def test_a_word_of_the_question_brings_its_function_and_others_bring_none(question, word):
    found = hints(question)
    assert (word in found[0]) if word else not found


def test_an_engine_is_not_told_of_a_function_that_it_lacks():
    assert hints("What is the median of x?", "sqlite") == []


def test_a_date_is_made_of_its_parts_only_where_a_table_has_them():
    whole = Table("t", (Column("born", "DATE"),), "")
    assert "make_date(year, month, day)" in hints("Who was born on a Monday?")[0]
    assert "make_date" not in hints("Who was born on a Monday?", table=whole)[0]


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize("question", ["on a Sunday", "the median of x", "a running total", "than the month before"])
def test_what_an_engine_is_told_runs_on_it(dialect, question):
    engine = duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")
    engine.execute(MAKE)
    engine.execute(ROWS)
    for hint in hints(question, dialect):
        sql = hint.partition(": ")[2] or hint.split()[0]
        sql = sql if sql.startswith("SELECT") else f"SELECT {sql} FROM t" + (" GROUP BY x" if "LAG" in sql else "")
        assert engine.execute(sql).fetchall()
    engine.close()


def test_every_idiom_is_of_use_to_the_two_engines_for_files_or_to_one():
    assert all(set(idiom.sql) & {"", "duckdb", "sqlite"} for idiom in IDIOMS)
