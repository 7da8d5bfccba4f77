"""What was asked is kept with its answer, found again and deleted, whatever happens to its file or to the process that writes it."""

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest

from qsql import history as limits
from qsql.errors import BadInput, CannotAnswer
from qsql.history import History
from qsql.history.entry import MOST_BYTES, MOST_RAW, pack, unpack
from qsql.history.files import to_json_lines, to_table
from qsql.history.recording import Recording
from qsql.records import Answer, Attempt, Completion, End, Prompt, Query, Question, Result, Turn, Vote
from qsql.userdata import Place, place_of
from tests.test_opening import ordinary_user

SHOP = Place("shop", "shop.duckdb", "/data/shop.duckdb")
CITIES = Place("cities", "城市.csv", "")
ROWS = pyarrow.table({"city": ["北京", None], "people": [21893095, 1]})
RESULT = Result(ROWS, False, 0.25)
SQL = "SELECT city, people FROM city"


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "data" / "history.sqlite")


def asked(history, text, place=SHOP, sql=SQL, result=RESULT, **how):
    number = history.start(place, Question(text))
    history.finish(number, sql, result, **how)
    return number


def texts(entries):
    return [entry.question.text for entry in entries]


def test_an_asking_is_kept_from_its_start_to_its_rows_and_outlives_the_app(history):
    before = datetime.now(UTC).replace(microsecond=0)
    question = Question("And by province?", "a fact", (Turn("How many?", "SELECT 1"),))
    number = history.start(SHOP, question, follows=7)
    running = history.get(number)
    assert (running.state, running.sql, running.result, running.follows) == ("running", "", None, 7)
    history.finish(number, SQL, RESULT, model="a model", seconds=1.5, tokens=42, vote=Vote(3, 5))
    entry = History(history.path).get(number)
    assert before <= entry.asked <= datetime.now(UTC) and entry.asked.tzinfo == UTC
    assert (entry.question, entry.place, entry.state, entry.sql) == (question, SHOP, "done", SQL)
    assert (entry.model, entry.seconds, entry.tokens, entry.vote, entry.rows, entry.cut) == ("a model", 1.5, 42, Vote(3, 5), 2, False)
    assert entry.result == RESULT and history.list()[0].result is None


def test_what_failed_is_kept_with_its_reason(history):
    failed, stopped = asked(history, "a", result=None, error="No such column.", hint="Look."), history.start(SHOP, Question("b"))
    history.fail(stopped, "Stopped.")
    assert [(entry.state, entry.error, entry.hint) for entry in history.list()] == [
        ("failed", "Stopped.", ""),
        ("failed", "No such column.", "Look."),
    ]
    assert history.get(failed).sql == SQL


@pytest.mark.parametrize(
    "search, found",
    [
        ("", ["二月", "每个月有多少航班？", "How many FLIGHTS left?"]),
        ("flights LEFT", ["How many FLIGHTS left?"]),
        ("left flights", ["How many FLIGHTS left?"]),
        ("ligh", ["How many FLIGHTS left?"]),
        ("月", ["二月", "每个月有多少航班？"]),
        ("航班", ["每个月有多少航班？"]),
        ("ＦＬＩＧＨＴＳ", ["How many FLIGHTS left?"]),
        ("strftime", ["每个月有多少航班？"]),
        ("monthly", ["每个月有多少航班？"]),
        ("城市", ["二月"]),
        ("月 城市", ["二月"]),
        ("100%", []),
        ("_", []),
        ("'; DROP TABLE entries --", []),
    ],
)
def test_words_are_found_in_question_sql_name_and_database(history, search, found):
    asked(history, "How many FLIGHTS left?", sql="SELECT 1")
    history.save(asked(history, "每个月有多少航班？", sql="SELECT strftime('%m', day)"), "Monthly")
    asked(history, "二月", CITIES, "SELECT 2")
    assert texts(history.list(search=search)) == found


def test_a_list_is_of_one_database_of_the_saved_of_a_length_and_before_an_entry(history):
    numbers = [asked(history, f"q{n}", CITIES if n % 2 else SHOP) for n in range(6)]
    history.save(numbers[2], "Two")
    assert texts(history.list(SHOP)) == ["q4", "q2", "q0"] and history.count(SHOP) == 3
    assert texts(history.list(saved=True)) == ["q2"] and texts(history.list(SHOP, saved=False)) == ["q4", "q0"]
    assert texts(history.list(limit=2, before=numbers[4])) == ["q3", "q2"] and history.list(limit=-1) == ()


