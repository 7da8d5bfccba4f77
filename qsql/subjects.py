"""What the tables of a schema are about: what their rows are called, and what their columns are for.

Told from names, types, keys and the tables' first rows alone: `order_items` -> an order item, order items; `city`, a category.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import inflection

from qsql.records import Column, Schema, Table
from qsql.telling import is_key, is_year, words_in

NO_NOUN = re.compile(
    r"(?:t )?(?:data|table|sheet|book|file|export|query|result|output|input|untitled|test|tabelle|工作表|数据)?[\d\W]*", re.IGNORECASE
)
BEFORE = {"tbl", "tb", "t", "dim", "fact", "fct", "stg", "vw", "v", "raw"}
AFTER = {"data", "info", "list", "table", "tbl", "details", "detail", "master", "records", "record"}
UNCOUNTABLE = {"weather", "staff", "inventory", "traffic", "music", "software", "equipment", "stock", "history", "mail", "feedback"}
VOWEL = re.compile(r"[aeiouyAEIOUY]|[^\x00-\x7f]")

UNCOUNTED = 100  # rows that a table is taken to have where they were not counted

VIEW = re.compile(r"\s*CREATE\b.{,40}?\bVIEW\b", re.IGNORECASE)
NUMBER = re.compile(r"INT|NUM|DEC|REAL|DOUBLE|FLOAT|MONEY", re.IGNORECASE)
TEXT = re.compile(r"CHAR|TEXT|CLOB|STRING|ENUM|^\s*$", re.IGNORECASE)
DATE = re.compile(r"DATE|TIMESTAMP", re.IGNORECASE)
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T].*)?")
A_VALUE = re.compile(r"(?=.*[^\W\d_])[^\W_](?:[\w &'’.,/+-]*\w\.?)?")
NO_VALUE = {"unknown", "none", "null", "other", "n/a", "na", "nan", "true", "false", "yes", "no"}
TIME_PARTS = set("month day hour minute second week weekday quarter time date timestamp".split())
PLACES = set("lat latitude lon lng long longitude tz timezone x y z alt dir direction".split())
NAMES = {"name", "title", "label", "fullname"}
NAMES_CHINESE = ("名", "名称", "姓名", "标题")
CATEGORIES = set(
    """type kind category status class city country state region province district continent gender sex department genre language color
    colour brand manufacturer maker level grade position role nationality major segment channel method currency origin destination engine
    product area team league season rating priority source industry sector""".split()
)
CATEGORIES_CHINESE = re.compile("(类别|类型|种类|类|城市|国家|省份?|地区|区域|性别|部门|状态|级别|等级|品牌|渠道|颜色|专业|科目|职位)$")
QUANTITIES = set(  # which are asked of first
    """price amount salary age weight height length width size distance duration delay quantity population score points area capacity cost
    revenue sales budget income profit speed seats temp temperature balance fee wage rainfall depth mileage gpa credits""".split()
)
AGGREGATED = {"average", "avg", "mean", "total", "sum", "max", "min", "maximum", "minimum", "highest", "lowest", "rank"}


@dataclass(frozen=True)
class Noun:
    """One row of a table, and many."""

    one: str
    many: str


@dataclass(frozen=True)
class Subject:
    """A table with what its columns are for; `weight` is higher the more rows it has and the more tables it is tied to."""

    table: Table
    noun: Noun
    weight: float
    names: tuple[Column, ...]
    quantities: tuple[Column, ...]
    categories: tuple[Column, ...]
    dates: tuple[Column, ...]

    @property
    def only_links(self) -> bool:
        """Whether it has nothing but keys, two or more of other tables."""
        return len(self.table.foreign_keys) > 1 and all(_keys(self.table, column) for column in self.table.columns)

    def values(self) -> Iterator[tuple[Column, str]]:
        """The first real value of each column of categories that people would write so."""
        for column in self.categories:
            for cell in self.cells(column):
                if 2 <= len(cell) and A_VALUE.fullmatch(cell) and cell.casefold() not in NO_VALUE:
                    yield column, cell
                    break

    def parents(self) -> list[str]:
        """Tables that a key of one column points at."""
        return [key.to_table for key in self.table.foreign_keys if len(key.columns) == 1 and key.to_table != self.table.name]

    def many_years(self, column: Column) -> bool:
        """Whether the dates of its first rows are of more than one year."""
        return len({str(cell)[:4] for cell in self.cells(column)}) > 1

    def cells(self, column: Column) -> list:
        return _cells(self.table, self.table.columns.index(column))


def subjects_of(schema: Schema, language: str) -> list[Subject]:
    """The tables that hold something, the most telling first."""
    pointed_at = [key.to_table for table in schema.tables for key in table.foreign_keys]
    nouns = {table.name: noun_of(table, language) for table in schema.tables}
    found = []
    for table in schema.tables:
        if table.row_count == 0 or not table.rows or not nouns[table.name] or VIEW.match(table.ddl):
            continue
        ties = len(table.foreign_keys) + pointed_at.count(table.name)
        weight = math.log10(1 + (table.row_count or UNCOUNTED)) + min(ties, 4)
        found.append(_subject(table, nouns[table.name], weight))
    return sorted(found, key=lambda subject: -subject.weight)


def _subject(table: Table, noun: Noun, weight: float) -> Subject:
    def those(fits: Callable[[Table, Column, list], bool]) -> tuple[Column, ...]:
        named = [(place, column) for place, column in enumerate(table.columns) if re.fullmatch(r"[\w ]+", column.name)]
        told = [(place, column) for place, column in named if words_of(column.name) not in ("", noun.one)]
        return tuple(column for place, column in told if fits(table, column, _cells(table, place)))

    quantities = sorted(those(_is_quantity), key=lambda column: QUANTITIES.isdisjoint(words_in(column.name)))
    return Subject(table, noun, weight, those(_is_name), tuple(quantities), those(_is_category), those(_is_date))


def _cells(table: Table, place: int) -> list:
    return [row[place] for row in table.rows if row[place] is not None]


def _is_name(table: Table, column: Column, cells: list) -> bool:
    said = words_in(column.name)[-1:]
    return bool(TEXT.search(column.type)) and (bool(NAMES.intersection(said)) or column.name.endswith(NAMES_CHINESE))


def _is_quantity(table: Table, column: Column, cells: list) -> bool:
    said = words_in(column.name)
    counts = said[:1] in (["number"], ["num"], ["no"]) and said[1:2] != ["of"]
    no_amount = counts or is_key(column.name) or is_year(column.name) or not (PLACES | TIME_PARTS | AGGREGATED).isdisjoint(said)
    return bool(NUMBER.search(column.type) and not _keys(table, column) and not no_amount and set(cells) - {0, 1})


def _is_category(table: Table, column: Column, cells: list) -> bool:
    if table.primary_key == (column.name,) or is_key(column.name) or _is_name(table, column, cells) or _is_date(table, column, cells):
        return False
    called = CATEGORIES.intersection(words_in(column.name)[-1:]) or CATEGORIES_CHINESE.search(column.name) or _points(table, column)
    short = all(isinstance(cell, str) and len(cell) <= 30 for cell in cells)
    return bool(called and short) and any(map(A_VALUE.fullmatch, cells))


def _is_date(table: Table, column: Column, cells: list) -> bool:
    if DATE.search(column.type) and cells and isinstance(cells[0], (date, str)):
        return True
    return bool(cells) and TEXT.search(column.type) is not None and all(ISO_DATE.fullmatch(str(cell)) for cell in cells)


def _keys(table: Table, column: Column) -> bool:
    return column.name in table.primary_key or _points(table, column)


def _points(table: Table, column: Column) -> bool:
    return any(column.name in key.columns for key in table.foreign_keys)


def noun_of(table: Table, language: str) -> Noun | None:
    """None where the table's name is not made of words; "rows" where it says nothing about them."""
    parts = re.findall(r'"((?:[^"]|"")+)"|([^".]+)', table.name)
    named = words_of("".join(parts[-1]), keep=True) if parts else ""
    if language == "zh" and re.fullmatch("[\u4e00-\u9fff]{2,6}", table.comment.strip().removesuffix("表")):
        return Noun(*[table.comment.strip().removesuffix("表")] * 2)
    if NO_NOUN.fullmatch(named):
        return Noun("行", "行") if language == "zh" else Noun("row", "rows")
    words = named.split()
    while len(words) > 1 and words[0].lower() in BEFORE:
        words = words[1:]
    while len(words) > 1 and words[-1].lower() in AFTER:
        words = words[:-1]
    if not all(VOWEL.search(word) or len(word) < 4 or word.isdigit() for word in words):
        return None
    return Noun(" ".join(words), " ".join(words)) if language == "zh" else _inflected(words)


def words_of(name: str, keep: bool = False) -> str:
    """The name as words, in small letters but for acronyms; empty where it has none that can be read, unless `keep`."""
    parts = re.findall(r"[^\W_]+", inflection.underscore(re.sub(r"\s+", "_", name)) if not name.isupper() else name.lower())
    capitals = {word.lower() for word in re.findall(r"[A-Z]{2,4}(?![A-Za-z])", name)} if not name.isupper() else set()
    words = [part.upper() if part in capitals else part for part in parts]
    readable = all(VOWEL.search(word) for word in words) and any(len(word) > 1 or not word.isascii() for word in words)
    return " ".join(words) if words and (readable or keep) else ""


def _inflected(words: list[str]) -> Noun:
    *before, last = words
    if not last.isascii() or last.isdigit():
        return Noun(" ".join(words), " ".join(words))
    if last.lower() in UNCOUNTABLE:
        return Noun(" ".join((*words, "record")), " ".join((*words, "records")))
    one = inflection.singularize(last)
    return Noun(" ".join((*before, one)), " ".join((*before, inflection.pluralize(one))))
