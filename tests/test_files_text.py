"""How text files are written: marks, quotes, line ends, encodings, uneven rows; and what is said of each."""

import gzip
import json

import pytest

from qsql.databases.reading import ReadTable
from qsql.errors import CannotOpen
from tests.rows_of import read, read_one, rows_of

ROWS = [(1, 2), (3, 4)]
KANJI = "名前,都市\n山田太郎,東京\n鈴木花子,カタカナ\n"

LAYOUTS = [  # content, columns, rows, what is said
    ("a,b\n1,2\n3,4\n", ["a", "b"], ROWS, ()),
    ("a;b\n1;2\n3;4\n", ["a", "b"], ROWS, ("Columns are parted by semicolons.",)),
    ("a\tb\n1\t2\n3\t4\n", ["a", "b"], ROWS, ("Columns are parted by tabs.",)),
    ("a|b\n1|2\n3|4\n", ["a", "b"], ROWS, ("Columns are parted by bars.",)),
    ("a,b\r\n1,2\r\n3,4\r\n", ["a", "b"], ROWS, ()),
    ("a,b\r1,2\r3,4\r", ["a", "b"], ROWS, ()),
    ("\ufeffa,b\n1,2\n3,4\n", ["a", "b"], ROWS, ()),
    ("1,2\n3,4\n", ["column_1", "column_2"], ROWS, ("The first row holds values, so the columns' names were made up.",)),
    ("Report of May\n\na,b\n1,2\n3,4\n", ["a", "b"], ROWS, ("2 lines above the names of the columns left out.",)),
    ("a,b,\n1,2,\n3,4,\n", ["a", "b"], ROWS, ("1 column without a name or any value left out.",)),
    ("a,b\n1,2\n\n,\n3,4\n,\n", ["a", "b"], ROWS, ("2 empty rows left out.",)),
    ("a,a,A\n1,2,3\n", ["a", "a_1", "A_2"], [(1, 2, 3)], ("Renamed: 'a' is now 'a_1'; 'A' is now 'A_2'.",)),
    ('"a\nb","c"\n1,2\n', ["a b", "c"], [(1, 2)], (r"Renamed: 'a\nb' is now 'a b'.",)),
    ('select,"x ""y""",from\n1,2,3\n', ["select", 'x "y"', "from"], [(1, 2, 3)], ()),
    ("name,city\n", ["name", "city"], [], ()),
    ('a,b\n1,"two\nlines, ""q"""\n', ["a", "b"], [(1, 'two\nlines, "q"')], ()),
    ("a,b\n1,\n,x\n", ["a", "b"], [(1, None), (None, "x")], ()),
    ("a\nx\ny\n", ["a"], [("x",), ("y",)], ()),
]


@pytest.mark.parametrize(("content", "columns", "rows", "said"), LAYOUTS, ids=[repr(case[0])[:40] for case in LAYOUTS])
def test_a_layout_is_found_and_told(tmp_path, content, columns, rows, said):
    folder, table = read_one(tmp_path / "t.csv", content)
    assert rows_of(folder, "t") == (columns, rows)
    assert table == ReadTable("t", "t.csv", "", len(rows), len(columns), said)


UNEVEN = "Some rows are shorter or longer than others: what they lack is empty."
LENIENT = "Some quotes or line ends are not as they should be, and were read as well as they could be."


def test_uneven_rows_are_padded(tmp_path):
    folder, table = read_one(tmp_path / "t.csv", "a,b\n1,2\n3\n4,5,6\n")
    assert rows_of(folder, "t") == (["a", "b", "column_3"], [(1, 2, None), (3, None, None), (4, 5, 6)])
    assert table.notes == (UNEVEN, "Columns without a name got one: 'column_3'.")


def test_a_few_rows_that_do_not_fit_are_left_out_and_told(tmp_path):
    lines = ["a,b", *["1,2"] * 60_000, "3,4,5", "6,7"]
    folder, table = read_one(tmp_path / "t.csv", "\n".join(lines))
    rows = rows_of(folder, "t")[1]
    assert (len(rows), rows[-1]) == (60_001, (6, 7))
    assert table.notes == (UNEVEN, "1 row that did not fit left out: line 60,002.")


