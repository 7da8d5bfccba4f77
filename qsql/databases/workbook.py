"""What an Excel file would unfold to, before its reader, which holds a whole sheet in memory, opens it.

The reader makes room for all cells between the first and the last: two cells in opposite corners of a sheet of a few
hundred bytes would take half a terabyte. So each part of the archive is unpacked here once, in pieces: that its size is
the one that the archive claims (and no other part hides in it), and how far its cells reach.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qsql.errors import CannotOpen

MAX_PARTS = 10_000
MAX_UNPACKED = 2_000_000_000  # bytes
MAX_CELLS = 30_000_000  # of one sheet, empty ones between others included
CHUNK = 1 << 20
LONGEST = 4 * CHUNK  # of a cell or row that is looked at whole

CELL = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br=["']([A-Za-z]{1,3})(\d{1,7})["'][^<>]*[^/<>]>""")
ERROR = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\bt=["']e["']""")
UNSOLVED = re.compile(rb"</(?:\w+:)?f>(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>")
ENDS = (b"</c>", b"</row>", b"</table:table-cell>", b"</table:table-row>")
ODS_TAG = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)(?=[\s/>])([^<>]*)>")
ODS_COLUMNS = re.compile(rb"""number-columns-repeated=["'](\d{1,9})["']""")
ODS_ROWS = re.compile(rb"""number-rows-repeated=["'](\d{1,9})["']""")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass
class Extent:
    """How far the cells of one sheet reach, and how many hold an error, or a formula without its result."""

    rows: int = 0
    columns: int = 0
    errors: int = 0
    unsolved: int = 0

    def reach(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)


def check(path: Path, readable: Path) -> Extent:
    """What all its sheets hold that the person should know of; `path` is for people.

    Raises CannotOpen for what is damaged or unfolds too far.
    """
    if not zipfile.is_zipfile(readable):
        return Extent()  # the old kind, which packs nothing and has small sheets; or damaged, which its reader says
    try:
        with zipfile.ZipFile(readable) as archive:
            return _check(path, archive)
    except DAMAGED as error:
        raise unreadable(path) from error


def _check(path: Path, archive: zipfile.ZipFile) -> Extent:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise too_large(path)
    told = Extent()
    for part in parts:
        with archive.open(part) as file:
            for extent in _extents(part.filename.lower(), file):
                if extent.rows * extent.columns > MAX_CELLS:
                    raise too_large(path)
                told.errors, told.unsolved = told.errors + extent.errors, told.unsolved + extent.unsolved
    return told


def unreadable(path: Path) -> CannotOpen:
    return CannotOpen(f"{path.name!r} cannot be read as an Excel file.", "Save it again in Excel, or choose another.")


def too_large(path: Path) -> CannotOpen:
    return CannotOpen(f"{path.name!r} holds too much to be read as an Excel file.", "Delete what is empty in it, or save the sheet as CSV.")


def _extents(name: str, file) -> Iterator[Extent]:
    """Reads the part to its end, whatever it is, so that its size and its sum are checked."""
    if name.endswith(".xml") and "worksheets/" in name:
        yield from _xlsx(_pieces(file))
    elif name == "content.xml":
        yield from _ods(_pieces(file))
    elif name.endswith(".bin") and "worksheets/" in name:
        yield from _xlsb(file)
    while file.read(CHUNK):
        pass


def _pieces(file) -> Iterator[bytes]:
    """The text in pieces that end with a whole cell or row, as long as these are not too long to be looked at whole."""
    left = b""
    while chunk := file.read(CHUNK):
        left += chunk
        end = _end(left)
        yield left[:end]
        left = left[end:]
    yield left


def _end(text: bytes) -> int:
    """Where the last cell or row ends."""
    ends = [text.rfind(tag) + len(tag) for tag in ENDS if tag in text]
    return max(ends, default=len(text) if len(text) > LONGEST else 0)


def _xlsx(pieces: Iterator[bytes]) -> Iterator[Extent]:
    extent = Extent()
    for piece in pieces:
        for column, row in CELL.findall(piece):
            extent.reach(int(row), _number(column))
        extent.errors += len(ERROR.findall(piece))
        extent.unsolved += len(UNSOLVED.findall(piece))
    yield extent


def _number(letters: bytes) -> int:
    """A -> 1, AA -> 27"""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _ods(pieces: Iterator[bytes]) -> Iterator[Extent]:
    """One extent a sheet: an empty row or cell counts only where a filled one follows."""
    extent, row, width = Extent(), 0, 0
    for piece in pieces:
        for closes, tag, rest in ODS_TAG.findall(piece):
            if tag == b"table" and not closes:
                yield extent
                extent, row = Extent(), 0
            elif tag == b"table-row" and not closes:
                row, width = row + _repeats(ODS_ROWS, rest), 0
            elif tag.endswith(b"cell") and not closes:
                width += _repeats(ODS_COLUMNS, rest)
                if b"value-type" in rest:
                    extent.reach(row, width)
    yield extent


def _repeats(pattern: re.Pattern, rest: bytes) -> int:
    found = pattern.search(rest)
    return int(found[1]) if found else 1


def _xlsb(file) -> Iterator[Extent]:
    """Records of a kind, a length and a body: 0 begins a row with its number, 2 to 11 are cells, which begin with their column's."""
    extent, row = Extent(), 0
    data = memoryview(file.read())
    at = 0
    while at < len(data):
        kind, at = _varint(data, at, 2)
        size, at = _varint(data, at, 4)
        body = data[at : at + 4]
        if kind == 0:
            row = int.from_bytes(body, "little") + 1
        elif 2 <= kind <= 11:
            extent.reach(row, int.from_bytes(body, "little") + 1)
        at += size
    yield extent


def _varint(data: memoryview, at: int, longest: int) -> tuple[int, int]:
    value = 0
    for index in range(longest):
        if at >= len(data):
            raise EOFError
        byte = data[at]
        value, at = value | (byte & 127) << (7 * index), at + 1
        if byte < 128:
            break
    return value, at
