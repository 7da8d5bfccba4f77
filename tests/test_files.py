"""Files that people have: their tables, names, types and text come out as they went in."""

import datetime
import gzip
import os
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow
import pyarrow.parquet
import pytest

from qsql.databases import open_database, open_files
from qsql.errors import CannotOpen, QueryFailed
from qsql.records import Query
from qsql.sql import read_query

LATE_TEXT = "a,b\n" + "1,2\n" * 30_000 + "x,3\n"
LATE_ZERO = "a,b\n" + "1,2\n" * 30_000 + "007,3\n"
CITIES = "姓名,城市\n王小明,北京\n李雷,上海\n"
DAY, MOMENT = datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5)

TEXTS = [  # name, content, columns with types, first row, how many rows
    ("plain.csv", "name,n\nAnn,1\nBob,2\n", {"name": "VARCHAR", "n": "BIGINT"}, ("Ann", 1), 2),
    ("all_text.csv", "name,city\nAnn,Rome\n", {"name": "VARCHAR", "city": "VARCHAR"}, ("Ann", "Rome"), 1),
    ("dates.csv", "d,t,x\n2024-01-02,2024-01-02 03:04:05,1.5\n", {"d": "DATE", "t": "TIMESTAMP", "x": "DOUBLE"}, (DAY, MOMENT, 1.5), 1),
    ("zeros.csv", "zip,n\n00123,1\n10000,2\n", {"zip": "VARCHAR", "n": "BIGINT"}, ("00123", 1), 2),
    ("late_zero.csv", LATE_ZERO, {"a": "VARCHAR", "b": "BIGINT"}, ("1", 2), 30_001),
    ("late_text.csv", LATE_TEXT, {"a": "VARCHAR", "b": "BIGINT"}, ("1", 2), 30_001),
    ("wide.csv", "id,n\n12345678901234567890,1\n", {"id": "HUGEINT", "n": "BIGINT"}, (12345678901234567890, 1), 1),
    ("wider.csv", f"id,n\n{'1' * 45},1\n", {"id": "VARCHAR", "n": "BIGINT"}, ("1" * 45, 1), 1),
    ("nulls.csv", "a,b\n1,\n,x\n", {"a": "BIGINT", "b": "VARCHAR"}, (1, None), 2),
    ("quotes.csv", '"a ""x""","b,c"\n"1\n2",x\n', {'a "x"': "VARCHAR", "b,c": "VARCHAR"}, ("1\n2", "x"), 1),
    ("semicolons.csv", "a;b\n1,5;x\n", {"a": "DOUBLE", "b": "VARCHAR"}, (1.5, "x"), 1),
    ("tabs.tsv", "a\tb\n1\tx, y\n", {"a": "BIGINT", "b": "VARCHAR"}, (1, "x, y"), 1),
    ("names.csv", "a,a,,A\n1,2,3,4\n", {"a": "BIGINT", "a_1": "BIGINT", "column_3": "BIGINT", "A_2": "BIGINT"}, (1, 2, 3, 4), 1),
    ("no_names.csv", "1,2\n3,4\n", {"column_1": "BIGINT", "column_2": "BIGINT"}, (1, 2), 2),
    ("no_rows.csv", "name,city\n", {"name": "VARCHAR", "city": "VARCHAR"}, None, 0),
    ("title.csv", "Report of May\n\na,b\n1,2\n3,4\n", {"a": "BIGINT", "b": "BIGINT"}, (1, 2), 2),
    ("short_rows.csv", "a,b,c\n1,2,3\n4,5\n6,7,8\n", {"a": "BIGINT", "b": "BIGINT", "c": "BIGINT"}, (1, 2, 3), 3),
    ("long_rows.csv", "a,b\n1,2\n3\n4,5,6\n", {"a": "BIGINT", "b": "BIGINT", "column_3": "BIGINT"}, (1, 2, None), 3),
    ("list.json", '[{"a": 1, "b": {"c": "x"}}, {"a": 2}]', {"a": "BIGINT", "b": "STRUCT(c VARCHAR)"}, (1, {"c": "x"}), 2),
    ("lines.jsonl", '{"a": 1}\n{"a": 2}\n', {"a": "BIGINT"}, (1,), 2),
    ("lines.ndjson", '{"姓名": "王"}\n', {"姓名": "VARCHAR"}, ("王",), 1),
]


