"""What a model has computed of a prompt, as files that outlive the program: kept whole or not at all, and never more than so many bytes.

A file's name is its key, which names all that it depends on, and the digest of what it holds: one that was torn or changed is deleted
where it is found.
"""

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 2_000_000_000
HALF = "half"
READ = "read"  # the folder, in the cache


class KeptStates:
    """Files of a `folder`, made where it is not there. The least recently used go when they are more than `most_bytes`.

    Raises OSError where the folder cannot be made.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self._most_bytes = folder, most_bytes
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # a schema's first rows are in them

    def find(self, key: str) -> Path | None:
        """The file of this key, whole and as it was kept."""
        for path in self.folder.glob(f"{key}.*"):
            with suppress(OSError):
                if path.suffix == f".{_digest(path)}":
                    os.utime(path)
                    return path
                self.drop(path)
        return None

    def keep(self, key: str, write: Callable[[str], None]) -> None:
        """Have a file written, by its name in the folder, and keep it under this key. Says in the log what went wrong."""
        half = self.folder / f"{HALF}-{secrets.token_hex(8)}"
        try:
            write(half.name)
            for old in list(self.folder.glob(f"{key}.*")):
                self.drop(old)
            os.replace(half, self.folder / f"{key}.{_digest(half)}")
            self._trim()
        except Exception:  # a full disk, say: the schema is read again next time
            logging.getLogger(__name__).info("what a model has read could not be kept", exc_info=True)
        finally:
            self.drop(half)

    def drop(self, path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)

    def _trim(self) -> None:
        files = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime)
        over = sum(path.stat().st_size for path in files) - self._most_bytes
        for path in files[:-1]:  # the one that was just kept stays
            if over <= 0:
                return
            over -= path.stat().st_size
            self.drop(path)


@dataclass(frozen=True)
class Reading:
    """Where what was read is kept, and what that depends on beside the prompt."""

    states: KeptStates
    model: tuple

    def key(self, *prompt: object) -> str:
        return key_of(self.model, *prompt)


def reading(cache: Path, *model: object) -> Reading | None:
    """Of a model that is known by all of these; None where there is no writing: then every program reads anew."""
    try:
        return Reading(KeptStates(cache / READ), model)
    except OSError:
        return None


def key_of(*what: object) -> str:
    """A name for all of these, which JSON can write."""
    return hashlib.blake2b(json.dumps(what).encode(), digest_size=16).hexdigest()


def identity(path: Path) -> tuple[str, int, int]:
    """What changes when the file does."""
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns


def identities(folder: Path) -> list[tuple[str, int, int]]:
    """What changes when a model's folder does."""
    return [identity(path) for path in sorted(folder.iterdir()) if path.suffix in (".json", ".safetensors")]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
