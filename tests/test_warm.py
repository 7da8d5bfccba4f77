"""Reading the schema ahead, with a real model and real databases."""

import sqlite3
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from threading import Barrier

import pytest

import qsql
from qsql.ask import answers
from qsql.models import llamacpp
from qsql.models.base import Weights
from qsql.models.echo import Echo
from qsql.models.kept import READ
from qsql.models.used import Timed
from qsql.records import Prompt
from qsql.settings import Settings
from qsql.share.mask import mask_of
from qsql.share.workspace import MaskedModel, SharedWorkspace
from qsql.steps.knowledge import knowledge_of
from qsql.ui.workspace import Workspace
from qsql.warm import Warmer, beginning, computed_here, read
from tests.model_files import small_gguf  # noqa: F401

SCRIPT = """
CREATE TABLE country (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE city (
  id INTEGER PRIMARY KEY,
  name TEXT,
  country_id INTEGER,
  people INTEGER
);
INSERT INTO country VALUES (1, 'Italy'), (2, 'Norway');
INSERT INTO city VALUES (1, 'Rome', 1, 28), (2, 'Oslo', 2, 7);
"""
LOW = qsql.Plan("low")


class Told(Timed):
    """Remembers the ends of what it wrote."""

    def __init__(self, model) -> None:
        super().__init__(model)
        self.ends = []

    def stream(self, prompt: Prompt, options=qsql.Options()):
        for piece in super().stream(prompt, options):
            self.ends += [piece.end] if piece.end else []
            yield piece


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def model(small_gguf, folder):  # noqa: F811
    with closing(llamacpp.load(Weights("llamacpp", "small", str(small_gguf)), Settings(cache=folder))) as loaded:
        yield Told(loaded)


@pytest.fixture
def cities(tmp_path):
    yield from opened(tmp_path / "cities.sqlite", SCRIPT)


@pytest.fixture
def wide(tmp_path):
    """A schema of more tokens than a machine reads in a moment, and which no test before has shown the model."""
    columns = ", ".join(f"measured_{time.time_ns() % 10**9}_{number} REAL" for number in range(18))
    yield from opened(tmp_path / "wide.sqlite", f"CREATE TABLE reading ({columns});")


@pytest.fixture
def warmer(model):
    warmer = Warmer(lambda: model)
    yield warmer
    warmer.close()


def opened(path, script):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    with closing(qsql.open_database(str(path))) as database:
        yield database


def until(true, seconds: float = 60) -> float:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds
        time.sleep(0.01)
    return time.monotonic() - start


def schema_tokens(database, model) -> int:
    text = beginning(database, knowledge_of(database).schema, model).messages[0].text
    return model.count_tokens(text.rpartition("Question: ")[0])


def test_the_first_question_finds_the_schema_in_the_cache(warmer, model, cities):
    warmer.warm(cities)
    until(lambda: not warmer.at_work)
    (read,) = model.ends[-1:]
    assert read.completion_tokens <= 1
    answer = qsql.ask(cities, "How many people live in Norway?", model, plan=LOW)
    end = answer.best.completion.end
    assert "refers to country" in answer.best.prompt.messages[0].text  # what was inferred stands in it too
    assert end.cached_tokens >= schema_tokens(cities, model) > 100
    assert end.prompt_tokens - end.cached_tokens < 60


def test_what_is_read_outlives_the_program_unless_it_may_be_a_visitors(model, cities, folder):
    def kept():
        return sorted((folder / READ).iterdir())

    for path in kept():
        path.unlink()
    for keep in (False, True):
        warmer = Warmer(lambda: model)
        warmer.warm(cities, keep)
        until(lambda warmer=warmer: not warmer.at_work)
        warmer.close()
        assert len(kept()) == keep


def test_a_question_that_comes_before_anything_was_read_finds_what_an_earlier_program_read(small_gguf, cities, tmp_path):  # noqa: F811
    def load():
        return closing(llamacpp.load(Weights("llamacpp", "small", str(small_gguf)), Settings(cache=tmp_path)))

    with load() as model:
        read(cities, model, qsql.Options(max_tokens=1, keep=True))
    with load() as model:
        answer = qsql.ask(cities, "How many people live in Norway?", model, plan=LOW)
        assert answer.best.completion.end.cached_tokens >= schema_tokens(cities, model) > 100


