"""Sentences for the person, as HTML: how far a question has come, how many rows there are, what went wrong. Every text is escaped."""

import logging
from collections.abc import Iterable
from html import escape

from qsql.errors import QsqlError
from qsql.records import Result
from qsql.texts import Words


def status(text: str, kind: str = "busy", notices: Iterable[str] = ()) -> str:
    """A line of the kind busy, done or failed, which a screen reader says, and a paragraph for each thing to be noted."""
    role = "alert" if kind == "failed" else "status"
    noted = "".join(f'<p class="notice" role="status">{escape(notice)}</p>' for notice in notices)
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>{noted}'


def failed(error: Exception, words: Words = Words()) -> str:
    return status(sentence(error, words), "failed")


def sentence(error: Exception, words: Words = Words()) -> str:
    """What to tell of an error; the log gets the rest of one that is not ours."""
    if isinstance(error, QsqlError):
        return words.sentence(str(error))
    logging.getLogger(__name__).error("while answering", exc_info=error)
    return words("status.mistake", kind=type(error).__name__)


def counted(result: Result, words: Words = Words()) -> str:
    """Without a mark at its end."""
    count = result.rows.num_rows
    if result.truncated:
        return words("status.first_rows", rows=f"{count:,}")
    return words("status.one_row") if count == 1 else words("status.rows", rows=f"{count:,}")
