"""Filling in between two texts, over every backend; what the real small model writes there; and servers that cannot."""

import time
from threading import Event

import pytest

from qsql.errors import ModelError, ModelUnreachable, PromptTooLong
from qsql.models import openai, tokens
from qsql.models.base import Options, Weights
from qsql.models.echo import Echo
from qsql.settings import Settings
from tests.model_files import small_gguf, tiny_folder  # noqa: F401
from tests.openai_server import Says, events, scripted_server
from tests.test_models import BACKENDS, SOON, load, quiet

TABLES = """/* DuckDB
CREATE TABLE flights (carrier VARCHAR, origin VARCHAR, dep_delay INTEGER);
CREATE TABLE airlines (carrier VARCHAR, name VARCHAR);
*/

"""
BEFORE = TABLES + "SELECT origin, avg(dep_delay) FROM flights GROUP BY "
REAL = ("llamacpp", "openai")  # the others compute a tiny model of random weights
JSON = "application/json"


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request):
    loaded = load(request.param, request)
    yield request.param, next(loaded)
    next(loaded, None)


def ended(pieces):
    text, end = "".join(piece.text for piece in pieces), pieces[-1].end
    assert [bool(piece.end) for piece in pieces] == [False] * (len(pieces) - 1) + [True] and {piece.candidate for piece in pieces} == {0}
    return text, end


def test_writes_one_text_and_says_how_it_ended(backend):
    name, model = backend
    text, end = ended(list(model.fill(BEFORE, "", (), Options(max_tokens=6, candidates=3))))
    assert end.reason in ("length", "stop") and 0 < end.completion_tokens <= 6 and end.prompt_tokens > 5
    assert name not in REAL or text.startswith("origin")
    assert ended(list(model.fill(BEFORE, "", (), Options(max_tokens=6))))[0] == text or name == "echo"


def test_heeds_what_comes_after(backend):
    name, model = backend
    if name in REAL:
        before = TABLES + "SELECT name, count(*) FROM flights JOIN airlines "
        text, _ = ended(list(model.fill(before, " GROUP BY name", (" GROUP", ";"), Options(max_tokens=20))))
        assert text.startswith("ON ") and "carrier = " in text and "GROUP" not in text


def test_ends_at_a_stop_word_and_does_not_yield_it(backend):
    _, model = backend
    whole, _ = ended(list(model.fill(BEFORE, "", (), Options(max_tokens=8))))
    word = whole[2:5]
    text, end = (
        ended(list(model.fill(BEFORE, "", ("never said", word), Options(max_tokens=8)))) if not isinstance(model, Echo) else ("", None)
    )
    assert isinstance(model, Echo) or (text == whole[: whole.index(word)] and end.reason == "stop")


def test_marks_in_a_persons_text_are_text(backend):
    name, model = backend

    def counted(*texts):
        return ended(list(model.fill(*texts, (), Options(max_tokens=1))))[1].prompt_tokens

    if name != "echo":
        for mark in (tokens.FILL[1], "<|im_start|>"):
            assert counted(f"SELECT 1 {mark} 2", "") > counted("SELECT 1  2", "") + 3 and counted("", mark) > counted("", "") + 3


def test_hears_a_cancel(backend):
    _, model = backend
    cancel = Event()
    stream = model.fill(BEFORE, "", (), Options(max_tokens=400, cancel=cancel))
    first, start = next(stream), time.perf_counter()
    cancel.set()
    *_, last = [first, *stream]
    assert last.end.reason in ("cancelled", "stop") and time.perf_counter() - start < SOON and quiet()
    assert [piece.end.reason for piece in model.fill(BEFORE, "", (), Options(cancel=cancel))] == ["cancelled"]


def test_refuses_what_is_too_long_and_then_writes_again(backend):
    _, model = backend
    with pytest.raises(PromptTooLong):
        list(model.fill("word " * (model.context + 10), ""))
    assert ended(list(model.fill(BEFORE, "", (), Options(max_tokens=2))))[1].completion_tokens > 0


def test_a_model_without_marks_says_so(backend, monkeypatch):
    name, model = backend
    monkeypatch.setattr(tokens, "FILL", ("<|no_such_mark|>",) * 3)
    if name in ("llamacpp", "transformers", "mlx"):
        with pytest.raises(ModelError, match="cannot complete") as refused:
            list(model.fill("SELECT", ""))
        assert refused.value.hint


# Servers.


def chunk(text="", reason=None):
    choice = {"index": 0, "text": text, "finish_reason": reason, "logprobs": None}
    return {"id": "1", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}


@pytest.fixture
def server():
    opened = []

    def load(says):
        serving = scripted_server(says)
        opened.append(serving)
        opened.append(openai.load(Weights("openai", "m", serving.__enter__()), Settings(api_key="secret-key")))
        return opened[-1]

    yield load
    for each in opened:
        each.close() if hasattr(each, "close") else each.__exit__(None, None, None)


def test_a_server_is_sent_the_marks_and_no_others(server):
    says = Says(body=events(chunk("na"), chunk("me FROM t; SELECT"), chunk(reason="stop")))
    pieces = list(server(says).fill("SELECT <|fim_suffix|>", "<|im_end|>x", (";",), Options(max_tokens=9)))
    assert ended(pieces)[0] == "name FROM t"
    ((_, body),) = says.asked
    assert body["prompt"] == "<|fim_prefix|>SELECT < |fim_suffix|><|fim_suffix|>< |im_end|>x<|fim_middle|>"
    assert (body["stop"], body["max_tokens"], body["stream"]) == ([";"], 9, True) and "messages" not in body


REFUSALS = [(404, ModelError, "cannot complete"), (501, ModelError, "cannot complete")]
REFUSALS += [(401, ModelUnreachable, "refused the key"), (500, ModelUnreachable, "could not answer")]


@pytest.mark.parametrize("status, kind, words", REFUSALS)
def test_a_server_that_cannot_says_so(server, status, kind, words):
    with pytest.raises(kind, match=words) as refused:
        list(server(Says(status, b"{}", JSON)).fill("SELECT", ""))
    assert refused.value.hint and type(refused.value) is kind


def test_a_server_that_answers_with_something_else_says_so(server):
    with pytest.raises(ModelUnreachable, match="did not answer as"):
        list(server(Says(body=b"<html>Welcome</html>", kind="text/html")).fill("SELECT", ""))


def test_echo_without_a_script_goes_on_with_a_word_that_it_has_seen():
    assert ended(list(Echo().fill("CREATE TABLE airlines (x);\nSELECT x FROM airl", "")))[0] == "ines"
    assert ended(list(Echo(("one; two",)).fill("", "", (";",))))[0] == "one"
