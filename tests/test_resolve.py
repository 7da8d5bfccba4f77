import json
import os

import pytest

from qsql.errors import ModelBroken, ModelMissing, ModelTooLarge, UnknownModel
from qsql.models import RUNTIMES, catalog, choose, load_model, resolve
from qsql.models.base import Weights
from qsql.settings import Settings

FOLDER_RUNTIME = "mlx" if choose.this_machine().runtime == "mlx" else "transformers"
SPELLED = {
    "echo": Weights("echo", "echo", ""),
    " ECHO ": Weights("echo", "echo", ""),
    "http://localhost:11434/v1": Weights("openai", "", "http://localhost:11434/v1"),
    "https://host.example/v1/#some/model:7b": Weights("openai", "some/model:7b", "https://host.example/v1"),
}


@pytest.mark.parametrize("name, weights", SPELLED.items(), ids=SPELLED)
def test_reads_names_that_need_no_files(tmp_path, name, weights):
    assert resolve(name, Settings(cache=tmp_path)) == weights
    assert list(tmp_path.iterdir()) == []


UNKNOWN = {
    "qwen2.5-coder-7": "Did you mean 'qwen2.5-coder-7b'?",
    "Qwen2.5-Coder-7B-Instruct": "Did you mean 'qwen2.5-coder-7b'?",
    "gpt-5": "Known: auto, qwen2.5-coder-0.5b",
    "http://": "Known: auto",
    "a/b/c": "Known: auto",
    "模型": "Known: auto",
}


@pytest.mark.parametrize("name, hint", UNKNOWN.items(), ids=UNKNOWN)
def test_refuses_an_unknown_name_and_says_which_are_known(tmp_path, name, hint):
    with pytest.raises(UnknownModel) as caught:
        resolve(name, Settings(cache=tmp_path))
    assert f"{name!r}" in caught.value.message and hint in caught.value.hint


def test_a_gguf_file_is_used_where_it_lies(tmp_path):
    path = tmp_path / "my model.gguf"
    path.write_bytes(b"GGUF rest")
    assert resolve(str(path), Settings(cache=tmp_path)) == Weights("llamacpp", "my model", str(path))


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_a_link_keeps_its_name(tmp_path):
    (tmp_path / "blob").write_bytes(b"GGUF rest")
    (tmp_path / "m.gguf").symlink_to(tmp_path / "blob")
    assert resolve(str(tmp_path / "m.gguf"), Settings()).source == str(tmp_path / "m.gguf")


def test_a_relative_path_is_a_path(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.gguf").write_bytes(b"GGUF rest")
    monkeypatch.chdir(tmp_path)
    for name in ("models/m.gguf", "./models/m.gguf", "models"):
        assert resolve(name, Settings()).source == str(tmp_path / "models" / "m.gguf")


def test_a_folder_with_a_config_goes_to_what_runs_folders_here(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": 4096}))
    (tmp_path / "model.safetensors").touch()
    assert resolve(str(tmp_path), Settings()) == Weights(FOLDER_RUNTIME, tmp_path.name, str(tmp_path), context=4096)


BAD_PATHS = {
    "nowhere": (None, ModelMissing, "There is no file or folder"),
    "an empty folder": ({}, ModelMissing, "is empty"),
    "a folder of other things": ({"notes.txt": b"x"}, ModelMissing, "holds no model"),
    "a config without weights": ({"config.json": b"{}"}, ModelMissing, "holds no model"),
    "a broken config": ({"config.json": b"{", "m.safetensors": b""}, ModelBroken, "cannot be read"),
    "a config that is a list": ({"config.json": b"[]", "m.safetensors": b""}, ModelBroken, "cannot be read"),
    "an empty GGUF file": ({"m.gguf": b""}, ModelBroken, "is not a GGUF file"),
    "a page saved as GGUF": ({"m.gguf": b"<html>"}, ModelBroken, "is not a GGUF file"),
    "one part of two": ({"m-00001-of-00002.gguf": b"GGUF"}, ModelMissing, "00002-of-00002.gguf' is missing"),
}


@pytest.mark.parametrize("files, kind, words", BAD_PATHS.values(), ids=BAD_PATHS)
def test_says_what_is_wrong_with_a_path(tmp_path, files, kind, words):
    folder = tmp_path / "model"
    if files is not None:
        folder.mkdir()
    for name, body in (files or {}).items():
        (folder / name).write_bytes(body)
    with pytest.raises(kind, match=words) as caught:
        resolve(str(folder), Settings(cache=tmp_path))
    assert caught.value.hint


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ModelBroken, match="'notes.txt' is not a model"):
        resolve(str(tmp_path / "notes.txt"), Settings())


def test_a_file_larger_than_all_memory_is_refused(tmp_path):
    path = tmp_path / "huge.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF")
        file.truncate(2 * choose.this_machine().memory)  # a hole: takes no room on the disk
    with pytest.raises(ModelTooLarge, match="'huge' needs"):
        resolve(str(path), Settings())


def test_every_runtime_names_a_module_here():
    assert {form.runtime for entry in catalog.ENTRIES for form in entry.forms} < set(RUNTIMES)
    assert all(module.startswith("qsql.models.") for module in RUNTIMES.values())


def test_loads_the_scripted_model(tmp_path):
    assert load_model("echo", Settings(cache=tmp_path)).name == "echo"


def test_auto_and_names_lead_to_verified_files():
    settings, machine = Settings.load(), choose.this_machine()
    if machine.runtime != "llamacpp":
        pytest.skip("this machine's models are larger than a test should fetch")
    entry, form, _ = choose.choose(machine)
    weights = resolve("auto", settings)
    assert weights == resolve(entry.alias, settings) == resolve(entry.name.upper(), settings)
    assert (weights.runtime, weights.name) == ("llamacpp", entry.name) and weights.source.endswith(form.file)
