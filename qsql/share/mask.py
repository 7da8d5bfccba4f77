"""Errors without what they say of this machine: of a path its last name stays, of an address nothing."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from qsql.errors import QsqlError
from qsql.models.addresses import addresses, bare
from qsql.settings import Settings

Mask = Callable[[str], str]

_START = r"(?:[A-Za-z]:[\\/]|\\\\|/|~/)"
_FOLDERS = r"(?:[^\s'\"`\\/]+[\\/])"
_QUOTED = re.compile(rf"""(['"`]){_START}[^'"`\n]*[\\/]([^'"`\\/\n]*)\1""")  # a quoted path may hold spaces
_BARE = re.compile(rf"(?<![\w:/\\.<&~]){_START}{_FOLDERS}+")
_NUMBERS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")  # of a server


def mask_of(settings: Settings, *folders: Path) -> Mask:
    """Also hides what these settings name, whatever it looks like; `folders` are those of paths that may hold spaces."""
    known = sorted({*_source(settings.database, "the database"), *_source(settings.model, "the model")}, key=lambda pair: -len(pair[0]))
    roots = sorted(set(_roots(settings, folders)), key=len, reverse=True)
    under = re.compile(rf"(?:{'|'.join(map(re.escape, roots))})[\\/]{_FOLDERS}*")

    def mask(text: str) -> str:
        for secret, word in known:
            text = re.sub(rf"(?<![\w.-]){re.escape(secret)}(?![\w-])", lambda _, word=word: word, text)
        text = _QUOTED.sub(r"\1\2\1", text)
        return _NUMBERS.sub("***", _BARE.sub("", under.sub("", text)))

    return mask


@contextmanager
def masking(mask: Mask) -> Iterator[None]:
    """An error of ours goes on without what `mask` hides."""
    try:
        yield
    except QsqlError as error:
        error.message, error.hint = mask(error.message), mask(error.hint)
        error.args = (error.message, error.hint)
        error.__cause__ = None
        raise


def _roots(settings: Settings, folders: tuple[Path, ...]) -> Iterator[str]:
    for folder in (*folders, settings.cache, settings.data, Path.home(), Path.cwd(), Path(tempfile.gettempdir())):
        for given in {folder.absolute(), folder.resolve()}:
            if given != given.parent:
                yield str(given)


def _source(text: str, word: str) -> Iterator[tuple[str, str]]:
    """What a source that was named at start looks like in an error, and what to say for it."""
    if servers := addresses(text):
        yield text, word
        for address in map(bare, servers):
            yield address, word
            if "." in (host := urlsplit(address).hostname or ""):
                yield host, f"{word}'s server"
    elif "://" in text:
        yield text, word
        host = urlsplit(text).hostname or ""
        if "." in host:
            yield host, f"{word}'s server"
    elif "/" in text or "\\" in text:
        path = Path(text).expanduser()
        for given in {text, str(path), str(path.absolute()), str(path.resolve())}:
            yield given, path.name
