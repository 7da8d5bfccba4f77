"""The steps of an answer, on a real database and a scripted model."""

import sqlite3
from contextlib import closing
from threading import Event, Timer

import pyarrow
import pytest

import qsql
from qsql.accepted import Accepted, database_key
from qsql.ask import STEPS
from qsql.errors import CannotAnswer, QueryFailed, Stopped
from qsql.models.echo import Echo
from qsql.records import Vote
from qsql.steps.recall import NOTICE
from qsql.steps.vote import signature

SCRIPT = """
CREATE TABLE country (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, country INTEGER REFERENCES country (id), people INTEGER);
INSERT INTO country VALUES (1, 'Italy'), (2, 'Norway'), (3, '中国');
INSERT INTO city VALUES (1, 'Rome', 1, 28), (2, 'Oslo', 2, 7), (3, 'Milan', 1, 14), (4, '北京', 3, 210);
"""


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    path = tmp_path_factory.mktemp("cities") / "cities.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    return qsql.open_database(str(path))


def test_what_the_database_has_no_name_for_is_declined_with_that_name(cities):
    answer = ask(cities, "SELECT mayor FROM city", effort="low")
    assert isinstance(answer.error, CannotAnswer) and "no mayor" in str(answer.error)
    assert answer.result is None and answer.sql == "SELECT mayor FROM city"


def test_a_text_without_any_table_is_no_answer(cities):
    answer = ask(cities, "SELECT 'Hello to you too'", question="Hello!", effort="low")
    assert isinstance(answer.error, CannotAnswer) and answer.result is None


def test_where_candidates_differ_and_the_model_itself_says_no_its_guess_is_not_shown(cities):
    guess, others = "SELECT name FROM city ORDER BY people LIMIT 1", [f"SELECT people FROM city WHERE people > {n}" for n in (1, 2, 30, 40)]
    answer = ask(cities, guess, *others, *others, "No.")
    assert isinstance(answer.error, CannotAnswer) and answer.sql.startswith("SELECT ")


def test_what_the_candidates_agree_on_is_shown_without_asking_whether_it_can_be(cities):
    answer = ask(cities, *["SELECT name FROM city ORDER BY people LIMIT 1"] * 5, "No.")
    assert answer.error is None and answer.vote == Vote(4, 4)


def ask(database, *script, question="What?", **plan):
    return qsql.ask(database, question, Echo(script), plan=qsql.Plan(**plan))


def test_a_failed_query_is_mended_by_rule_and_says_so(cities):
    answer = ask(cities, "SELECT country.name FROM country WHERE people > 20 ORDER BY 1", effort="low")
    assert answer.result.column(0).to_pylist() == ["Italy", "中国"]
    assert "people does not exist; city.people was taken, and city joined." in answer.best.changes
    assert answer.best.text.startswith("SELECT country.name FROM country WHERE people")


def test_a_list_that_is_true_of_every_row_is_mended_though_it_runs(cities):
    sql = "SELECT name FROM city WHERE people IN (SELECT people FROM country WHERE name = 'Italy')"
    plain, mended = (ask(cities, sql, effort="low", without=without) for without in ({"mend"}, ()))
    assert plain.result.num_rows == 4 and not plain.best.changes
    assert mended.result.column(0).to_pylist() == ["Rome", "Milan"]
    assert mended.best.changes == ("city and country were compared by their keys, country and id.",)


@pytest.mark.parametrize("given, found", [("name", ["Norway"]), ("count(*)", [1])])
def test_not_in_a_list_with_an_empty_cell_finds_what_is_meant_by_it(tmp_path, given, found):
    with closing(sqlite3.connect(tmp_path / "cities.sqlite")) as connection, connection:
        connection.executescript(SCRIPT + "UPDATE city SET country = NULL WHERE name = 'Oslo';")
    sql = f"SELECT {given} FROM country WHERE id NOT IN (SELECT country FROM city)"
    with closing(qsql.open_database(str(tmp_path / "cities.sqlite"))) as database:
        mended, plain = (ask(database, sql, effort="low", without=without) for without in ((), {"mend"}))
    assert mended.result.column(0).to_pylist() == found and "city.country has empty cells" in mended.best.changes[0]
    assert plain.result.column(0).to_pylist() != found


def test_where_a_list_leaves_nothing_out_it_stays(cities):
    answer = ask(cities, "SELECT name FROM country WHERE id NOT IN (SELECT country FROM city)", effort="low")
    assert answer.result.num_rows == 0 and not answer.best.changes


@pytest.mark.parametrize(("engine", "share"), [("duckdb", 1 / 3), ("sqlite", 1 / 3)])
def test_a_fraction_keeps_all_its_digits_on_every_engine(tmp_path, engine, share):
    import duckdb

    path = tmp_path / "thirds"
    connect = duckdb.connect if engine == "duckdb" else sqlite3.connect
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
        connection.execute("INSERT INTO t VALUES (1), (2), (3)")
        connection.commit()
    with closing(qsql.open_database(str(path))) as database:
        answer = ask(database, "SELECT CAST(count(*) FILTER (WHERE a = 1) AS REAL) / count(*) FROM t", effort="low")
    assert answer.result.column(0).to_pylist() == [share]
    assert bool(answer.best.changes) == (engine == "duckdb")
    assert "CAST(" in answer.best.text