def test_earlier_questions_come_once_each_and_databases_by_when_they_were_asked(history):
    for text, place in [
        ("a", SHOP),
        ("b", SHOP),
        ("a", SHOP),
        ("", SHOP),
        ("c", CITIES),
        ("d", Place("x", "sample", "sample")),
        ("e", SHOP),
    ]:
        asked(history, text, place)
    assert history.questions(SHOP) == ("e", "a", "b") and history.questions(limit=2) == ("e", "d")
    assert history.recent_databases() == ("/data/shop.duckdb", "sample") and history.recent_databases(1) == ("/data/shop.duckdb",)
    assert history.knows(SHOP) and not history.knows(Place("y", "", ""))


def test_an_answer_is_judged_named_and_named_no_longer(history):
    number = asked(history, "a")
    history.judge(number, "right")
    history.save(number, "  The\n answer ")
    assert (history.get(number).verdict, history.get(number).name) == ("right", "The answer")
    history.save(number, "")
    assert history.get(number).name == ""
    for bad in (lambda: history.judge(number, "perhaps"), lambda: history.save(number, "x" * 121), lambda: history.save(99, "x")):
        with pytest.raises(BadInput):
            bad()


def test_what_is_deleted_can_be_put_back_as_it_was(history):
    first, second = asked(history, "a", model="m", vote=Vote(1, 2)), asked(history, "b")
    entry, deleted = history.get(first), history.delete(first)
    assert texts(history.list()) == ["b"]
    with pytest.raises(BadInput, match="no longer"):
        history.get(first)
    history.restore(deleted)
    history.restore(deleted)
    assert history.get(first) == entry and texts(history.list()) == ["b", "a"]
    history.delete(second)
    assert asked(history, "c") > second  # a number is never given again


def test_clearing_keeps_other_databases_and_saved_answers_and_leaves_nothing_in_the_file(history):
    asked(history, "a secret question")
    history.save(asked(history, "a saved one"), "Saved")
    asked(history, "another", CITIES)
    assert history.clear(SHOP) == 1 and texts(history.list()) == ["another", "a saved one"]
    assert b"secret" not in history.path.read_bytes()
    assert history.clear() == 1 and history.clear(saved=True) == 1 and history.list() == ()


def test_the_oldest_that_are_not_saved_make_room(history, monkeypatch):
    monkeypatch.setattr(limits, "MOST_ENTRIES", 4)
    numbers = [asked(history, f"q{n}") for n in range(3)]
    history.save(numbers[0], "First")
    for number in range(3, 8):
        asked(history, f"q{number}")
    assert texts(history.list()) == ["q7", "q6", "q5", "q4", "q0"]
    monkeypatch.setattr(limits, "MOST_FILE", 4000)
    asked(history, "q8", result=Result(pyarrow.table({"a": [os.urandom(3300)]}), False, 0.1))
    asked(history, "q9")
    assert texts(history.list()) == ["q9", "q8", "q0"]
    asked(history, "q10", result=Result(pyarrow.table({"a": [os.urandom(3300)]}), False, 0.1))
    asked(history, "q11")
    assert texts(history.list()) == ["q11", "q10", "q0"]


def test_saved_answers_are_bounded_too(history, monkeypatch):
    monkeypatch.setattr(limits, "MOST_SAVED", 1)
    first, second = asked(history, "a"), asked(history, "b")
    history.save(first, "A")
    history.save(first, "A again")
    with pytest.raises(BadInput, match="no room for more than 1 saved"):
        history.save(second, "B")


ODD = pyarrow.table(
    [
        pyarrow.array([Decimal("1.10"), None]),
        pyarrow.array([date(2024, 2, 29), None]),
        pyarrow.array([[1, 2], []]),
        pyarrow.array([b"\x00\xff", None]),
        pyarrow.array(["a", "b"]).dictionary_encode(),
        pyarrow.array(["long enough for a view", None], pyarrow.string_view()),
        pyarrow.array([{"x": 1}, None]),
    ],
    names=["same", "same", "list", "bytes", "dictionary", "view", "record"],
)


@pytest.mark.parametrize("rows", [ODD, ROWS, ROWS.slice(1, 1), ROWS.slice(0, 0), pyarrow.table({})])
def test_rows_of_every_kind_come_back_as_they_were(rows):
    packed, count = pack(rows)
    assert unpack(packed).equals(rows) and count == rows.num_rows


