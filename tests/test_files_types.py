"""Columns that come as text hold what they look like, as long as every value of them does."""

import datetime

import pytest

from tests.rows_of import read_one, rows_of, types_of

D = datetime.date
M = datetime.datetime
BIG, BIGGER = "12345678901234567890", "1" * 45

COLUMNS = [  # what it is, the mark between columns, the cells, the type, the values, what is said
    ("days first", ",", ["31/12/2024", "01/02/2024"], "DATE", [D(2024, 12, 31), D(2024, 2, 1)], "with the day first."),
    ("months first", ",", ["12/31/2024", "01/02/2024"], "DATE", [D(2024, 12, 31), D(2024, 1, 2)], "with the month first."),
    (
        "days or months first",
        ",",
        ["01/02/2024", "03/04/2024"],
        "DATE",
        [D(2024, 2, 1), D(2024, 4, 3)],
        "could also be read as dates with the month",
    ),
    ("points in days", ",", ["31.12.2024", "1.2.2024"], "DATE", [D(2024, 12, 31), D(2024, 2, 1)], "with the day first."),
    ("short years", ",", ["31/12/24", "01/02/99"], "DATE", [D(2024, 12, 31), D(1999, 2, 1)], "with the day first."),
    (
        "days with a gap",
        ",",
        ["31/12/2024", "NA", "-"],
        "DATE",
        [D(2024, 12, 31), None, None],
        "words such as NA or - were read as no value.",
    ),
    ("years first", ",", ["2024/12/31", "2024/1/2"], "DATE", [D(2024, 12, 31), D(2024, 1, 2)], ""),
    ("ISO days with a gap", ",", ["2024-12-31", "n/a"], "DATE", [D(2024, 12, 31), None], "words such as NULL or N/A"),
    ("Chinese days", ",", ["2024年5月1日", "2024年12月31日"], "DATE", [D(2024, 5, 1), D(2024, 12, 31)], ""),
    ("months by name", ",", ["3 May 2024", "14 Jun 2024"], "DATE", [D(2024, 5, 3), D(2024, 6, 14)], ""),
    (
        "moments",
        ",",
        ["31/12/2024 10:11", "01/02/2024 9:00"],
        "TIMESTAMP",
        [M(2024, 12, 31, 10, 11), M(2024, 2, 1, 9)],
        "with the day first.",
    ),
    ("moments by halves", ",", ["12/31/2024 1:05 PM"], "TIMESTAMP", [M(2024, 12, 31, 13, 5)], "with the month first."),
    ("no days at all", ",", ["31/12/2024", "32/12/2024"], "VARCHAR", ["31/12/2024", "32/12/2024"], ""),
    ("two orders", ",", ["31/12/2024", "12/31/2024"], "VARCHAR", ["31/12/2024", "12/31/2024"], ""),
    ("decimal commas", ";", ["3,5", "1.234,56", "-7"], "DOUBLE", [3.5, 1234.56, -7.0], "decimal commas were read as such."),
    ("decimal commas with spaces", ";", ["1 234,56", "1\u00a0234,5"], "DOUBLE", [1234.56, 1234.5], "decimal commas"),
    ("decimal commas with a gap", ";", ["3,5", "-", "N/A"], "DOUBLE", [3.5, None, None], "words such as"),
    ("thousands", ",", ["1,234", "12,345,678"], "BIGINT", [1234, 12345678], "marks between thousands were left out."),
    ("thousands with decimals", ";", ["1,234.50", "7"], "DOUBLE", [1234.5, 7.0], "marks between thousands"),
    ("thousands by points", ";", ["1.087.863", "111.191"], "BIGINT", [1087863, 111191], "marks between thousands"),
    ("thousands or decimals", ";", ["1,234", "3,500"], "VARCHAR", ["1,234", "3,500"], "may stand for decimals or between thousands."),
    ("thousands by none of these", ",", ["1,234", "12,34,567"], "VARCHAR", ["1,234", "12,34,567"], ""),
    ("what only decimals can be", ",", ["1,234", "1234,5678"], "DOUBLE", [1.234, 1234.5678], "decimal commas"),
    ("decimal points", ";", ["1.5", "2.25"], "DOUBLE", [1.5, 2.25], ""),
    ("postcodes", ",", ["01067", "80331"], "VARCHAR", ["01067", "80331"], "kept as text, because some begin with 0 or +."),
    ("phones", ",", ["+4915112345", "+493012345"], "VARCHAR", ["+4915112345", "+493012345"], "kept as text"),
    ("phones in groups", ";", ["123 456 789", "987 654 321"], "VARCHAR", ["123 456 789", "987 654 321"], ""),
    ("addresses of machines", ",", ["192.168.100.200", "10.0.0.1"], "VARCHAR", ["192.168.100.200", "10.0.0.1"], ""),
    ("large numbers", ",", [BIG, "7"], "HUGEINT", [int(BIG), 7], ""),
    ("large numbers with a gap", ",", [BIG, "NA"], "HUGEINT", [int(BIG), None], "words such as NA"),
    ("too large numbers", ",", [BIGGER, "7"], "VARCHAR", [BIGGER, "7"], "too long for a number."),
    ("numbers with a gap", ",", ["7", "-", "NA", "null"], "BIGINT", [7, None, None, None], "words such as NULL or N/A"),
    ("numbers that are none", ",", ["1.5", "NaN"], "DOUBLE", [1.5, None], ""),
    ("truth", ",", ["true", "FALSE"], "BOOLEAN", [True, False], ""),
    ("truth with a gap", ",", ["yes", "no", "NA"], "BOOLEAN", [True, False, None], "words such as NA"),
    ("clocks with a gap", ",", ["8:30", "-"], "TIME", [datetime.time(8, 30), None], "words such as NA"),
    ("words", ",", ["NA", "-", "x"], "VARCHAR", ["NA", "-", "x"], ""),
    ("words and nothing", ",", ["NULL", "x", " y "], "VARCHAR", [None, "x", " y "], "words such as NULL"),
    ("formulas", ",", ["=1+1", "@x", "-2+3", "\t=x"], "VARCHAR", ["=1+1", "@x", "-2+3", "\t=x"], ""),
    ("one cell too many", ",", ["1", "2", "x"], "VARCHAR", ["1", "2", "x"], ""),
]