def test_without_a_step_it_is_not_done(cities):
    answer = ask(cities, "SELECT country.name FROM country WHERE people > 20", effort="low", without=frozenset({"mend", "again"}))
    assert isinstance(answer.error, QueryFailed) and not answer.best.changes


def test_every_step_has_a_name_of_its_own():
    assert [step.__name__ for step in dict.fromkeys(STEPS)] == [
        "recall",
        "translate",
        "values",
        "draft",
        "mend",
        "precision",
        "literals",
        "sample",
        "vote",
        "again",
        "decline",
    ]


def test_most_candidates_decide_and_it_is_said_how_many(cities):
    one, two = "SELECT count(*) FROM city", "SELECT count(*) FROM country"
    answer = ask(cities, one, two, two, two, two)
    assert answer.sql == two and answer.vote == Vote(4, 5)
    assert [attempt.step for attempt in answer.attempts] == ["draft", "sample", "sample", "sample", "sample"]


def test_where_candidates_do_not_agree_more_are_asked_for(cities):
    different = [f"SELECT {number}" for number in range(8)]
    answer = ask(cities, "SELECT 0", *different)
    assert len(answer.attempts) == 9 and answer.sql == "SELECT 0" and answer.vote == Vote(2, 9)


def test_what_cannot_change_the_answer_is_not_waited_for(cities):
    one, two = "SELECT count(*) FROM city", "SELECT count(*) FROM country"

    class Slow(Echo):
        written = 0

        def stream(self, prompt, options=qsql.Options()):
            for piece in super().stream(prompt, options):
                self.written += piece.end is not None
                yield piece

    for script, written, vote in (
        ([one] * 5, 4, Vote(4, 4)),
        ([one, one, two, one, one], 5, Vote(4, 5)),
        ([one, two, one, one, one], 5, Vote(4, 5)),
    ):
        model = Slow(script)
        answer = qsql.ask(cities, "What?", model)
        assert (model.written, answer.vote, answer.sql) == (written, vote, one)


def test_low_effort_writes_one_candidate_and_high_effort_nine(cities):
    assert len(ask(cities, "SELECT 1", effort="low").attempts) == 1
    assert len(ask(cities, "SELECT 1", effort="high").attempts) == 9


def test_candidates_that_fail_have_no_vote_but_are_mended_first(cities):
    answer = ask(cities, "SELECT nix", "SELECT nix", "SELECT max(poeple) FROM city", "SELECT nix", "SELECT nix")
    assert answer.result.column(0).to_pylist() == [210] and answer.best.changes


def test_a_query_that_no_rule_helps_is_asked_for_again_with_its_error(cities):
    bad = "SELECT nix FROM city"
    answer = ask(cities, bad, "SELECT people FROM city WHERE id = 1", effort="low")
    assert [attempt.step for attempt in answer.attempts] == ["draft", "again"] and answer.result.num_rows == 1
    assert bad in answer.best.prompt.messages[0].text and "no such column: nix" in answer.best.prompt.messages[0].text


def test_asking_again_in_vain_keeps_the_first_error(cities):
    answer = ask(cities, "SELECT nix FROM city", "SELECT nobody FROM city", effort="low")
    assert "nix" in str(answer.error) and "nix" in answer.sql


@pytest.mark.parametrize(
    "question, hint",
    [
        ("How many people live in rome?", "city.name = 'Rome'"),
        ("How large is Norwey?", "country.name = 'Norway'"),
        ("北京有多少人？", "city.name = '北京'"),
    ],
)
def test_words_that_stand_in_the_database_are_shown_to_the_model(cities, question, hint):
    answer = ask(cities, "SELECT 1", question=question, effort="low")
    assert answer.hints == (hint,)
    text = answer.best.prompt.messages[0].text
    assert text.index("answer the following questions") < text.index(f"-- {hint}") < text.index(question)


def test_a_word_that_stands_in_several_columns_is_shown_as_a_choice(tmp_path):
    path = tmp_path / "two.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE trip (start TEXT, goal TEXT); INSERT INTO trip VALUES ('Rome', 'Oslo'), ('Oslo', 'Rome')")
    with closing(qsql.open_database(str(path))) as database:
        assert ask(database, "SELECT goal FROM trip", question="Trips from Rome?", effort="low").hints == (
            "'Rome' may be trip.start or trip.goal",
        )


