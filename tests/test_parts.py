import pytest

from qsql.errors import ModelMissing
from qsql.models.parts import all_parts, missing_parts, model_files

SPLIT = tuple(f"m-q4_k_m-0000{number}-of-00003.gguf" for number in (1, 2, 3))
FOLDER = ("LICENSE", "config.json", "merges.txt", "model.safetensors", "tokenizer.json")
CASES = {
    "the named file": (("a-q4_k_m.gguf", "b-q4_k_m.gguf"), "B-Q4_K_M.gguf", ("b-q4_k_m.gguf",)),
    "all parts of the named file, in order": ((*reversed(SPLIT), "m-q8_0.gguf"), "m-q4_k_m.gguf", SPLIT),
    "not a file of another name": (("a-q4_k_m.gguf",), "b-q4_k_m.gguf", ()),
    "q4_k_m among others": (("m-Q2_K.gguf", "m-Q4_K_M.gguf", "m-Q8_0.gguf"), "", ("m-Q4_K_M.gguf",)),
    "the plainest of several q4_k_m": (("m-extra-q4_k_m.gguf", "m-q4_k_m.gguf"), "", ("m-q4_k_m.gguf",)),
    "the only one there is": (("README.md", "m-f16.gguf"), "", ("m-f16.gguf",)),
    "none of several without q4_k_m": (("m-q2_k.gguf", "m-q8_0.gguf"), "", ()),
    "not an image encoder": (("mmproj-q4_k_m.gguf", "m-q8_0.gguf"), "", ("m-q8_0.gguf",)),
    "a folder without code, pickles or subfolders": (
        (*FOLDER, "modeling.py", "pytorch_model.bin", "onnx/model.safetensors", ".gitattributes", "consolidated.safetensors"),
        "",
        FOLDER,
    ),
    "no folder without a config": (FOLDER[2:], "", ()),
    "nothing that leads out of the folder": (("../m.gguf", "a/../../m.gguf", "/m.gguf", "c:\\m.gguf", "..\\m.gguf"), "", ()),
    "a file in a subfolder": (("q4/m-q4_k_m.gguf", "q8/m-q8_0.gguf"), "", ("q4/m-q4_k_m.gguf",)),
    "nothing from nothing": ((), "", ()),
}


@pytest.mark.parametrize("names, file, taken", CASES.values(), ids=CASES)
def test_takes(names, file, taken):
    assert model_files(names, file) == taken


def test_knows_which_parts_are_missing():
    assert missing_parts(SPLIT) == missing_parts(["whole.gguf"]) == ()
    assert missing_parts(SPLIT[1:2]) == (SPLIT[0], SPLIT[2])


def test_finds_all_parts_whichever_is_named(tmp_path):
    for name in SPLIT:
        (tmp_path / name).write_bytes(b"GGUF")
    assert all_parts(tmp_path / SPLIT[2]) == tuple(tmp_path / name for name in SPLIT)
    assert all_parts(tmp_path / "whole.gguf") == (tmp_path / "whole.gguf",)
    (tmp_path / SPLIT[1]).unlink()
    with pytest.raises(ModelMissing, match="00002-of-00003"):
        all_parts(tmp_path / SPLIT[0])
