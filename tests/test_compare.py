"""Two models asked the same: who is loaded when, what is given back, what counts as the same rows, and what does not fit."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from threading import Event

import pyarrow
import pytest

from qsql.ask import answers
from qsql.compare import Contestant, Tokens, compare, load_beside, same_rows, tokens
from qsql.databases import open_database
from qsql.errors import BadInput, ModelTooLarge, Stopped, UnknownModel
from qsql.models import choose
from qsql.models.base import Options
from qsql.models.echo import Echo
from qsql.plan import Plan
from qsql.records import Answer, Attempt, Completion, End, Message, Prompt, Question, Result
from qsql.settings import Settings
from qsql.texts import Words
from qsql.ui.compare_names import Names
from tests.model_files import small_gguf  # noqa: F401

GIGABYTE = 10**9
CITIES = "SELECT name FROM cities ORDER BY name"
TURNED = "SELECT name FROM cities ORDER BY name DESC"
COUNTED = "SELECT count(*) FROM cities"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE cities (name TEXT)")
        made.executemany("INSERT INTO cities VALUES (?)", [("Bern",), ("Rome",)])
    opened = open_database(str(path))
    yield opened
    opened.close()


class Kept(Echo):
    """Notes whether it was given back."""

    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def asks(database):
    question = Question("Which cities are there?")
    return lambda model: answers(database, question, model, Options(), plan=Plan("low"))


def answer(table: pyarrow.Table | None) -> Answer:
    result = None if table is None else Result(table, False, 0.1)
    return Answer(Question("q"), "d", "m", (Attempt(Prompt(()), result=result),))


def test_each_model_is_asked_in_its_turn_and_only_what_was_loaded_for_it_is_given_back(asks):
    kept, other = Kept((CITIES,)), Kept((TURNED,))
    steps = list(compare(asks, (Contestant("kept", lambda: kept, kept=True), Contestant("other", lambda: other)), Event()))
    stages = [tuple(side.stage for side in sides) for sides in steps]
    assert stages[0] == ("loading", "waiting") and ("done", "waiting") in stages and stages[-1] == ("done", "done")
    assert not any(two == "asking" for one, two in stages if one != "done")
    assert [side.answer.sql for side in steps[-1]] == [CITIES, TURNED]
    assert same_rows(steps[-1][0].answer, steps[-1][1].answer)
    assert (kept.closed, other.closed) == (False, True)


@pytest.mark.parametrize("error", [UnknownModel("There is no model 'x'."), RuntimeError("out of memory")])
@pytest.mark.parametrize("place", [0, 1])
def test_a_model_that_cannot_be_loaded_leaves_the_other_its_turn(asks, place, error):
    def fail():
        raise error

    contestants = [Contestant("good", lambda: Echo((COUNTED,)))]
    contestants.insert(place, Contestant("bad", fail))
    *_, last = compare(asks, tuple(contestants), Event())
    assert last[place].error is error and last[place].stage == "done"
    assert last[1 - place].answer.result.to_pylist() == [{"count(*)": 2}]


def test_a_stop_leaves_the_second_unloaded_and_gives_the_first_back(database):
    stop, loaded, model = Event(), [], Kept((CITIES,), delay=0.01)
    options = Options(cancel=stop)

    def asks(model):
        for step in answers(database, Question("Which cities?"), model, options):
            stop.set()
            yield step

    *_, last = compare(asks, (Contestant("one", lambda: model), Contestant("two", lambda: loaded.append(1))), stop)
    assert all(isinstance(side.error, Stopped) for side in last)
    assert model.closed and loaded == []


@pytest.mark.parametrize(
    "one, other, same",
    [
        ({"n": [1, 2, 2]}, {"m": [2, 1, 2]}, True),
        ({"n": [1, 2, 2]}, {"m": [2, 1, 1]}, False),
        ({"a": [1, 2], "b": ["x", "y"]}, {"b": ["y", "x"], "a": [2, 1]}, True),
        ({"a": [1, 2], "b": ["x", "y"]}, {"b": ["x", "y"], "a": [2, 1]}, False),
        ({"n": [8]}, {"n": [Decimal("8.00")]}, True),
        ({"n": [0.1 + 0.2]}, {"n": [0.3]}, True),
        ({"n": [[1, 2], []]}, {"n": [[], [1, 2]]}, True),
        ({"n": [{"a": 2}]}, {"n": [{"a": 3}]}, False),
        ({"n": []}, {"a": [], "b": []}, True),
        ({"n": [None]}, {"n": [0]}, False),
    ],
)
def test_rows_are_the_same_by_what_they_say(one, other, same):
    assert same_rows(answer(pyarrow.table(one)), answer(pyarrow.table(other))) is same


def test_where_there_are_no_rows_nothing_is_the_same():
    assert same_rows(answer(pyarrow.table({"n": [1]})), answer(None)) is None


def test_a_prompt_is_counted_once_however_many_candidates_it_gave():
    def written(prompt, read, count):
        return Attempt(Prompt((Message("user", prompt),)), completion=Completion("", End("stop", read, 0, count), 1.0))

    attempts = (written("a", 100, 5), written("a", 100, 7), written("b", 150, 9), Attempt(Prompt(())))
    assert tokens(Answer(Question("q"), "d", "m", attempts)) == Tokens(read=250, written=21)


def machine(monkeypatch, memory: float, free: float) -> None:
    found = choose.Machine("Linux", "x86_64", int(memory * GIGABYTE), int(free * GIGABYTE))
    monkeypatch.setattr(choose, "this_machine", lambda: found)


@pytest.fixture
def kept():
    model = Echo()
    model.name = "qwen2.5-coder-1.5b"
    return model


@pytest.mark.parametrize("memory, free", [(2.0, 2.0), (16.0, 0.5)])
def test_a_model_that_does_not_fit_beside_the_other_is_refused_before_it_is_fetched(monkeypatch, tmp_path, kept, memory, free):
    machine(monkeypatch, memory, free)
    with pytest.raises(ModelTooLarge, match="'0.5b' needs about 1.1 GB of memory beside 'qwen2.5-coder-1.5b'"):
        load_beside("0.5b", kept, Settings.load(cache=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_fetch_for_a_comparison_that_was_stopped_ends(monkeypatch, tmp_path, kept, small_gguf):  # noqa: F811
    machine(monkeypatch, 16.0, 8.0)
    folder = tmp_path / "models" / small_gguf.parent.name
    folder.mkdir(parents=True)
    (folder / small_gguf.name).symlink_to(small_gguf)  # its digest is still to be checked, which tells how far it is

    def stopped(done: int, total: int, label: str) -> None:
        raise Stopped()

    with pytest.raises(Stopped):
        load_beside("0.5b", kept, Settings.load(cache=tmp_path), stopped)


def test_a_model_without_weights_always_fits(monkeypatch, tmp_path):
    machine(monkeypatch, 0.1, 0.1)
    assert load_beside("echo", Echo(), Settings.load(cache=tmp_path)).name == "echo"


def test_the_model_in_use_comes_first_and_by_its_own_name():
    names = Names(Settings.load(), lambda: "1.5B")
    choices, chosen = names.choices(Words())
    assert choices[0] == ("qwen2.5-coder-1.5b (in use)", "qwen2.5-coder-1.5b") and chosen[0] == "qwen2.5-coder-1.5b"
    assert chosen[1] == choices[1][1] and "qwen2.5-coder-1.5b" not in [name for _, name in choices[1:]]
    assert names.two("1.5b", " http://127.0.0.1:1/v1 ") == ("qwen2.5-coder-1.5b", "http://127.0.0.1:1/v1")


@pytest.mark.parametrize("first, second", [("", "0.5b"), (None, None), ("1.5b", "qwen2.5-coder-1.5b"), ("0.5b", "x" * 501)])
def test_what_is_not_two_models_is_a_sentence(first, second):
    with pytest.raises(BadInput):
        Names(Settings.load(), lambda: "echo").two(first, second)


def test_visitors_compare_nothing():
    with pytest.raises(BadInput, match="where others are let in"):
        Names(Settings.load(share=True), lambda: "echo").two("echo", "0.5b")
