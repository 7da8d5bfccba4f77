import threading
import time

import pytest

from qsql.errors import ModelUnreachable
from qsql.models.echo import Echo
from qsql.models.lazy import LazyModel


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
