"""Excel files as people make them: titles, merged cells, formulas, errors, dates; and those that were made to do harm."""

import datetime
import io
import zipfile

import pytest
import xlsxwriter

from qsql.databases import workbook
from qsql.errors import CannotOpen
from tests.rows_of import read, read_one, rows_of, types_of

D, M = datetime.date, datetime.datetime
OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
TABLE = 'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def book(path, **sheets):
    """Sheets of rows: each value goes where it stands, None nowhere."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, place, value)
    return path


def ods(path, rows):
    """`rows` is the XML of table:table-row elements."""
    body = f"<office:body><office:spreadsheet><table:table table:name='T'>{rows}</table:table></office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", ODS)
        archive.writestr("content.xml", f"<office:document-content {OFFICE} {TABLE}>{body}</office:document-content>")
        archive.writestr(
            "META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
    return path


def cell(text, repeated=1):
    repeats = f'table:number-columns-repeated="{repeated}"'
    return f'<table:table-cell office:value-type="string" {repeats}><text:p>{text}</text:p></table:table-cell>'


CELLS = [  # the cells of a column, its type, its values, what is said
    ([1, 2.0, None, 4], "BIGINT", [1, 2, None, 4], ""),
    ([1, 2.5], "DOUBLE", [1.0, 2.5], ""),
    ([1, "NA", "-"], "BIGINT", [1, None, None], "words such as NA or - were read as no value."),
    ([1, "x"], "VARCHAR", ["1", "x"], ""),
    ([1.5, "x", True], "VARCHAR", ["1.5", "x", "True"], ""),
    ([True, False], "BOOLEAN", [True, False], ""),
    ([D(2024, 1, 2), None], "DATE", [D(2024, 1, 2), None], ""),
    ([D(2024, 1, 2), "N/A"], "DATE", [D(2024, 1, 2), None], "words such as NA or -"),
    (["31/12/2024", "01/02/2024"], "DATE", [D(2024, 12, 31), D(2024, 2, 1)], "with the day first."),
    (["01067", "80331"], "VARCHAR", ["01067", "80331"], "kept as text, because some begin with 0"),
    (["1.234,56", "7"], "DOUBLE", [1234.56, 7.0], "decimal commas"),
    ([1e300, 5], "DOUBLE", [1e300, 5.0], ""),
    (["two\nlines", "  x "], "VARCHAR", ["two\nlines", "  x "], ""),
]


@pytest.mark.parametrize(("cells", "kind", "values", "said"), CELLS, ids=[str(case[0])[:30] for case in CELLS])
def test_a_column_of_a_sheet_holds_what_its_cells_are(tmp_path, cells, kind, values, said):
    path = book(tmp_path / "t.xlsx", S=[["c", "row"], *([value, index] for index, value in enumerate(cells))])
    folder, reading = read(path)
    assert types_of(folder, "t")["c"] == kind
    assert [row[0] for row in rows_of(folder, "t")[1]] == values
    (table,) = reading.tables
    assert (table.file, table.sheet, table.rows, table.columns) == ("t.xlsx", "S", len(cells), 2)
    assert any(said in note for note in table.notes) if said else table.notes == ()


LAYOUTS = [  # rows, columns, values, what is said
    ([["Report"], [None], ["a", "b"], [1, 2]], ["a", "b"], [(1, 2)], "1 line above the names of the columns left out."),
    ([["Report"], ["May"], ["a", "b"], ["x", 2]], ["a", "b"], [("x", 2)], "2 lines above the names of the columns left out."),
    ([["name"], ["Ann", 2]], ["name", "column_2"], [("Ann", 2)], "Columns without a name got one: 'column_2'."),
    ([[None, None], [None, "a", "b"], [None, 1, 2]], ["a", "b"], [(1, 2)], ""),
    ([["a", None, "b"], [1, None, 2]], ["a", "b"], [(1, 2)], "1 column without a name or any value left out."),
    ([["a", "b"], [1, 2], [None], [None], [3, 4], [None]], ["a", "b"], [(1, 2), (3, 4)], "2 empty rows left out."),
    ([["a", "a", "b\nc"], [1, 2, 3]], ["a", "a_2", "b c"], [(1, 2, 3)], r"Renamed: 'a' is now 'a_2'; 'b\nc' is now 'b c'."),
    ([["a", None], [1, 2]], ["a", "column_2"], [(1, 2)], "Columns without a name got one: 'column_2'."),
    ([[1, 2], [3, 4]], ["column_1", "column_2"], [(1, 2), (3, 4)], "The first row holds values, so the columns' names were made up."),
    ([["town", 2023, 2024], ["Jena", 1, 2]], ["town", "2023", "2024"], [("Jena", 1, 2)], ""),
    ([["a"], ["x"]], ["a"], [("x",)], ""),
]


@pytest.mark.parametrize(("rows", "columns", "values", "said"), LAYOUTS, ids=[str(case[0])[:40] for case in LAYOUTS])
def test_a_layout_of_a_sheet_is_found_and_told(tmp_path, rows, columns, values, said):
    folder, reading = read(book(tmp_path / "t.xlsx", S=rows))
    assert rows_of(folder, "t") == (columns, values)
    assert reading.tables[0].notes == ((said,) if said else ())


def test_formulas_give_their_results_and_errors_nothing(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["n", "twice", "wrong", "text"])
        for row in (1, 2):
            sheet.write(row, 0, row)
            sheet.write_formula(row, 1, f"=A{row + 1}*2", value=row * 2)
            sheet.write_formula(row, 2, "=1/0", value="#DIV/0!")
            sheet.write_string(row, 3, "=1+1")
    folder, reading = read(tmp_path / "t.xlsx")
    assert rows_of(folder, "t")[1] == [(1, 2, None, "=1+1"), (2, 4, None, "=1+1")]
    assert reading.tables[0].notes == ("2 cells with an error such as #DIV/0! left empty.",)


def test_formulas_that_were_never_computed_are_told(tmp_path):
    path = book(tmp_path / "t.xlsx", S=[["n", "twice"], [1, "=A2*2"], [2, "=A3*2"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"</f><v>0</v>", b"</f><v/>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    folder, reading = read(path)
    assert rows_of(folder, "t")[1] == [(1, None), (2, None)]
    assert reading.tables[0].notes[0].startswith("2 formulas without a saved result left empty")


def test_merged_cells_and_hidden_sheets_are_told(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as made:
        shown, hidden = made.add_worksheet("Shown"), made.add_worksheet("Hidden")
        for sheet in (shown, hidden):
            sheet.write_row(0, 0, ["town", "n"])
            sheet.write_row(1, 0, ["Jena", 1])
        shown.merge_range("A3:A4", "Weimar")
        shown.write_column(2, 1, [2, 3])
        hidden.hide()
        made.add_chartsheet("Chart")
    folder, reading = read(tmp_path / "t.xlsx")
    assert rows_of(folder, "shown")[1] == [("Jena", 1), ("Weimar", 2), (None, 3)]
    assert [(table.name, table.sheet, table.notes) for table in reading.tables] == [
        ("shown", "Shown", ("1 group of merged cells: only the first cell of each has the value.",)),
        ("hidden", "Hidden", ("The sheet is hidden in the file.",)),
    ]


def test_a_sheet_of_more_rows_than_are_taken_at_once_is_whole(tmp_path):
    path = book(tmp_path / "t.xlsx", S=[["n", "s"], *([index, f"r{index}"] for index in range(25_000)), ["x", "last"]])
    folder, reading = read(path)
    rows = rows_of(folder, "t")[1]
    assert (len(rows), rows[0], rows[24_999], rows[-1]) == (25_001, ("0", "r0"), ("24999", "r24999"), ("x", "last"))


def test_an_open_document_is_read(tmp_path):
    rows = f"<table:table-row>{cell('a')}{cell('b')}</table:table-row>"
    rows += f"<table:table-row table:number-rows-repeated='2'>{cell('x', repeated=2)}</table:table-row>"
    rows += (
        "<table:table-row table:number-rows-repeated='1048570'><table:table-cell table:number-columns-repeated='16384'/></table:table-row>"
    )
    folder, _ = read(ods(tmp_path / "t.ods", rows))
    assert rows_of(folder, "t") == (["a", "b"], [("x", "x"), ("x", "x")])


def corners(path):
    """Two cells, for which a reader that makes room for all between them takes half a terabyte."""
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")


def far(path):
    gap = "<table:table-row table:number-rows-repeated='1000000'><table:table-cell/></table:table-row>"
    ods(path, f"<table:table-row>{cell('a')}</table:table-row>{gap}<table:table-row>{cell('x', repeated=16_000)}</table:table-row>")


def repeated(path):
    ods(path, f"<table:table-row table:number-rows-repeated='1000000'>{cell('x', repeated=16_000)}</table:table-row>")


def binary(path):
    """The binary kind: a row's record, and one cell far to the right in it."""
    row = bytes([0, 4]) + (1_048_000).to_bytes(4, "little")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.bin", row + bytes([2, 8]) + (16_000).to_bytes(4, "little") + bytes(4))


