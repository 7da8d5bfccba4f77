"""Which tables a question is about, where a prompt with all of them would be too long: by the words of names and comments, by the cells
that the question names, and along the keys.

A word counts more the fewer tables have it (as in BM25; Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009), and more in
a table's name than in a column's. Pure; knows nothing of models.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import inflection
from rapidfuzz import fuzz, process

from qsql.records import Schema, Table
from qsql.values import COMMON, HAN, Match

MOST = 16_000  # characters of tables and example rows that a model is shown whole: about 5,000 tokens, a minute's reading on a laptop
CHOSEN = 6_000  # characters of those that are chosen out of more
ENOUGH, STILL = 2_000, 0.5  # characters beyond which only tables are chosen that have so much of the best score
OF_A_TOKEN = 1.5  # characters, with what is said around the tables and rows that are still to be read
IN_NAME, IN_COLUMN, IN_COMMENT, IN_CELL = 3.0, 1.0, 1.0, 3.0
BEGINS, NEARLY = 0.7, 0.6  # what a word counts that begins another one, that is nearly another one
NEAR = 88.0  # of 100: how near that has to be
ENGLISH = 1 / 3  # of a question's words at least are everyday ones, such as "how" and "the"; 98 in 100 English questions have so many
SHORTEST = 4  # letters of a word that may begin another, or be nearly another
TIES = 0.4  # of its neighbours' scores that a table has beside its own
WORD = re.compile(rf"[{HAN}]+|\d+|[^\W_\d{HAN}]+")
IN_A_NAME = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|\d+")  # `orderItems_2024` has three

Vocabulary = Mapping[str, Mapping[str, float]]  # word -> name of a table that has it -> how much it counts there


def fits(schema: Schema, context: int) -> bool:
    """Whether a model with so many tokens for a prompt can be shown all of it."""
    return size(schema) <= min(MOST, context * OF_A_TOKEN)


def choose(schema: Schema, question: str, matches: Sequence[Match], context: int) -> Schema:
    """Those of its tables that the question seems to be about, in its order, with the keys between them.

    `matches` are the cells that the question names. Where nothing of the question is found, the first table is taken.
    """
    scores = _tied(schema, _scores(schema, question, matches))
    most, best, used, kept = most_of(context), max(scores.values()), 0, set()
    for table in sorted(schema.tables, key=lambda table: -scores[table.name]):
        least = STILL * best if used >= ENOUGH else 0.0
        if kept and (scores[table.name] <= least or used + _size(table) > most):
            break
        kept.add(table.name)
        used += _size(table)
    return about(schema, kept)


def most_of(context: int) -> float:
    """Characters of chosen tables that a model with so many tokens is shown."""
    return min(CHOSEN, context * OF_A_TOKEN)


def about(schema: Schema, names: Iterable[str]) -> Schema:
    """These tables of it, without keys to others."""
    kept = set(names)
    tables = [table for table in schema.tables if table.name in kept]
    alone = (replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key.to_table in kept)) for table in tables)
    return replace(schema, tables=tuple(alone))


def unfamiliar(schema: Schema, question: str) -> bool:
    """Whether an English question has words of its own, and not one of them is in a name or a comment. Of another language it cannot be
    told: there the words mean what a name says, but are not it."""
    words = list(_words(question))
    common = sum(word in COMMON for word in words)
    own = any(word not in COMMON and not word.isdigit() for word in words)
    return own and common > ENGLISH * len(words) and not any(_scores(schema, question, ()).values())


def size(schema: Schema) -> int:
    """In characters, with its example rows."""
    return sum(map(_size, schema.tables))


def _size(table: Table) -> int:
    return len(table.ddl) + sum(len(str(cell)) + 4 for row in table.rows for cell in row)


def _scores(schema: Schema, question: str, matches: Sequence[Match]) -> Counter[str]:
    """How much each table has of the question's words, and of the cells that it names."""
    scores: Counter[str] = Counter()
    vocabulary = _vocabulary(_Same(schema))
    for word in sorted(set(_words(question)) - COMMON):
        best: Counter[str] = Counter()
        for found, like in _like(word, vocabulary):
            rare = math.log(1 + len(schema.tables) / len(vocabulary[found]))
            for name, weight in vocabulary[found].items():
                best[name] = max(best[name], like * rare * weight)
        scores.update(best)
    for cell, names in _cells(matches).items():
        rare = math.log(1 + len(schema.tables) / len(names))
        scores.update({name: IN_CELL * rare for name in names})
    return scores


def _cells(matches: Sequence[Match]) -> dict[str, set[str]]:
    places = defaultdict(set)
    for match in matches:
        places[match.words].add(match.table)
    return places


def _like(word: str, vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    """The words of the vocabulary that may be meant, with how much each counts."""
    if word in vocabulary:
        yield word, 1.0
    if len(word) < SHORTEST:
        return
    for other in vocabulary:
        if other != word and min(len(word), len(other)) >= SHORTEST and (other.startswith(word) or word.startswith(other)):
            yield other, BEGINS
    for other, _, _ in process.extract(word, vocabulary.keys(), scorer=fuzz.ratio, score_cutoff=NEAR, limit=5):
        if other != word:
            yield other, NEARLY


def _tied(schema: Schema, scores: Mapping[str, float]) -> dict[str, float]:
    """Each table's score with a part of those that it has a key to, or that have one to it."""
    ties = {table.name: {key.to_table for key in table.foreign_keys} for table in schema.tables}
    for name, others in [(name, set(others)) for name, others in ties.items()]:
        for other in others & ties.keys():
            ties[other].add(name)
    return {name: scores[name] + TIES * sum(scores[other] for other in others - {name}) for name, others in ties.items()}


class _Same:
    """A schema as a key: the very object, for a cell may be of a kind that has no hash."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema


@lru_cache(maxsize=2)
def _vocabulary(same: _Same) -> Vocabulary:
    vocabulary: dict[str, dict[str, float]] = defaultdict(dict)
    for table in same.schema.tables:
        for text, weight in _texts(table):
            for word in _words(text):
                vocabulary[word][table.name] = max(weight, vocabulary[word].get(table.name, 0.0))
    return dict(vocabulary)


def _texts(table: Table) -> Iterator[tuple[str, float]]:
    named = IN_A_NAME.findall(table.name)
    yield " ".join(named), 2 * IN_NAME / (1 + len(named))  # `orders` is rather meant by that word than `order_tmp_archive`
    yield table.comment, IN_COMMENT
    for column in table.columns:
        yield " ".join(IN_A_NAME.findall(column.name)), IN_COLUMN
        yield column.comment, IN_COMMENT


def _words(text: str) -> Iterator[str]:
    """In small letters, in the singular; of Chinese, which has no spaces, each two characters that stand together."""
    for word in WORD.findall(text.lower()):
        if word.isascii():
            yield _singular(word)
        else:
            yield from (word[place : place + 2] for place in range(max(1, len(word) - 1)))


@lru_cache(maxsize=20_000)
def _singular(word: str) -> str:
    return inflection.singularize(word)
