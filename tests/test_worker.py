"""The worker processes: what they survive, what the app survives of them, and that nothing of them is left behind."""

import io
import os
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import duckdb
import psutil
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsql.databases import open_database, opening, wire
from qsql.databases import worker as one
from qsql.databases.base import Limits
from qsql.errors import CannotOpen, DatabaseChanged, QsqlError, QueryFailed, QueryTimeout, Stopped
from qsql.records import Query
from tests import shop

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
DEAF = {  # one call of a function of C, which hears no interrupt
    "duckdb": "SELECT length(lpad('x', 900000000, 'y')), length(lpad('z', 900000001, 'y'))",
    "sqlite": "SELECT instr(replace(hex(zeroblob(249000)), '0', 'a'), replace(hex(zeroblob(120000)), '0', 'a') || 'b')",
}
BOMBS = {
    "duckdb": (
        "SELECT length(repeat('x', 3000000000))",
        "SELECT len(range(2000000000))",
        "SELECT list(repeat('x', 1000)) FROM range(100000000)",
        "SELECT string_agg(repeat('x', 10000)) FROM range(1000000)",
        "SELECT count(DISTINCT hash(a.range) || b.range::VARCHAR) FROM range(100000) a, range(100000) b",
    ),
    "sqlite": (
        "SELECT zeroblob(900000000)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT group_concat(hex(zeroblob(10000))) FROM n",
        "WITH RECURSIVE n(i, s) AS (SELECT 1, 'x' UNION ALL SELECT i + 1, s || s FROM n) SELECT max(length(s)) FROM n",
    ),
}
MAKERS = {"duckdb": shop.make_duckdb, "sqlite": shop.make_sqlite}


@pytest.fixture(params=["duckdb", "sqlite"])
def source(request, tmp_path):
    return MAKERS[request.param](tmp_path / f"shop.{request.param}")


@pytest.fixture
def database(source):
    database = open_database(source)
    yield database
    database.close()


def run(database, sql, **limits):
    return database.run(Query(sql, database.dialect, ()), Limits(**limits))


def count(database):
    return run(database, "SELECT count(*) FROM orders").rows.column(0).to_pylist()


