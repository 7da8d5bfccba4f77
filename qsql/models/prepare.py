"""A name -> the way to load that model, once its files are here: what a holder is given."""

import importlib
from pathlib import Path

from qsql.errors import ModelTooLarge
from qsql.models import RUNTIMES, choose, resolve
from qsql.models.base import Model, Weights
from qsql.models.choose import gigabytes
from qsql.models.fetch import Progress
from qsql.models.holder import Load, Prepare
from qsql.models.parts import all_parts
from qsql.settings import Settings

IN_MEMORY = ("llamacpp", "mlx")  # runtimes whose weights lie in this machine's own memory


def preparing(settings: Settings) -> Prepare:
    """Fetch and load as these settings say."""

    def prepare(name: str, progress: Progress) -> Load:
        weights = resolve(name, settings, progress)
        return lambda: _load(weights, settings)

    return prepare


def _load(weights: Weights, settings: Settings) -> Model:
    """Raises ModelTooLarge where other programs have taken the memory: what does not fit could take the app with it."""
    size, free = size_of(weights), choose.this_machine().free_memory
    if weights.runtime in IN_MEMORY and size > free:
        what = f"{weights.name!r} needs {gigabytes(size)} of memory or more; {gigabytes(free)} are free now."
        raise ModelTooLarge(what, "Close other programs, or choose a smaller model.")
    return importlib.import_module(RUNTIMES[weights.runtime]).load(weights, settings)


def size_of(weights: Weights) -> int:
    """Bytes of its files; 0 for a model that has none here."""
    path = Path(weights.source)
    if path.is_file():
        return sum(part.stat().st_size for part in all_parts(path))
    return sum(part.stat().st_size for part in path.glob("*.safetensors")) if path.is_dir() else 0
