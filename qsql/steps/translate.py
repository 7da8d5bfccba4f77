"""A Chinese question about English tables, put into English first: a small model writes better SQL in the tables' own language."""

import re
from collections.abc import Iterator
from dataclasses import replace

from qsql.errors import Stopped
from qsql.models.base import complete
from qsql.models.size import billions
from qsql.prompt import write_translation
from qsql.records import Answer, Schema
from qsql.steps.base import Asking
from qsql.values import WRITTEN_TOGETHER, ValueIndex

SMALL = 3.5  # billions of parameters up to which that is so; only the 1.5B was measured
MOST = 200  # tokens
KEPT = re.compile(r"\d[\d,.]*\d|\d|[A-Za-z]{2,}")  # numbers, and names in Latin letters


def translate(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """What the translation loses is lost for good: one without all numbers and names of the question is not used. A follow-up says too
    little by itself to be put into English."""
    question = asking.question
    in_chinese = not question.earlier and WRITTEN_TOGETHER.search(question.text)
    if answer.english or not in_chinese or not _small(asking.model.name) or not _in_english(asking.schema, asking.index):
        return
    options = replace(asking.options, max_tokens=MOST, temperature=0.0, candidates=1)
    prompt = write_translation(question)
    done = complete(asking.model, prompt, options)[0]
    if done.end.reason == "cancelled":
        raise Stopped()
    english = " ".join(done.text.split())
    of_an_example = any(english == message.text for message in prompt.messages)
    if done.end.reason == "stop" and not of_an_example and _whole(question.text, english):
        yield replace(answer, english=english)


def _small(name: str) -> bool:
    return (billions(name) or SMALL + 1) <= SMALL


def _in_english(schema: Schema, index: ValueIndex | None) -> bool:
    """Whether no name, comment or cell is in Chinese, so that the question's own words are not what the tables hold. Where the cells are
    not known, nobody can say."""
    columns = [column for table in schema.tables for column in table.columns]
    rows = [str(cell) for table in schema.tables for row in table.rows or () for cell in row]
    names = [*(table.name for table in schema.tables), *(column.name for column in columns), *(column.comment or "" for column in columns)]
    return index is not None and not index.chinese and not any(map(WRITTEN_TOGETHER.search, (*names, *rows)))


def _whole(question: str, english: str) -> bool:
    said = _kept(english)
    announced = english.endswith(":")  # "Here is the translation:"
    return bool(said) and not announced and not WRITTEN_TOGETHER.search(english) and _kept(question) <= said


def _kept(text: str) -> set[str]:
    return {found.replace(",", "").lower() for found in KEPT.findall(text)}
