"""Every question asked once, a line for each at once, and going on where it ended."""

import json
from dataclasses import replace

import pytest

from qsql.errors import BadInput, ModelUnreachable
from qsql.evaluate.cases import read_suite
from qsql.evaluate.command import plan_from
from qsql.evaluate.run import Run, evaluate
from qsql.models.echo import Echo
from qsql.models.recorded import Recorded
from tests import shop

PLAIN = plan_from({"plain": True})
GOLD = "SELECT count(*) FROM orders"
HEADER = {"model": "echo", "folder": "shop"}


@pytest.fixture
def suite(tmp_path):
    questions = [{"db_id": "shop", "question": f"How many orders? ({number})", "query": GOLD} for number in range(4)]
    tmp_path.joinpath("dev.json").write_text(json.dumps(questions), "utf-8")
    tmp_path.joinpath("database/shop").mkdir(parents=True)
    shop.make_sqlite(tmp_path / "database/shop/shop.sqlite")
    return read_suite(str(tmp_path))


def run(suite, output, *said, told=lambda done, total: None, header=HEADER, model=None, **options):
    return evaluate(Run(suite, PLAIN, **options), model or Echo(said), output, header, told)


def written(output):
    return [json.loads(line) for line in output.read_text("utf-8").splitlines()]


def test_a_line_says_all_about_a_question(suite, tmp_path):
    output = tmp_path / "out.jsonl"
    lines = run(suite, output, f"```sql\n{GOLD};\n```", "SELECT 1", "SELECT nothing_like_it FROM orders", "I cannot say.")
    assert written(output) == [HEADER, *lines]
    right, wrong, failing, silent = lines
    assert (right["id"], right["database"], right["gold"], right["sql"], right["error"]) == ("0", "shop", GOLD, GOLD, None)
    assert right["scores"] == {"spider": True, "qwen": True, "bird": True} and not any(wrong["scores"].values())
    assert right["attempts"][0] | {"rows": 1, "step": "draft"} == right["attempts"][0]
    assert right["tokens"]["prompt"] > 10 and right["tokens"]["completion"] > 3 and right["seconds"] >= 0
    assert "nothing_like_it" in failing["error"] and failing["attempts"][0]["error"] == failing["error"]
    assert not any(failing["scores"].values())
    assert silent["sql"] is None and silent["error"].startswith("NoSqlFound")


def test_what_is_there_is_not_asked_again(suite, tmp_path):
    output, told = tmp_path / "out.jsonl", []
    first = run(replace(suite, cases=suite.cases[:2]), output, GOLD)
    again = run(suite, output, "SELECT 1", told=lambda done, total: told.append((done, total)))
    assert again[:2] == first and told == [(2, 4), (3, 4), (4, 4)]
    assert [line["scores"]["bird"] for line in again] == [True, True, False, False]
    assert run(suite, output, "never asked") == again


def test_half_a_line_of_a_run_that_was_killed_is_asked_again(suite, tmp_path):
    output = tmp_path / "out.jsonl"
    whole = run(suite, output, GOLD)
    output.write_bytes(output.read_bytes()[:-20])
    assert [line["id"] for line in run(suite, output, GOLD)] == [line["id"] for line in whole]
    assert len(written(output)) == 5


@pytest.mark.parametrize("there", ["my notes, without an end", "[1]\n", '{"model": "other", "folder": "shop"}\n'])
def test_a_file_of_something_else_is_refused_and_stays(suite, tmp_path, there):
    output = tmp_path / "out.jsonl"
    output.write_text(there, "utf-8")
    with pytest.raises(BadInput, match="another file"):
        run(suite, output, GOLD)
    assert output.read_text("utf-8") == there


@pytest.mark.parametrize("place", ["no/such/folder.jsonl", "."])
def test_a_file_that_cannot_be_written_is_a_sentence(suite, tmp_path, place):
    with pytest.raises(BadInput, match="cannot be written"):
        run(suite, tmp_path / place, GOLD)


def test_stopping_keeps_what_is_done(suite, tmp_path):
    output = tmp_path / "out.jsonl"

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(suite, output, GOLD, told=stop)
    assert len(written(output)) == 3


def test_a_model_that_is_gone_ends_the_run_and_counts_nowhere(suite, tmp_path):
    class Gone(Echo):
        def stream(self, prompt, options):
            raise ModelUnreachable("The server does not answer.")
            yield

    output = tmp_path / "out.jsonl"
    with pytest.raises(ModelUnreachable):
        run(suite, output, model=Gone())
    assert written(output) == [HEADER]


def test_a_gold_that_fails_is_told(suite, tmp_path):
    broken = replace(suite, cases=(replace(suite.cases[0], gold="SELECT gone FROM orders"),))
    (line,) = run(broken, tmp_path / "out.jsonl", "SELECT 1")
    assert "gone" in line["gold_error"] and line["error"] is None and not any(line["scores"].values())


def test_what_was_recorded_counts_the_seconds_that_it_took(suite, tmp_path):
    def asked(name, delay):
        model = Recorded(Echo((GOLD,), delay), tmp_path / "kept")
        return run(replace(suite, cases=suite.cases[:1]), tmp_path / name, model=model)[0]["seconds"]

    first = asked("first.jsonl", 0.1)
    assert asked("second.jsonl", 0.1) >= first * 0.8 >= 0.3


def test_the_gold_runs_on_sqlite_and_the_answer_on_duckdb(suite, tmp_path):
    gold = 'SELECT name, "order day" FROM customers JOIN orders o ON customer_id = customers.id GROUP BY o.id'
    loose = replace(suite, cases=(replace(suite.cases[0], gold=gold),))
    said = 'SELECT o."order day", c.name FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.id::INT > 0'
    (line,) = run(loose, tmp_path / "out.jsonl", said, engine="duckdb")
    assert line["error"] is None and line["scores"] == {"spider": True, "qwen": True, "bird": False}


def test_declining_is_right_only_where_nothing_can_be_answered(tmp_path):
    suite = read_suite("unanswerable")
    pair = tuple(next(case for case in suite.cases if case.answerable is can) for can in (True, False))
    answered = run(replace(suite, cases=pair), tmp_path / "out.jsonl", "SELECT 1")
    assert [line["scores"] for line in answered] == [{"right": True}, {"right": False}]