def only_table(database):
    (found,) = database.schema().tables
    return found


@pytest.mark.parametrize(("name", "content", "columns", "first", "count"), TEXTS, ids=[case[0] for case in TEXTS])
def test_a_text_file_becomes_a_table(tmp_path, name, content, columns, first, count):
    (tmp_path / name).write_text(content, encoding="utf-8")
    database = open_database(tmp_path / name)
    table = only_table(database)
    assert (database.name, table.name) == (name, Path(name).stem)
    assert {column.name: column.type for column in table.columns} == columns
    assert (table.rows[0] if table.rows else None, table.row_count) == (first, count)
    database.close()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_chinese_text_is_read_in_every_usual_encoding(tmp_path, encoding):
    (tmp_path / "人员.csv").write_bytes(CITIES.encode(encoding))
    database = open_database(tmp_path / "人员.csv")
    table = only_table(database)
    assert (table.name, table.rows) == ("人员", (("王小明", "北京"), ("李雷", "上海")))
    assert [column.name for column in table.columns] == ["姓名", "城市"]
    database.close()


def test_western_text_is_not_taken_for_chinese(tmp_path):
    (tmp_path / "people.csv").write_bytes("name,city\nJosé,Montréal\nZoë,Überlingen €\n".encode("cp1252"))
    database = open_database(tmp_path / "people.csv")
    assert only_table(database).rows == (("José", "Montréal"), ("Zoë", "Überlingen €"))
    database.close()


def test_a_packed_csv_is_read(tmp_path):
    (tmp_path / "shop.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    database = open_database(tmp_path / "shop.csv.gz")
    assert (only_table(database).name, only_table(database).rows) == ("shop", ((1, 2),))
    database.close()


def test_parquet_keeps_its_types(tmp_path):
    columns = {"n": pyarrow.array([Decimal("1.50")]), "l": [[1, 2]], "t": pyarrow.array([MOMENT], pyarrow.timestamp("us"))}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "kept.parquet")
    database = open_database(tmp_path / "kept.parquet")
    table = only_table(database)
    assert [column.type for column in table.columns] == ["DECIMAL(3,2)", "BIGINT[]", "TIMESTAMP"]
    assert table.rows == ((Decimal("1.50"), [1, 2], MOMENT),)
    database.close()


def test_each_sheet_with_rows_becomes_a_table(tmp_path):
    people = [["name", "n", "x", "name", "", "when"], ["王芳", 1, 1, "b", True, DAY], ["Ann", 2, 2.5, "c", None, MOMENT]]
    write_excel(tmp_path / "book.xlsx", {"Sales 2024": people, "Empty": [], "Only names": [["a", "b"]], "城市": [["a"], ["x"]]})
    database = open_database(tmp_path / "book.xlsx")
    sales, cities = database.schema().tables
    assert (sales.name, cities.name) == ("sales_2024", "城市")
    kinds = {"name": "VARCHAR", "n": "BIGINT", "x": "DOUBLE", "name_2": "VARCHAR", "column_5": "BOOLEAN", "when": "TIMESTAMP"}
    assert {column.name: column.type for column in sales.columns} == kinds
    assert sales.rows == (("王芳", 1, 1.0, "b", True, datetime.datetime(2024, 1, 2)), ("Ann", 2, 2.5, "c", None, MOMENT))
    database.close()


def test_a_single_sheet_takes_the_name_of_its_file(tmp_path):
    write_excel(tmp_path / "Prices.xlsx", {"Sheet1": [["a"], [1]]})
    database = open_database(tmp_path / "Prices.xlsx")
    assert only_table(database).name == "prices"
    database.close()


