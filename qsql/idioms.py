"""What the words of a question are called in SQL: functions of the engine that small models do not think of. Pure.

Only words that hardly ever mean anything else; each line is a hint to the model, and costs it some twenty tokens.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qsql.records import Schema

PARTS = ("year", "month", "day")  # columns that together hold a date


@dataclass(frozen=True)
class Idiom:
    """`words` is found in the question, in English or Chinese; `sql` is by dialect, "" stands for all others. {date} is a date."""

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
            "duckdb": "the median is MEDIAN(x), not AVG(x)",
            "postgres": "the median is percentile_cont(0.5) WITHIN GROUP (ORDER BY x), not AVG(x)",
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
)
DATES = {  # a date of the columns year, month and day
    "duckdb": "make_date(year, month, day)",
    "postgres": "make_date(year, month, day)",
    "mysql": "STR_TO_DATE(CONCAT_WS('-', year, month, day), '%Y-%m-%d')",
    "sqlite": "printf('%04d-%02d-%02d', year, month, day)",
}


def idioms(question: str, schema: Schema) -> Iterator[str]:
    """A line for each idiom that the question calls for and the engine has."""
    for idiom in IDIOMS:
        sql = idiom.sql.get(schema.dialect, idiom.sql.get("", ""))
        if sql and idiom.words.search(question):
            yield sql.format(date=_date(schema))


def _date(schema: Schema) -> str:
    """How to write a date of this schema: made of its parts where a table has these, else a column."""
    apart = any(set(PARTS) <= {column.name.lower() for column in table.columns} for table in schema.tables)
    return DATES.get(schema.dialect, "date") if apart else "date"