def test_what_is_looked_for_is_what_the_question_is_about(cities):
    """All tables may be more than the model can read."""
    looked_for = []

    class Kept(Echo):
        @contextmanager
        def restored(self, prompt: Prompt):
            looked_for.append(prompt.messages[-1].text)
            yield

    list(answers(cities, qsql.Question("How many?"), Kept(("SELECT count(*) FROM country",)), plan=LOW, tables=("country",)))
    (text,) = looked_for
    assert "country" in text and "people" not in text


def test_a_question_goes_first_and_what_was_broken_off_goes_on_after_it(warmer, model, cities, wide):
    qsql.ask(cities, "How many cities are there?", model, plan=LOW)
    knowledge_of(wide, 60)
    before = len(model.ends)
    computed = time.process_time()
    warmer.warm(wide)
    until(lambda: time.process_time() > computed + 1)  # so that part of it is read
    with warmer.give_way():
        assert until(lambda: len(model.ends) > before) < 3 and model.ends[-1].reason == "cancelled"
        assert qsql.ask(cities, "How many countries are there?", model, plan=LOW).result is not None
        count = len(model.ends)
        time.sleep(0.5)
        assert len(model.ends) == count and warmer.at_work
    until(lambda: not warmer.at_work)
    assert model.ends[-1].reason != "cancelled" and model.ends[-1].cached_tokens > 50  # of what was read before
    assert qsql.ask(wide, "How many readings are there?", model, plan=LOW).best.completion.end.cached_tokens > 300


def test_a_newer_wish_goes_before_an_older_one(warmer, model, cities, wide):
    knowledge_of(wide, 60)
    before = len(model.ends)
    computed = time.process_time()
    warmer.warm(wide)
    until(lambda: time.process_time() > computed + 1)  # so that part of it is read
    warmer.warm(cities)
    until(lambda: not warmer.at_work)
    assert [end.reason == "cancelled" for end in model.ends[before:]] == [True, False]


def test_only_a_model_that_computes_here_is_warmed(model, cities):
    assert computed_here(model) and computed_here(MaskedModel(model, mask_of(Settings())))
    asked = []

    class Listening(Echo):
        def stream(self, *given):
            asked.append(given)
            return super().stream(*given)

    for other in (Listening(), Timed(Listening())):
        warmer = Warmer(lambda other=other: other)
        warmer.warm(cities)
        until(lambda warmer=warmer: not warmer.at_work)
        warmer.close()
    assert not asked


def test_what_goes_wrong_is_left_to_the_question(cities):
    def broken():
        raise qsql.QsqlError("There is no model.")

    warmer = Warmer(broken)
    for _ in range(2):
        warmer.warm(cities)
        until(lambda: not warmer.at_work)
    warmer.close()
    warmer.warm(cities)
    until(lambda: not warmer._thread.is_alive())


def test_a_database_without_tables_has_nothing_to_read(warmer, model, tmp_path):
    before = len(model.ends)
    for database in opened(tmp_path / "empty.sqlite", "CREATE TABLE t (x); DROP TABLE t;"):
        warmer.warm(database)
        until(lambda: not warmer.at_work)
    assert len(model.ends) == before


def test_it_keeps_no_database_alive(cities):
    class Copy:
        name, dialect, schema, run = "copy", cities.dialect, cities.schema, cities.run

    warmer, copy = Warmer(Echo), Copy()
    warmer.warm(copy)
    until(lambda: not warmer.at_work)
    gone = weakref.ref(copy)
    del copy
    until(lambda: gone() is None, 5)
    warmer.again()
    assert not warmer.at_work
    warmer.close()


def test_the_database_to_begin_with_is_read_as_any_other(model, cities, tmp_path):
    settings = Settings(database="cities", cache=tmp_path, data=tmp_path)
    alone = Workspace(settings, lambda: model, cities)
    shared = SharedWorkspace(replace(settings, share=True), lambda: model, cities)
    with closing(alone), closing(shared):
        until(lambda: not alone.warmer.at_work and not shared.warmer.at_work)
        answer = qsql.ask(cities, "How many people live in Italy?", model, plan=LOW)
        assert answer.best.completion.end.cached_tokens >= schema_tokens(cities, model)
        assert shared.keeps(settings.database) and not shared.keeps(("/an/upload.csv",))


def test_several_questions_at_once_all_find_what_was_read(model, cities):
    read(cities, model, qsql.Options(max_tokens=1, keep=True))
    together = Barrier(3)

    def ask(number: int):
        together.wait()
        return qsql.ask(cities, f"How many people live in town {number}?", model, plan=LOW).attempts[0].completion.end

    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(ask, range(3)))
    assert all(end.cached_tokens >= schema_tokens(cities, model) > 100 for end in ends)
