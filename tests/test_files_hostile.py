"""Files that are damaged, lie, or were made to do harm: each is read or explained, and none ends the process or fills it."""

import gzip
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from qsql.databases import files, open_database, sources
from qsql.errors import CannotOpen
from tests.rows_of import read, read_one, rows_of

HTML = b"<!DOCTYPE html>\n<html><body><table><tr><td>1</td></tr></table></body></html>"
OTHERS = [
    ("t.csv", HTML, "'t.csv' is a web page, not a file of rows"),
    ("t.csv", b"  \n<HTML><head>", "is a web page"),
    ("t.json", HTML, "is a web page"),
    ("t.xls", HTML, "cannot be read as an Excel file"),
    ("t.csv", b"<?xml version='1.0'?><a/>", "is XML"),
    ("t.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
    ("t.csv", b"\xff\xd8\xff\xe0" + bytes(100), "is a picture"),
    ("t.csv", b"GIF89a" + bytes(100), "is a picture"),
    ("t.csv", b"%PDF-1.7\n1 0 obj\n", "is a PDF document"),
    ("t.csv", b"SQLite format 3\0" + bytes(100), "is a database"),
    ("t.csv", b"", "is empty"),
    ("t.csv.gz", gzip.compress(b""), "is empty"),
    ("t.csv", b"a,b\n1,\x00\n", "is not text"),
    ("t.csv", b"a,b\n1,\x07\x01\x02\n", "is not text"),
    ("t.csv", bytes(1000), "'t.csv'"),
    ("t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 999)[:-20], "is damaged: it cannot be unpacked"),
    ("t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 999)[:-8] + bytes(8), "is damaged"),
    ("t.csv", b'a,b\n1,"' + b"x" * 5_000_000, "cannot be read as CSV"),
    ("t.csv", b"x," * 20_000 + b"x\n", "has more than 10,000 columns"),
    ("t.json", b"[" * 100_000 + b"]" * 100_000, "cannot be read as JSON"),
    ("t.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "cannot be read as JSON"),
    ("t.json", b"null", "holds no rows"),
    ("t.json", b'{"a": "' + b"x" * 20_000_000 + b'"}', "cannot be read as JSON"),
    ("t.parquet", b"PAR1PAR1", "cannot be read as Parquet"),
    ("t.parquet", b"PARE" + bytes(100), "cannot be read as Parquet"),
    ("t.xlsx", b"PK\x05\x06" + bytes(18), "cannot be read as an Excel file"),
]


@pytest.mark.parametrize(("name", "content", "said"), OTHERS, ids=[case[2] + str(index) for index, case in enumerate(OTHERS)])
def test_what_is_no_file_of_rows_is_explained(tmp_path, name, content, said):
    with pytest.raises(CannotOpen) as raised:
        read_one(tmp_path / name, content)
    assert said in raised.value.message and raised.value.hint


def test_a_file_and_what_is_packed_in_it_have_a_greatest_size(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_SIZE", 1000)
    with pytest.raises(CannotOpen, match="'t.csv' is larger than"):
        read_one(tmp_path / "t.csv", "a\n" * 1000)
    monkeypatch.undo()
    monkeypatch.setattr(sources, "MAX_UNPACKED", 1_000_000)
    for packed in (gzip.compress(b"1,2\n" * 1_000_000), gzip.compress(b"1,2\n" * 200_000) * 2):
        with pytest.raises(CannotOpen, match="'t.csv.gz' holds more than 0.001 GB when unpacked"):
            read_one(tmp_path / "t.csv.gz", packed)


def test_a_parquet_file_has_greatest_numbers(tmp_path, monkeypatch):
    pyarrow.parquet.write_table(pyarrow.table({"a": [1] * 1000}), tmp_path / "t.parquet")
    for limit in ("MAX_ROWS", "MAX_UNPACKED"):
        with monkeypatch.context() as patched, pytest.raises(CannotOpen, match="'t.parquet' holds more than can be read at once"):
            patched.setattr(files, limit, 20)
            read(tmp_path / "t.parquet")


def test_a_copy_that_grows_and_grows_is_stopped(tmp_path):
    """One long text, told once and meant twenty thousand times: 50 KB that unfold to 20 GB, so in a worker, which is bounded."""
    long = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 20_000, pyarrow.int32()), pyarrow.array(["x" * 1_000_000]))
    pyarrow.parquet.write_table(pyarrow.table({"a": long}), tmp_path / "t.parquet")
    with pytest.raises(CannotOpen, match="'t.parquet' (becomes larger than there is room for|needs more memory)"):
        open_database(tmp_path / "t.parquet")


def test_a_cell_of_a_million_characters_is_read(tmp_path):
    folder, _ = read_one(tmp_path / "t.csv", 'a,b\n1,"' + "xé\n,"[:3] * 333_333 + '"\n2,y\n')
    assert [len(row[1]) for row in rows_of(folder, "t")[1]] == [999_999, 1]


def test_thousands_of_columns_are_read(tmp_path):
    names, values = [f"c{number}" for number in range(5001)], ["1", "x.5", "2,5"] * 1667
    folder, table = read_one(tmp_path / "t.csv", ";".join(names) + "\n" + (";".join(values) + "\n") * 20)
    assert (table.rows, table.columns) == (20, 5001)
    assert rows_of(folder, "t")[1][19][:3] == (1, "x.5", 2.5)


ROWS = [(number, f"name {number}", number / 3, f"2024-01-{1 + number % 28:02}") for number in range(200)]
NAMES = ("id", "name", "x", "day")
CSV = ("id,name,x,day\n" + "".join(f'{a},"{b}",{c},{d}\n' for a, b, c, d in ROWS)).encode()


def parquet(**options) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({name: [row[index] for row in ROWS] for index, name in enumerate(NAMES)}), file, **options)
    return file.getvalue()


def excel() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([NAMES, *ROWS]):
            sheet.write_row(number, 0, row)
    return file.getvalue()


GOOD = {
    "t.csv": CSV,
    "wide.csv": CSV.decode().encode("utf-16"),
    "t.csv.gz": gzip.compress(CSV),
    "t.json": json.dumps([dict(zip(NAMES, row)) for row in ROWS]).encode(),
    "t.jsonl": "\n".join(json.dumps(dict(zip(NAMES, row))) for row in ROWS).encode(),
    "t.parquet": parquet(),
    "zstd.parquet": parquet(compression="zstd", data_page_version="2.0", use_dictionary=False),
    "t.xlsx": excel(),
    "t.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8,
}


def flipped(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 2, 5, 20))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(1, len(content))]


