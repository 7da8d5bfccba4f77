"""The contract of models.base, over every backend; then what each refuses."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from qsql.errors import MissingLibrary, ModelBroken, ModelUnreachable, PromptTooLong
from qsql.models import llamacpp
from qsql.models.base import Options, Weights, complete
from qsql.models.echo import Echo
from qsql.records import Message, Prompt
from qsql.settings import Settings
from tests.model_files import small_gguf, tiny_folder  # noqa: F401
from tests.openai_server import llama_server

BACKENDS = ("echo", "llamacpp", "transformers", "mlx", "openai")
STORY = "\n".join(f"Line {number} of a long story." for number in range(400))
SOON = 3  # seconds within which a cancel must be heard


def say(text: str, *stop: str) -> Prompt:
    return Prompt((Message("user", text),), stop)


COUNT = say("Write a long story about a cat.")


@pytest.fixture(scope="module", params=BACKENDS)
def model(request):
    loaded = load(request.param, request)
    yield next(loaded)
    next(loaded, None)


def load(backend: str, request):
    if backend == "echo":
        yield Echo((STORY,), delay=0.001)
    elif backend == "openai":
        with llama_server(str(request.getfixturevalue("small_gguf"))) as server:
            yield from load_from(backend, Weights(backend, "small", server.url, context=2048), server.key)
    else:
        source = request.getfixturevalue("small_gguf" if backend == "llamacpp" else "tiny_folder")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(llamacpp, "BATCH", 16)  # a batch is always finished, which must not take long on any machine
            yield from load_from(backend, Weights(backend, "small", str(source)))


def load_from(backend: str, weights: Weights, key: str = ""):
    loaded = import_module(f"qsql.models.{backend}").load(weights, Settings(api_key=key))
    yield loaded
    loaded.close()


def quiet() -> bool:
    """Whether this process soon stops computing."""
    for _ in range(int(SOON / 0.25)):
        before = time.process_time()
        time.sleep(0.25)
        if time.process_time() - before < 0.08:
            return True
    return False


def answers(model) -> bool:
    (completion,) = complete(model, say("Say hello."), Options(max_tokens=3))
    return completion.end.reason in ("stop", "length") and completion.end.completion_tokens > 0


class AfterLooks(Event):
    """A cancel that comes once it was looked at a few times, however fast the model is."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def is_set(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def test_pieces_join_to_the_completion(model):
    pieces = list(model.stream(COUNT, Options(max_tokens=12)))
    (completion,) = complete(model, COUNT, Options(max_tokens=12))
    assert "".join(piece.text for piece in pieces) == completion.text != ""
    assert [bool(piece.end) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert len(pieces) > 3 and completion.seconds > 0


def test_writes_no_more_than_max_tokens(model):
    (completion,) = complete(model, COUNT, Options(max_tokens=5))
    assert completion.end.reason == "length"
    assert completion.end.completion_tokens == 5
    assert completion.end.prompt_tokens > 5


def test_greedy_gives_the_same_text_twice(model):
    first, second = (complete(model, COUNT, Options(max_tokens=16))[0].text for _ in range(2))
    assert first == second


@pytest.mark.parametrize("place", [0, 4], ids=["within a piece", "across pieces"])
def test_ends_at_a_stop_word_and_does_not_yield_it(model, place):
    texts = [piece.text for piece in model.stream(COUNT, Options(max_tokens=30)) if piece.text]
    whole, before = "".join(texts), "".join(texts[:10])
    word = whole[len(before) - place : len(before) + 3]
    (completion,) = complete(model, say(COUNT.messages[0].text, "never said", word), Options(max_tokens=30))
    assert completion.text == whole[: whole.index(word)]
    assert completion.end.reason == "stop"


def test_what_is_to_be_json_of_a_schema_is_that_or_at_least_read(model):
    schema = {"type": "object", "properties": {"kind": {"enum": ['a "bar"', "线"]}}, "required": ["kind"], "additionalProperties": False}
    (completion,) = complete(model, Prompt(say("Hello").messages, json_schema=json.dumps(schema)), Options(max_tokens=60))
    if type(model).__name__ in ("LlamaCpp", "Server"):
        assert json.loads(completion.text) in ({"kind": 'a "bar"'}, {"kind": "线"})
    assert completion.text


def test_goes_on_from_what_has_begun(model):
    (first,) = complete(model, COUNT, Options(max_tokens=12))
    (then,) = complete(model, replace(COUNT, begun="Once there was a <|im_end|> cat, and"), Options(max_tokens=12))
    assert then.text
    if type(model).__name__ != "Server":  # a server may begin anew
        assert then.end.prompt_tokens >= first.end.prompt_tokens + 6


def test_three_candidates_come_from_one_prompt(model):
    pieces = list(model.stream(COUNT, Options(max_tokens=8, temperature=0.9, candidates=3, seed=7)))
    for candidate in range(3):
        own = [piece for piece in pieces if piece.candidate == candidate]
        assert "".join(piece.text for piece in own)
        assert [bool(piece.end) for piece in own] == [False] * (len(own) - 1) + [True]
        assert own[-1].end.prompt_tokens > 5
    assert {piece.candidate for piece in pieces} == {0, 1, 2}


def test_says_how_likely_the_written_tokens_were(model):
    greedy = complete(model, COUNT, Options(max_tokens=8))[0].end
    if isinstance(model, Echo):
        assert greedy.logprob is greedy.weakest is None
        return
    assert greedy.logprob < greedy.weakest < 0
    wild = [one.end for one in complete(model, COUNT, Options(max_tokens=8, temperature=3.0, candidates=3, seed=7))]
    assert min(end.weakest for end in wild) < greedy.weakest


def test_a_seed_repeats_what_chance_chose(model):
    options = Options(max_tokens=8, temperature=0.9, candidates=3, seed=7)
    _, first, second = ([one.text for one in complete(model, COUNT, options)] for _ in range(3))
    assert first == second


def test_chance_gives_different_texts(model):
    if isinstance(model, Echo):
        model = Echo(("one", "two"))
    options = Options(max_tokens=12, temperature=1.5, candidates=3)
    assert len({completion.text for completion in complete(model, COUNT, options)}) > 1


def test_a_shared_beginning_is_not_computed_again(model):
    beginning = "CREATE TABLE singer (id INTEGER, name TEXT, age INTEGER);\n" * 12
    complete(model, say(beginning + "How many singers are there?"), Options(max_tokens=2))
    (completion,) = complete(model, say(beginning + "Who is the oldest?"), Options(max_tokens=2))
    assert completion.end.cached_tokens > 0.7 * completion.end.prompt_tokens


def test_a_cancel_in_the_middle_is_heard(model):
    cancel = Event()
    stream = model.stream(COUNT, Options(max_tokens=400, cancel=cancel))
    for _ in range(4):
        next(stream)
    cancel.set()
    start = time.perf_counter()
    *_, last = stream
    assert last.end.reason == "cancelled"
    assert time.perf_counter() - start < SOON
    assert quiet() and answers(model)


def test_a_cancel_is_heard_while_the_prompt_is_read(model):
    long = f"{time.time()} " + "alpha beta gamma " * 500
    start = time.perf_counter()
    *_, last = model.stream(say(long), Options(max_tokens=400, cancel=AfterLooks(6)))
    assert last.end.reason == "cancelled" and last.end.completion_tokens < 10
    assert time.perf_counter() - start < SOON
    assert quiet() and answers(model)


def test_closing_the_generator_stops_the_computing(model):
    stream = model.stream(COUNT, Options(max_tokens=400))
    for _ in range(3):
        next(stream)
    stream.close()
    assert quiet() and answers(model)


def test_a_cancel_before_the_start_gives_no_text(model):
    cancel = Event()
    cancel.set()
    pieces = list(model.stream(COUNT, Options(candidates=2, cancel=cancel)))
    assert [(piece.text, piece.candidate, piece.end.reason) for piece in pieces] == [("", 0, "cancelled"), ("", 1, "cancelled")]


def test_two_threads_at_once_both_finish(model):
    done = []
    threads = [Thread(target=lambda text: done.append(complete(model, say(text), Options(max_tokens=10))), args=(text,)) for text in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [completion.end.reason in ("stop", "length") for (completion,) in done] == [True, True]


def test_a_caller_who_waits_hears_the_cancel(model):
    first = model.stream(COUNT, Options(max_tokens=400))
    next(first)
    cancel = Event()
    Timer(0.3, cancel.set).start()
    start = time.perf_counter()
    *_, last = model.stream(say("Write another story."), Options(max_tokens=100_000, cancel=cancel))
    first.close()
    assert last.end.reason == "cancelled"
    assert time.perf_counter() - start < SOON


def test_refuses_a_prompt_that_is_too_long_and_then_answers_again(model):
    with pytest.raises(PromptTooLong) as caught:
        complete(model, say("word " * (model.context + 10)))
    assert caught.value.hint
    assert answers(model)


def test_counts_tokens(model):
    short, long, chinese = map(model.count_tokens, ("SELECT 1", "SELECT name, age FROM singer WHERE age > 20", "数据库"))
    assert 0 < short < long and chinese > 0


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_a_closed_model_says_so(backend, request):
    loaded = load(backend, request)
    model = next(loaded)
    model.close()
    with pytest.raises((ModelBroken, ModelUnreachable), match="closed"):
        complete(model, COUNT)
    model.close()
    loaded.close()


@pytest.mark.parametrize(
    ("backend", "library"), [("llamacpp", "xllamacpp"), ("transformers", "torch"), ("mlx", "mlx_lm"), ("openai", "openai")]
)
def test_a_missing_library_names_what_to_install(backend, library, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingLibrary, match="pip install"):
        import_module(f"qsql.models.{backend}").load(Weights(backend, "m", str(tmp_path)), Settings())


@pytest.mark.parametrize("backend", ["llamacpp", "transformers", "mlx"])
def test_a_program_that_ends_while_the_model_writes_ends_well(backend, request):
    source = request.getfixturevalue("small_gguf" if backend == "llamacpp" else "tiny_folder")
    code = f"""
import os, signal
from qsql.models import {backend}
from qsql.models.base import Options, Weights
from qsql.records import Message, Prompt
from qsql.settings import Settings
model = {backend}.load(Weights({backend!r}, "m", {str(source)!r}), Settings())
stream = model.stream(Prompt((Message("user", "Write a long story."),)), Options(max_tokens=1000))
next(stream)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("stopped")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parent.parent)
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


# What is not a model file.


def broken_files(folder: Path, gguf: Path) -> dict[str, Path]:
    files = {"missing": folder / "missing.gguf", "folder": folder}
    with gguf.open("rb") as file:
        head = file.read(6_000_000)
    for name, content in {
        "empty": b"",
        "text": b"Not a model",
        "cut off": head,
        "header": head[:90],
        "scrambled": b"GGUF" + head[300:],
    }.items():
        files[name] = folder / f"{name}.gguf"
        files[name].write_bytes(content)
    return files


@pytest.mark.parametrize("which", ["missing", "folder", "empty", "text", "cut off", "header", "scrambled"])
def test_refuses_what_is_not_a_whole_gguf_file(which, tmp_path, small_gguf):  # noqa: F811
    from qsql.models import llamacpp

    path = broken_files(tmp_path, small_gguf)[which]
    with pytest.raises(ModelBroken) as caught:
        llamacpp.load(Weights("llamacpp", "m", str(path)), Settings())
    assert path.name in caught.value.message and caught.value.hint


@pytest.mark.parametrize("backend", ["transformers", "mlx"])
@pytest.mark.parametrize("damage", ["empty", "cut off", "no weights", "no template"])
def test_refuses_a_folder_that_is_not_a_model(backend, damage, tmp_path, tiny_folder):  # noqa: F811
    for path in tiny_folder.iterdir() if damage != "empty" else ():
        cut = -1000 if (damage, path.suffix) == ("cut off", ".safetensors") else None
        if (damage, path.suffix) != ("no weights", ".safetensors") and (damage, path.suffix) != ("no template", ".jinja"):
            (tmp_path / path.name).write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ModelBroken) as caught:
        import_module(f"qsql.models.{backend}").load(Weights(backend, "m", str(tmp_path)), Settings())
    assert str(tmp_path) in caught.value.message and caught.value.hint


# Echo without a script.


def test_echo_answers_a_schema_with_its_first_table():
    prompt = say('CREATE TABLE a (x);\nSELECT * FROM "a b" LIMIT 3;\nSELECT * FROM c LIMIT 3;\nQuestion: how many?')
    assert complete(Echo(), prompt)[0].text == 'SELECT * FROM "a b" LIMIT 3;'


def test_echo_answers_a_request_with_a_page_that_shows_it():
    (completion,) = complete(Echo(), say("Draw <b>this</b>"))
    assert completion.text.startswith("<!DOCTYPE html>") and "Draw &lt;b&gt;this&lt;/b&gt;" in completion.text


def test_echo_takes_its_script_in_turn():
    echo = Echo(("one", "two"))
    assert [complete(echo, COUNT)[0].text for _ in range(3)] == ["one", "two", "one"]
