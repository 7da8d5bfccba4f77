"""Components are defined without a stub for editors, and are what they would be with one."""

import importlib
import inspect
import sys

import pytest

from qsql.ui.importing import without_stubs

OWN = "import gradio as gr\n\n\nclass Own(gr.HTML):\n    pass\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "own_component.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "own_component.pyi"
    sys.modules.pop("own_component", None)


def test_a_component_is_defined_without_a_stub(own):
    getfile = inspect.getfile
    with without_stubs():
        component = importlib.import_module("own_component").Own()
    assert not own.exists() and inspect.getfile is getfile
    assert callable(component.click)


def test_gradio_would_write_one(own):
    importlib.import_module("own_component")
    assert own.exists(), "it does not any more, and nothing need be done about it"


def test_what_is_no_component_is_found_in_the_block():
    with without_stubs():
        assert inspect.getfile(pytest) == pytest.__file__
