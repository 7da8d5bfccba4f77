"""A page as it is kept: itself and its rows, each as compressed JSON; and which pictures and names may be kept. Pure.

The rows are apart from the page, so that versions with the same rows can share them.
"""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from artifacts.records import Data, Page
from qsql.errors import BadInput
from qsql.userdata import fold

MOST_HTML = 2_000_000  # bytes of a page's own text: a hundred times what a model writes in one answer
MOST_ROWS = 16_000_000  # bytes of its rows as JSON: several times what a page is given, and no more than a fraction of the file
MOST_PICTURE = 300_000  # characters of a picture: enough for a card in a list, which reads sixty of them
MOST_NAME, MOST_TEXT = 120, 4000  # characters of a name, and of a request that are searched in
FAST = 3  # of zlib's 9: a third of the time for a tenth more bytes
PICTURE = re.compile(r"data:image/(png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})")
BEGINS = {"png": rb"\x89PNG\r\n\x1a\n", "jpeg": rb"\xff\xd8\xff", "webp": rb"RIFF.{4}WEBP"}


@dataclass(frozen=True)
class Packed:
    """`rows` has the `cells` of the page under this hash; both None where it has no data. `words` are what is searched in."""

    page: bytes
    rows: str | None
    cells: bytes | None
    title: str
    words: str


def pack(page: Page) -> Packed:
    """Raises BadInput for one that is too large."""
    data = page.data
    cells = _json(data.rows) if data else None
    own = sum(len(_encoded(text)) for text in (page.html, page.spec, page.request))
    if own > MOST_HTML or len(cells or b"") > MOST_ROWS:
        raise BadInput("This page is too large to be kept.", "Ask for a smaller one, or give it fewer rows.")
    kept = _json(asdict(replace(page, data=replace(data, rows=()) if data else None)))
    words = fold(f"{page.title[:MOST_TEXT]}\n{page.request[:MOST_TEXT]}")
    rows = (hashlib.sha256(cells).hexdigest(), zlib.compress(cells, FAST)) if cells else (None, None)
    return Packed(zlib.compress(kept, FAST), *rows, _whole(page.title)[:MOST_NAME], _whole(words))


def unpack(page: bytes, *cells: bytes | None) -> Page:
    """What `pack` made; without cells the page has no data."""
    kept = _read(page)
    data = kept["data"]
    if data is not None:
        data = _record(Data, data | {"rows": tuple(map(tuple, _read(cells[0])))}) if cells else None
    return _record(Page, kept | {"data": data})


@contextmanager
def sound() -> Iterator[None]:
    """What cannot be read back is told as a file that is broken."""
    try:
        yield
    except (ValueError, TypeError, LookupError, zlib.error) as error:
        raise OSError("this was not written by the gallery") from error


def secret_hash(secret: str) -> str:
    """Secrets are looked up by this, so that the time it takes tells nothing of them."""
    return hashlib.sha256(_encoded(secret)).hexdigest()


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > MOST_NAME:
        raise BadInput(f"A name has at most {MOST_NAME} characters.", "Choose a shorter one.")
    return name


def checked_picture(url: str) -> str:
    """A `data:` URL whose content is what it says, or nothing. Raises BadInput for all else: an SVG could hold a script."""
    found = PICTURE.fullmatch(url) if len(url) <= MOST_PICTURE else None
    if url and not (found and re.match(BEGINS[found[1]], _decoded(found[2]), re.DOTALL)):
        raise BadInput("This picture cannot be kept.", f"It must be a PNG, JPEG or WebP of at most {MOST_PICTURE // 1000} KB.")
    return url


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _json(value: object) -> bytes:
    try:
        return _encoded(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    except (TypeError, ValueError) as error:
        raise BadInput("The rows of this page cannot be kept.", "Give it numbers, texts and truth values only.") from error


def _read(packed: bytes) -> Any:
    return json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))


def _record(kind: type, kept: dict[str, object]) -> Any:
    """Of the fields that it has now: a file may be older or newer than the program."""
    given = {field.name: kept[field.name] for field in fields(kind) if field.name in kept}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # half a character comes back as it was, also beside its other half


def _whole(text: str) -> str:
    """With a ? for each half of a character, which SQLite's text cannot hold."""
    return text.encode("utf-8", "replace").decode()
