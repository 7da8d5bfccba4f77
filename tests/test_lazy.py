import os
import re
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import psutil
import pytest

from qsql.errors import ModelBroken, ModelUnreachable, Stopped, UnknownModel
from qsql.models.base import Options, complete
from qsql.models.echo import Echo
from qsql.models.holder import ModelHolder, using
from qsql.models.lazy import LazyModel
from qsql.models.prepare import preparing
from qsql.models.state import State
from qsql.records import Message, Prompt
from qsql.settings import Settings
from tests import servers
from tests.model_files import small_gguf, tiny_folder  # noqa: F401

ROOT = Path(__file__).parent.parent


def test_loads_once_and_ahead_of_the_first_call():
    loads = []
    model = LazyModel(lambda: loads.append(1) or Echo())
    time.sleep(0.2)
    assert loads == [1]
    assert model() is model()
    assert loads == [1]


def test_callers_wait_for_one_load():
    def slow():
        time.sleep(0.3)
        return Echo()

    model, got = LazyModel(slow), []
    threads = [threading.Thread(target=lambda: got.append(model())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4 and len({id(one) for one in got}) == 1


def test_a_load_that_failed_is_tried_again():
    answers = [ModelUnreachable("Nobody answers."), ModelUnreachable("Nobody answers."), None]

    def load():
        error = answers.pop(0)
        if error:
            raise error
        return Echo()

    model = LazyModel(load)
    time.sleep(0.2)
    with pytest.raises(ModelUnreachable):
        model()
    assert model().name == "echo"


def test_after_closing_it_is_loaded_anew():
    loads = []
    model = LazyModel(lambda: loads.append(1) or Echo())
    model()
    model.close()
    model()
    assert len(loads) == 2


# Another model without a restart


class Slow(Echo):
    """Says when it was closed; `going` holds up what it writes."""

    def __init__(self, name: str, going: threading.Event | None = None) -> None:
        super().__init__((f"one two three from {name}",))
        self.name, self.closed, self._going = name, False, going

    def stream(self, prompt, options=Options()):
        for piece in super().stream(prompt, options):
            assert not self.closed
            yield piece
            if self._going:
                self._going.wait(20)

    def close(self):
        self.closed = True


class Models:
    """What a holder can be asked for. Those that were made are kept; `broken` cannot be loaded, `far` has to be fetched."""

    def __init__(self, going: threading.Event | None = None) -> None:
        self.made: list[Slow] = []
        self.fetching, self.go_on = threading.Event(), threading.Event()
        self.going = going

    def prepare(self, name, progress):
        if name == "unknown":
            raise UnknownModel("There is no model 'unknown'.")
        if name == "far":
            for done in range(0, 1001, 10):
                progress(done, 1000, "Fetching far.gguf")
                self.fetching.set()
                self.go_on.wait(20 if done == 400 else 0.001)
        return lambda: self.load(name)

    def load(self, name):
        if name == "broken":
            raise ModelBroken("The model file 'broken' cannot be loaded.")
        assert all(model.closed for model in self.made), "two at a time"
        self.made.append(Slow(name, self.going))
        return self.made[-1]


def until(true) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


SAY = Prompt((Message("user", "Say it."),))


def text(model) -> str:
    return complete(model, SAY)[0].text


@pytest.fixture
def models():
    return Models()


@pytest.fixture
def holder(models):
    told = []
    holder = ModelHolder(models.prepare, "first", told.append)
    holder.told = told
    yield holder
    holder.close()
    assert all(model.closed for model in models.made)


def test_another_model_takes_its_place_and_the_first_is_closed(holder, models):
    assert text(holder()) == "one two three from first"
    assert holder.state() == State("ready", "first")
    holder.switch("second")
    until(lambda: holder.state() == State("ready", "second"))
    assert text(holder()) == "one two three from second" and holder.name == "second"
    assert [model.closed for model in models.made] == [True, False] and holder.told == ["second"]


@pytest.mark.parametrize("name, error", [("unknown", UnknownModel), ("broken", ModelBroken)])
def test_where_the_other_cannot_be_had_the_first_is_back_and_it_is_said_why(holder, models, name, error):
    holder()
    holder.switch(name)
    until(lambda: holder.state().error)
    state = holder.state()
    assert state.kind == "ready" and state.name == "first" and isinstance(state.error, error) and state.error.__traceback__ is None
    assert text(holder()) == "one two three from first" and holder.name == "first" and not holder.told
    holder.switch("second")
    assert holder.state().error is None


def test_while_it_is_fetched_the_first_answers_and_a_cancel_is_heard_at_once(holder, models):
    holder()
    holder.switch("far")
    assert models.fetching.wait(20)
    until(lambda: holder.state().done == 400)
    state = holder.state()
    assert (state.kind, state.name, state.coming, state.total) == ("fetching", "first", "far", 1000)
    assert text(holder()) == "one two three from first"
    until(lambda: holder.state().seconds)
    assert holder.cancel() and holder.state() == State("ready", "first")
    models.go_on.set()
    time.sleep(0.2)
    assert holder.state() == State("ready", "first") and len(models.made) == 1 and not holder.cancel()


def test_a_question_ends_with_the_model_it_began_with_and_a_new_one_waits(holder, models):
    got = []
    with holder.using() as model:
        assert holder.state() == State("busy", "first", questions=1)
        holder.switch("second")
        until(lambda: holder._leaving)  # until then new ones are answered by the first
        other = threading.Thread(target=lambda: got.append(text(holder())))
        other.start()
        until(lambda: holder.state().held_up == 1)
        assert text(model) == text(model) == "one two three from first"
        assert holder.state().questions == 1 and not got
    other.join(20)
    assert got == ["one two three from second"] and models.made[0].closed


def test_a_text_that_is_written_is_written_to_its_end():
    going = threading.Event()
    models = Models(going)
    holder = ModelHolder(models.prepare, "first")
    pieces = holder().stream(SAY)
    words = [next(pieces).text]
    assert holder.state().kind == "busy"
    holder.switch("second")
    until(lambda: holder.state().changing)
    going.set()
    words += [piece.text for piece in pieces]
    assert "".join(words) == "one two three from first"
    until(lambda: holder.state() == State("ready", "second"))
    holder.close()


def test_a_change_that_waits_for_a_question_can_be_given_up(holder, models):
    with holder.using() as model:
        holder.switch("second")
        until(lambda: holder._leaving)
        assert holder.cancel()
        until(lambda: holder.state().kind == "busy")
        assert text(model) == text(holder()) == "one two three from first"
    assert len(models.made) == 1


def test_of_several_choices_the_last_is_taken(holder, models):
    for name in ("second", "unknown", "broken", "third", "far", "fourth"):
        holder.switch(name)
    models.go_on.set()
    until(lambda: holder.state() == State("ready", "fourth"))
    assert text(holder()) == "one two three from fourth"
    assert sum(not model.closed for model in models.made) == 1


def test_a_caller_who_waits_for_the_model_hears_the_stop(models):
    holder, stop = ModelHolder(models.prepare, "far"), threading.Event()
    assert models.fetching.wait(20)
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(Stopped):
        with using(holder, stop):
            pass
    models.go_on.set()
    assert text(holder()) == "one two three from far"
    holder.close()


def test_nothing_that_can_be_had_is_a_state_of_its_own(models):
    holder = ModelHolder(models.prepare, "broken")
    until(lambda: holder.state().kind == "failed")
    state = holder.state()
    assert state.coming == "broken" and isinstance(state.error, ModelBroken) and not state.name
    with pytest.raises(ModelBroken):
        holder()
    holder.switch("second")
    assert text(holder()) == "one two three from second"
    holder.close()
    assert holder.state() == State("absent")


def test_memory_that_is_not_there_is_a_sentence():
    def prepare(name, progress):
        return lambda: bytearray(2**62) if name == "huge" else Echo()

    holder = ModelHolder(prepare, "echo")
    holder()
    holder.switch("huge")
    until(lambda: holder.state().error)
    assert "'huge' does not fit" in str(holder.state().error) and holder().name == "echo"


def test_many_threads_ask_while_the_model_is_changed_again_and_again(holder, models):
    stop, wrong, texts = threading.Event(), [], []

    def ask():
        while not stop.is_set():
            try:
                with holder.using() as model:
                    texts.append(text(model))
                holder.state()
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(20):
        holder.switch(f"model-{number}")
        time.sleep(0.03)
    until(lambda: holder.state().name == "model-19")
    stop.set()
    for thread in threads:
        thread.join(20)
    assert not wrong and len(texts) > 50 and sum(not model.closed for model in models.made) == 1


def test_how_fast_it_writes_is_remembered():
    holder = ModelHolder(lambda name, progress: lambda: Echo(("word " * 40,), delay=0.002), "echo")
    assert holder.speed is None
    text(holder())
    assert 100 < holder.speed < 500


def test_two_real_backends_in_turn_leave_no_memory_behind(small_gguf, tiny_folder):  # noqa: F811
    holder, taken, gone = ModelHolder(preparing(Settings()), "echo"), [], []
    for turn in range(3):
        for name in (str(tiny_folder), str(small_gguf)):
            holder.switch(name)
            until(lambda: holder.name == name and holder.state().kind == "ready")
            complete(model := holder(), SAY, Options(max_tokens=2))
            gone.append(weakref.ref(model._model._model))
            del model
        taken.append(psutil.Process().memory_info().rss / 1e6)
    assert [one() is None for one in gone] == [True] * 5 + [False]
    assert taken[2] < taken[1] + 250, taken  # megabytes; a GGUF model that stays takes 800 each time
    holder.close()
    assert gone[-1]() is None and psutil.Process().memory_info().rss / 1e6 < taken[2] - 500


FETCHES = """
import sys, time
from pathlib import Path
from qsql.models.holder import ModelHolder
from qsql.models.prepare import preparing
from qsql.settings import Settings
holder = ModelHolder(preparing(Settings(cache=Path(sys.argv[1]))), "echo")
holder()
def until(true):
    end = time.monotonic() + 30
    while not true(holder.state()):
        assert time.monotonic() < end, holder.state()
        time.sleep(0.01)
    return holder.state()
holder.switch("org/model")
told = until(lambda state: state.done >= 2**20)
assert (told.kind, told.name, told.coming, told.total) == ("fetching", "echo", "org/model", 3_000_005), told
assert holder.cancel() and holder.state().kind == "ready"
print("cancelled", flush=True)
input()
until(lambda state: not any(thread.name == "qsql-load" for thread in __import__("threading").enumerate()))
print(holder.state().error, len(list(Path(sys.argv[1]).rglob("*.part"))), flush=True)
holder.switch("org/model")
print(until(lambda state: state.error).error, holder().name)
"""


def test_a_fetch_that_is_cancelled_ends_and_is_gone_on_with_when_it_is_wanted_again(tmp_path):
    body = b"GGUF" + os.urandom(3_000_000) + b"!"
    with servers.serving(servers.Hub({"org/model": {"m-q4_k_m.gguf": body}})) as hub:
        hub.hold.clear()
        hub.hold_at["m-q4_k_m.gguf"] = 2 * 2**20
        environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", FETCHES, str(tmp_path)]
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "cancelled\n"
            hub.hold_at.clear()
            hub.hold.set()
            said, _ = child.communicate("\n", timeout=60)
    first, last = said.splitlines()
    assert first == "None 1" and last.startswith("The model file 'm-q4_k_m.gguf' cannot be loaded.") and last.endswith(" echo")
    assert hub.downloads("m-q4_k_m.gguf")[1].rpartition("=")[2] != "0-"


SHORT_OF_MEMORY = """
import resource, sys, time
from qsql.models import llamacpp
import xllamacpp
from qsql.models.holder import ModelHolder
from qsql.models.prepare import preparing
from qsql.settings import Settings
holder = ModelHolder(preparing(Settings()), "echo")
holder()
resource.setrlimit(resource.RLIMIT_AS, (900 * 2**20,) * 2)
holder.switch(sys.argv[1])
while not holder.state().error:
    time.sleep(0.05)
print(holder.state().error, holder().name)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound a process's memory")
def test_a_program_that_gets_no_more_memory_goes_on_with_the_model_before(small_gguf):  # noqa: F811
    done = subprocess.run([sys.executable, "-c", SHORT_OF_MEMORY, str(small_gguf)], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0 and re.search(r"cannot be loaded\. .*free some memory\. echo$", done.stdout.strip()), done
