import csv
import io
import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow
import pytest

from qsql import show
from qsql.records import Answer, Attempt, Prompt, Query, Question, Result

VALUES = [
    (None, None, "NULL"),
    ("", "", ""),
    (True, True, "True"),
    (2**53, 2**53, "9007199254740992"),
    (2**53 + 1, "9007199254740993", "9007199254740993"),
    (12.630000000000001, 12.630000000000001, "12.63"),
    (float("nan"), "nan", "nan"),
    (Decimal("1.10"), "1.10", "1.10"),
    (Decimal("1E+3"), "1000", "1000"),
    (date(2013, 7, 1), "2013-07-01", "2013-07-01"),
    (datetime(2013, 7, 1, 5), "2013-07-01 05:00:00", "2013-07-01 05:00:00"),
    (time(5, 15), "05:15:00", "05:15:00"),
    (timedelta(minutes=90), "1:30:00", "1:30:00"),
    (b"\x00\xff", "00ff", "00ff"),
    ([1, None, "北京"], [1, None, "北京"], '[1, null, "北京"]'),
    ({"a": Decimal("2.5")}, {"a": "2.5"}, '{"a": "2.5"}'),
]


@pytest.mark.parametrize("value, cell, text", VALUES)
def test_shows_a_value_without_losing_anything(value, cell, text):
    assert show.cell(value) == cell
    assert show.text(value) == text
    json.dumps(show.cell(value), allow_nan=False)


def answer(table):
    query = Query("SELECT 1", "duckdb", ())
    attempt = Attempt(Prompt(()), text="SELECT 1", query=query, result=Result(table, True, 0.1))
    return Answer(Question("how many?"), "sample", "echo", (attempt,), 1.23456)


def test_json_holds_what_a_program_needs():
    table = pyarrow.table([pyarrow.array([1, None]), pyarrow.array(["a", "b"])], names=["n", "n"])
    said = json.loads(show.as_json(answer(table)))
    assert said == {
        "question": "how many?",
        "database": "sample",
        "model": "echo",
        "sql": "SELECT 1",
        "columns": ["n", "n"],
        "rows": [[1, "a"], [None, "b"]],
        "truncated": True,
        "attempts": [{"step": "draft", "text": "SELECT 1", "sql": "SELECT 1", "changes": [], "error": None}],
        "vote": None,
        "notices": [],
        "seconds": 1.235,
        "error": None,
    }


def test_csv_survives_a_round_trip():
    table = pyarrow.table({"a": ['quote " and, comma', "line\nbreak", None], "b": [1, 2, 3]})
    assert list(csv.reader(io.StringIO(show.as_csv(table)))) == [
        ["a", "b"],
        ['quote " and, comma', "1"],
        ["line\nbreak", "2"],
        ["", "3"],
    ]


def test_no_rows_still_have_a_header():
    assert show.as_csv(pyarrow.table({"a": pyarrow.array([], pyarrow.int64())})) == "a\r\n"


def test_a_spreadsheet_finds_no_formula_in_csv():
    table = pyarrow.table({"=a": ['=HYPERLINK("http://127.0.0.1")', "@x", "a=b"], "n": [-1, 2, 3]})
    assert list(csv.reader(io.StringIO(show.as_csv(table)))) == [
        ["'=a", "n"],
        ['\'=HYPERLINK("http://127.0.0.1")', "-1"],
        ["'@x", "2"],
        ["a=b", "3"],
    ]