@pytest.mark.parametrize(
    "rows, least",
    [
        (pyarrow.table({"n": range(5000)}), 1000),
        (pyarrow.table({"random": [os.urandom(5000) for _ in range(400)]}), 100),
        (pyarrow.table({"same": ["x" * 100_000] * 400}), 50),
        (pyarrow.table({"huge": [os.urandom(MOST_BYTES)]}), 0),
    ],
)
def test_too_many_rows_are_cut_and_it_is_said(history, rows, least):
    entry = history.get(asked(history, "a", result=Result(rows, False, 0.1)))
    kept = entry.result.rows
    assert least <= kept.num_rows <= 1000 and kept.nbytes <= MOST_RAW and kept.equals(rows.slice(0, kept.num_rows))
    assert (entry.rows, entry.cut, entry.result.truncated) == (rows.num_rows, True, True)
    assert history.path.stat().st_size < MOST_BYTES + 100_000


def test_rows_that_do_not_fit_at_all_are_left_out_and_the_rest_is_kept(history):
    wide = pyarrow.table({os.urandom(500).hex(): [] for _ in range(2000)})
    entry = history.get(asked(history, "a", result=Result(wide, False, 0.1)))
    assert entry.result is None and entry.state == "done" and unpack(b"broken") is None


CHILD = """
import sys, pyarrow
from pathlib import Path
from qsql.history import History
from qsql.records import Question, Result
from qsql.userdata import Place
history, place = History(Path(sys.argv[1])), Place("shop", "shop", "shop")
result = Result(pyarrow.table({"a": ["x" * 1000] * 50}), False, 0.1)
def ask(text):
    number = history.start(place, Question(text))
    print(number, flush=True)
    history.finish(number, "SELECT 1", result)
"""


def child(history, program, **options):
    return subprocess.Popen([sys.executable, "-c", CHILD + program, str(history.path)], text=True, stdout=subprocess.PIPE, **options)


def test_two_processes_and_eight_threads_write_at_once(history):
    with child(history, "for n in range(25): ask(f'one {n}')") as one, child(history, "for n in range(25): ask(f'two {n}')") as two:
        with ThreadPoolExecutor(8) as pool:
            mine = list(pool.map(lambda n: asked(History(history.path), f"three {n}"), range(25)))
        theirs = [int(line) for process in (one, two) for line in process.stdout]
    assert (one.returncode, two.returncode) == (0, 0) and len({*mine, *theirs}) == 75
    entries = history.list(limit=500)
    assert sorted(texts(entries)) == sorted(f"{who} {n}" for who in ("one", "two", "three") for n in range(25))
    assert {entry.state for entry in entries} == {"done"}


def test_what_a_killed_process_was_asked_is_broken_off_and_the_file_is_whole(history):
    program = "history.start(place, Question('hangs'))\nwhile True: ask('again')"
    with child(history, program) as process:
        for _ in range(5):
            process.stdout.readline()
        assert history.list(limit=500)[-1].state == "running"
        process.send_signal(signal.SIGKILL)
    entries = history.list(limit=500)
    assert entries[-1].question.text == "hangs" and entries[-1].state == "broken off" and len(entries) >= 5
    assert {entry.state for entry in entries[1:-1]} == {"done"} and entries[0].state in ("done", "broken off")
    asked(history, "goes on")
    with closing(sqlite3.connect(history.path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def broken(path):
    path.write_bytes(b"SQLite format 3\0" + b"not a database" * 100)


def another(path):
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE entries (something TEXT)")


@pytest.mark.parametrize("damage", [broken, another])
def test_a_file_that_cannot_be_used_is_a_sentence(history, damage):
    history.path.parent.mkdir()
    damage(history.path)
    uses = (history.list, history.clear, lambda: asked(history, "a"), lambda: history.get(1), lambda: history.delete(1))
    for use in uses:
        with pytest.raises(BadInput, match="QSQL_DATA"):
            use()


def test_in_a_folder_that_may_not_be_written_what_is_there_is_read():
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "history.sqlite")
        asked(history, "a")
        history.path.chmod(0o444)
        os.chmod(folder, 0o555)
        with ordinary_user():
            assert texts(history.list()) == ["a"]
            for write in (lambda: asked(history, "b"), lambda: History(Path(folder) / "new" / "history.sqlite").start(SHOP, Question("b"))):
                with pytest.raises(BadInput, match="could not be kept"):
                    write()
        os.chmod(folder, 0o755)


def test_an_empty_or_missing_file_holds_nothing_and_looking_makes_none(history):
    assert history.list() == () and history.questions() == () and history.recent_databases() == () and history.clear() == 0
    assert not history.path.parent.exists()
    history.path.parent.mkdir()
    history.path.touch()
    assert history.list() == () and list(history.each()) == []
    assert texts([history.get(asked(history, "a"))]) == ["a"]


def test_half_a_character_is_a_sentence_and_breaks_nothing(history):
    with pytest.raises(BadInput):
        history.start(SHOP, Question("\ud800"))
    asked(history, "a")
    with pytest.raises(BadInput):
        history.list(search="\ud800")
    assert texts(history.list()) == ["a"]


def test_all_is_taken_away_as_json_lines_and_as_csv_without_live_formulas(history, tmp_path):
    history.save(asked(history, "=HYPERLINK(1)", vote=Vote(2, 3), seconds=1.23456), "@name")
    asked(history, "城市", CITIES, result=None, error="Wrong.", hint="Look.")
    to_json_lines(history.each(), tmp_path / "all.jsonl")
    first, second = map(json.loads, (tmp_path / "all.jsonl").read_text("utf-8").splitlines())
    assert (first["question"], first["columns"], first["rows"]) == ("=HYPERLINK(1)", ["city", "people"], [["北京", 21893095], [None, 1]])
    assert (first["agreed"], first["seconds"], second["error"], second["rows"]) == (2, 1.235, "Wrong. Look.", [])
    to_table(history.each(), tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["question"], line["name"]) for line in lines] == [("'=HYPERLINK(1)", "'@name"), ("城市", "")]
    to_table(history.each(CITIES), tmp_path / "one.csv")
    assert (tmp_path / "one.csv").read_text("utf-8-sig").count("\n") == 2


