"""What the text columns of a file really hold: numbers as other countries write them, dates, and words for nothing.

The engine's own reader finds numbers and dates in their plain forms. Here each column that it left as text is looked at
whole, by the engine: a kind is taken only where every value is of it, so no value is lost. Patterns are written so that
RE2, which the engine uses, and Python read them alike: Python picks a few kinds by examples, the engine decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qsql.databases.duckdb import literal, quoted

AT_ONCE = 100  # columns in one query
ALWAYS = ("NULL", "null", "\\N", "N/A", "n/a", "#N/A")  # for nothing, in any column
MISSING = ("NA", "na", "N.A.", "n.a.", "NaN", "nan", "none", "None", "Null")
AMONG = (*MISSING, "-", "--", "\u2013", "\u2014", "?", ".")  # for nothing, among numbers and dates only
MARKS = {"v": ALWAYS + AMONG, "w": ALWAYS}
GAPS = "\u00a0\u202f"  # spaces that break no line: few write them but between thousands

DATES = (  # the pattern, the formats that it may have; of two, the first is taken where both fit
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y", "%m/%d/%Y")),
    (r"\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y", "%m.%d.%Y")),
    (r"\d{1,2}/\d{1,2}/\d{2}", ("%d/%m/%y", "%m/%d/%y")),
    (r"\d{1,2}-\d{1,2}-\d{2}", ("%d-%m-%y", "%m-%d-%y")),
    (r"\d{1,2}\.\d{1,2}\.\d{2}", ("%d.%m.%y", "%m.%d.%y")),
    (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    (r"\d{4}\.\d{1,2}\.\d{1,2}", ("%Y.%m.%d",)),
    (r"\d{4}年\d{1,2}月\d{1,2}日", ("%Y年%m月%d日",)),
    (r"\d{1,2} [A-Za-z]{3} \d{4}", ("%d %b %Y",)),
    (r"\d{1,2} [A-Za-z]{3,9} \d{4}", ("%d %B %Y",)),
    (r"\d{1,2}-[A-Za-z]{3}-\d{4}", ("%d-%b-%Y",)),
    (r"\d{1,2}-[A-Za-z]{3}-\d{2}", ("%d-%b-%y",)),
    (r"[A-Za-z]{3} \d{1,2}, \d{4}", ("%b %d, %Y",)),
    (r"[A-Za-z]{3,9} \d{1,2}, \d{4}", ("%B %d, %Y",)),
)
TIMES = (
    ("", ""),
    (r" \d{1,2}:\d{2}", " %H:%M"),
    (r" \d{1,2}:\d{2}:\d{2}", " %H:%M:%S"),
    (r" \d{1,2}:\d{2} [AaPp][Mm]", " %I:%M %p"),
    (r" \d{1,2}:\d{2}:\d{2} [AaPp][Mm]", " %I:%M:%S %p"),
)
ORDERS = {"d": "{}: read as dates with the day first.", "m": "{}: read as dates with the month first."}
EITHER = "{}: read as dates with the day first, though all of them could also be read as dates with the month first."


@dataclass(frozen=True)
class Kind:
    """A type, the pattern that each of its values has, and the SQL that makes the value of {v}, a text: NULL where it is none.

    `needs`: a pattern found in one value at least. `sure`: one that shows the kind to be no other. `among`: whether a word
    for nothing may stand in for any value.
    """

    type: str
    pattern: str
    value: str
    family: str = "plain"
    note: str = ""
    needs: str = ""
    sure: str = ""
    among: bool = True

    @property
    def test(self) -> str:
        return f"regexp_full_match({{v}}, {literal(self.pattern)}) AND {self.value} IS NOT NULL"


COMMA = "{}: decimal commas were read as such."
THOUSANDS = "{}: marks between thousands were left out."
NULLS = "{}: words such as NULL or N/A were read as no value."
NOTHINGS = "{}: words such as NA or - were read as no value."
SURE_POINT = rf",\d{{1,2}}$|,\d{{4,}}$|[.{GAPS} ]\d{{3}},|\.\d{{3}}\.|[{GAPS}]"
SURE_COMMA = r",\d{3}[,.]"
NUMBER = "TRY_CAST({v} AS DOUBLE)"
GROUPS, POINT_GROUPS = r"(0|[1-9]\d{0,2}(,\d{3})*)", rf"(0|[1-9]\d{{0,2}}([.{GAPS}]\d{{3}})*)"
COMMALESS = "replace({v}, ',', '')"
POINTLESS = f"regexp_replace({{v}}, '[.{GAPS} ]', '', 'g')"
KINDS = (
    Kind("BOOLEAN", "(?i:true|false|yes|no)", "TRY_CAST({v} AS BOOLEAN)"),
    Kind("BIGINT", r"-?(0|[1-9]\d{0,18})", "TRY_CAST({v} AS BIGINT)"),
    Kind("HUGEINT", r"-?(0|[1-9]\d{0,38})", "TRY_CAST({v} AS HUGEINT)"),
    Kind("DOUBLE", r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d+)?", NUMBER, needs="[.eE]"),
    Kind("DATE", r"\d{4}-\d{1,2}-\d{1,2}", "TRY_CAST({v} AS DATE)"),
    Kind("TIMESTAMP", r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", "TRY_CAST({v} AS TIMESTAMP)"),
    Kind("TIME", r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", "TRY_CAST({v} AS TIME)"),
    Kind("BIGINT", rf"-?{GROUPS}", f"TRY_CAST({COMMALESS} AS BIGINT)", "comma", THOUSANDS, ",", SURE_COMMA),
    Kind("DOUBLE", rf"-?{GROUPS}(\.\d+)?", f"TRY_CAST({COMMALESS} AS DOUBLE)", "comma", THOUSANDS, ",", SURE_COMMA),
    Kind("BIGINT", rf"-?{POINT_GROUPS}", f"TRY_CAST({POINTLESS} AS BIGINT)", "point", THOUSANDS, f"[.{GAPS}]", SURE_POINT),
    Kind(
        "DOUBLE",
        rf"-?(0|[1-9]\d*|[1-9]\d{{0,2}}([.{GAPS} ]\d{{3}})+)(,\d+)?",
        f"TRY_CAST(replace({POINTLESS}, ',', '.') AS DOUBLE)",
        *("point", COMMA, ",", SURE_POINT),
    ),
    Kind("VARCHAR", r"\+?\d+", "{v}", "digits", "{}: kept as text, because some begin with 0 or +.", "^[0+]", among=False),
    Kind("VARCHAR", r"-?\d+", "{v}", "digits", "{}: kept as text, because some are too long for a number.", r"\d{38,}", among=False),
)


@dataclass(frozen=True)
class Column:
    """A column to make: `key` is its name in what is read, `name` in the table; `type` as the reader found it.

    `kinds` are tried where no other looks right.
    """

    key: str
    name: str
    type: str
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Look:
    """What a text column holds: its least and greatest text, how many words for nothing, and which kinds fit how surely."""

    least: str | None = None
    greatest: str | None = None
    always: int = 0
    among: int = 0
    fits: dict[Kind, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """The SQL for one column of the table, and what the person should know of it."""

    column: Column
    sql: str
    notes: tuple[str, ...] = ()
    empty: bool = False


def refined(connection, source: str, columns: Sequence[Column], delimiter: str = "") -> list[Made]:
    """How to make each column out of `source`, SQL that stands after FROM; `delimiter` as in the file, "" where there is none."""
    texts = [column for column in columns if column.type == "VARCHAR"]
    looks = {}
    for start in range(0, len(texts), AT_ONCE):
        looks |= _looks(connection, source, texts[start : start + AT_ONCE])
    points = any(_proves_comma(look) for look in looks.values())
    return [_text(column, looks[column.key], delimiter, points) if column.key in looks else _typed(column) for column in columns]


def _typed(column: Column) -> Made:
    sql = quoted(column.key)
    return Made(column, f"nullif({sql}, 'nan'::DOUBLE)" if column.type == "DOUBLE" else sql)


def _text(column: Column, look: Look, delimiter: str, points: bool) -> Made:
    if look.least is None and not look.always + look.among:
        return Made(column, quoted(column.key), empty=True)
    kind, note = _choice(look, delimiter, points)
    words = look.always + (look.among if kind and kind.among else 0)
    notes = [note] if note else []
    notes += [NULLS if look.always else NOTHINGS] if words else []
    if kind is None or kind.type == "VARCHAR":
        text = quoted(column.key)
        return Made(column, f"CASE WHEN {_is_one_of(text, ALWAYS)} THEN NULL ELSE {text} END" if look.always else text, tuple(notes))
    return Made(column, kind.value.replace("{v}", _value(column)), tuple(notes))


def _choice(look: Look, delimiter: str, points: bool) -> tuple[Kind | None, str]:
    """The kind of a column and what to say of it; no kind where it stays text."""
    first: dict[str, Kind] = {}
    for kind in look.fits:
        first.setdefault(kind.family, kind)
    plain, comma, point = first.get("plain"), first.get("comma"), first.get("point")
    if plain and not (plain.type == "DOUBLE" and point and points):
        return plain, plain.note
    if plain or (point and not comma):
        return point, point.note
    if comma and not point:
        return comma, comma.note
    if comma and point:
        return _comma_or_point(look, comma, point, delimiter, points)
    return _date_or_digits(first)


def _comma_or_point(look: Look, comma: Kind, point: Kind, delimiter: str, points: bool) -> tuple[Kind | None, str]:
    """Where each value could be either, as 1,234 can: by other columns, or by the mark between columns."""
    if look.fits[comma] or (delimiter == "," and not look.fits[point]):
        return comma, comma.note
    if look.fits[point] or points:
        return point, point.note
    return None, "{}: kept as text, because its commas may stand for decimals or between thousands."


def _date_or_digits(first: dict[str, Kind]) -> tuple[Kind | None, str]:
    dates = [kind for family, kind in first.items() if family.startswith("%")]
    notes = list(dict.fromkeys(kind.note for kind in dates))
    if len(notes) > 1:
        return dates[0], EITHER
    if dates:
        return dates[0], notes[0]
    kind = next(iter(first.values()), None)
    return kind, kind.note if kind else ""


def _proves_comma(look: Look) -> bool:
    families = {kind.family for kind in look.fits}
    return "plain" not in families and "comma" not in families and any(kind.note == COMMA and sure for kind, sure in look.fits.items())


def _looks(connection, source: str, columns: Sequence[Column]) -> dict[str, Look]:
    looks = _examples(connection, source, columns)
    likely = [(column, kind) for column in columns for kind in _likely(looks[column.key], column)]
    if not likely:
        return looks
    asked = ", ".join(part for column, kind in likely for part in _questions(column, kind))
    answers = iter(connection.execute(f"SELECT {asked} FROM {_values(source, [column for column, _ in likely])}").fetchone())
    for column, kind in likely:
        fits, has, sure = next(answers), next(answers), next(answers)
        if fits and has:
            looks[column.key].fits[kind] = bool(sure)
    return looks


def _values(source: str, columns: Sequence[Column]) -> str:
    """Each column's text twice: without any word for nothing (v_), and without those that are words for nothing in any column (w_)."""
    found = [f"{_without(column, words)} AS {mark}_{column.key}" for column in dict.fromkeys(columns) for mark, words in MARKS.items()]
    return f"(SELECT {', '.join(found)} FROM {source})"


