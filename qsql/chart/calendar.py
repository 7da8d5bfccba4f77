"""Times as people write them -> places on a line: years, quarters, months, weekdays and hours, as numbers or as names; dates as text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qsql.telling import NUMBERS, words_in

RANGES = {
    "year": (1000, 2999), "quarter": (1, 4), "month": (1, 12), "week": (0, 53),
    "weekday": (0, 7), "day": (1, 366), "hour": (0, 24), "minute": (0, 59),
}  # fmt: skip
NAMES = {
    "year": "year", "yr": "year", "yyyy": "year", "quarter": "quarter", "qtr": "quarter", "month": "month", "mon": "month", "mm": "month",
    "week": "week", "weekday": "weekday", "dow": "weekday", "dayofweek": "weekday", "isodow": "weekday",
    "day": "day", "dayofmonth": "day", "doy": "day", "dayofyear": "day", "hour": "hour", "hr": "hour", "minute": "minute",
}  # fmt: skip
CHINESE = {"年": "year", "季": "quarter", "月": "month", "周": "week", "日": "day", "时": "hour", "小时": "hour", "分钟": "minute"}
CHINESE_ENDS = {"年": "year", "年份": "year", "年度": "year", "季度": "quarter", "月份": "month", "星期": "weekday", "周几": "weekday"}
FORMATS = {"y": "year", "m": "month", "d": "day", "h": "hour", "w": "weekday"}
COMPUTED = re.compile(r"""strftime\(.*['"]%(\w)['"]|(?:date_?part|extract)\(['"]?(\w+)|(\w+)\(""", re.IGNORECASE)
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DIGITS = "一二三四五六七八九十"
CHINESE_MONTHS = {f"{digit}月": place for place, digit in enumerate([*DIGITS, "十一", "十二"], 1)} | {f"{n}月": n for n in range(1, 13)}
CHINESE_DAYS = {f"{week}{day}": place for week in ("周", "星期", "礼拜") for place, day in enumerate("一二三四五六日", 1)}
CHINESE_DAYS |= {f"{week}天": 7 for week in ("星期", "周", "礼拜")}
QUARTERS = {f"q{n}": n for n in range(1, 5)} | {f"第{digit}季度": n for n, digit in enumerate("一二三四", 1)}
DATE = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?|年(?:(\d{1,2})月(?:(\d{1,2})日)?)?)(?:[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?Z?)?",
    re.ASCII,
)
QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Part:
    """The numbers of months, years and so on; `even` where they can be drawn on a line of numbers as they are."""

    numbers: tuple[float | None, ...]
    even: bool


def part_of(name: str, values: Sequence[object]) -> Part | None:
    """What part of a date these values of a column are, or None."""
    known = [value for value in values if value is not None]
    if ranks := _ranks_of(known):
        return Part(tuple(None if value is None else ranks[str(value).strip().lower()] for value in values), False)
    numbers = [_whole(value) for value in known]
    if None in numbers:
        return None
    unit = _unit(name)
    low, high = RANGES.get(unit, (1, 0))
    if all(low <= number <= high for number in numbers) or unit is None and _consecutive_years(numbers):
        return Part(tuple(None if value is None else float(_whole(value)) for value in values), True)
    return None


def time_of(text: str) -> datetime | None:
    """A date written as text: 2013-07-04, 2013/7, 2013年7月, 2013Q3, with or without a time of day."""
    if found := QUARTER.fullmatch(text.strip()):
        return datetime(int(found[1]), 3 * int(found[2]) - 2, 1)
    found = DATE.fullmatch(text.strip())
    if found is None or text.strip().isdecimal():  # four digits alone may be anything
        return None
    year, month, day, month_too, day_too, hour, minute, second = found.groups()
    try:
        return datetime(
            int(year), int(month or month_too or 1), int(day or day_too or 1), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError:
        return None


def _unit(name: str) -> str | None:
    """The part of a date that a column's name speaks of."""
    if found := COMPUTED.match(name.strip()):
        word = next(filter(None, found.groups())).lower()
        return NAMES.get(word) or (FORMATS.get(word) if "strftime" in name.lower() else None)
    if unit := CHINESE.get(name.strip()) or next((unit for end, unit in CHINESE_ENDS.items() if name.strip().endswith(end)), None):
        return unit
    words = words_in(name)
    if words[-3:] in (["day", "of", "week"], ["day", "of", "month"]):
        return "weekday" if words[-1] == "week" else "day"
    if len(words) == 2 and words[-1] in NUMBERS:
        words = words[:1]
    return NAMES.get(words[-1]) if words else None


def _ranks_of(known: Sequence[object]) -> dict[str, float] | None:
    texts = {str(value).strip().lower() for value in known if isinstance(value, str)}
    if not texts:
        return None
    return next(({text: float(ranks[text]) for text in texts} for ranks in RANKS if texts <= ranks.keys()), None)


def _short_too(names: Sequence[str]) -> dict[str, int]:
    return {short: place for place, name in enumerate(names, 1) for short in (name, name[:3], f"{name[:3]}.", name[:4])}


RANKS = (_short_too(MONTHS), _short_too(DAYS), CHINESE_MONTHS, CHINESE_DAYS, QUARTERS)


def _whole(value: object) -> int | None:
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,4}", value.strip(), re.ASCII) else None


def _consecutive_years(numbers: Sequence[int]) -> bool:
    distinct = set(numbers)
    in_range = all(1900 <= number <= 2100 for number in distinct)
    return in_range and len(distinct) == len(numbers) >= 3 and max(distinct) - min(distinct) + 1 == len(distinct)
