"""Which files are read, and what each of them really is, before any reader opens it.

Nothing is opened but plain files: a pipe or a device would wait or go on for ever. What is packed is unpacked no further
than MAX_UNPACKED, and what a reader would misunderstand (a web page by the name of table.csv) is refused by its first bytes.
"""

import os
import re
import shutil
import stat
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qsql.databases import FILE_SUFFIXES
from qsql.databases.decode import in_utf8
from qsql.databases.reading import some
from qsql.errors import CannotOpen

MAX_FILES = 200  # of one folder
MAX_ENTRIES = 10_000  # that are looked at in it
MAX_SIZE = 20_000_000_000  # bytes of one file
MAX_UNPACKED = 20_000_000_000  # bytes of it when unpacked
CHUNK = 1 << 20

KINDS = "CSV, TSV, Parquet, JSON, JSON Lines or Excel"
PATTERN = re.compile(r"[*?\[\]{}\x00-\x1f]")  # in a path, the engine takes these for a pattern
GZIP = b"\x1f\x8b"
MAGIC = {b"PAR1": "parquet", b"PARE": "parquet", b"PK\x03\x04": "excel", b"\xd0\xcf\x11\xe0": "excel"}
FORMATS = {".parquet": "parquet", ".json": "json", ".jsonl": "json", ".ndjson": "json"}
FORMATS |= dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel")
NAMES = {"text": "CSV", "json": "JSON", "parquet": "Parquet", "excel": "Excel"}
OTHERS = (  # how it begins, what it is, what to do
    (
        rb"\s*<(!doctype\s+html|html|head|body)\b",
        "{} is a web page, not a file of rows.",
        "Open the address in a browser, and save the table itself.",
    ),
    (rb"\s*<\?xml", "{} is XML, not a file of rows.", "Save it as CSV or Excel first."),
    (
        rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0\0\0\0|RIFF.{4}WEBP|II\*\0|MM\0\*",
        "{} is a picture, not a file of rows.",
        "Choose a file of rows.",
    ),
    (rb"%PDF-", "{} is a PDF document, not a file of rows.", "Save the table in it as CSV or Excel first."),
    (rb"\{\\rtf", "{} is a text document, not a file of rows.", "Save the table in it as CSV or Excel first."),
    (rb"SQLite format 3\0|.{8}DUCK", "{} is a database, not a file of rows.", "Open it by itself."),
)


@dataclass(frozen=True)
class Source:
    """A file as the person named it, the file that the engine reads in its stead, and what had to be done for that."""

    path: Path
    readable: Path
    format: str
    notes: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return _inner(self.path).stem

    @property
    def suffix(self) -> str:
        return _inner(self.path).suffix.lower()