def _examples(connection, source: str, columns: Sequence[Column]) -> dict[str, Look]:
    asked = [
        f"left(min(v_{key}), 100), left(max(v_{key}), 100), count({quoted(key)}) - count(w_{key}), count(w_{key}) - count(v_{key})"
        for key in (column.key for column in columns)
    ]
    listed = ", ".join(quoted(column.key) for column in columns)
    inner = _values(source, columns).replace("(SELECT ", f"(SELECT {listed}, ", 1)
    row = connection.execute(f"SELECT {', '.join(asked)} FROM {inner}").fetchone()
    return {column.key: Look(*row[4 * index : 4 * index + 4]) for index, column in enumerate(columns)}


def _questions(column: Column, kind: Kind) -> tuple[str, str, str]:
    """Whether all values fit, whether one has what is needed, and whether one shows it for sure."""
    value = f"{'v' if kind.among else 'w'}_{column.key}"
    needs, sure = (f"bool_or(regexp_matches({value}, {literal(found)}))" if found else "true" for found in (kind.needs, kind.sure))
    return f"bool_and({kind.test.replace('{v}', value)}) FILTER ({value} IS NOT NULL)", needs, sure


def _likely(look: Look, column: Column) -> list[Kind]:
    if look.least is None:
        return []
    known = (*KINDS, *_dates(look.greatest))
    return [kind for kind in known if all(re.fullmatch(kind.pattern, text) for text in (look.least, look.greatest))] or list(column.kinds)