def test_many_rows_that_do_not_fit_are_no_table(tmp_path):
    lines = ["a,b", *["1,2"] * 30_000, *["3,4,5"] * 30_000]
    with pytest.raises(CannotOpen, match="'t.csv' cannot be read as CSV: 1,000 rows do not fit"):
        read_one(tmp_path / "t.csv", "\n".join(lines))


def test_quotes_inside_quotes_and_mixed_line_ends_are_borne_with(tmp_path):
    lines = ["a,b", *['1,"z"'] * 300, '1,"say "hi" you"', "2,y"]
    folder, table = read_one(tmp_path / "quotes.csv", "\n".join(lines))
    assert rows_of(folder, "quotes")[1][299:] == [(1, "z"), (1, 'say "hi" you'), (2, "y")]
    assert LENIENT in table.notes
    folder, table = read_one(tmp_path / "ends.csv", "a,b\r\n1,2\n3,4\r\n")
    assert rows_of(folder, "ends") == (["a", "b"], ROWS)
    assert LENIENT in table.notes


ENCODINGS = [
    ("utf-8", KANJI, ""),
    ("utf-8-sig", KANJI, ""),
    ("utf-16", KANJI, "UTF-16"),
    ("utf-16-le", "a,b\nname,é\n", "UTF-16"),
    ("utf-16-be", "a,b\nname,é\n", "UTF-16"),
    ("cp932", KANJI, "Shift-JIS"),
    ("gb18030", "姓名,城市\n王小明,北京\n", "GB18030"),
    ("latin-1", "name,city\nJosé,Montréal\nZoë,Überlingen\n", "Windows-1252"),
    ("cp1252", "name,price\nZoë,5 €\nAnaïs,“6”\n", "Windows-1252"),
]


@pytest.mark.parametrize(("encoding", "text", "said"), ENCODINGS, ids=[case[0] for case in ENCODINGS])
def test_every_usual_encoding_is_read_and_told(tmp_path, encoding, text, said):
    folder, table = read_one(tmp_path / "t.csv", text.encode(encoding))
    names, *rows = [line.split(",") for line in text.splitlines()]
    assert rows_of(folder, "t") == (names, [tuple(row) for row in rows])
    assert table.notes == ((f"Its text was taken for {said}.",) if said else ())


PACKED = [("t.csv.gz", b"a,b\n1,2\n3,4\n"), ("t.tsv.gz", b"a\tb\n1\t2\n3\t4\n"), ("t.txt.gz", b"a,b\n1,2\n3,4\n")]
PACKED += [
    ("t.jsonl.gz", b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n'),
    ("t.json.gz", json.dumps([{"a": 1, "b": 2}, {"a": 3, "b": 4}]).encode()),
]


@pytest.mark.parametrize(("name", "content"), PACKED)
def test_every_kind_of_text_may_be_packed(tmp_path, name, content):
    folder, table = read_one(tmp_path / name, gzip.compress(content))
    assert rows_of(folder, "t") == (["a", "b"], ROWS)
    assert table.file == name and not table.notes


def test_text_that_was_packed_is_decoded_too(tmp_path):
    folder, table = read_one(tmp_path / "t.csv.gz", gzip.compress("a;b\nZoë;1,5\n".encode("cp1252")))
    assert rows_of(folder, "t")[1] == [("Zoë", 1.5)]
    assert table.notes[0] == "Its text was taken for Windows-1252."


def test_json_in_another_encoding_is_read(tmp_path):
    folder, _ = read_one(tmp_path / "t.json", '[{"a": "é"}]'.encode("utf-16"))
    assert rows_of(folder, "t") == (["a"], [("é",)])


def test_long_names_and_odd_names_in_paths_are_read(tmp_path):
    path = tmp_path / "a[1]*?.csv"
    folder, table = read_one(path, "x" * 5000 + ",b\n1,2\n")
    assert rows_of(folder, table.name)[0] == ["x" * 100, "b"]
    assert (table.name, table.file) == ("a_1", path.name)


def test_nothing_but_the_database_is_left(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress("a,b\nZoë,1\n".encode("cp1252")))
    folder, _ = read(tmp_path / "t.csv.gz")
    assert [file.name for file in folder.iterdir()] == ["data.duckdb"]
