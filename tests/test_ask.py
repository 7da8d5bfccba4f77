import time
from dataclasses import replace
from threading import Event, Thread

import pytest

import qsql
from qsql.ask import answers
from qsql.errors import BadInput, CannotAnswer, NoSqlFound, NotReadOnly, PromptTooLong, QueryFailed, Stopped
from qsql.models.echo import Echo


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    path.write_text("id,city,amount\n1,Rome,10\n2,Oslo,20\n3,Rome,30\n", encoding="utf-8")
    database = qsql.open_database(str(path))
    yield database
    database.close()


def ask(database, said, question="How much?", **options):
    return qsql.ask(database, question, Echo((said,)), **options)


def test_an_answer_holds_the_question_the_sql_and_the_rows(shop):
    answer = ask(shop, "```sql\nSELECT city, sum(amount) AS total FROM orders GROUP BY city ORDER BY city;\n```")
    assert answer.error is None
    assert answer.question.text == "How much?"
    assert answer.sql == "SELECT city, sum(amount) AS total FROM orders GROUP BY city ORDER BY city"
    assert answer.result.to_pydict() == {"city": ["Oslo", "Rome"], "total": [20, 40]}
    assert answer.seconds > 0 and not answer.truncated
    assert answer.attempts[0].completion.end.reason == "stop"


def test_the_model_sees_the_tables_and_the_question(shop):
    answer = ask(shop, "SELECT 1", question="每个城市多少？")
    (message,) = answer.best.prompt.messages
    assert "CREATE TABLE orders" in message.text and "Rome" in message.text and "每个城市多少？" in message.text


@pytest.mark.parametrize(
    "said, error, sql",
    [
        ("I am sorry, I cannot.", NoSqlFound, None),
        ("SELECT nothing_like_it FROM orders", CannotAnswer, "SELECT nothing_like_it FROM orders"),
        ("SELECT city + city FROM orders", QueryFailed, "SELECT city + city FROM orders"),
        ("```sql\nDROP TABLE orders\n```", NotReadOnly, None),
    ],
)
def test_what_fails_is_in_the_answer_with_a_sentence(shop, said, error, sql):
    answer = ask(shop, said)
    assert isinstance(answer.error, error) and len(str(answer.error)) > 20
    assert answer.result is None and answer.sql == sql
    assert answer.attempts[0].text.startswith(said[:8])
    assert ask(shop, "SELECT count(*) AS n FROM orders").result.to_pydict() == {"n": [3]}


@pytest.mark.parametrize("question", ["", "   "])
def test_refuses_an_empty_question_before_anything_runs(shop, question):
    with pytest.raises(BadInput, match="empty"):
        ask(shop, "SELECT 1", question=question)


def test_refuses_a_database_without_tables(tmp_path):
    path = tmp_path / "empty.sqlite"
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.execute("DROP TABLE t")
    connection.commit()
    connection.close()
    with pytest.raises(BadInput, match="no tables"):
        ask(qsql.open_database(str(path)), "SELECT 1")


def test_refuses_where_the_model_can_read_too_little(shop):
    small = Echo(("SELECT 1",))
    small.context = 600
    with pytest.raises(PromptTooLong):
        qsql.ask(shop, "How much?", small)


def test_says_when_there_were_more_rows(shop):
    answer = ask(shop, "SELECT * FROM orders", limits=qsql.Limits(max_rows=2))
    assert answer.truncated and answer.result.num_rows == 2 and answer.sql == "SELECT * FROM orders"


def test_an_answer_grows_from_prompt_to_rows(shop):
    model = Echo(("SELECT sum(amount) AS total FROM orders",))
    seen = [answer.best for answer in answers(shop, qsql.Question("How much?"), model, plan=qsql.Plan("low"))]
    assert seen[0].text == ""
    assert all(later.text.startswith(earlier.text) for earlier, later in zip(seen, seen[1:]))
    assert [bool(attempt.query) for attempt in seen][-2:] == [True, True]
    assert [bool(attempt.result) for attempt in seen][-2:] == [False, True]


def test_stopping_while_the_model_writes_keeps_what_was_written(shop):
    stop = Event()
    slow = Echo(("SELECT " + "city, " * 200 + "id FROM orders",), delay=0.02)
    Thread(target=lambda: (time.sleep(0.3), stop.set())).start()
    start = time.perf_counter()
    answer = qsql.ask(shop, "How much?", slow, qsql.Options(cancel=stop))
    assert time.perf_counter() - start < 2
    assert isinstance(answer.error, Stopped) and answer.best.text.startswith("SELECT city")


def test_stopping_while_the_query_runs(shop):
    stop = Event()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    Thread(target=lambda: (time.sleep(0.5), stop.set())).start()
    answer = ask(shop, endless, limits=replace(qsql.Limits(), cancel=stop))
    assert isinstance(answer.error, Stopped)
    assert answer.sql == endless
