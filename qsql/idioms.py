"""What words of a question mean in SQL, and the functions of the engine that small models do not think of. Pure.

Only words that hardly ever mean anything else; each line is a hint to the model, and costs it some twenty tokens.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qsql.quantities import HAN_WORDS, WORDS, conversions, number, plain
from qsql.records import Schema
from qsql.values import singular

COUNT = rf"{'|'.join(WORDS[1:])}|\d+|[{HAN_WORDS}两]"
EXACTLY = re.compile(rf"\bexactly ({COUNT}) (?:different )?(\w+)|[恰正刚]好(?:由|有|被)?({COUNT})[个家种位名](\w+)", re.I)
PARTS = ("year", "month", "day")  # columns that together hold a date


@dataclass(frozen=True)
class Idiom:
    """`words` is found in the question, in English or Chinese; `sql` is by dialect, "" stands for all others.

    In it {date} is a date, and {word} what the first group of `words` found, a number in digits.
    """

    words: re.Pattern
    sql: dict[str, str]


def _words(pattern: str) -> re.Pattern:
    return re.compile(pattern, re.IGNORECASE)


IDIOMS = (
    Idiom(
        _words(
            r"\bweekdays?\b|\bweekends?\b|\bdays? of the week\b|\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b|星期|礼拜|周[一二三四五六日末]"
        ),
        {
            "duckdb": "the name of the weekday, such as 'Monday': dayname({date})",
            "postgres": "the name of the weekday, such as 'Monday': to_char({date}, 'FMDay')",
            "mysql": "the name of the weekday, such as 'Monday': DAYNAME({date})",
            "sqlite": "the weekday, '0' for Sunday to '6' for Saturday: strftime('%w', {date})",
        },
    ),
    Idiom(
        _words(r"\bmedian\b|中位数"),
        {
            "duckdb": "MEDIAN(x) is the median",
            "postgres": "percentile_cont(0.5) WITHIN GROUP (ORDER BY x) is the median",
        },
    ),
    Idiom(
        _words(r"\brunning totals?\b|\bcumulative\b|累计"),
        {"": "the running total of rows by x: SELECT x, SUM(COUNT(*)) OVER (ORDER BY x) FROM t GROUP BY x"},
    ),
    Idiom(
        _words(
            r"\b(from|than|over|since) the (day|week|month|quarter|year) before\b|\bprevious (day|week|month|quarter|year)\b|环比|比[上前]一?个?[天日周月年]"
        ),
        {"": "the count of the x before: LAG(COUNT(*)) OVER (ORDER BY x)"},
    ),
    Idiom(
        _words(r"\b(\w+) ones included\b|\bincluding (?:the )?(\w+) ones\b|包括(?:已经|[被已])?(\w{1,4}?)的"),
        {"": "with the {word} ones included: no condition on {word}"},
    ),
    Idiom(
        _words(rf"\ball ({COUNT})\b|[^全](?<!第)({COUNT})[个家种位名](?:[^，。？]{{0,6}})(?<!成)都"),
        {"": "all {word} y: GROUP BY x HAVING COUNT(DISTINCT y) = {word}"},
    ),
    Idiom(
        _words(r"\bworst\b|最严重|最糟"), {"": "worst: the highest where more is bad, as of delays, costs and errors: ORDER BY ... DESC"}
    ),
    Idiom(_words(r"\bin order of (?:the |their )?(\w+)"), {"": "in order of {word}: ORDER BY {word}"}),
    Idiom(_words(r"按\w{1,6}排序(?!.*(?:高|大|多|降))"), {"": "in that order: ORDER BY, ascending"}),
    Idiom(
        _words(rf"\brounded to ({COUNT}) (?:decimals?|digits?|places?)\b|保留({COUNT})位小数"),
        {"": "rounded: ROUND(x, {word})"},
    ),
    Idiom(_words(r"\bknown\b(?! (?:as|by|for|to))|已知"), {"": "known: IS NOT NULL"}),
)
DATES = {  # a date of the columns year, month and day
    "duckdb": "make_date(year, month, day)",
    "postgres": "make_date(year, month, day)",
    "mysql": "STR_TO_DATE(CONCAT_WS('-', year, month, day), '%Y-%m-%d')",
    "sqlite": "printf('%04d-%02d-%02d', year, month, day)",
}


def idioms(question: str, schema: Schema) -> Iterator[str]:
    """A line for each idiom that the question calls for and the engine has, and for each amount that is in other units than the columns."""
    for idiom in IDIOMS:
        sql = idiom.sql.get(schema.dialect, idiom.sql.get("", ""))
        if sql and (found := idiom.words.search(question)):
            yield sql.format(date=_date(schema), word=_word(found))
    yield from _exactly(question, schema)
    yield from conversions(question, schema)


def _word(found: re.Match) -> str:
    """The group that was found, in digits where it is a number."""
    word = next(filter(None, found.groups()), "")
    return word if (count := number(word)) is None else plain(count)


def _exactly(question: str, schema: Schema) -> Iterator[str]:
    """So many different ones of what a table or a column is called."""
    names = {singular(name.lower()) for table in schema.tables for name in (table.name, *(column.name for column in table.columns))}
    for found in EXACTLY.finditer(question):
        count, noun = filter(None, found.groups())
        exactly = plain(number(count))
        if not noun.isascii() or singular(noun.lower()) in names:
            yield f"exactly {exactly} {noun if noun.isascii() else 'y'}: GROUP BY x HAVING COUNT(DISTINCT y) = {exactly}"


def _date(schema: Schema) -> str:
    """How to write a date of this schema: made of its parts where a table has these, else a column."""
    apart = any(set(PARTS) <= {column.name.lower() for column in table.columns} for table in schema.tables)
    return DATES.get(schema.dialect, "date") if apart else "date"