def swollen(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
        for _ in range(workbook.MAX_UNPACKED // 10_000_000 + 1):
            part.write(bytes(10_000_000))


def crowded(path):
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(workbook.MAX_PARTS + 1):
            archive.writestr(str(number), b"")


@pytest.mark.parametrize("make", [corners, far, repeated, binary, crowded])
def test_what_would_unfold_too_far_is_refused(tmp_path, make):
    path = tmp_path / f"t.{'ods' if make in (far, repeated) else 'xlsx'}"
    make(path)
    assert path.stat().st_size < 2_000_000
    with pytest.raises(CannotOpen, match="holds too much to be read as an Excel file"):
        read(path)


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 20_000_000)
    swollen(tmp_path / "t.xlsx")
    with pytest.raises(CannotOpen, match="holds too much"):
        read(tmp_path / "t.xlsx")


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(1_000_000))
    said = (1_000_000).to_bytes(4, "little")
    with pytest.raises(CannotOpen, match="cannot be read as an Excel file"):
        read_one(tmp_path / "t.xlsx", packed.getvalue().replace(said, (10).to_bytes(4, "little")))


def test_an_archive_of_something_else_is_no_excel_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    with pytest.raises(CannotOpen, match="'t.xlsx' cannot be read as an Excel file"):
        read(tmp_path / "t.xlsx")
