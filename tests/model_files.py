"""The model files that tests compute with: the family's smallest, and a tiny one with its tokenizer."""

from pathlib import Path

import pytest

from qsql.errors import ModelMissing
from qsql.models import catalog, fetch
from qsql.settings import Settings
from tests.tiny_model import tiny_model


@pytest.fixture(scope="session")
def small_gguf() -> Path:
    """Qwen2.5-Coder 0.5B; fetched once into the app's own cache."""
    try:
        return fetch.fetch(catalog.find("qwen2.5-coder-0.5b").form("llamacpp"), Settings.load())
    except ModelMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def tiny_folder(small_gguf) -> Path:
    """A folder of safetensors for transformers and MLX."""
    folder = Settings.load().cache / "tests" / "tiny-qwen2"
    folder.parent.mkdir(parents=True, exist_ok=True)
    return tiny_model(small_gguf, folder)
