"""What the comparison with others counts, without the others: which questions, which failures, over which lines."""

import argparse
import io
import json
import sqlite3
import sys
from contextlib import closing

import pytest

from benchmarks import peers, peers_others
from qsql.databases import open_database
from qsql.evaluate.cases import read_suite
from qsql.evaluate.run import Opened
from qsql.evaluate.score import Side
from tests import shop

GOLD = "SELECT count(*) FROM orders"


@pytest.fixture
def suite(tmp_path):
    questions = [{"db_id": name, "question": f"How many? ({number})", "query": GOLD} for number in range(6) for name in ("a", "b")]
    tmp_path.joinpath("dev.json").write_text(json.dumps(questions), "utf-8")
    for name in ("a", "b"):
        tmp_path.joinpath("database", name).mkdir(parents=True)
        shop.make_sqlite(tmp_path / f"database/{name}/{name}.sqlite")
    return read_suite(str(tmp_path))


def ids(suite):
    return [case.id for case in suite.cases]


def test_a_seed_draws_the_same_questions_and_more_of_them_hold_the_fewer(suite):
    four, seven = peers.chosen(suite, 4, seed=1), peers.chosen(suite, 7, seed=1)
    assert ids(four) == ids(peers.chosen(suite, 4, seed=1)) and set(ids(four)) < set(ids(seven)) and len(seven.cases) == 7
    assert set(ids(four)) != set(ids(peers.chosen(suite, 4, seed=3)))
    assert [case.database for case in seven.cases] == sorted(case.database for case in seven.cases)


@pytest.mark.parametrize(
    ("text", "error", "sql", "kind", "right"),
    [
        (f"SQLQuery: {GOLD}", None, GOLD, None, True),
        (f"```sql\n{GOLD} -- all\n```", None, f"{GOLD} -- all", None, True),
        ("SELECT 1", None, "SELECT 1", None, False),
        ("SELECT nothing FROM orders", None, "SELECT nothing FROM orders", "QueryFailed", False),
        ("It cannot be told.", None, None, "NoSqlFound", False),
        ("DELETE FROM orders", None, None, "NoSqlFound", False),
        ("", "APIConnectionError: gone", None, "PeerFailed", False),
    ],
)
def test_a_peers_answer_is_read_run_and_scored_as_any(suite, text, error, sql, kind, right):
    class Told:
        def ask(self, system, path, question):
            return {"text": text, "error": error, "seconds": 2.0, "tokens": {"prompt": 9, "cached": 0, "completion": 3}}

    path = suite.files["a"]
    with closing(open_database(path)) as database:
        side = Side(database)
        line = peers.Peer("vanna", Told())(suite.cases[0], Opened(database, side, side), path)
    assert (line["sql"], (line["error"] or "").partition(":")[0] or None, line["scores"]["spider"]) == (sql, kind, right)
    assert line["seconds"] >= 2 and line["tokens"]["completion"] == 3


def line(system, name, right, error=None):
    scores = {"spider": right, "qwen": right, "bird": right}
    said = {
        "id": name,
        "database": "a",
        "question": "?",
        "gold": GOLD,
        "gold_error": None,
        "error": error,
        "seconds": 1.0 if right else 3.0,
    }
    return said | {"system": system, "group": system, "scores": scores, "tokens": {"prompt": 100, "cached": 60, "completion": 20}}


def test_the_table_is_over_the_questions_of_all_and_tells_failures_apart():
    lines = [line("qsql", "1", True), line("qsql", "2", True), line("qsql", "3", False)]
    lines += [line("vanna", "1", False, "NoSqlFound: none"), line("vanna", "2", False, "QueryFailed: no such column")]
    head, _, heads, _, qsql, vanna = peers.table(lines, ["qsql", "vanna"]).splitlines()
    assert head == "2 questions" and qsql.startswith("| qsql | 100.0 (100 to 100) |") and qsql.endswith("| 100 | 40 | 20 | 0 | 0 |")
    assert vanna.startswith("| vanna | 0.0 (0 to 0) | 0.0 (0 to 0) | -100.0 (-100 to -100) |") and vanna.endswith(
        "| 3.0 | 3.0 | 100 | 40 | 20 | 1 | 1 |"
    )
    assert peers.table(lines, ["qsql", "langchain"]) == "No question was put to all of them yet."


def test_the_others_side_answers_line_by_line_and_says_what_a_library_raised(monkeypatch, capsys):
    def opened(path, others):
        print("a library that talks")
        return lambda question: question.upper() if question != "fail" else 1 / 0

    monkeypatch.setitem(peers_others.SYSTEMS, "loud", opened)
    monkeypatch.setattr(sys, "argv", ["peers_others.py", "http://127.0.0.1:9/v1", "key", "model", "30"])
    asked = [{"system": "loud", "path": "x", "question": question} for question in (None, "select", "fail")]
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(each) + "\n" for each in asked)))
    peers_others.main()
    ready, said, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert (ready["text"], said["text"], said["error"]) == ("", "SELECT", None)
    assert failed["error"].startswith("ZeroDivisionError") and failed["tokens"] == {"prompt": 0, "cached": 0, "completion": 0}


def test_what_the_others_read_from_cannot_be_written_and_ends_in_time(suite):
    connection = peers_others.read_only(suite.files["a"], 0.2)
    assert connection.execute(GOLD).fetchone()[0] > 0
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM orders")
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n").fetchone()
    connection.close()


def test_tokens_are_counted_from_what_the_server_says():
    others = peers_others.Others(argparse.Namespace(url="", key="", model="", seconds=1))
    usage = {"prompt_tokens": 50, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 40}}
    for body in ({"usage": usage}, {"usage": usage}, {}):
        others._count(peers_others.httpx.Response(200, json=body))
    assert others.used == {"prompt": 100, "cached": 80, "completion": 14}