def grown(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    return (
        content[:place]
        + chance.choice((b'"', b",", b"\n", b"\r", b";", b"\0", b"\xff", b'"' * 5, b"\t" * 50, b"x" * 5000))
        + content[place:]
    )


def wrong_inside(chance: random.Random, content: bytes) -> bytes:
    """An archive that is whole, with a part that is not."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, flipped(chance, part) if name.endswith("sheet1.xml") or chance.random() < 0.1 else part)
    return changed.getvalue()


# In a process of its own, for an engine that breaks takes its process with it; with as much memory as a worker for reading has.
READ_ALL = """
import sys, tempfile
from pathlib import Path
try:
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, (4_000_000_000, 4_000_000_000))
except ImportError:
    pass
from qsql.databases.files import build
from qsql.errors import CannotOpen
for path in sorted(Path(sys.argv[1]).iterdir()):
    with tempfile.TemporaryDirectory(dir=Path(sys.argv[1]).parent) as folder:
        try:
            print(path.name, len(build(Path(folder).resolve(), [path]).tables))
        except CannotOpen as error:
            assert path.name in error.message and error.hint, error
            print(path.name, "refused")
"""


@pytest.mark.parametrize("name", GOOD)
def test_a_damaged_file_is_read_or_explained(tmp_path, name):
    chance = random.Random(name)
    ways = [flipped, cut, grown] + ([wrong_inside] * 3 if name == "t.xlsx" else [])
    (tmp_path / "damaged").mkdir()
    for number in range(30):
        (tmp_path / "damaged" / f"{number}-{name}").write_bytes(chance.choice(ways)(chance, GOOD[name]))
    command = [sys.executable, "-c", READ_ALL, str(tmp_path / "damaged")]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == 30


@pytest.mark.parametrize("name", [name for name in GOOD if name != "t.xls"])
def test_the_same_files_undamaged_are_read(tmp_path, name):
    _, table = read_one(tmp_path / name, GOOD[name])
    assert (table.rows, table.columns) == (200, 4)
