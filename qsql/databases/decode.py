"""Text in any usual encoding -> a file in UTF-8, which the engine reads."""

import codecs
import re
from pathlib import Path

CHUNK = 1 << 20  # bytes
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
EVERYDAY = 0.9  # of what is not ASCII must be everyday Chinese or Japanese, or the text is taken for Western
NAMES = dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), "UTF-16")
NAMES |= {"gb18030": "GB18030", "cp932": "Shift-JIS", "cp1252": "Windows-1252"}


def in_utf8(path: Path, copy: Path) -> tuple[Path, str]:
    """`path` itself where it is UTF-8, else `copy`, which is written then; and the encoding's name for the person, "" for UTF-8.

    Raises UnicodeError for what is no text.
    """
    encoding = encoding_of(path)
    if encoding == "utf-8":
        return path, ""
    with path.open(encoding=encoding, errors="replace", newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
        while text := source.read(CHUNK):
            target.write(text.replace("\0", ""))
    return copy, NAMES[encoding]


def encoding_of(path: Path) -> str:
    """utf-8, utf-16, gb18030, cp932, or else cp1252, in which every Western text can be read. Raises UnicodeError."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    wide = _utf16(head)
    if wide:
        codecs.getincrementaldecoder(wide)().decode(head)
        return wide
    if BINARY.search(head):
        raise UnicodeError("control characters")
    if _is_utf8(path):
        return "utf-8"
    return next((encoding for encoding, known in EASTERN if _is_in(head, encoding, known)), "cp1252")


def _utf16(head: bytes) -> str:
    """By its mark; without one, by the zeros that stand at every other byte of text that is mostly ASCII."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 2 < len(head) // 2 or min(even, odd) * 100 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _is_in(head: bytes, encoding: str, known) -> bool:
    """Many texts decode as others too, but to rare characters."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    foreign = [character for character in text if not character.isascii()]
    return sum(map(known, foreign)) >= EVERYDAY * len(foreign)


def _chinese(character: str) -> bool:
    return _fits(character, "gb2312", b"\xff")


def _japanese(character: str) -> bool:
    """Kana and the kanji of everyday, which stand before the rarer ones; not kana of half width, which other text turns into."""
    return _fits(character, "cp932", b"\x98\x73") and not "\uff61" <= character <= "\uff9f"


def _fits(character: str, encoding: str, below: bytes) -> bool:
    try:
        return character.encode(encoding) < below
    except UnicodeEncodeError:
        return False


EASTERN = (("gb18030", _chinese), ("cp932", _japanese))
