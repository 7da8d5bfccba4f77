"""What a model has read outlives the program: the same prompt, and one that begins like it, is not read again; nothing wrong ever is."""

import os
from contextlib import closing
from importlib import import_module

import pytest

from qsql.models.base import Options, Weights, complete
from qsql.models.kept import READ, KeptStates, key_of
from qsql.records import Message, Prompt
from qsql.settings import Settings
from tests.model_files import small_gguf, tiny_folder  # noqa: F401

TABLES = "\n".join(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name TEXT);" for number in range(14))
AHEAD = Options(max_tokens=1, keep=True)


def about(question: str, tables: str = TABLES) -> Prompt:
    return Prompt((Message("system", "You write SQL."), Message("user", f"{tables}\nQuestion: {question}")))


@pytest.fixture(params=["llamacpp", "transformers", "mlx"])
def load(request, tmp_path):
    return loading(request.param, request, tmp_path)


@pytest.fixture(params=["transformers", "mlx"])
def load_one_row(request, tmp_path):
    """Of those that hold what they read of one prompt only."""
    return loading(request.param, request, tmp_path)


def loading(backend: str, request, cache):
    source = request.getfixturevalue("small_gguf" if backend == "llamacpp" else "tiny_folder")
    return lambda: closing(import_module(f"qsql.models.{backend}").load(Weights(backend, "small", str(source)), Settings(cache=cache)))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / READ


def cached(model, prompt: Prompt, options: Options = AHEAD) -> int:
    (completion,) = complete(model, prompt, options)
    return completion.end.cached_tokens


def kept_in(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_next_program_finds_what_was_read(load, folder):
    with load() as model:
        assert cached(model, about("?")) == 0
        (first,) = complete(model, about("How many?"), Options(max_tokens=12))
    assert len(kept_in(folder)) == 1 and folder.stat().st_mode & 0o777 == 0o700
    with load() as model:
        assert cached(model, about("?")) > 100
        (again,) = complete(model, about("How many?"), Options(max_tokens=12))
        assert again.end.cached_tokens > 100 and again.text == first.text
        assert cached(model, about("?", TABLES.replace("name", "title"))) < 30
    assert len(kept_in(folder)) == 2


def test_a_question_is_not_kept(load, folder):
    with load() as model:
        cached(model, about("?"), Options(max_tokens=1))
    assert kept_in(folder) == []


@pytest.mark.parametrize("change", [lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda data: data[: len(data) // 2], lambda data: b""])
def test_a_file_that_is_torn_or_changed_is_read_anew(load, folder, change):
    with load() as model:
        cached(model, about("?"))
    (path,) = folder.iterdir()
    path.write_bytes(change(path.read_bytes()))
    with load() as model:
        assert cached(model, about("?")) == 0
    assert [folder / name for name in kept_in(folder)] == [path] and path.stat().st_size > 1000


def test_a_file_that_is_no_state_is_read_anew(load, folder):
    with load() as model:
        cached(model, about("?"))
    (path,) = folder.iterdir()
    key = path.stem
    path.unlink()
    KeptStates(folder).keep(key, lambda name: (folder / name).write_bytes(b"x" * 5000))
    with load() as model:
        assert cached(model, about("?")) == 0
    assert kept_in(folder) == [path.name]


def test_a_question_that_comes_meanwhile_is_answered(request, tmp_path):
    with loading("llamacpp", request, tmp_path)() as model:
        stream = model.stream(about("How many?"), Options(max_tokens=40))
        next(stream)
        (read,) = complete(model, about("?"), AHEAD)
        *_, last = stream
        assert read.end.reason in ("stop", "length") and last.end.reason in ("stop", "length")
        assert cached(model, about("?")) > 100


def test_what_was_read_before_another_prompt_is_there_again(load_one_row):
    one, other = about("?"), about("?", TABLES.replace("name", "title"))
    with load_one_row() as model:
        first = complete(model, about("How many?"), Options(max_tokens=8))[0].text
        assert cached(model, one) > 100 > cached(model, other)
        with model.restored(one):
            (again,) = complete(model, about("How many?"), Options(max_tokens=8))
        assert again.end.cached_tokens > 100 and again.text == first
        (short,) = complete(model, Prompt((Message("user", "Hello"),)), Options(max_tokens=1))
        assert short.end.cached_tokens < 20


def test_where_there_is_no_writing_every_program_reads_anew(load, folder):
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    for _ in range(2):
        with load() as model:
            assert cached(model, about("?")) == 0


# The files


def write(states: KeptStates, key: str, size: int) -> None:
    states.keep(key, lambda name: (states.folder / name).write_bytes(b"x" * size))


def test_what_was_used_longest_ago_goes(tmp_path):
    states = KeptStates(tmp_path / "read", most_bytes=250)
    for number, key in enumerate("abc"):
        write(states, key, 100)
        os.utime(states.find(key), (number, number))
    assert [bool(states.find(key)) for key in "abc"] == [False, True, True]
    write(states, "d", 400)
    assert len(kept_in(states.folder)) == 1 and states.find("d")


def test_a_key_has_one_file(tmp_path):
    states = KeptStates(tmp_path / "read")
    write(states, "a", 100)
    write(states, "a", 200)
    assert len(kept_in(states.folder)) == 1 and states.find("a").stat().st_size == 200


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    states = KeptStates(tmp_path / "read")

    def full(name):
        (states.folder / name).write_bytes(b"half")
        raise OSError("No space left on device")

    states.keep("a", full)
    assert kept_in(states.folder) == [] and states.find("a") is None


def test_a_key_is_of_all_that_it_names():
    assert key_of("a", 1) == key_of("a", 1) != key_of("a", 2) and key_of(["a"], None) != key_of(None, ["a"])
