"""Sentences for the person, as HTML: how far a question has come, how many rows there are, what went wrong. Every text is escaped."""

import logging
from html import escape

from qsql.errors import QsqlError
from qsql.records import Result


def status(text: str, kind: str = "busy") -> str:
    """A line of the kind busy, done or failed; a screen reader says it."""
    role = "alert" if kind == "failed" else "status"
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>'


def failed(error: Exception) -> str:
    return status(sentence(error), "failed")


def sentence(error: Exception) -> str:
    """What to tell of an error; the log gets the rest of one that is not ours."""
    if isinstance(error, QsqlError):
        return str(error)
    logging.getLogger(__name__).error("while answering", exc_info=error)
    return f"The app made a mistake ({type(error).__name__}). Try again; if it comes again, report it with the log."


def counted(result: Result) -> str:
    """Without a mark at its end."""
    count = result.rows.num_rows
    words = "1 row" if count == 1 else f"{count:,} rows"
    return f"The first {words} of more" if result.truncated else words
