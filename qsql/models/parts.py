"""Which of many files make a model: one GGUF file or all its parts, or a folder's safetensors with what goes with them.

Knows names only, apart from `all_parts`, which looks beside a file for its other parts.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qsql.errors import ModelMissing

_PART = re.compile(r"-(\d{5})-of-(\d{5})(?=\.\w+$)")
_FOLDER_SUFFIXES = (".json", ".safetensors", ".txt", ".model", ".jinja", ".tiktoken")  # no code: nothing here may be run


@dataclass(frozen=True)
class File:
    """A file of a model; `size` in bytes; `digest` is its sha256, or git's sha1 for a small file, or empty where it is not known."""

    name: str
    size: int
    digest: str = ""


def model_files(names: Iterable[str], file: str = "") -> tuple[str, ...]:
    """The files to take: `file` or its parts where it is named, else the GGUF ones, else the folder's; empty where there is no model."""
    names = tuple(name for name in names if _stays_inside(name))
    return gguf_files(names, file) or (() if file else _folder_files(names))


def gguf_files(names: Iterable[str], file: str = "") -> tuple[str, ...]:
    """One GGUF file, or all parts of one in order: the named one, else the q4_k_m, else the only one there is."""
    groups = defaultdict(list)
    for name in sorted(names):
        if name.lower().endswith(".gguf") and "mmproj" not in name.lower():
            groups[_PART.sub("", name)].append(name)
    if file:
        chosen = [whole for whole in groups if whole.lower() == file.lower()]
    else:
        chosen = [whole for whole in groups if "q4_k_m" in whole.lower()] or (list(groups) if len(groups) == 1 else [])
    return tuple(groups[min(chosen, key=len)]) if chosen else ()


def missing_parts(names: Iterable[str]) -> tuple[str, ...]:
    """The parts that `names` announce (`-00001-of-00003`) and do not hold."""
    names = set(names)
    announced = set()
    for name in names:
        part = _PART.search(name)
        if part:
            numbers = range(1, int(part[2]) + 1)
            announced |= {_PART.sub(f"-{number:05}-of-{part[2]}", name) for number in numbers}
    return tuple(sorted(announced - names))


def all_parts(path: Path) -> tuple[Path, ...]:
    """`path`, or all parts of it in order; llama.cpp loads the first. Raises ModelMissing where another part is not there."""
    others = missing_parts((path.name,))
    absent = [name for name in others if not (path.parent / name).is_file()]
    if absent:
        raise ModelMissing(f"{absent[0]!r} is missing beside {path.name!r}.", "Put all parts of the model into one folder.")
    return tuple(path.with_name(name) for name in sorted((path.name, *others)))


def _stays_inside(name: str) -> bool:
    """A listing comes from elsewhere: a name in it may not lead out of the model's folder."""
    return not re.search(r"(^|/)\.\.(/|$)|^/|[\\:]", name)


def _folder_files(names: tuple[str, ...]) -> tuple[str, ...]:
    flat = [name for name in names if "/" not in name and not name.startswith((".", "consolidated"))]
    if "config.json" not in flat or not any(name.endswith(".safetensors") for name in flat):
        return ()
    return tuple(sorted(name for name in flat if name.endswith(_FOLDER_SUFFIXES) or name.upper().startswith("LICENSE")))
