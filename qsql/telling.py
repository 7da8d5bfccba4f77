"""An answer of one row -> a sentence in words: what its columns are called, and what they hold. Says nothing else, invents nothing."""

import math
import re
from datetime import datetime, time
from decimal import Decimal

import pyarrow

from qsql import show
from qsql.records import Result
from qsql.texts import Words

MOST_COLUMNS = 6  # a longer sentence is harder to read than the rows
MOST_TEXT = 160  # characters of a value
AROUND = re.compile(r"(?:round|trunc)\((.+?)(?:, ?\d+)?\)|cast\((.+) as [\w() ,]+\)|\((.+)\)", re.IGNORECASE)
BETWEEN_CHINESE = re.compile("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
CALL = re.compile(r"(\w+)\((distinct )?([^()]*)\)", re.IGNORECASE)
PLAIN = re.compile(r"[^\W\d][\w .%/&'’-]*")
CAST = re.compile(r"cast\(([^()]+) as [\w ]+(?:\([\d, ]+\))?\)", re.IGNORECASE)
FUNCTIONS = {
    "count": "count", "count_star": "count", "sum": "sum", "avg": "mean", "mean": "mean", "median": "median", "min": "min", "max": "max",
}  # fmt: skip
KEYS = {
    "id", "ids", "key", "code", "codes", "zip", "zipcode", "postcode", "postal", "phone", "tel", "mobile", "fax", "uuid", "guid", "isbn",
    "ssn", "sku", "ean", "pk", "fk", "rank", "index", "idx", "rowid", "serial", "no", "nr",
}  # fmt: skip
KEYS_CHINESE = ("号", "号码", "编码", "代码", "邮编", "电话", "排名", "名次", "主键")
NO_IDS = {
    "paid", "unpaid", "prepaid", "bid", "valid", "invalid", "solid", "liquid", "fluid", "acid", "aid", "raid", "kid", "void", "grid", "hybrid",
}  # fmt: skip
NUMBERS = {"num", "number"}  # the last word of a key, as in flight_number; alone, or of something, an amount
YEARS, YEARS_CHINESE = {"year", "yr", "yyyy"}, ("年", "年份", "年度")
ENGLISH = Words()
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[\u4e00-\u9fff]+")


def tell(result: Result | None, words: Words = ENGLISH) -> str:
    """`name: value, name: value` where the answer is one row of few columns; empty where it is not."""
    if result is None or result.truncated or result.rows.num_rows != 1 or not 1 <= result.rows.num_columns <= MOST_COLUMNS:
        return ""
    return words("telling.comma").join(_pair(field, column[0].as_py(), words) for field, column in zip(result.rows.schema, result.rows))


def name(column: str, words: Words = ENGLISH) -> str:
    """What to call a column; one that is only an expression of SQL, such as `count(*)`, by what it means."""
    plain = _unwrapped(column.strip())
    if plain.lower() in FUNCTIONS:
        return words(f"telling.{FUNCTIONS[plain.lower()]}")
    if call := CALL.fullmatch(plain):
        return _called(*call.groups(), words)
    if PLAIN.fullmatch(plain):
        return plain.replace("_", " ").strip()
    return words("telling.result")


def value(what: object, column: str = "", words: Words = ENGLISH) -> str:
    """A value as one says it: 10,023; 19.96; 2013-07-04; an absent one as such. `column` is its name: a year has no comma."""
    if what is None:
        return words("telling.null")
    if isinstance(what, bool):
        return words("telling.yes" if what else "telling.no")
    if isinstance(what, (int, float, Decimal)):
        return number(what, grouped=not (is_key(column) or is_year(column) and 1000 <= what <= 2999))
    if isinstance(what, datetime):
        midnight = what.time() == time() and what.tzinfo is None
        return what.date().isoformat() if midnight else what.isoformat(sep=" ", timespec="seconds")
    text = " ".join(show.text(what).split())
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"


def number(what: float | Decimal, grouped: bool = True) -> str:
    """With thousands separators and as many decimals as one needs: two of a large number, four digits of a small one."""
    if not math.isfinite(what):
        return "NaN" if math.isnan(what) else "-∞" if what < 0 else "∞"
    comma = "," if grouped else ""
    if isinstance(what, int) or what == int(what):
        return f"{int(what):{comma}}" if abs(what) < 10**15 or isinstance(what, (int, Decimal)) else f"{what:.4g}"
    if isinstance(what, Decimal) and -what.as_tuple().exponent <= 2:
        return f"{what:{comma}f}"  # money: 1,234.50
    size = abs(what)
    if size >= 1:
        return f"{what:{comma}.2f}".rstrip("0").rstrip(".")
    return f"{what:.4g}" if size < 1e-4 else f"{float(f'{what:.4g}'):.8f}".rstrip("0")


def words_in(column: str) -> list[str]:
    """The words of a column's name, in small letters: `depDelay` and `dep_delay` both have two."""
    return [word.lower() for word in WORD.findall(column)]


def is_key(column: str) -> bool:
    """Whether whole numbers of this name stand for things, as ids, codes and ranks do."""
    parts = words_in(column) or [""]
    ends_in_id = parts[-1].endswith("id") and parts[-1] not in NO_IDS
    numbered = parts[-1] in NUMBERS and len(parts) > 1 and not {"total", "avg", "max", "min"} & set(parts)
    return parts[-1] in KEYS or ends_in_id or numbered or column.strip().endswith(KEYS_CHINESE)


def is_year(column: str) -> bool:
    """Whether this is what a column of years would be called."""
    return bool(YEARS & set(words_in(column))) or column.strip().endswith(YEARS_CHINESE)


def _pair(field: pyarrow.Field, what: object, words: Words) -> str:
    return f"{name(field.name, words)}{words('telling.colon')}{value(what, field.name, words)}"


def _unwrapped(column: str) -> str:
    """Without the rounding, casts and brackets around it, and without quotes and table names within."""
    while found := AROUND.fullmatch(column):
        inner = next(filter(None, found.groups()))
        if inner.count("(") != inner.count(")"):
            break
        column = inner.strip()
    if "(" not in column:
        return column
    return CAST.sub(r"\1", re.sub(r'["`\[\]]|\b\w+\.(?=[\w"`\[])', "", column))


def _called(function: str, distinct: str | None, of: str, words: Words) -> str:
    key = FUNCTIONS.get(function.lower())
    if key is None:
        return words("telling.result")
    if of in ("", "*", "1"):
        return words(f"telling.{'rows' if key == 'count' else key}")
    said = words(f"telling.{'different' if distinct and key == 'count' else key}_of", name=of.replace("_", " ").strip())
    return BETWEEN_CHINESE.sub("", said)