def nothing(source):
    raise AssertionError(f"{source} was opened")


def test_no_password_comes_into_the_file(history):
    place = place_of("postgresql://me:hunter2@localhost/shop?sslpassword=hunter2", nothing)
    asked(history, "a", place)
    assert history.recent_databases() == ("postgresql://me@localhost/shop",) and b"hunter2" not in history.path.read_bytes()


def test_a_database_is_the_same_wherever_the_app_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (place,) = {place_of(source, nothing) for source in ("shop.db", "./shop.db ", "~/shop.db", str(tmp_path / "shop.db"))}
    assert (place.name, place.source) == ("shop.db", str(tmp_path / "shop.db"))
    assert place_of("sample", nothing).source == "sample" and place_of("sample", nothing).key != place_of("simple", nothing).key


def answer(error=None):
    prompt, end = Prompt(()), End("stop", completion_tokens=21)
    tried = Attempt(prompt, text="SELECT", completion=Completion("SELECT", end, 0.1))
    best = Attempt(
        prompt, completion=Completion(SQL, end, 0.1), query=Query(SQL, "duckdb", ()), result=None if error else RESULT, error=error
    )
    return Answer(Question("a"), "shop", "a model", (tried, best), seconds=2.0, vote=None if error else Vote(1, 1))


def test_a_recording_keeps_the_last_answer(history):
    recording = Recording(history, SHOP, Question("a"))
    steps = [answer(CannotAnswer("Not yet.")), answer()]
    assert list(recording.of(iter(steps))) == steps
    entry = history.get(recording.entry)
    assert (entry.state, entry.sql, entry.model, entry.tokens, entry.vote, entry.result) == ("done", SQL, "a model", 42, Vote(1, 1), RESULT)


def test_a_recording_keeps_why_there_is_no_answer(history):
    def breaks(error):
        yield answer()
        raise error

    list(Recording(history, SHOP, Question("a")).of(iter([answer(CannotAnswer("The tables do not hold it.", "Ask otherwise."))])))
    for error in (BadInput("Empty.", "Write."), ZeroDivisionError("of the app")):
        with pytest.raises(type(error)):
            list(Recording(history, SHOP, Question("b")).of(breaks(error)))
    left = Recording(history, SHOP, Question("c")).of(breaks(BadInput("x")))
    next(left)
    left.close()
    assert [(entry.error, entry.hint, entry.state) for entry in history.list()] == [
        ("Stopped.", "Ask again when you like.", "failed"),
        ("The app made a mistake (ZeroDivisionError).", "Try again.", "failed"),
        ("Empty.", "Write.", "failed"),
        ("The tables do not hold it.", "Ask otherwise.", "failed"),
    ]
    Recording(history, SHOP, Question("")).ran(SQL, RESULT)
    assert history.list()[0].state == "done" and history.list()[0].sql == SQL


def test_without_a_history_answers_come_all_the_same(history, tmp_path):
    assert len(list(Recording(None, SHOP, Question("a")).of(iter([answer()])))) == 1
    (tmp_path / "data").write_text("a file, no folder")
    recording = Recording(history, SHOP, Question("a"))
    assert len(list(recording.of(iter([answer()])))) == 1 and recording.entry is None
    assert "could not be kept" in history.trouble
    (tmp_path / "data").unlink()
    Recording(history, SHOP, Question("a"))
    assert history.trouble == "" and Path(history.path).exists()
