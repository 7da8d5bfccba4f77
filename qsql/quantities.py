"""Numbers as people write them, and what an amount is in the unit that the columns are in. Pure."""

import re
from collections import Counter
from collections.abc import Iterator

from qsql.records import Schema

WORDS, HAN_WORDS = "one two three four five six seven eight nine ten eleven twelve".split(), "一二三四五六七八九十"
NUMBERS = {word: count for words in (WORDS, HAN_WORDS) for count, word in enumerate(words, 1)}
NUMBERS |= {"a": 1, "an": 1, "half an": 0.5, "half a": 0.5, "两": 2, "半": 0.5}
NUMBER = rf"(?:\d[\d,]*(?:\.\d+)?|(?<![^\W\d_])(?:half an?|an?|{'|'.join(WORDS)})(?![^\W\d_])|[{HAN_WORDS}两半])"
# By dimension, in English and Chinese, and how many of the first each is; a column says its unit in the plural.
UNITS = (
    {"millisecond": 0.001, "毫秒": 0.001, "second": 1, "秒": 1, "minute": 60, "分钟": 60, "hour": 3600, "小时": 3600},
    {"meter": 1, "metre": 1, "米": 1, "kilometer": 1000, "kilometre": 1000, "公里": 1000, "千米": 1000}
    | {"foot": 0.3048, "feet": 0.3048, "英尺": 0.3048, "mile": 1609.344, "英里": 1609.344},
    {"gram": 1, "克": 1, "kilogram": 1000, "公斤": 1000, "千克": 1000, "ton": 1_000_000, "tonne": 1_000_000, "吨": 1_000_000},
    {"byte": 1, "字节": 1, "kilobyte": 1000, "megabyte": 1_000_000, "gigabyte": 1_000_000_000},
)
SIMPLEST = {word: (dimension, size) for dimension, units in enumerate(UNITS) for word, size in units.items()}
LATIN = "|".join(word for word in SIMPLEST if word.isascii())
HAN = "|".join(sorted((word for word in SIMPLEST if not word.isascii()), key=len, reverse=True))
AMOUNT = re.compile(rf"({NUMBER})(?:[ -]?({LATIN})s?(?![^\W\d_])| ?(?:个|多个)?({HAN}))", re.I)
IN_COLUMN = re.compile(rf"(?<![^\W\d_])(?:({LATIN})s|(feet)|({HAN}))(?![a-z])", re.I)
MOST = 2  # amounts of a question


def number(word: str) -> float | None:
    """What it is as a number; None where it is none."""
    word = word.strip().lower().replace(",", "")
    return NUMBERS.get(word, float(word) if re.fullmatch(r"\d+(\.\d+)?", word) else None)


def plain(count: float) -> str:
    """Without a point where it needs none."""
    return f"{count:.10g}"


def conversions(question: str, schema: Schema) -> Iterator[str]:
    """A line such as "5 hours are 300 minutes" for each amount of the question that most columns of its kind have in another unit.

    Where a column has the question's own unit, only what is a whole number of the other is likely to be meant in that.
    """
    told = _units(schema)
    amounts = [found for found in AMOUNT.finditer(question) if found[0].lower() != "a second"]  # which is mostly another one
    for found in amounts[:MOST]:
        count, unit = number(found[1]), found[2] or found[3]
        dimension, size = SIMPLEST[unit.lower()]
        theirs = max((one for one in told if SIMPLEST[one][0] == dimension), key=told.get, default=unit.lower())
        is_used = any(SIMPLEST[one] == (dimension, size) for one in told)
        there = count * size / SIMPLEST[theirs][1]
        if SIMPLEST[theirs][1] != size and (there.is_integer() or not is_used):
            verb = "is" if count == 1 else "are"
            yield f"{plain(count)} {_plural(unit.lower(), count)} {verb} {plain(there)} {_plural(theirs, 2)}"


def _units(schema: Schema) -> Counter[str]:
    """How many columns are in each unit, by their comments and names."""
    said = (f"{column.name.replace('_', ' ')} {column.comment or ''}" for table in schema.tables for column in table.columns)
    return Counter(unit for text in said for unit in {next(filter(None, found)).lower() for found in IN_COLUMN.findall(text)})


def _plural(unit: str, count: float) -> str:
    return unit if count == 1 or not unit.isascii() or unit == "feet" else "feet" if unit == "foot" else f"{unit}s"
