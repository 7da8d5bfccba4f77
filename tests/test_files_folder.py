"""Folders and several files: what is taken, what is left out, and what is said of it."""

import os
import threading

import pytest

from qsql.databases import open_files, sources
from qsql.errors import CannotOpen
from tests.rows_of import read, rows_of


def fill(folder, **files):
    folder.mkdir()
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def test_a_folder_gives_a_table_for_each_of_its_files(tmp_path):
    shop = fill(tmp_path / "shop", orders_csv="id\n1\n", items_jsonl='{"id": 2}\n', b_TSV="x\ty\n1\t2\n")
    folder, reading = read(shop)
    assert [(table.name, table.file) for table in reading.tables] == [("b", "b.TSV"), ("items", "items.jsonl"), ("orders", "orders.csv")]
    assert rows_of(folder, "orders")[1] == [(1,)] and rows_of(folder, "items")[1] == [(2,)]
    assert reading.notes == ()


def test_what_is_left_out_of_a_folder_is_told(tmp_path):
    shop = fill(tmp_path / "shop", a_csv="id\n1\n", bad_json='{"a": ', note_md="hello", empty_csv="", _hidden_csv="id\n2\n")
    fill(shop / "old", b_csv="id\n3\n")
    fill(tmp_path / "other", secret_csv="id\n4\n")
    (shop / "away.csv").symlink_to(tmp_path / "other" / "secret.csv")
    (shop / "nowhere.csv").symlink_to(shop / "gone.csv")
    (shop / "within.csv").symlink_to(shop / "a.csv")
    (shop / "shop.duckdb").write_text("x")
    os.mkfifo(shop / "pipe.csv")
    _, reading = read(shop)
    assert [table.name for table in reading.tables] == ["a", "within"]
    assert reading.notes == (
        "Left out, as they are empty or of no kind that can be read: 'empty.csv', 'note.md', 'shop.duckdb'.",
        "Left out, as they are folders: 'old'.",
        "Left out, as they are no plain files, or links that lead elsewhere: 'away.csv', 'nowhere.csv', 'pipe.csv'.",
        "Left out: 'bad.json' cannot be read as JSON.",
    )


def test_a_folder_without_anything_to_read_is_refused(tmp_path):
    with pytest.raises(CannotOpen, match="The folder 'shop' holds no file of rows"):
        read(fill(tmp_path / "shop", note_md="hello"))
    with pytest.raises(CannotOpen, match="No file in the folder can be read. Left out: 'bad.json' cannot be read as JSON"):
        read(fill(tmp_path / "bad", bad_json='{"a": '))


def test_a_folder_with_too_many_files_is_refused(tmp_path):
    files = {f"t{number}_csv": "id\n1\n" for number in range(sources.MAX_FILES + 1)}
    with pytest.raises(CannotOpen, match="holds 201 files of rows, more than 200"):
        read(fill(tmp_path / "shop", **files))


def test_a_folder_with_too_much_else_is_refused_before_all_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_ENTRIES", 3)
    with pytest.raises(CannotOpen, match="holds more than 3 files"):
        read(fill(tmp_path / "shop", a_md="", b_md="", c_md="", d_csv="id\n1\n"))


def test_a_folder_and_a_file_are_one_database_and_a_file_is_read_once(tmp_path):
    shop = fill(tmp_path / "shop", a_csv="id\n1\n", b_csv="id\n2\n")
    (tmp_path / "a.csv").write_text("id\n3\n")
    folder, reading = read(shop, tmp_path / "a.csv", shop / "b.csv")
    assert [table.name for table in reading.tables] == ["a", "b", "a_2"]
    assert rows_of(folder, "a_2")[1] == [(3,)]


def test_the_reading_stays_with_the_database(tmp_path):
    shop = fill(tmp_path / "shop", a_csv="id;x\n1;2,5\n")
    database = open_files([shop])
    (table,) = database.reading.tables
    assert (database.name, table.name, table.rows, table.columns) == ("shop", "a", 1, 2)
    assert "'x': decimal commas were read as such." in table.notes
    database.close()


def test_a_link_that_is_named_is_followed(tmp_path):
    (tmp_path / "real.csv").write_text("id\n1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    folder, reading = read(tmp_path / "link.csv")
    assert (reading.tables[0].name, reading.tables[0].file) == ("link", "link.csv")


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.json", "pipe.xlsx", "pipe.parquet"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(CannotOpen, match=f"'{name}' is not a plain file"):
        read(tmp_path / name)


def test_a_device_and_a_link_to_one_are_refused(tmp_path):
    (tmp_path / "zeros.csv").symlink_to("/dev/zero")
    with pytest.raises(CannotOpen, match="'zeros.csv' is not a plain file"):
        read(tmp_path / "zeros.csv")


def test_a_file_that_is_gone_or_leads_in_a_circle_is_explained(tmp_path):
    with pytest.raises(CannotOpen, match="'gone.csv' is not there"):
        read(tmp_path / "gone.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(CannotOpen, match="'loop.csv'"):
        read(tmp_path / "loop.csv")


@pytest.mark.parametrize("harm", [os.unlink, lambda path: os.truncate(path, 1000)], ids=["deleted", "cut"])
def test_a_file_that_changes_while_it_is_read_is_read_or_refused(tmp_path, harm):
    path = tmp_path / "t.csv"
    path.write_text("id,name\n" + "".join(f"{number},name {number}\n" for number in range(200_000)))
    timer = threading.Timer(0.05, harm, (path,))
    timer.start()
    try:
        _, reading = read(path)
        assert reading.tables[0].columns == 2
    except CannotOpen as error:
        assert "'t.csv'" in error.message
    timer.join()
    assert not path.exists() or path.stat().st_size == 1000
