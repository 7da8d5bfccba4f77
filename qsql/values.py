"""Which cells of the database a question names: an index in memory of its texts, looked up exactly first, then nearly.

It knows how people write a value: in another case, without the accent, in the plural, with a slip of the finger, in Chinese without
spaces. It does not know SQL or models, nor how cells are read (`distinct` is given), and takes no more than `Caps` allow.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from qsql.records import Column, Schema, Table

Place = tuple[str, str]
Distinct = Callable[[Table, Column, int], Sequence[object] | None]

TEXTUAL = re.compile(r"CHAR|TEXT|CLOB|STRING|ENUM|^\s*$", re.IGNORECASE)
HAN = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # written without spaces: a word each
WRITTEN_TOGETHER = re.compile(f"[{HAN}]")
WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")
CHUNK = re.compile(r"(?!['’.])[^\s,;:?!()\"“”‘「」『』《》`，。；：？！（）]+(?<![.'’])")
QUOTED = re.compile(r"(?<!\w)'(.+?)'(?!\w)|\"(.+?)\"|“(.+?)”|‘(.+?)’(?!\w)|「(.+?)」|『(.+?)』|《(.+?)》|`(.+?)`")
DIGITS = re.compile(r"\d+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

COMMON = frozenset(
    """a about above after ago all also am among an and any are as ask at average be been before below between both but by can code count
    create date day did different do does each early end ever every far few find first for from get give had has have high highest how
    i id if in into is it its just last late later least less like list long low lowest many max maximum me min minimum more most much
    my name new no not number of old on one only or order other our out over per please same show since so some still sum tell than
    that the their them then there these they this those three to top total two type under until up us use value was way we were what
    when where which who whom whose why will with without year yes you your
    一个 个数 什么 全部 分别 哪个 哪些 哪里 名字 名称 多少 如何 平均 所有 总数 我们 数量 显示 时间 时候 最多 最大 最小 最少 查询 每个 类型 给出""".split()
)

MAX_QUESTION = 1000  # characters that are read of a question
MAX_LITERAL = 200  # of a literal
MAX_NEARLY = 60  # words of it, from the first, that are looked up nearly too
MAX_CANDIDATES = 3000  # texts that are compared with one part of a question
MAX_WORDS, MAX_TOGETHER = 8, 12  # in one part of a question
MAX_COLUMNS = 3  # that are named for one part of a question
SHORTEST_NEARLY, SHORTEST_NEARLY_SMALL = 5, 8  # characters, the second in small letters; what is shorter is near to too much
TWO_SLIPS = 14  # characters that may hold two
PLAIN = 97.0  # the score of what is the same but for accents, punctuation or a plural
LOW = (1 << 24) - 1  # the bits for the number of a text beside the bits for its first or last part


@dataclass(frozen=True)
class Match:
    """A cell that part of a text names: `value` as it is stored, `words` as the person wrote them.

    `score` is 100 where both are the same but for case and surrounding space, and lower the further they are apart.
    """

    table: str
    column: str
    value: str
    words: str
    score: float


@dataclass(frozen=True)
class Caps:
    """What an index takes at most: characters of one cell, distinct cells of one column, cells and characters in all."""

    cell: int = 60
    column: int = 20_000
    cells: int = 300_000
    characters: int = 6_000_000


@dataclass(frozen=True)
class _Hit:
    """Part of a question from `start` to `end`, and the numbers of the cells that it names; none where it names the schema."""

    start: int
    end: int
    cells: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class _Part:
    """A part of a question that may name a cell."""

    start: int
    end: int
    words: str
    quoted: bool
    nearly: bool


def build(schema: Schema, distinct: Distinct, caps: Caps = Caps()) -> "ValueIndex":
    """Read the distinct values of every column of text; a column that is too large, or that cannot be read, is left out whole."""
    index, left_out = ValueIndex(schema), []
    for table in schema.tables:
        for column in (column for column in table.columns if TEXTUAL.search(column.type)):
            room = min(caps.column, caps.cells - len(index.values))
            values = distinct(table, column, room + 1) if room > 0 and index.characters < caps.characters else None
            if values is None or len(values) > room or not index.add((table.name, column.name), values, caps):
                left_out.append(f"{table.name}.{column.name}")
    index.finish(_notice(left_out))
    return index


class ValueIndex:
    """The cells of a database by their texts; `build` makes one.

    `notice` says what was left out, `chinese` whether any cell is in Chinese. A cell's number is its place in `values`; cells of one column
    stand side by side.
    """

    def __init__(self, schema: Schema) -> None:
        self.notice = ""
        self.values: list[str] = []
        self.characters = 0
        self.chinese = False
        self._names = frozenset(_names(schema))
        self._places: list[Place] = []
        self._starts: list[int] = []
        self._whole: set[Place] = set()
        self._cells: dict[str, tuple[int, ...]] = {}  # the numbers of the cells that are written so
        self._texts: list[str] = []  # its keys
        self._ends = array("Q")  # of each text: its first and its last part (a hash), and its number

    def add(self, place: Place, values: Sequence[object], caps: Caps) -> bool:
        """Take in a column, or nothing of it where its texts are too many."""
        kept = [text for text in dict.fromkeys(map(_text, values)) if text.strip() and len(text) <= caps.cell]
        size = sum(map(len, kept))
        if self.characters + size > caps.characters:
            return False
        self.characters += size
        self._places.append(place)
        self._starts.append(len(self.values))
        if all(len(_text(value)) <= caps.cell and not isinstance(value, bytes | bytearray | memoryview) for value in values):
            self._whole.add(place)
        for text in kept:
            for key in _keys(text):
                self._cells[key] = (*self._cells.get(key, ()), len(self.values))
            self.values.append(text)
        return True

    def finish(self, notice: str) -> None:
        """Make ready for near look-ups, once all columns are in."""
        self.notice = notice
        self._texts = list(self._cells)
        self.chinese = any(map(WRITTEN_TOGETHER.search, self.values))
        long_enough = ((number, text) for number, text in enumerate(self._texts) if _has_neighbours(text))
        self._ends = array("Q", sorted(end << 24 | number for number, text in long_enough for end in _ends(text, len(text))))

    def holds(self, table: str, column: str) -> bool:
        """Whether all of that column is here, so that what is not found here is not there."""
        return (table, column) in self._whole

    def find(self, question: str, limit: int = 5) -> tuple[Match, ...]:
        """The cells that the question names: the exact ones first, the longer first."""
        text = question[:MAX_QUESTION]
        parts = [part for part in _parts(text) if part.quoted or not _is_common(part, text)]
        exact = [hit for part in parts if (hit := self._exactly(part))]
        left = (part for part in parts if part.nearly and not any(hit.start <= part.start and part.end <= hit.end for hit in exact))
        nearly = [hit for part in left if (hit := self._nearly(part))]
        hits = sorted(_outermost(exact + nearly, len(text)), key=lambda hit: (hit.score < PLAIN, hit.start - hit.end))
        asked = {singular(word) for word in WORD.findall(_fold(text))}
        columns = [self._matches(hit, text[hit.start : hit.end], asked) for hit in hits]
        # The first column of each part, then the second of each: what one part names in many columns must not hide the others.
        return tuple(match for row in zip_longest(*columns) for match in row if match)[:limit]

    def near(self, literal: str, column: Place | None = None, limit: int = 3) -> tuple[Match, ...]:
        """Cells that are written like `literal`: those of that (table, column), or where it has none, those of any."""
        literal = literal[:MAX_LITERAL]
        own = {key: (cell,) for cell in self._of(column) for key in _keys(self.values[cell])}
        return self._like(literal, own, limit) or self._like(literal, self._cells, limit)

    def _of(self, column: Place | None) -> range:
        """The numbers of a column's cells."""
        if column not in self._places:
            return range(0)
        at = self._places.index(column)
        return range(self._starts[at], (*self._starts, len(self.values))[at + 1])

    def _like(self, literal: str, cells: dict[str, tuple[int, ...]], limit: int) -> tuple[Match, ...]:
        best: dict[int, float] = {}
        for score, text in islice(_alike(literal, cells), limit):
            for cell in cells[text][:MAX_COLUMNS]:
                best.setdefault(cell, score)
        return tuple(self._match(cell, literal, score) for cell, score in best.items())[:limit]

    def _exactly(self, part: _Part) -> _Hit | None:
        key = _fold(part.words)
        if not part.quoted and singular(_plain(part.words)) in self._names:
            return _Hit(part.start, part.end, (), PLAIN)
        for form in dict.fromkeys((key, *_forms(key))):
            cells = tuple(cell for cell in self._cells.get(form, ()) if _may_name(part, self.values[cell]))
            if cells:
                return _Hit(part.start, part.end, cells, 100.0 if _fold(self.values[cells[0]]) == key else PLAIN)
        return None

    def _nearly(self, part: _Part) -> _Hit | None:
        key = _fold(part.words)
        if not _has_neighbours(key):
            return None
        slips = 1 if len(key) < TWO_SLIPS else 2
        best: dict[str, int] = {}
        for text in map(self._texts.__getitem__, islice(self._candidates(key, slips), MAX_CANDIDATES)):
            apart = OSA.distance(key, text, score_cutoff=slips)
            if apart <= slips and DIGITS.findall(key) == DIGITS.findall(text):
                best[text] = apart
        if not best:
            return None
        least = min(best.values())
        cells = tuple(cell for text, apart in best.items() if apart == least for cell in self._cells[text])
        return _Hit(part.start, part.end, cells, round(100 * (1 - least / len(key)), 1))

    def _candidates(self, key: str, slips: int) -> Iterator[int]:
        """Numbers of the texts, a little shorter or longer, of which the first or the last part is that of the key."""
        for length in range(max(SHORTEST_NEARLY, len(key) - slips), len(key) + slips + 1):
            for end in _ends(key, length):
                at = bisect_left(self._ends, end << 24)
                while at < len(self._ends) and self._ends[at] >> 24 == end:
                    yield self._ends[at] & LOW
                    at += 1

    def _matches(self, hit: _Hit, words: str, asked: set[str]) -> list[Match]:
        """One match a column, that of the question's own spelling; first the columns that the question speaks of."""
        columns: dict[Place, Match] = {}
        for cell in sorted(hit.cells, key=lambda cell: self.values[cell].strip() != words):
            match = self._match(cell, words, hit.score)
            columns.setdefault((match.table, match.column), match)
        spoken = {place: sum(singular(word) in asked for word in _name_words(*place)) for place in columns}
        return sorted(columns.values(), key=lambda match: -spoken[match.table, match.column])[:MAX_COLUMNS]

    def _match(self, cell: int, words: str, score: float) -> Match:
        table, column = self._places[bisect_right(self._starts, cell) - 1]
        return Match(table, column, self.values[cell], words, score)


