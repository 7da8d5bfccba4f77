"""Where words come from: `resolve` turns a name into files or an address, `load_model` into a Model.

A name is `auto`, a model of the catalog, `echo`, a server's address (`http://host:port/v1`, with `#model` where it serves
several; more addresses of the same model follow after commas), a path to a .gguf file or a model's folder, or a hub repository (`org/name`).
"""

import difflib
import importlib
import json
import re
from pathlib import Path

from qsql.errors import ModelBroken, ModelMissing, UnknownModel
from qsql.models import catalog, choose, fetch
from qsql.models.addresses import addresses, model_at
from qsql.models.base import Model, Weights
from qsql.models.choose import survey
from qsql.models.fetch import Progress
from qsql.models.offered import Offered
from qsql.models.parts import all_parts, gguf_files
from qsql.settings import Settings

__all__ = ["RUNTIMES", "Progress", "load_model", "notice", "offered_at", "resolve", "survey"]

RUNTIMES = {
    "llamacpp": "qsql.models.llamacpp",
    "transformers": "qsql.models.transformers",
    "mlx": "qsql.models.mlx",
    "openai": "qsql.models.openai",
    "echo": "qsql.models.echo",
}


def load_model(name: str, settings: Settings | None = None, progress: Progress | None = None) -> Model:
    """A model ready to write; fetches what is missing. Raises a ModelError or MissingLibrary."""
    settings = settings or Settings.load()
    weights = resolve(name, settings, progress)
    return importlib.import_module(RUNTIMES[weights.runtime]).load(weights, settings)


def resolve(name: str, settings: Settings, progress: Progress | None = None) -> Weights:
    """Where the model called `name` is and what runs it; fetches into `settings.cache / "models"` what is missing.

    Raises UnknownModel, ModelMissing, ModelBroken or ModelTooLarge.
    """
    name = name.strip()
    for read in (_auto, _echo, _server, _catalogued, _path, _hub):
        weights = read(name, settings, progress)
        if weights:
            return weights
    raise UnknownModel(f"There is no model {name!r}.", _suggestion(name))


def notice(name: str) -> str:
    """What a person who chooses this model by name has to know (its licence); empty for most."""
    entry = catalog.find(name)
    return entry.notice if entry else ""


def offered_at(name: str, settings: Settings) -> tuple[Offered, ...]:
    """What the servers of this name offer, as the first of them that is there says. Raises UnknownModel and ModelUnreachable."""
    found = addresses(name)
    if not found:
        raise UnknownModel(f"{name!r} is not a server's address.", "Write it like http://127.0.0.1:8080/v1.")
    return importlib.import_module(RUNTIMES["openai"]).models_of(",".join(found), settings)


def _auto(name: str, settings: Settings, progress: Progress | None) -> Weights | None:
    if name.lower() not in ("", "auto"):
        return None
    machine = choose.this_machine()
    return _fetched(choose.choose(machine), machine, settings, progress)


def _echo(name: str, settings: Settings, progress: Progress | None) -> Weights | None:
    return Weights("echo", "echo", "") if name.lower() == "echo" else None


def _server(name: str, settings: Settings, progress: Progress | None) -> Weights | None:
    """`http://host/v1#model`, or several addresses; without `#model` the backend asks the servers what they have."""
    found = addresses(name)
    return Weights("openai", model_at(name), ",".join(found)) if found else None


def _catalogued(name: str, settings: Settings, progress: Progress | None) -> Weights | None:
    entry = catalog.find(name)
    if not entry:
        return None
    machine = choose.this_machine()
    return _fetched(choose.form_for(entry, machine), machine, settings, progress)


def _fetched(choice: choose.Choice, machine: choose.Machine, settings: Settings, progress: Progress | None) -> Weights:
    entry, form, four_bit = choice
    need = entry.memory(form, four_bit)
    choose.check_room(entry.name, need, form.runtime, machine)
    source = fetch.fetch(form, settings, progress)
    return Weights(form.runtime, entry.name, str(source), four_bit, entry.context)


def _path(name: str, settings: Settings, progress: Progress | None) -> Weights | None:
    """A file or folder of one's own; it is used as it is."""
    path = Path(name).expanduser()
    if not (path.exists() or path.is_absolute() or name.startswith(("./", "../", ".\\", "~")) or name.lower().endswith(".gguf")):
        return None
    if not path.exists():
        raise ModelMissing(f"There is no file or folder {name!r}.", "Check the path.")
    path = path.absolute()  # not resolved: a link may lead to a blob whose name says nothing
    return _local(path, path.stem if path.is_file() else path.name)


def _hub(name: str, settings: Settings, progress: Progress | None) -> Weights | None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return None
    machine = choose.this_machine()

    def admit(size: int, runtime: str) -> None:
        choose.check_room(name, size, _runtime(runtime), machine)

    source = fetch.fetch(catalog.Form("", name, 0), settings, progress, admit)
    return _local(source, name)


def _local(path: Path, name: str) -> Weights:
    """Weights at `path`, a .gguf file or a folder that holds one or a config.json."""
    if path.is_dir():
        inside = [child.name for child in path.iterdir()]
        chosen = gguf_files(inside)
        if chosen:
            return _local(path / chosen[0], name)
        return _folder(path, name, inside)
    if path.suffix.lower() != ".gguf":
        raise ModelBroken(f"{path.name!r} is not a model.", "Give a .gguf file, or the folder of a model.")
    paths = all_parts(path)
    with paths[0].open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelBroken(f"{path.name!r} is not a GGUF file, or is cut off.", "Download it again.")
    choose.check_room(name, sum(part.stat().st_size for part in paths), "llamacpp", choose.this_machine())
    return Weights("llamacpp", name, str(paths[0]))


def _folder(path: Path, name: str, inside: list[str]) -> Weights:
    if "config.json" not in inside or not any(child.endswith(".safetensors") for child in inside):
        what = f"The folder {str(path)!r} holds no model." if inside else f"The folder {str(path)!r} is empty."
        raise ModelMissing(what, "It needs a .gguf file, or config.json and .safetensors files.")
    return Weights(_runtime("folder"), name, str(path), context=_context(path / "config.json"))


def _runtime(kind: str) -> str:
    """What runs a GGUF file or a folder of safetensors on this machine."""
    if kind == "llamacpp":
        return kind
    return "mlx" if choose.this_machine().runtime == "mlx" else "transformers"


def _context(config: Path) -> int:
    try:
        return int(json.loads(config.read_text("utf-8")).get("max_position_embeddings") or Weights.context)
    except (ValueError, AttributeError) as error:
        raise ModelBroken(f"{str(config)!r} cannot be read.", "Download the model again.") from error


def _suggestion(name: str) -> str:
    known = [entry.name for entry in catalog.ENTRIES]
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    listed = f"Known: auto, {', '.join(known)}; or a .gguf file, a folder, org/name, a server's URL."
    return f"Did you mean {near[0]!r}? {listed}" if near else listed