@pytest.mark.parametrize(("what", "mark", "cells", "kind", "values", "said"), COLUMNS, ids=[case[0] for case in COLUMNS])
def test_a_column_holds_what_it_looks_like(tmp_path, what, mark, cells, kind, values, said):
    lines = [f'"c"{mark}"row"', *(f'"{cell}"{mark}"r{index}"' for index, cell in enumerate(cells))]
    folder, table = read_one(tmp_path / "t.csv", "\n".join(lines) + "\n")
    assert types_of(folder, "t")["c"] == kind
    assert [row[0] for row in rows_of(folder, "t")[1]] == values
    notes = [note for note in table.notes if note.startswith("'c'")]
    assert any(said in note for note in notes) if said else not notes


def test_a_late_value_counts_as_much_as_an_early_one(tmp_path):
    lines = ["d;x", *["01/02/2024;1,5"] * 30_000, "13/02/2024;12.345,75"]
    folder, _ = read_one(tmp_path / "t.csv", "\n".join(lines))
    names, rows = rows_of(folder, "t")
    assert (rows[0], rows[-1]) == ((D(2024, 2, 1), 1.5), (D(2024, 2, 13), 12345.75))


def test_other_columns_tell_what_a_point_or_a_comma_is(tmp_path):
    text = "town;people;area;ratio\nJena;111.191;114,77;1,234\nWeimar;65.098;84,26;3,500\n"
    folder, table = read_one(tmp_path / "t.csv", text)
    assert rows_of(folder, "t")[1] == [("Jena", 111191, 114.77, 1.234), ("Weimar", 65098, 84.26, 3.5)]
    assert "'area', 'ratio': decimal commas were read as such." in table.notes
    assert "'people': marks between thousands were left out." in table.notes


def test_two_orders_of_days_in_one_file_are_both_found(tmp_path):
    folder, table = read_one(tmp_path / "t.csv", "a,b\n31/12/2024,12/31/2024\n01/02/2024,01/02/2024\n")
    assert rows_of(folder, "t")[1] == [(D(2024, 12, 31), D(2024, 12, 31)), (D(2024, 2, 1), D(2024, 1, 2))]
    assert table.notes == ("'a': read as dates with the day first.", "'b': read as dates with the month first.")
