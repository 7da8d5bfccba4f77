"""Sentences for the person, as HTML. Every text is escaped."""

import html
import logging

from qsql.errors import QsqlError
from qsql.texts import Words


def status_line(sentence: str, *notices: str, kind: str = "busy") -> str:
    """A sentence and what is to be noted, each a paragraph."""
    role = "alert" if kind == "failed" else "status"
    notes = "".join(f'<p class="notice">{html.escape(notice)}</p>' for notice in notices)
    return f'<p class="{kind}" role="{role}">{html.escape(sentence)}</p>{notes}'


def failed(error: Exception, words: Words) -> str:
    """What to tell of an error; the log gets the rest of one that is not ours."""
    if isinstance(error, QsqlError):
        return status_line(words.sentence(str(error)), kind="failed")
    logging.getLogger(__name__).error("at a page", exc_info=error)
    return status_line(words("status.mistake", kind=type(error).__name__), kind="failed")