def _notice(left_out: list[str]) -> str:
    named = ", ".join(left_out[:5]) + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
    return f"Values are not looked up in {named}: too many different ones, or they could not be read in time." if left_out else ""


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bytes | bytearray | memoryview) else str(value)


def _fold(text: str) -> str:
    """The same for what differs only in case, in spaces, or in the width of its characters."""
    return " ".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold().split())


def _plain(text: str) -> str:
    """Folded, and without accents and punctuation."""
    if (folded := _fold(text)).isascii() and folded.replace(" ", "").isalnum():
        return folded
    bare = "".join(char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"['’.]", "", bare)).split())


def _keys(text: str) -> tuple[str, ...]:
    key, plain = _fold(text), _plain(text)
    return (key,) if plain == key or len(plain) < 3 else (key, plain)


def _forms(key: str) -> Iterator[str]:
    """Other ways to write it that name the same: without accents and punctuation, in the singular."""
    if _has_letter(key):
        yield plain if len(plain := _plain(key)) > 2 else key
        if len(key) > 3 and key.endswith("s"):
            yield from (key[:-1], singular(key))


def singular(word: str) -> str:
    """An English word in small letters, without the commonest endings of a plural."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss"), ("s", "")):
        if len(word) > 3 and word.endswith(ending):
            return word.removesuffix(ending) + instead
    return word


def _name_words(*names: str) -> list[str]:
    return [_fold(word) for name in names for word in WORD.findall(CAMEL.sub(" ", name))]


def _names(schema: Schema) -> Iterator[str]:
    """Names of tables and columns as a person would say them, in the singular."""
    for table in schema.tables:
        for name in (table.name.rpartition(".")[2], *(column.name for column in table.columns)):
            yield from (singular(_plain(name)), singular(" ".join(_name_words(name))))


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _has_neighbours(text: str) -> bool:
    return len(text) >= SHORTEST_NEARLY and _has_letter(text) and not WRITTEN_TOGETHER.search(text)


def _ends(text: str, length: int) -> tuple[int, int]:
    """A number for the first part and one for the last, as they are in texts of that length; a single slip leaves one alone.

    The parts do not meet, so that this is true of two neighbours that changed places too.
    """
    half = (length - 1) // 2
    return hash((length, text[:half])) & (1 << 40) - 1, hash((text[-half:], length)) & (1 << 40) - 1


def _parts(text: str) -> list[_Part]:
    """What a question may name a cell by: what it quotes, what stands between spaces, and every few words of it."""
    quotes = {match.span(match.lastindex) for match in QUOTED.finditer(text)}
    whole = quotes | {match.span() for match in CHUNK.finditer(text)}
    words = [match.span() for match in WORD.finditer(text)]
    parts = {(start, end): _Part(start, end, text[start:end], (start, end) in quotes, (start, end) in quotes) for start, end in whole}
    for first, (start, _) in enumerate(words):
        for end in _reach(text, words, first):
            between, quoted = text[start:end], (start, end) in quotes
            nearly = first < MAX_NEARLY and (quoted or _may_be_misspelt(between))
            parts[start, end] = _Part(start, end, between, quoted, nearly)
    return list(parts.values())


def _reach(text: str, words: list[tuple[int, int]], first: int) -> Iterator[int]:
    """Where the parts that begin with this word may end."""
    spaced = 0
    for start, end in words[first : first + MAX_TOGETHER]:
        spaced += not WRITTEN_TOGETHER.match(text, start)
        if spaced > MAX_WORDS:
            return
        yield end


def _may_be_misspelt(words: str) -> bool:
    """Whether it can be a name with a slip in it: an everyday word in small letters is too often near to some name."""
    found = WORD.findall(words)
    if _fold(found[0]) in COMMON or _fold(found[-1]) in COMMON:
        return False
    return len(words) >= SHORTEST_NEARLY_SMALL or not words.islower()


def _is_common(part: _Part, question: str) -> bool:
    """Whether it is an everyday word; in capitals among small letters it is a code (OR, the state)."""
    key = _fold(part.words)
    code = part.words.isupper() and not question.isupper() and len(part.words) > 1
    return not code and (key in COMMON or singular(key) in COMMON)


def _may_name(part: _Part, value: str) -> bool:
    """A cell of one or two letters is named only in its own case, and only by capitals or in quotes; a short code not by a plural."""
    cell = value.strip()
    if len(cell) == 2 and WRITTEN_TOGETHER.search(cell):
        return True
    if len(cell) < 3:
        return cell == part.words.strip() and (part.quoted or cell.isupper())
    return len(cell) > 3 or not cell.isupper() or _fold(cell) == _fold(part.words)


def _outermost(hits: Iterable[_Hit], size: int) -> list[_Hit]:
    """The longest hits in a text of that size, no two over the same letter, without those that name only the schema."""
    kept, taken = [], bytearray(size)
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, -hit.score)):
        if not any(taken[hit.start : hit.end]):
            taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
            kept.append(hit)
    return [hit for hit in kept if hit.cells]


def _alike(literal: str, texts: Iterable[str]) -> Iterator[tuple[float, str]]:
    """The texts that are like a literal, best first."""
    wanted, plain, scores = _fold(literal), _plain(literal), {}
    for text in texts:
        if text == wanted or (plain and text == plain):
            scores[text] = 100.0 if text == wanted else PLAIN
        elif wanted in text or text in wanted or (plain and plain in text):
            scores[text] = max(_containing(wanted, text), _containing(plain, text))
    if _has_letter(wanted) and len(wanted) >= 4:
        for text, score, _ in process.extract(wanted, list(texts), scorer=fuzz.ratio, score_cutoff=75, limit=20):
            if DIGITS.findall(text) == DIGITS.findall(wanted):
                scores[text] = max(scores.get(text, 0.0), min(score, PLAIN))
    best = sorted((-round(score, 1), len(text), text) for text, score in scores.items() if score)
    return ((-score, text) for score, _, text in best)


def _containing(wanted: str, text: str) -> float:
    """How well one names the other by being part of it: best at its start, then from a word's start; 0 for a few chance letters."""
    short, long = sorted((wanted, text), key=len)
    together = WRITTEN_TOGETHER.search(short)
    if short not in long or len(short) < (2 if together else 3) or not _has_letter(short):
        return 0.0
    share = 5 * len(short) / len(long)
    if long.startswith(short):
        return 90 + share
    if together or f" {short}" in long:
        return 85 + share
    return 75 + share if len(short) > 3 and short == wanted else 0.0
