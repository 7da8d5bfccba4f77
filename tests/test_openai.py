"""Servers that are not what they should be, or not willing; what they answer well is in the contract of test_models."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from qsql.errors import ModelUnreachable, PromptTooLong, QsqlError
from qsql.models import openai
from qsql.models.base import Options, Weights, complete
from qsql.records import Message, Prompt
from qsql.settings import Settings
from tests.model_files import small_gguf, tiny_folder  # noqa: F401
from tests.openai_server import Says, chunk, events, scripted_server


def say(text: str, *stop: str) -> Prompt:
    return Prompt((Message("user", text),), stop)


JSON = "application/json"
HELLO = events(chunk("Hel"), chunk("lo", reason="stop"))
REFUSALS = {
    "a web page": (Says(body=b"<html>Welcome</html>", kind="text/html"), ModelUnreachable, "did not answer as"),
    "no JSON": (Says(body=b"data: {nonsense\n\n"), ModelUnreachable, "did not answer as"),
    "no choices": (Says(body=events({"hello": 1})), ModelUnreachable, "did not answer as"),
    "odd choices": (Says(body=events({"choices": [{"x": 1}]})), ModelUnreachable, "did not answer as"),
    "nothing": (Says(body=events()), ModelUnreachable, "did not answer as"),
    "half an answer": (Says(body=events(chunk("Hel"), done=False)), ModelUnreachable, "broke off"),
    "an error later": (Says(body=events(chunk("Hel"), {"error": {"message": "out of memory"}})), ModelUnreachable, "out of memory"),
    "400": (Says(400, b'{"error": {"message": "no such role"}}', JSON), ModelUnreachable, "no such role"),
    "401": (Says(401, b'{"error": {"message": "bad key secret-key"}}', JSON), ModelUnreachable, "refused the key"),
    "403": (Says(403, b"{}", JSON), ModelUnreachable, "does not allow"),
    "404": (Says(404, b"{}", JSON), ModelUnreachable, "no such model"),
    "307": (Says(307, b"http://127.0.0.1:1/v1/chat/completions", "text/plain"), ModelUnreachable, "another address"),
    "429": (Says(429, b"{}", JSON), ModelUnreachable, "no more requests"),
    "500": (Says(500, b"broken by secret-key", "text/plain"), ModelUnreachable, "could not answer"),
    "503": (Says(503, b"{}", JSON), ModelUnreachable, "not ready"),
    "too long": (Says(400, b'{"error": {"message": "big", "code": "context_length_exceeded"}}', JSON), PromptTooLong, "big"),
    "too long, in words": (
        Says(400, b'{"error": {"message": "maximum context length is 4096 tokens"}}', JSON),
        PromptTooLong,
        "4096",
    ),
}


@pytest.fixture
def server():
    """Load a model from a scripted server."""
    opened = []

    def load(says: Says, name: str = "m"):
        serving = scripted_server(says)
        opened.append(serving)
        url = serving.__enter__().replace("http://", "http://me:secret-word@")
        opened.append(openai.load(Weights("openai", name, url), Settings(api_key="secret-key")))
        return opened[-1]

    yield load
    for each in opened:
        each.close() if hasattr(each, "close") else each.__exit__(None, None, None)


@pytest.mark.parametrize("case", REFUSALS)
def test_a_server_that_does_not_answer_well_gives_a_sentence(server, case):
    says, kind, words = REFUSALS[case]
    with pytest.raises(kind, match=words) as caught:
        complete(server(says), say("Hello?"))
    assert "secret" not in str(caught.value) and caught.value.hint


@pytest.mark.parametrize("case", ["a web page", "no choices", "401", "404", "500"])
def test_a_server_that_lists_no_models_gives_a_sentence(server, case):
    with pytest.raises(ModelUnreachable) as caught:
        server(replace(REFUSALS[case][0], models=None), name="")
    assert "secret" not in str(caught.value) and caught.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://nowhere.invalid/v1", "http://127.0.0.1:99999/v1", "http://[/v1"])
def test_an_address_where_nobody_listens_gives_a_sentence(url):
    start = time.perf_counter()
    with pytest.raises(QsqlError) as caught:
        complete(openai.load(Weights("openai", "", url), Settings()), say("Hello?"))
    assert isinstance(caught.value, ModelUnreachable) and caught.value.hint
    assert time.perf_counter() - start < 10


def test_takes_the_first_model_that_the_server_lists(server):
    assert server(Says(models=("first", "second")), name="").name == "first"


def test_a_server_that_gives_one_candidate_is_asked_again(server):
    says = Says(body=HELLO)
    completions = complete(server(says), say("Hello?"), Options(candidates=3, seed=5))
    assert [completion.text for completion in completions] == ["Hello"] * 3
    assert sorted((body.get("n", 1), body["seed"]) for _, body in says.asked) == [(1, 6), (1, 7), (3, 5)]


def test_a_server_that_knows_no_stop_words_is_cut_off(server):
    body = events(chunk("SELECT 1"), chunk(";"), chunk("\nand so on"), chunk(reason="stop"))
    (completion,) = complete(server(Says(body=body)), say("x", ";\n"))
    assert (completion.text, completion.end.reason) == ("SELECT 1", "stop")


def likely(text: str, *logprobs: float) -> dict:
    told = chunk(text)
    told["choices"][0]["logprobs"] = {"content": [{"token": "t", "logprob": one, "top_logprobs": []} for one in logprobs]}
    return told


def test_how_likely_the_tokens_were_is_taken_over_as_far_as_the_text_goes(server):
    body = events(likely("SELECT", -0.5), likely(" 1", -2.0, -0.25), likely(";", -0.25), likely("\nand so on", -9.0), chunk(reason="stop"))
    says = Says(body=body)
    (completion,) = complete(server(says), say("x", ";"))
    assert (completion.text, completion.end.logprob, completion.end.weakest) == ("SELECT 1", -3.0, -2.0)
    assert [body["logprobs"] for _, body in says.asked] == [True]


@pytest.mark.parametrize("message", ["logprobs are not supported", "Bad Request"])
def test_a_server_that_will_not_tell_how_likely_they_were_is_asked_without_from_then_on(server, message):
    class Refuses(Says):
        def act(self, handler):
            refused = "logprobs" in self.asked[-1][1]
            handler.answer(400 if refused else 200, json.dumps({"error": {"message": message}}).encode() if refused else HELLO, self.kind)

    says = Refuses()
    model = server(says)
    for _ in range(2):
        (completion,) = complete(model, say("Hello?"))
        assert (completion.text, completion.end.weakest) == ("Hello", None)
    assert [body.get("logprobs") for _, body in says.asked] == [True, None, None]


def test_token_counts_of_all_candidates_together_are_not_passed_off_as_one_candidates(server):
    usage = {"prompt_tokens": 9, "completion_tokens": 40, "total_tokens": 49, "prompt_tokens_details": {"cached_tokens": 4}}
    both = [chunk("a"), chunk("b", index=1), chunk(reason="stop"), chunk(reason="length", index=1)]
    completions = complete(
        server(Says(body=events(*both, {**chunk(), "choices": [], "usage": usage}))), say("Hello?"), Options(candidates=2)
    )
    ends = [(one.end.reason, one.end.prompt_tokens, one.end.cached_tokens, one.end.completion_tokens) for one in completions]
    assert ends == [("stop", 9, 4, 0), ("length", 9, 4, 0)]


def test_a_request_tells_nothing_of_this_machine(server, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: from-the-environment\nX-Mine: from-the-environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    says = Says(body=HELLO)
    complete(server(says), say("x"))
    ((headers, body),) = says.asked
    assert {name.lower() for name in headers} == {
        "host", "authorization", "content-type", "content-length", "accept", "accept-encoding", "connection"
    }  # fmt: skip
    assert "from-the-environment" not in str(headers) + str(body)


def test_the_estimate_is_never_under_the_real_count(tiny_folder, server):  # noqa: F811
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_folder)
    estimate = server(Says()).count_tokens
    texts = [
        Path(__file__).read_text("utf-8"),
        "A line of text. " * 100,
        "数据库里有多少航班？",
        "1234567.89",
        "    \n\n\tx",
        "naïve café ☕🛩️",
        "SELECT_id_x2_zz",
    ]
    for text in texts:
        assert estimate(text) >= len(tokenizer.encode(text, add_special_tokens=False)), text[:40]
