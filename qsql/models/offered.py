"""The models that a server lists -> records, and which of them a name means. Pure; knows nothing of the connection."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PureWindowsPath

OTHER_KINDS = re.compile(r"embed|rerank|whisper|tts", re.IGNORECASE)  # models that answer no question


@dataclass(frozen=True)
class Offered:
    """A model by the name that its server knows it by. `context` is what it reads and writes at most, in tokens; 0 is not told."""

    id: str
    context: int = 0
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For people: a file without its folder."""
        return PureWindowsPath(self.id).name if self.id.lower().endswith(".gguf") else self.id


def read_offered(entries: Sequence[object]) -> tuple[Offered, ...]:
    """Of the list that a server gave. Raises AttributeError, TypeError or ValueError where it is none."""
    return tuple(Offered(str(entry.id), _context(entry), tuple(map(str, getattr(entry, "aliases", None) or ()))) for entry in entries)


def first(offered: Sequence[Offered]) -> Offered:
    """What to take where no model was named."""
    return next((one for one in offered if not OTHER_KINDS.search(one.id)), offered[0])


def find(name: str, offered: Sequence[Offered]) -> Offered | None:
    """The model that is called so, as far as can be told; a gateway may list a pattern, such as openai/*."""
    for one in offered:
        if name.casefold() in _names(one):
            return one
    return next((Offered(name) for one in offered if "*" in one.id and fnmatchcase(name, one.id)), None)


def _names(one: Offered) -> Iterator[str]:
    """All that people may write for it: with Ollama, `latest` goes without saying; with llama.cpp, a file's folder and ending do."""
    for name in (one.id, *one.aliases, one.name):
        yield from (name.casefold(), name.casefold().removesuffix(":latest"), name.casefold().removesuffix(".gguf"))


def _context(entry: object) -> int:
    """As vLLM and SGLang tell it, or as llama.cpp does."""
    meta = getattr(entry, "meta", None)
    told = getattr(entry, "max_model_len", None) or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return told if isinstance(told, int) and told > 0 else 0
