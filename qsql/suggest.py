"""A schema -> a few questions that fit its tables, made by rule: short ones, in plain words, that a small model answers well.

Knows nothing of a screen, runs nothing; what tables and columns are for, qsql.subjects tells.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from qsql.records import Column, Schema
from qsql.steps.knowledge import Knowledge
from qsql.subjects import Subject, subjects_of, words_of
from qsql.texts import Words

SAMPLE = {  # the sample's own, better than any rule's
    "en": (
        "How many flights left JFK in July?",
        "Which airline has the highest average departure delay?",
        "每个月有多少航班？列出月份和数量",
        "What are the 5 most frequent destinations?",
    ),
    "zh": (
        "每个月有多少航班？列出月份和数量",
        "7 月从 JFK 起飞的航班有多少？",
        "哪家航空公司的平均起飞延误最长？",
        "最常飞往的 5 个目的地是哪些？",
    ),
}
LONGEST = 110  # characters of a question


@dataclass(frozen=True)
class Suggestion:
    """`tables` are those that it asks of, `kind` is the name of its rule."""

    text: str
    tables: tuple[str, ...]
    kind: str = ""


def suggest(
    schema: Schema, knowledge: Knowledge | None, language: str = "en", most: int = 4, name: str = "", cells: bool = True
) -> tuple[str, ...]:
    """At most so many questions, of several kinds and about several tables; `name` is what people call the database.

    Without `cells` none of them names one: what is asked goes to the model.
    """
    if name == "sample":
        return SAMPLE[language][:most]
    schema, words = knowledge.schema if knowledge else schema, Words(language)
    subjects = subjects_of(schema, language)
    made = [replace(suggestion, kind=rule.__name__) for rule in RULES[not cells :] for suggestion in rule(subjects, words)]
    return tuple(suggestion.text for suggestion in _varied([one for one in made if _reads_well(one.text)], most))


def with_value(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    for subject in subjects:
        for column, value in subject.values():
            told = {"things": subject.noun.many, "column": _said(column, words), "value": value}
            yield _of("with_value", words, subject, **told)


def most_of(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    """The row that most rows of another table point at, directly or through a table of nothing but keys."""
    by_name = {subject.table.name: subject for subject in subjects}
    for child in subjects:
        parents = [by_name[name] for name in child.parents() if name in by_name]
        if child.only_links:
            pairs = list(zip(parents, reversed(parents))) if len(parents) == 2 else []
        else:
            pairs = [(parent, child) for parent in parents]
        for parent, counted in pairs:
            if parent.names and parent.noun.one != counted.noun.one:
                yield _of("most_of", words, parent, counted, thing=parent.noun.one, things=counted.noun.many)


def average(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    for subject in subjects:
        for quantity, category in zip(subject.quantities[:1], subject.categories[:1]):
            told = {"quantity": _said(quantity, words), "things": subject.noun.many, "category": _said(category, words)}
            yield _of("average", words, subject, **told)


def over_time(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    for subject in subjects:
        for column in subject.dates[:1]:
            unit = "year" if subject.many_years(column) else "month"
            kind = f"each_{unit}" if len(subject.dates) == 1 else f"each_{unit}_of"
            yield _of(kind, words, subject, things=subject.noun.many, date=_said(column, words))


def highest(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    for subject in subjects:
        if subject.quantities and (subject.names or not subject.table.foreign_keys):
            yield _of("highest", words, subject, things=subject.noun.many, quantity=_said(subject.quantities[0], words))


def for_each(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    for subject in subjects:
        for column in () if subject.only_links else subject.categories[:1]:
            yield _of("for_each", words, subject, things=subject.noun.many, category=_said(column, words))


def latest(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    for subject in subjects:
        for column in subject.dates[:1]:
            yield _of("latest", words, subject, things=subject.noun.many, date=_said(column, words))


def how_many(subjects: list[Subject], words: Words) -> Iterator[Suggestion]:
    for subject in subjects:
        if not subject.only_links:
            yield _of("how_many", words, subject, things=subject.noun.many)


Rule = Callable[[list[Subject], Words], Iterator[Suggestion]]
# The more telling first; the first of all names a cell.
RULES: tuple[Rule, ...] = (with_value, most_of, average, over_time, highest, for_each, latest, how_many)


def _of(key: str, words: Words, *subjects: Subject, **told: str) -> Suggestion:
    text = words(f"suggest.{key}", **told)
    return Suggestion(_spaced(text) if words.language == "zh" else text, tuple(subject.table.name for subject in subjects))


def _varied(made: list[Suggestion], most: int) -> list[Suggestion]:
    """One of each kind, each about what was least asked of so far; then further ones in the same way."""
    chosen: list[Suggestion] = []
    used: Counter[str] = Counter()  # kinds and tables
    left = list({suggestion.text: suggestion for suggestion in made}.values())
    while left and len(chosen) < most:
        best = min(left, key=lambda one: (used[f"a {one.kind}"], max(used[table] for table in one.tables) > 1))  # the first of the best
        left.remove(best)
        chosen.append(best)
        used.update((f"a {best.kind}", *best.tables))
    return chosen


def _said(column: Column, words: Words) -> str:
    """The column in words: in Chinese its comment, where that is a short Chinese name."""
    if words.language == "zh" and re.fullmatch("[\u4e00-\u9fff]{2,8}", column.comment.strip()):
        return column.comment.strip()
    return words_of(column.name)


def _reads_well(text: str) -> bool:
    return len(text) <= LONGEST and "_" not in text and text.isprintable()


def _spaced(text: str) -> str:
    """Chinese beside other letters has a space between them."""
    text = re.sub("(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])", " ", text)
    return re.sub("(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])", "", text)
