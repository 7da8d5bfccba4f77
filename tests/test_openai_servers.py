"""Servers that fail and come back, that are several, that take no `n`; each is a real one on this machine that does as a test says."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Timer

import pytest

from qsql.errors import ModelUnreachable, UnknownModel
from qsql.models import openai, replicas, resolve
from qsql.models.addresses import addresses, bare, elsewhere, model_at
from qsql.models.base import Options, Weights, complete
from qsql.records import Message, Prompt
from qsql.settings import Settings
from tests.model_files import small_gguf  # noqa: F401
from tests.openai_server import Says, chunk, events, llama_server, scripted_server

ASK = Prompt((Message("user", "Hello?"),))
HELLO = events(chunk("Hel"), chunk("lo", reason="stop"))


@dataclass
class Acts(Says):
    """Does one after the other, the last again and again; `most` is how many requests there were at the same time."""

    acts: list[Callable] = field(default_factory=list)
    most: int = 0
    _now: int = 0
    _lock: Lock = field(default_factory=Lock)

    def act(self, handler) -> None:
        with self._lock:
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            act(handler)
        finally:
            with self._lock:
                self._now -= 1


def hello(handler) -> None:
    handler.answer(200, HELLO, "text/event-stream")


def slowly(handler) -> None:
    time.sleep(0.3)
    hello(handler)


def says_no(status: int, **headers: str) -> Callable:
    return lambda handler: handler.answer(status, b"{}", "application/json", **headers)


def hangs_up(handler) -> None:
    """Without a word: the connection ends as one to a program that was killed does."""
    handler.close_connection = True
    handler.connection.close()


def dies(handler) -> None:
    """In the middle of its answer."""
    handler.answer(200, events(chunk("Hel"), done=False), "text/event-stream", length=9999)
    handler.close_connection = True


def is_silent(handler) -> None:
    time.sleep(1.5)


@pytest.fixture
def load():
    """A model of servers that do as these say."""
    opened = []

    def loading(*says: Says, name: str = "m"):
        servings = [scripted_server(one) for one in says]
        urls = [serving.__enter__() for serving in servings]
        opened.extend(servings)
        opened.append(openai.load(Weights("openai", name, ",".join(urls)), Settings()))
        return opened[-1]

    yield loading
    for each in reversed(opened):
        each.close() if hasattr(each, "close") else each.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr("qsql.models.openai_errors.PAUSE", 0.2)


def texts(model, **options) -> list[str]:
    return [completion.text for completion in complete(model, ASK, Options(**options))]


@pytest.mark.parametrize("first", [says_no(429), says_no(503), hangs_up, says_no(429, Retry_After="0.4")])
def test_a_server_that_fails_before_it_answers_is_asked_once_more(load, first):
    says = Acts(acts=[first, hello])
    assert texts(load(says)) == ["Hello"] and len(says.asked) == 2


def test_a_server_that_goes_on_failing_is_asked_twice(load):
    says = Acts(acts=[says_no(503)])
    with pytest.raises(ModelUnreachable, match="is not ready"):
        texts(load(says))
    assert len(says.asked) == 2


@pytest.mark.parametrize(
    "act, words",
    [
        (says_no(401), "refused the key"),
        (says_no(404), "no such model"),
        (says_no(500), "could not answer"),
        (says_no(429, Retry_After="3600"), "no more requests"),
        (dies, "broke off"),
    ],
)
def test_what_would_be_of_no_use_or_has_begun_is_not_asked_again(load, act, words):
    says, begun = Acts(acts=[act, hello]), time.monotonic()
    with pytest.raises(ModelUnreachable, match=words):
        texts(load(says))
    assert len(says.asked) == 1 and time.monotonic() - begun < 3


def test_a_server_that_says_nothing_is_given_up_and_not_asked_again(load, monkeypatch):
    monkeypatch.setattr(openai, "SILENCE", 0.3)
    says = Acts(acts=[is_silent])
    with pytest.raises(ModelUnreachable, match="in time"):
        texts(load(says))
    assert len(says.asked) == 1


def test_a_cancel_is_heard_while_it_waits_to_ask_again(load):
    model, cancel = load(Acts(acts=[says_no(429, Retry_After="8")])), Event()
    Timer(0.3, cancel.set).start()
    begun = time.monotonic()
    (completion,) = complete(model, ASK, Options(cancel=cancel))
    assert completion.end.reason == "cancelled" and time.monotonic() - begun < 3


def test_candidates_that_a_server_does_not_give_together_are_asked_for_side_by_side(load):
    says = Acts(acts=[slowly])
    model = load(says)
    assert texts(model, candidates=4, seed=7) == ["Hello"] * 4
    assert [body.get("n") for _, body in says.asked] == [4, None, None, None] and says.most == 3
    assert sorted(body["seed"] for _, body in says.asked) == [7, 8, 9, 10]
    assert texts(model, candidates=9) == ["Hello"] * 9  # it is known now, and they are no more at a time than is fair
    assert [body.get("n") for _, body in says.asked[4:]] == [None] * 9 and says.most == openai.AT_ONCE


def test_a_server_that_refuses_to_give_several_is_asked_for_one_at_a_time(load):
    says = Acts(acts=[says_no(400), hello])
    assert texts(load(says), candidates=3) == ["Hello"] * 3


def test_of_candidates_side_by_side_one_that_fails_is_told(load):
    says = Acts(acts=[hello, hello, says_no(500)])
    with pytest.raises(ModelUnreachable, match="could not answer"):
        texts(load(says), candidates=3)


def test_the_least_busy_of_several_servers_is_asked(load):
    both = Acts(acts=[slowly]), Acts(acts=[slowly])
    model = load(*both)
    threads = [threading.Thread(target=texts, args=(model,)) for _ in range(4)]
    for thread in threads:
        thread.start()
        time.sleep(0.03)
    for thread in threads:
        thread.join()
    assert [len(says.asked) for says in both] == [2, 2]


@pytest.mark.parametrize("fault", [hangs_up, says_no(500), says_no(429)])
def test_a_server_that_fails_is_passed_over_and_tried_again_later(load, monkeypatch, fault):
    monkeypatch.setattr(replicas.Replica.rest, "__defaults__", (0.5,))
    bad, good = Acts(acts=[fault, hello]), Acts(acts=[hello])
    model = load(bad, good)
    assert [texts(model) for _ in range(3)] == [["Hello"]] * 3
    assert (len(bad.asked), len(good.asked)) == (1, 3)
    time.sleep(0.6)
    assert texts(model) == ["Hello"] and (len(bad.asked), len(good.asked)) == (2, 3)


def test_a_server_that_is_not_there_from_the_start_does_not_matter_where_there_is_another():
    with scripted_server(Acts(acts=[hello])) as url:
        model = openai.load(Weights("openai", "", f"http://127.0.0.1:9/v1,{url}"), Settings())
        assert texts(model) == ["Hello"] and model.name == "m"
        model.close()


def test_where_no_server_answers_it_is_said_of_all_of_them(load):
    model = load(Acts(acts=[says_no(503)]), Acts(acts=[hangs_up]))
    with pytest.raises(ModelUnreachable, match="None of the 2 servers answers; the last one: .* broke off"):
        texts(model)


def test_an_answer_that_broke_off_is_not_gone_on_with_by_another_server(load):
    other = Acts(acts=[hello])
    with pytest.raises(ModelUnreachable, match="broke off"):
        texts(load(Acts(acts=[dies]), other))
    assert not other.asked


def test_a_server_of_another_model_is_found_out_before_it_is_asked(load):
    other = Acts(acts=[hello], models=("llama", "phi"))
    with pytest.raises(UnknownModel, match="does not offer 'm'. It offers: llama, phi") as caught:
        load(Acts(acts=[hello]), other)
    assert "http://127.0.0.1" in str(caught.value) and not other.asked


def test_a_server_that_comes_back_with_another_model_is_not_taken_for_the_same(load):
    says = Acts(acts=[hello])
    model = load(says)
    assert texts(model) == texts(model) == ["Hello"]
    says.models = ("other",)
    says.acts = [lambda handler: handler.answer(200, HELLO.replace(b'"model": "m"', b'"model": "other"'), "text/event-stream")]
    with pytest.raises(UnknownModel, match="does not offer 'm'. It offers: other"):
        texts(model)
    says.models = ("m", "other")  # a gateway may name what it likes, as long as it offers what was asked for
    assert texts(model) == ["Hello"]


def test_a_server_that_was_not_there_is_looked_at_before_it_is_asked(load):
    good, bad = Acts(acts=[hello]), Acts(acts=[hangs_up, hello])
    model = load(bad, good)
    assert texts(model) == ["Hello"]
    bad.models = ("other",)
    good.acts = [hangs_up]
    with pytest.raises(ModelUnreachable, match="None of the 2 servers answers"):
        texts(model)
    assert len(bad.asked) == 1  # for a list it was, for an answer not


def test_a_model_is_asked_for_by_the_name_that_its_server_has_for_it(load):
    one, other = Acts(acts=[slowly], models=("/a/coder.gguf",)), Acts(acts=[slowly], models=("/b/coder.gguf",))
    model = load(one, other, name="coder")
    assert model.name == "coder.gguf"
    assert texts(model, candidates=3) == ["Hello"] * 3
    assert {body["model"] for says in (one, other) for _, body in says.asked} == {"/a/coder.gguf", "/b/coder.gguf"}


@pytest.mark.parametrize(
    "name, models, found",
    [("Q:LATEST", ("q:latest",), "q:latest"), ("q", ("q:latest",), "q:latest"), ("openai/q", ("openai/*",), "openai/q")],
)
def test_names_are_found_as_people_write_them(load, name, models, found):
    assert load(Acts(acts=[hello], models=models), name=name).name == found


def test_what_answers_no_question_is_not_taken_by_itself(load):
    assert load(Says(models=("nomic-embed-text", "coder")), name="").name == "coder"


def test_the_context_is_the_shortest_that_the_servers_tell(load):
    assert load(Says(more={"max_model_len": 8192}), Says(more={"meta": {"n_ctx": 4096}}), Says()).context == 4096


def test_the_list_of_a_server():
    with scripted_server(Says(models=("a", "b"), more={"max_model_len": 2048})) as url:
        assert [(one.id, one.context) for one in openai.models_of(url, Settings())] == [("a", 2048), ("b", 2048)]
    with scripted_server(Says(models=())) as url, pytest.raises(ModelUnreachable, match="offers no model"):
        openai.models_of(url, Settings())


def test_the_list_and_the_context_of_a_real_server(small_gguf):  # noqa: F811
    with llama_server(str(small_gguf)) as server:
        settings = Settings(api_key=server.key)
        assert [(one.id, one.context) for one in openai.models_of(server.url, settings)] == [("small", 2048)]
        with pytest.raises(UnknownModel, match="It offers: small"):
            openai.load(Weights("openai", "large", server.url), settings)
        with pytest.raises(ModelUnreachable, match="refused the key"):
            openai.load(Weights("openai", "small", server.url), Settings(api_key="another"))


def test_addresses_are_read_as_people_write_them(tmp_path):
    one, other = "http://a:8080/v1", "https://me:secret@b/v1"
    assert addresses(f" {one}/ , {other}#m") == (one, other) and model_at(f"{one},{other}#m") == "m"
    assert addresses(f"{one},{one}") == (one,)
    assert addresses("org/name") == addresses("qwen") == addresses("/models/a.gguf") == addresses("") == ()
    assert bare(other) == "https://b/v1" and "secret" not in bare("http://me:secret@[/v1")
    assert elsewhere(f"{one},{other}") == (one, "https://b/v1")
    assert elsewhere("http://127.0.0.1:1/v1,http://localhost/v1,http://[::1]:8/v1#m") == ()
    assert resolve(f"{one}, {other}#m", Settings(cache=tmp_path)) == Weights("openai", "m", f"{one},{other}")
    with pytest.raises(UnknownModel, match="Write it once"):
        resolve(f"{one}#m,{other}#n", Settings(cache=tmp_path))