def files_in(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """The files of rows in a folder, by name, and sentences on what else is there. Raises CannotOpen for none or too many."""
    seen = [entry for entry in _entries(folder) if not entry.name.startswith((".", "~$"))]
    plain = [entry for entry in seen if entry.is_file() and _leads_inside(folder, entry)]
    files = [entry for entry in plain if _inner(entry).suffix.lower() in FILE_SUFFIXES and entry.stat().st_size]
    if not files:
        raise CannotOpen(f"The folder {folder.name!r} holds no file of rows.", f"Choose one with files that are {KINDS}.")
    if len(files) > MAX_FILES:
        raise CannotOpen(f"The folder {folder.name!r} holds {len(files):,} files of rows, more than {MAX_FILES}.", "Choose some of them.")
    folders = [entry for entry in seen if entry.is_dir() and not entry.is_symlink()]
    others = [entry for entry in seen if entry not in plain and entry not in folders]
    left = [
        ("Left out, as they are empty or of no kind that can be read: {}.", [entry for entry in plain if entry not in files]),
        ("Left out, as they are folders: {}.", folders),
        ("Left out, as they are no plain files, or links that lead elsewhere: {}.", others),
    ]
    return files, tuple(said.format(some(entry.name for entry in found)) for said, found in left if found)


def prepared(path: Path, copy: Path) -> Source:
    """What to read of this file: itself; or `copy`, where it is packed, not in UTF-8, or has a name that the engine takes for a pattern.

    Raises CannotOpen.
    """
    try:
        return _prepared(path, copy)
    except UnicodeError as error:
        raise CannotOpen(f"{path.name!r} cannot be read as {NAMES[format_of(path)]}: it is not text.", "Choose another file.") from error
    except (OSError, ValueError) as error:
        raise cannot_read(path) from error


def format_of(path: Path) -> str:
    """By its name alone."""
    return FORMATS.get(_inner(path).suffix.lower(), "text")


def cannot_read(path: Path) -> CannotOpen:
    if not path.exists():
        return CannotOpen(f"{path.name!r} is not there.", "Put it back, or choose another file.")
    return CannotOpen(f"{path.name!r} cannot be read.", "Check that you may read it, and that its disk is well and has room.")


def too_large(path: Path) -> CannotOpen:
    return CannotOpen(f"{path.name!r} holds more than can be read at once.", "Open a part of it, or open it in DuckDB first.")


def unpacked(copy: Path) -> Path:
    """Where a packed file's content is kept while it is read."""
    return copy.with_name(copy.name + ".unpacked")


def _prepared(path: Path, copy: Path) -> Source:
    _check(path)
    readable, notes = path.resolve(), []
    if _head(readable).startswith(GZIP):
        readable = _unpacked(path, unpacked(copy))
    head = _head(readable)
    format = MAGIC.get(head[:4]) or format_of(path)
    if format in ("text", "json"):
        _refuse_others(path, head)
        readable, encoding = in_utf8(readable, copy)
        notes += [f"Its text was taken for {encoding}."] if encoding else []
    if PATTERN.search(str(readable)):
        readable = Path(shutil.copyfile(readable, copy))
    return Source(path, readable, format, tuple(notes))


def _check(path: Path) -> None:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise CannotOpen(f"{path.name!r} is not a plain file.", "Choose a file, not a pipe or a device.")
    if not found.st_size:
        raise CannotOpen(f"{path.name!r} is empty.", "Choose a file that holds something.")
    if found.st_size > MAX_SIZE:
        raise CannotOpen(f"{path.name!r} is larger than {MAX_SIZE / 1e9:g} GB.", "Open it in DuckDB first, and open the database here.")


def _refuse_others(path: Path, head: bytes) -> None:
    for begins, what, hint in OTHERS:
        if re.match(begins, head, re.IGNORECASE | re.DOTALL):
            raise CannotOpen(what.format(repr(path.name)), hint)


def _unpacked(path: Path, copy: Path) -> Path:
    """The content of a gzip file. Raises CannotOpen where it is damaged, or more than fits."""
    room = min(MAX_UNPACKED, shutil.disk_usage(copy.parent).free // 2)
    try:
        with path.open("rb") as packed, copy.open("wb") as target:
            _unpack(path, packed, target, room)
    except (EOFError, zlib.error) as error:
        raise CannotOpen(f"{path.name!r} is damaged: it cannot be unpacked.", "Get it again, or choose another file.") from error
    if not copy.stat().st_size:
        raise CannotOpen(f"{path.name!r} is empty.", "Choose a file that holds something.")
    return copy


def _unpack(path: Path, packed, target, room: int) -> None:
    import gzip

    written = 0
    try:
        with gzip.GzipFile(fileobj=packed) as file:
            while chunk := file.read(CHUNK):
                written += len(chunk)
                if written > room:
                    raise CannotOpen(f"{path.name!r} holds more than {room / 1e9:.3g} GB when unpacked.", "Open a smaller file.")
                target.write(chunk)
    except gzip.BadGzipFile as error:
        raise EOFError(str(error)) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(512)


def _inner(path: Path) -> Path:
    """shop.csv.gz -> shop.csv"""
    return Path(path.stem) if path.suffix.lower() == ".gz" else path


def _entries(folder: Path) -> Sequence[Path]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(Path(entry.path))
                if len(found) > MAX_ENTRIES:
                    raise CannotOpen(f"The folder {folder.name!r} holds more than {MAX_ENTRIES:,} files.", "Choose some of them.")
    except OSError as error:
        raise CannotOpen(f"The folder {folder.name!r} cannot be read.", "Check that you may read it.") from error
    return sorted(found)


def _leads_inside(folder: Path, entry: Path) -> bool:
    """Not a link out of the folder: who gets a folder from others does not look at each link in it."""
    try:
        return not entry.is_symlink() or entry.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False