@pytest.mark.parametrize(
    "sql, rows",
    [
        ("SELECT people FROM city WHERE name = 'rome'", [28]),
        ("SELECT people FROM city WHERE name = 'Milano'", [14]),
        ("SELECT name FROM city WHERE country = 'Norway'", ["Oslo"]),
        ("SELECT city.name FROM city WHERE city.name = 'Italy' ORDER BY 1", ["Milan", "Rome"]),
        ("SELECT T1.people FROM city AS T1 JOIN country AS T2 ON T1.country = T2.id WHERE T2.name = 'Oslo'", [7]),
    ],
)
def test_a_text_that_no_row_has_becomes_the_one_that_was_meant(cities, sql, rows):
    answer = ask(cities, sql, effort="low")
    assert answer.result.column(0).to_pylist() == rows and answer.best.changes


def test_a_code_that_was_guessed_for_a_name_in_the_question_is_looked_up(cities):
    answer = ask(cities, "SELECT name FROM city WHERE country = 'NO'", question="Which cities of Norway are there?", effort="low")
    assert answer.result.column(0).to_pylist() == ["Oslo"]


@pytest.mark.parametrize("sql", ["SELECT people FROM city WHERE name = 'Paris'", "SELECT people FROM city WHERE name <> 'x'"])
def test_a_text_that_is_like_none_stays(cities, sql):
    answer = ask(cities, sql, effort="low")
    assert answer.sql == sql and not answer.best.changes


def test_rows_are_the_same_in_any_order_and_under_any_name():
    one = pyarrow.table({"a": [1, 2], "b": ["x", None]})
    assert signature(one) == signature(pyarrow.table({"n": [None, "x"], "m": [2.0, 1.0]}))
    assert signature(one) != signature(pyarrow.table({"a": [1, 2], "b": [None, "x"]}))
    assert signature(pyarrow.table({"a": [0.1 + 0.2]})) == signature(pyarrow.table({"a": [0.3]}))
    assert signature(one) != signature(one.slice(0, 1))


@pytest.fixture
def accepted(tmp_path):
    return Accepted(tmp_path / "accepted.sqlite")


def ask_again(database, accepted, question="How many cities?", **options):
    question = qsql.Question(question) if isinstance(question, str) else question
    return qsql.ask(database, question, Echo(("SELECT 'asked' FROM country LIMIT 1",)), accepted=accepted, **options)


def test_an_accepted_question_gets_its_sql_at_once_and_fresh_rows(tmp_path, accepted):
    path = tmp_path / "shelf.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as shelf:
        shelf.execute("CREATE TABLE book (title TEXT)")
        with closing(qsql.open_database(str(path))) as database:
            accepted.keep(database_key(database), "How many books?", "", "SELECT count(*) FROM book")
            shelf.execute("INSERT INTO book VALUES ('Emma')")
            answer = ask_again(database, accepted, "how many books", plan=qsql.Plan("high"))
    assert answer.result.column(0).to_pylist() == [1] and answer.notices == (NOTICE,) and answer.vote is None
    assert [attempt.step for attempt in answer.attempts] == ["recall"] and not answer.best.prompt.messages


@pytest.mark.parametrize("sql", ["VALUES (4)", "-- all of them\nSELECT 4", "WITH n AS (SELECT 4) SELECT * FROM n"])
def test_what_was_accepted_is_run_as_it_stands(cities, accepted, sql):
    accepted.keep(database_key(cities), "How many cities?", "", sql)
    answer = ask_again(cities, accepted)
    assert answer.sql == sql and answer.result.column(0).to_pylist() == [4]


@pytest.mark.parametrize("sql", ["SELECT nix FROM city", "SELECT * FROM gone", "DROP TABLE city", "no SQL", ""])
def test_accepted_sql_that_does_not_run_any_more_is_not_recalled(cities, accepted, sql):
    accepted.keep(database_key(cities), "How many cities?", "", sql)
    answer = ask_again(cities, accepted, plan=qsql.Plan("low"))
    assert answer.result.column(0).to_pylist() == ["asked"] and answer.notices == ()
    assert [attempt.step for attempt in answer.attempts] == ["draft"]


@pytest.mark.parametrize("question", ["How many countries?", qsql.Question("How many cities?", "a city has people")])
def test_another_question_or_other_knowledge_is_asked(cities, accepted, question):
    accepted.keep(database_key(cities), "How many cities?", "", "SELECT 4")
    assert ask_again(cities, accepted, question).result.column(0).to_pylist() == ["asked"]


def test_nothing_is_recalled_where_it_is_not_wanted(cities, accepted):
    accepted.keep(database_key(cities), "How many cities?", "", "SELECT 4")
    assert ask_again(cities, None).result.column(0).to_pylist() == ["asked"]
    assert ask_again(cities, accepted, plan=qsql.Plan(without=frozenset({"recall"}))).result.column(0).to_pylist() == ["asked"]


def test_recalled_sql_can_be_stopped(cities, accepted):
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    accepted.keep(database_key(cities), "How many cities?", "", endless)
    stop = Event()
    Timer(0.2, stop.set).start()
    answer = ask_again(cities, accepted, limits=qsql.Limits(cancel=stop))
    assert isinstance(answer.error, Stopped) and [attempt.step for attempt in answer.attempts] == ["recall"]
