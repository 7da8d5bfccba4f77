"""What is exported comes back as it was, and nothing in it runs in a spreadsheet."""

import csv
import datetime
import re
import sys
import zipfile
from decimal import Decimal

import pyarrow
import pytest
import python_calamine

from qsql import export
from qsql.databases.files import build
from qsql.errors import BadInput, MissingLibrary
from tests.rows_of import rows_of

DAY, MOMENT = datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5)
ALIVE = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1"]
HARMLESS = ["a=b", "", None, "'=1", 'Ann, "Bob"', "two\nlines", "王芳", "5-3", "http://x.org", "{=1+1}", " =1"]
ROWS = {
    "name": pyarrow.array(["Ann", None]),
    "n": pyarrow.array([-5, 7]),
    "x": pyarrow.array([-1.5, None]),
    "paid": pyarrow.array([Decimal("-2.50"), Decimal("3.00")]),
    "ok": pyarrow.array([True, False]),
    "day": pyarrow.array([DAY, None]),
    "moment": pyarrow.array([MOMENT, MOMENT], pyarrow.timestamp("us")),
}


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def read_excel(path):
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        return book.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("text", ALIVE)
def test_a_formula_is_only_text_in_csv(tmp_path, text):
    export.to_csv(pyarrow.table({text: [text], "n": [-1]}), tmp_path / "out.csv")
    assert read_csv(tmp_path / "out.csv") == [["'" + text, "n"], ["'" + text, "-1"]]


def test_all_other_text_is_as_it_was_in_csv(tmp_path):
    export.to_csv(pyarrow.table({"a": HARMLESS, "b": ["x"] * len(HARMLESS)}), tmp_path / "out.csv")
    assert [row[0] for row in read_csv(tmp_path / "out.csv")[1:]] == [text or "" for text in HARMLESS]


def test_numbers_and_dates_are_untouched_in_csv(tmp_path):
    export.to_csv(pyarrow.table(ROWS), tmp_path / "out.csv")
    names, first, second = read_csv(tmp_path / "out.csv")
    assert names == list(ROWS)
    assert first == ["Ann", "-5", "-1.5", "-2.50", "true", "2024-01-02", "2024-01-02 03:04:05.000000"]
    assert second == ["", "7", "", "3.00", "false", "", "2024-01-02 03:04:05.000000"]


@pytest.mark.parametrize("write", [export.to_csv, export.to_parquet, export.to_excel])
def test_what_was_exported_is_read_as_the_same_rows(tmp_path, write):
    path = tmp_path / {"to_csv": "out.csv", "to_parquet": "out.parquet", "to_excel": "out.xlsx"}[write.__name__]
    write(pyarrow.table(ROWS), path)
    folder = tmp_path / "built"
    folder.mkdir()
    build(folder, [path])
    names, rows = rows_of(folder, "out")
    assert names == list(ROWS)
    assert [tuple(row) for row in rows] == [("Ann", -5, -1.5, -2.5, True, DAY, MOMENT), (None, 7, None, 3, False, None, MOMENT)]


@pytest.mark.parametrize("text", [*ALIVE[:4], "{=1+1}", "http://x.org", "12"])
def test_text_is_text_in_excel_and_there_is_no_formula(tmp_path, text):
    export.to_excel(pyarrow.table({text: [text]}), tmp_path / "out.xlsx")
    assert read_excel(tmp_path / "out.xlsx") == [[text], [text]]
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet and len(re.findall('t="inlineStr"', sheet)) == 2


def test_excel_takes_every_type(tmp_path):
    long, number = "x" * 40_000, 12345678901234567890
    odd = {
        "list": [[1, 2]],
        "record": [{"a": "=1"}],
        "bytes": [b"\xff\x00"],
        "large": pyarrow.array([Decimal(number)], pyarrow.decimal128(38, 0)),
        "endless": [float("inf")],
        "none": [float("nan")],
        "old": [datetime.date(1800, 1, 1)],
        "zoned": pyarrow.array([MOMENT], pyarrow.timestamp("us", "UTC")),
        "long": [long],
    }
    export.to_excel(pyarrow.table(odd), tmp_path / "out.xlsx")
    row = dict(zip(odd, read_excel(tmp_path / "out.xlsx")[1]))
    assert row["large"] == str(number) and row["list"] == "[1, 2]" and row["bytes"] == "ff00"
    assert (row["endless"], row["none"], row["old"]) == ("inf", "nan", "1800-01-01")
    assert row["zoned"].startswith("2024-01-02 03:04:05") and row["long"] == long[: export.MAX_TEXT]


def test_two_columns_of_one_name_are_both_there(tmp_path):
    table = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"])
    export.to_excel(table, tmp_path / "out.xlsx")
    export.to_csv(table, tmp_path / "out.csv")
    assert read_excel(tmp_path / "out.xlsx") == [["a", "a"], [1.0, 2.0]]
    assert read_csv(tmp_path / "out.csv") == [["a", "a"], ["1", "2"]]


def test_more_rows_than_a_sheet_has_are_refused(tmp_path):
    table = pyarrow.table({"a": pyarrow.nulls(export.MAX_ROWS, pyarrow.int8())})
    with pytest.raises(BadInput, match="too little room"):
        export.to_excel(table, tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_without_its_library_excel_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingLibrary, match="pip install XlsxWriter"):
        export.to_excel(pyarrow.table(ROWS), tmp_path / "out.xlsx")


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path):
    for write in (export.to_csv, export.to_parquet, export.to_excel):
        with pytest.raises(OSError):
            write(pyarrow.table(ROWS), tmp_path / "nowhere" / "out")
