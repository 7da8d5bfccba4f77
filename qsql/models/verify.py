"""Which files on this disk are known to be what their publisher made, and a stamp beside them so that no start hashes them twice.

A stamp holds each file's size, time of change and digest. A file that changed since is hashed again.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from qsql.models.parts import File

STAMP = "verified.json"
CHUNK = 1 << 22
Report = Callable[[int], None]


def stamped(folder: Path, report: Report = lambda done: None) -> tuple[Path, tuple[File, ...]] | None:
    """Where the verified files of `folder` are, and which; None where there are none, or one of them is no longer what it was.

    A changed file in `folder` itself is deleted; one in the hub's cache is left alone.
    """
    stamp = _read(folder / STAMP)
    if not stamp:
        return None
    root = Path(stamp["root"]) if stamp["root"] else folder
    files = tuple(File(name, size, digest) for name, size, _, digest in stamp["files"])
    changed = [file for file, (_, size, time, _) in zip(files, stamp["files"], strict=True) if _state(root / file.name) != (size, time)]
    for file in changed:
        if matches(root / file.name, file, report):
            continue
        if root == folder:
            (root / file.name).unlink(missing_ok=True)
        (folder / STAMP).unlink(missing_ok=True)
        return None
    if changed:
        write_stamp(folder, root, files)
    return root, files


def write_stamp(folder: Path, root: Path, files: Iterable[File]) -> None:
    """Remember that `files` under `root` have just been verified."""
    rows = [(file.name, *_state(root / file.name), file.digest) for file in files]
    unfinished = folder / f"{STAMP}.new"
    unfinished.write_text(json.dumps({"root": "" if root == folder else str(root), "files": rows}), "utf-8")
    os.replace(unfinished, folder / STAMP)


def matches(path: Path, file: File, report: Report = lambda done: None) -> bool:
    """Whether the file at `path` has this size and digest; without a digest, the size decides."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    return not file.digest or digest(path, file.digest, report) == file.digest


def digest(path: Path, like: str = "", report: Report = lambda done: None) -> str:
    """The file's sha256; where `like` has 40 digits, git's sha1 of it instead."""
    if len(like) == 40:
        state = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    else:
        state = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            state.update(chunk)
            report(source.tell())
    return state.hexdigest()


def _state(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def _read(path: Path) -> dict | None:
    try:
        stamp = json.loads(path.read_text("utf-8"))
        ok = isinstance(stamp["root"], str) and all(len(row) == 4 for row in stamp["files"]) and stamp["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stamp if ok else None
