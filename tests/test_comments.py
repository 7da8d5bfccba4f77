import pytest

from qsql.comments import telling
from qsql.records import Column, Schema, Table

TRIP = Table(
    "trip",
    (
        Column("left_at", "TIME", comment="When it left; NULL where the trip was cancelled"),
        Column("delay", "INT", comment="Minutes late"),
        Column("fuel", "REAL", comment="Gallons that were burned, of the trip"),
        Column("note", "TEXT"),
    ),
    "",
)
SCHEMA = Schema("duckdb", "DuckDB", (TRIP,))


@pytest.mark.parametrize(
    "question, columns",
    [
        ("How many were cancelled?", ["left_at"]),
        ("Which were CANCELLING?", ["left_at"]),
        ("How many gallons in how many minutes?", ["delay", "fuel"]),
        ("How many trips?", []),
        ("What is the delay?", []),
        ("取消了多少？", []),
        ("", []),
    ],
)
def test_finds_the_columns_whose_comments_speak_of_it(question, columns):
    found = list(telling(question, SCHEMA))
    assert sorted(line.partition(":")[0] for line in found) == [f"trip.{column}" for column in columns]


def test_a_word_that_many_comments_share_says_nothing():
    many = Table("t", tuple(Column(f"c{number}", "INT", comment="A common thing") for number in range(9)), "")
    assert list(telling("common things", Schema("duckdb", "DuckDB", (many,)))) == []