def workers():
    """The processes of this one that are workers."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "qsql.databases.child" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_an_engine_that_hears_no_interrupt_is_killed_and_the_next_question_answered(database):
    start = time.monotonic()
    with pytest.raises((QueryTimeout, QueryFailed)) as ended:
        run(database, DEAF[database.dialect], seconds=0.3)
    assert isinstance(ended.value, QueryTimeout) and "0.3 seconds" in str(ended.value)
    assert time.monotonic() - start < 5
    assert count(database) == [5]


def test_a_stop_ends_even_such_a_query(database):
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(Stopped):
        run(database, DEAF[database.dialect], seconds=60, cancel=stop)
    assert count(database) == [5]


def test_bombs_end_in_a_sentence_and_leave_the_app_small(database):
    own = psutil.Process()
    before = own.memory_info().rss
    for sql in BOMBS[database.dialect]:
        with pytest.raises((QueryFailed, QueryTimeout)):
            run(database, sql, seconds=3)
        assert count(database) == [5]
    assert own.memory_info().rss - before < 300_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's memory")
def test_a_worker_may_not_take_more_memory_than_its_bound(database):
    import resource

    for worker in workers():
        soft, hard = resource.prlimit(worker.pid, resource.RLIMIT_DATA)
        assert soft == hard and 0 < soft <= 3_000_000_000
        assert resource.prlimit(worker.pid, resource.RLIMIT_CORE) == (0, 0)


def test_rows_are_cut_at_the_bound_of_bytes(database):
    wide = (
        "SELECT replace(hex(zeroblob(5000)), '0', 'x') AS x FROM orders"
        if database.dialect == "sqlite"
        else "SELECT repeat('x', 10000) AS x FROM orders"
    )
    result = run(database, wide, max_bytes=35_000)
    assert result.truncated and result.rows.num_rows == 3
    assert not run(database, wide).truncated
    with pytest.raises(QueryFailed, match="One row takes more than"):
        run(database, wide, max_bytes=5_000)


def test_a_worker_knows_nothing_of_this_process_s_environment(source, monkeypatch):
    if not Path("/proc").exists():
        pytest.skip("only Linux shows the environment of a process")
    monkeypatch.setenv("QSQL_API_KEY", "s3cret-w0rd")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret-w0rd")
    database = open_database(source)
    seen = [Path(f"/proc/{worker.pid}/environ").read_bytes() for worker in workers()]
    database.close()
    assert seen and not any(b"s3cret-w0rd" in environment for environment in seen)


def test_workers_killed_in_the_middle_leave_answers_or_errors_and_nothing_behind(source, tmp_path_factory, monkeypatch):
    """Five hundred times; each question ends, each in an answer or an error."""
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    database, chance, ends = open_database(source), random.Random(1), []
    for number in range(500):
        killer = threading.Timer(chance.uniform(0, 0.05), _kill_one)
        killer.start()
        try:
            ends.append(run(database, ENDLESS if chance.random() < 0.5 else shop.ORDERS, seconds=0.2))
        except QsqlError as error:
            ends.append(error)
        killer.join()
        if number % 25 == 24:
            time.sleep(0.2)  # until all that were killed have ended
            assert count(database) == [5]
    assert len(ends) == 500 and any(isinstance(end, QsqlError) for end in ends)
    database.close()
    _wait_until(lambda: not workers())
    assert shop.orders(source) == [(1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 3, 3), (5, 2, 2)]
    assert not list(temporary.iterdir())
    assert sorted(path.name for path in Path(source).parent.iterdir()) == [Path(source).name]


def _kill_one():
    for worker in workers():
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)


def test_a_worker_does_not_outlive_the_app(source):
    program = f"import qsql, os, sys; d = qsql.open_database({source!r}); print(d._idle[0]._process.pid, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as app:
        worker = int(app.stdout.readline())
        assert psutil.pid_exists(worker)
        app.kill()
    _wait_until(lambda: not psutil.pid_exists(worker))


def test_many_questions_at_once_share_a_few_workers(database):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(count(database))) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [[5]] * 24
    assert len(workers()) <= 4
    _wait_until(lambda: len(workers()) <= 2)


def test_one_that_waits_for_a_worker_can_be_stopped_and_has_its_deadline(database):
    threads = [threading.Thread(target=lambda: pytest.raises(QueryTimeout, run, database, ENDLESS, seconds=6)) for _ in range(4)]
    for thread in threads:
        thread.start()
    _wait_until(lambda: database._slots._value == 0)
    with pytest.raises(QueryTimeout):
        run(database, shop.ORDERS, seconds=0.2)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        run(database, shop.ORDERS, cancel=stop)
    for thread in threads:
        thread.join(30)
    assert count(database) == [5]


def test_a_file_that_was_replaced_is_not_passed_off_as_the_old_one(source, tmp_path):
    database = open_database(source)
    other = MAKERS[Path(source).suffix[1:]](tmp_path / f"new.{Path(source).suffix[1:]}")
    os.replace(other, source)
    assert database.changed
    with pytest.raises(DatabaseChanged, match="has changed since it was opened"):
        count(database)
    database.close()
    assert count(open_database(source)) == [5]


def test_a_file_that_is_gone_is_called_so(source):
    database = open_database(source)
    os.remove(source)
    with pytest.raises(DatabaseChanged, match="no longer there"):
        count(database)
    database.close()


def test_a_table_of_rows_that_changed_on_disk_is_not_passed_off_as_fresh(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("name,price\ntea,1\n")
    database = open_database(path)
    assert run(database, "SELECT price FROM prices").rows.to_pylist() == [{"price": 1}]
    path.write_text("name,price\ntea,20\n")
    with pytest.raises(DatabaseChanged):
        run(database, "SELECT price FROM prices")
    database.close()


def test_rows_that_change_while_they_are_read_are_not_passed_off_as_fresh(tmp_path, monkeypatch):
    path = tmp_path / "prices.csv"
    path.write_text("name,price\ntea,1\n")
    read = opening._read

    def read_and_write(folder, sources):
        reading = read(folder, sources)
        path.write_text("name,price\ntea,20\n")
        return reading

    monkeypatch.setattr(opening, "_read", read_and_write)
    database = open_database(path)
    assert database.changed
    database.close()


def test_a_stop_is_heard_while_a_worker_starts(database):
    database._idle.pop().end()
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        run(database, shop.ORDERS, cancel=stop)
    assert count(database) == [5]


def test_a_question_that_is_broken_off_leaves_no_reply_to_the_next(database, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(one, "wait", interrupted)
        run(database, "SELECT 7")
    assert count(database) == [5]


def test_sqlite_written_to_by_others_gives_the_rows_of_now(tmp_path):
    path = shop.make_sqlite(tmp_path / "shop.db")
    database, stop = open_database(path), threading.Event()

    def write():
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            number = 100
            while not stop.is_set():
                number += 1
                connection.execute("INSERT INTO orders (id) VALUES (?)", (number,))
                connection.commit()
                time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    counts, failures = [], []
    for _ in range(15):
        try:
            counts += count(database)
        except QueryFailed as error:  # the file was locked for longer than a reader waits
            failures.append(error)
    stop.set()
    writer.join()
    assert counts == sorted(counts) and counts[-1] > counts[0]
    assert all("locked" in str(error) or "in use" in str(error) for error in failures)
    database.close()


def test_duckdb_open_here_is_open_to_other_readers_and_to_no_writer(tmp_path):
    path = shop.make_duckdb(tmp_path / "shop.duckdb")
    database, second = open_database(path), open_database(path)
    assert count(database) == count(second) == [5]
    with pytest.raises(duckdb.IOException, match="lock"):
        duckdb.connect(path)
    database.close()
    second.close()
    duckdb.connect(path).close()


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_files_with_flipped_bytes_give_rows_or_a_sentence(kind, tmp_path):
    whole = Path(MAKERS[kind](tmp_path / "whole")).read_bytes()
    chance, ends = random.Random(7), set()
    for number in range(100):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 8, 64))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path = tmp_path / f"{number}.{kind}"
        path.write_bytes(broken)
        try:
            database = open_database(path)
            try:
                database.schema()
                run(database, shop.ORDERS, seconds=5)
                ends.add("rows")
            finally:
                database.close()
        except QsqlError as error:
            assert error.message.endswith(".") and str(tmp_path) not in error.message
            ends.add(type(error).__name__)
    assert "rows" in ends and len(ends) > 1


def test_an_engine_that_crashes_is_an_error_and_not_the_end_of_the_app(database):
    for _ in range(3):
        killer = threading.Timer(0.2, _kill_one)
        killer.start()
        with pytest.raises(QueryFailed, match="broke down"):
            run(database, ENDLESS, seconds=10)
        killer.join()
        time.sleep(0.2)  # until all that were killed have ended
        assert count(database) == [5]


def test_where_the_worker_cannot_start_it_is_said(source, monkeypatch, tmp_path):
    monkeypatch.setattr("qsql.databases.worker.HERE", str(tmp_path))
    with pytest.raises(CannotOpen, match="broke down"):
        open_database(source)


class Evil:
    def __reduce__(self):
        return os.system, ("touch canary",)


@pytest.mark.parametrize("value", [Evil(), [Evil()], {"a": Evil()}, subprocess.Popen, eval, io.BytesIO()])
def test_nothing_but_records_comes_out_of_a_worker_s_pickle(value):
    with pytest.raises(wire.BadFrame):
        wire.unpack({}, bytearray(pickle.dumps(value)))
    assert not Path("canary").exists()


def test_arrow_that_lies_about_itself_is_refused():
    rows = pyarrow.table({"a": ["x", "yy", "zzz"]})
    stream = io.BytesIO()
    wire.write(stream, *wire.pack(wire.Result(rows, False, 0.1)))
    whole = stream.getvalue()
    assert wire.unpack(*wire.read(io.BytesIO(whole), 10**6)).rows.equals(rows)
    broken = bytearray(whole)
    place = broken.index(bytes(pyarrow.array([0, 1, 3, 6], pyarrow.int32()).buffers()[1])[:16])
    broken[place + 4 : place + 8] = (2**31 - 1).to_bytes(4, "little")
    with pytest.raises(wire.BadFrame):
        wire.unpack(*wire.read(io.BytesIO(broken), 10**6))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_whatever_bytes_come_are_a_frame_or_none(data):
    try:
        wire.unpack(*wire.read(io.BytesIO(data), 10**6))
    except (wire.BadFrame, EOFError):
        pass


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([{}, {"result": {"truncated": 1, "seconds": 2}}, {"result": None}]))
def test_whatever_body_comes_is_a_value_or_none(data, head):
    try:
        wire.unpack(head, bytearray(data))
    except wire.BadFrame:
        pass


def _wait_until(holds, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_there_is_room_for_the_copies_that_files_of_rows_need(tmp_path):
    """The copy stands in a folder of its own, and goes when the database is closed."""
    path = tmp_path / "prices.csv"
    path.write_text("name,price\ntea,1\n")
    before = set(Path(tempfile.gettempdir()).glob("qsql-*"))
    database = open_database(path)
    assert len(set(Path(tempfile.gettempdir()).glob("qsql-*")) - before) == 1
    database.close()
    assert set(Path(tempfile.gettempdir()).glob("qsql-*")) == before
