"""The nouns of this package: rows that a page is given, and a page as a model wrote it. Knows nothing of models or screens."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Data:
    """Rows of an answer, for a page. `kinds` says of each column whether it holds numbers, dates, truth values or text.

    A cell is a number, a text, a truth value or None. `more` says that the answer had more rows than these, `made` when they were read
    (ISO 8601, with its zone), `source` which database they are of, as it is opened again; both may be empty.
    """

    question: str
    sql: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    more: bool = False
    made: str = ""
    source: str = ""


@dataclass(frozen=True)
class Page:
    """A web page in one file, as far as it has been written.

    `complete` says that the model came to its end; `notices` are sentences for the person about what was mended or will not work. `data` are the
    rows that it is given. `spec` is the JSON that a template was filled from, empty where the model wrote the HTML itself; `libraries` are
    the names in libraries.py of what it needs.
    """

    html: str
    title: str
    request: str
    complete: bool = False
    notices: tuple[str, ...] = ()
    data: Data | None = None
    spec: str = ""
    libraries: tuple[str, ...] = ()
