"""Text in any usual encoding -> a file in UTF-8, which the engine reads."""

import codecs
import re
import shutil
from pathlib import Path

CHUNK = 1 << 20  # bytes
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
CHINESE = 0.9  # of what is not ASCII must be everyday Chinese, or the text is taken for Western


def in_utf8(path: Path, copy: Path) -> Path:
    """`path` itself where it is UTF-8, else `copy`, which is written then. Raises UnicodeError for what is no text."""
    encoding = encoding_of(path)
    if encoding == "utf-8":
        return path
    with path.open(encoding=encoding, errors="replace", newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
        shutil.copyfileobj(source, target, CHUNK)
    return copy


def encoding_of(path: Path) -> str:
    """utf-8, utf-16 (by its mark), gb18030, or else cp1252, in which every Western text can be read. Raises UnicodeError."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    if head.startswith(UTF16):
        codecs.getincrementaldecoder("utf-16")().decode(head)
        return "utf-16"
    if BINARY.search(head):
        raise UnicodeError("control characters")
    if _is_utf8(path):
        return "utf-8"
    return "gb18030" if _is_chinese(head) else "cp1252"


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


def _is_chinese(head: bytes) -> bool:
    """Many Western texts decode as gb18030 too, but to rare characters."""
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(head)
    except UnicodeDecodeError:
        return False
    foreign = [character for character in text if not character.isascii()]
    everyday = sum(1 for character in foreign if _in_gb2312(character))
    return everyday >= CHINESE * len(foreign)


def _in_gb2312(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False