@pytest.mark.parametrize("sheets", [{"a": []}, {"a": [["x", "y"]], "b": []}])
def test_an_excel_file_without_rows_is_refused(tmp_path, sheets):
    write_excel(tmp_path / "none.xlsx", sheets)
    with pytest.raises(CannotOpen, match="'none.xlsx' has no rows in any sheet"):
        open_database(tmp_path / "none.xlsx")


def test_several_files_become_one_database(tmp_path):
    names = ["Sales 2024.csv", "sales-2024.csv", "2024.csv", "!.csv", "select.csv", "a[1]*.csv"]
    for number, name in enumerate(names):
        (tmp_path / name).write_text(f"n\n{number}\n", encoding="utf-8")
    database = open_files([tmp_path / name for name in names])
    assert database.name == "Sales 2024.csv and 5 more"
    tables = {table.name: table.rows for table in database.schema().tables}
    expected = ["sales_2024", "sales_2024_2", "t_2024", "data", '"select"', "a_1"]
    assert tables == {name: ((number,),) for number, name in enumerate(expected)}
    assert list(tables) == expected
    joined = read_query("SELECT a.n + b.n AS s FROM sales_2024 a, t_2024 b", "duckdb")
    assert database.run(joined).rows["s"].to_pylist() == [2]
    database.close()


def test_no_files_and_databases_among_files_are_refused(tmp_path):
    (tmp_path / "shop.db").write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(CannotOpen, match="No file was chosen"):
        open_files([])
    with pytest.raises(CannotOpen, match="'shop.db' is a database"):
        open_files([tmp_path / "shop.db"])


def test_one_bad_file_is_named_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "good.csv").write_text("a\n1\n")
    (tmp_path / "bad.json").write_text('{"a": ')
    with pytest.raises(CannotOpen, match="'bad.json' cannot be read as JSON"):
        open_files([tmp_path / "good.csv", tmp_path / "bad.json"])
    assert sorted(os.listdir(tmp_path)) == ["bad.json", "good.csv"]


def test_the_copy_goes_when_it_is_closed_and_the_file_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "shop.csv").write_text("a\n1\n")
    database = open_database(tmp_path / "shop.csv")
    assert len(os.listdir(tmp_path)) == 2
    database.close()
    assert os.listdir(tmp_path) == ["shop.csv"] and (tmp_path / "shop.csv").read_text() == "a\n1\n"


READS_AGAIN = ["SELECT * FROM read_csv('{}')", "SELECT * FROM '{}'", "SELECT * FROM read_text('/etc/passwd')"]


@pytest.mark.parametrize("sql", READS_AGAIN)
def test_not_even_the_file_itself_can_be_read_again(tmp_path, sql):
    path = tmp_path / "shop.csv"
    path.write_text("a\n1\n")
    database = open_database(path)
    with pytest.raises(QueryFailed):
        database.run(Query(sql.format(path), "duckdb", ()))
    database.close()


def write_excel(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    """The least that is an .xlsx file, written by hand from its public format (ECMA-376)."""
    main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>'
        "</styleSheet>",
    }
    listed, related = [], [f'<Relationship Id="r0" Type="{office}/relationships/styles" Target="styles.xml"/>']
    for number, (name, rows) in enumerate(sheets.items(), 1):
        listed.append(f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"/>')
        related.append(f'<Relationship Id="r{number}" Type="{office}/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>')
        body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
    parts["xl/workbook.xml"] = f'<workbook xmlns="{main}" xmlns:r="{office}/relationships"><sheets>{"".join(listed)}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{package}/relationships">{"".join(related)}</Relationships>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def _cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, datetime.date):
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())
        days = (moment - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
        return f'<c s="{2 if isinstance(value, datetime.datetime) else 1}"><v>{days!r}</v></c>'
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
