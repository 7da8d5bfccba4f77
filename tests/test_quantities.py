import pytest

from qsql.quantities import conversions
from qsql.records import Column, Schema, Table

TIMES = ("Minutes late at departure", "Minutes in the air", "Hours from UTC")


def told(question, *comments):
    columns = tuple(Column(f"c{number}", "INTEGER", comment=comment) for number, comment in enumerate(comments))
    return list(conversions(question, Schema("duckdb", "DuckDB", (Table("t", columns, ""),))))


@pytest.mark.parametrize(
    "question, line",
    [
        ("Which left more than five hours late?", "5 hours are 300 minutes"),
        ("Which left more than an hour late?", "1 hour is 60 minutes"),
        ("half an hour late", "0.5 hours are 30 minutes"),
        ("late by 1.5 hours", "1.5 hours are 90 minutes"),
        ("晚点超过五个小时的航班", "5 小时 are 300 minutes"),
        ("晚点 2 小时以上", "2 小时 are 120 minutes"),
        ("late by 90 seconds", "90 seconds are 1.5 minutes"),
    ],
)
def test_an_amount_is_said_in_the_unit_of_the_columns(question, line):
    assert told(question, *TIMES) == [line]


@pytest.mark.parametrize(
    "question",
    [
        "late by 30 minutes",
        "a flight an airline",
        "the second hour",
        "a second engine",
        "How many minutes?",
        "3 flights",
        "20 feet",
        "晚点 30 分钟",
    ],
)
def test_nothing_is_said_of_what_needs_none(question):
    assert told(question, *TIMES) == []


def test_what_a_column_has_itself_is_converted_only_where_it_comes_out_whole():
    assert told("more than 100 feet away", "Altitude in feet", "Distance in miles", "Visibility in miles") == []
    assert told("more than 5,280 feet away", "Altitude in feet", "Distance in miles", "Visibility in miles") == ["5280 feet are 1 miles"]


def test_a_name_tells_the_unit_too():
    table = Table("track", (Column("Milliseconds", "INTEGER"), Column("size_bytes", "INTEGER")), "")
    schema = Schema("sqlite", "SQLite", (table,))
    assert list(conversions("longer than 5 minutes and larger than 2 megabytes", schema)) == [
        "5 minutes are 300000 milliseconds",
        "2 megabytes are 2000000 bytes",
    ]
    assert list(conversions("5 minutes", Schema("sqlite", "SQLite", ()))) == []
