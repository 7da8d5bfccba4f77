"""A schema, to be searched: tables and columns by any spelling of their names, and the ways from table to table along the keys."""

import difflib
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from qsql.records import Column, Schema, Table

CLOSE = 0.8  # how much of two names must agree for one to be taken for the other's misspelling


@dataclass(frozen=True)
class Link:
    """One step from table to table: pairs of columns that are equal, this side's first."""

    start: Table
    end: Table
    pairs: tuple[tuple[str, str], ...]


class Catalog:
    """`strict` engines take a double-quoted word for a name, never for a text, and do not mix types."""

    def __init__(self, schema: Schema, question: str = "") -> None:
        self._said = set(map(_singular, words(question)))
        self.dialect, self.tables = schema.dialect, schema.tables
        self.strict = schema.dialect != "sqlite"
        self._by_name = {key: table for table in reversed(schema.tables) for key in _spellings(table, schema.dialect)}
        self._links = {table.name: [] for table in schema.tables}
        for table in schema.tables:
            for key in table.foreign_keys:
                self._link(table, self.table(_plain(key.to_table)), tuple(zip(key.columns, key.to_columns)))

    def table(self, name: str) -> Table | None:
        """The table of this name, in any case, with or without its schema."""
        return self._by_name.get(name.lower())

    def like(self, name: str) -> Table | None:
        """The table whose name is this one but for signs, a plural or a misspelling."""
        wanted = flat(name)
        known = {flat(key): table for key, table in self._by_name.items()}
        for spelling in (wanted, wanted + "s", wanted.removesuffix("s")):
            if spelling in known:
                return known[spelling]
        near = difflib.get_close_matches(wanted, known, n=1, cutoff=CLOSE)
        return known[near[0]] if near else None

    def path(self, starts: Iterable[Table], goal: Table) -> list[Link]:
        """The fewest links from one of `starts` to `goal`; none where there is no way."""
        queue = deque((start, ()) for start in starts)
        seen = {start.name for start, _ in queue}
        while queue:
            table, way = queue.popleft()
            if table.name == goal.name:
                return list(way)
            for link in self._links[table.name]:
                if link.end.name not in seen:
                    seen.add(link.end.name)
                    queue.append((link.end, (*way, link)))
        return []

    def links(self, start: Table, end: Table) -> list[Link]:
        """The direct links between two tables."""
        return [link for link in self._links[start.name] if link.end.name == end.name]

    def pointing_at(self, table: Table) -> Table | None:
        """The table with a key of this one: the only one, or the only one that the question names."""
        children = list({link.end.name: link.end for link in self._links[table.name] if _points(link.end, table)}.values())
        named = [child for child in children if self._said.issuperset(map(_singular, words(bare(child))))]
        chosen = children if len(children) == 1 else named
        return chosen[0] if len(chosen) == 1 else None

    def _link(self, table: Table, target: Table | None, pairs: tuple[tuple[str, str], ...]) -> None:
        if target is None or not pairs:
            return
        self._links[table.name].append(Link(table, target, pairs))
        self._links[target.name].append(Link(target, table, tuple((there, here) for here, there in pairs)))


def column(table: Table, name: str) -> Column | None:
    """The column of this name, in any case."""
    return next((column for column in table.columns if column.name.lower() == name.lower()), None)


def column_like(table: Table, name: str) -> Column | None:
    """The column whose name is this one but for case and signs."""
    return next((column for column in table.columns if flat(column.name) == flat(name)), None)


def column_with(table: Table, name: str) -> Column | None:
    """The one column whose words end or begin with the words of this name (`age` -> `pet_age`)."""
    wanted = words(name)
    ends = [one for one in table.columns if words(one.name)[-len(wanted) :] == wanted]
    begins = [one for one in table.columns if words(one.name)[: len(wanted)] == wanted]
    return next((found[0] for found in (ends, begins) if len(found) == 1), None)


def misspelt(table: Table, name: str) -> Column | None:
    """The column whose name is nearest to this one, if it is near."""
    near = difflib.get_close_matches(flat(name), [flat(one.name) for one in table.columns], n=1, cutoff=CLOSE)
    return next((one for one in table.columns if near and flat(one.name) == near[0]), None)


def column_of(table: Table, name: str) -> Column | None:
    """The column that a name means that says its table too (`ship_name` -> `name` of ship)."""
    wanted = flat(name)
    for own in (flat(bare(table)), flat(bare(table)).removesuffix("s")):
        if wanted.startswith(own) and (found := column_like(table, wanted.removeprefix(own))):
            return found
    return None


def bare(table: Table) -> str:
    """The table's own name, without quotes and schema."""
    return _plain(table.name).rpartition(".")[2]


def flat(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def words(name: str) -> list[str]:
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+", name)
    return [part.lower() for part in parts] or [name.lower()]


def _points(child: Table, parent: Table) -> bool:
    return any(_plain(key.to_table).lower() == _plain(parent.name).lower() for key in child.foreign_keys)


def _singular(word: str) -> str:
    return word.lower().removesuffix("s")


def _plain(name: str) -> str:
    return name.replace('"', "").replace("`", "")


def _spellings(table: Table, dialect: str) -> tuple[str, ...]:
    try:
        written = exp.to_table(table.name, dialect=dialect).name
    except SqlglotError:
        written = _plain(table.name)
    return _plain(table.name).lower(), written.lower()