def _dates(example: str) -> list[Kind]:
    found = []
    for date, formats in DATES:
        for time, clock in TIMES:
            if re.fullmatch(date + time, example):
                found += [strptime(form + clock, date + time) for form in formats]
    return found


def strptime(form: str, pattern: str = r"(?s:.*)") -> Kind:
    """The kind of dates or moments of this format."""
    kind = "TIMESTAMP" if re.search("%[HI]", form) else "DATE"
    value = f"CAST(try_strptime({{v}}, {literal(form)}) AS {kind})"
    return Kind(kind, pattern, value, form, ORDERS.get(form[1], "") if "%m" in form else "")


def _value(column: Column) -> str:
    """The text of a column without what stands around it; NULL for any word for nothing."""
    return _without(column, ALWAYS + AMONG)


def _without(column: Column, words: Sequence[str]) -> str:
    text = f"trim({quoted(column.key)})"
    return f"CASE WHEN {_is_one_of(text, words)} THEN NULL ELSE {text} END"


def _is_one_of(text: str, words: Sequence[str]) -> str:
    """A pattern, because the engine takes seconds to plan IN over many columns."""
    longest = max(len(word.encode()) for word in words)
    return f"(strlen({text}) <= {longest} AND regexp_full_match({text}, {literal('|'.join(map(re.escape, words)))}))"
