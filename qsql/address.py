"""A question as an address of this app, and back: what stands in a link was written by anybody, so it is checked and only shown.

Knows nothing of a screen. Whoever gets a link puts its question where a person can read it; it is for the person to ask it, and
to open a database that was never opened here: a stranger's link must not make this machine work or connect.
"""

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from qsql.prompt import MAX_QUESTION
from qsql.records import Question

MOST_SOURCE = 1000  # characters
ASK, DATABASE, EVIDENCE = "ask", "database", "knowing"


class Link(NamedTuple):
    """`database` is a source as it is shown, empty for the one that is open."""

    database: str
    question: str
    evidence: str


def link_to(question: Question, source: str) -> str:
    """The query string of a link, from its question mark on; `source` as it is shown, without a password.

    A question that goes on from others is linked to with those before it.
    """
    parts = {ASK: question.whole, DATABASE: source, EVIDENCE: question.evidence}
    return "?" + urlencode({name: text for name, text in parts.items() if text})


def from_link(parameters: Mapping[str, object]) -> Link | None:
    """What a link asks; None where it asks nothing, or what no person would have typed."""
    texts = [parameters.get(name, "") for name in (DATABASE, ASK, EVIDENCE)]
    if not all(isinstance(text, str) and _typed(text) for text in texts):
        return None
    link = Link(*(text.strip() for text in texts))
    fits = len(link.database) <= MOST_SOURCE and max(len(link.question), len(link.evidence)) <= MAX_QUESTION
    return link if link.question and fits else None


def _typed(text: str) -> bool:
    """Whether it has no control characters but line ends and tabs, no half characters, and none that turn the direction of writing."""
    return not any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t" or sign in TURNING for sign in text)


TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
