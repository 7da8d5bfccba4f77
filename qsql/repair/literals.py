"""A text that no row has, in a query that is otherwise well: the cell that was meant, in that column or where its key leads to.

Knows a schema and an index of cells; runs nothing.
"""

from collections.abc import Callable, Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from qsql.records import Schema, Table
from qsql.repair import Repaired
from qsql.repair.catalog import Catalog, Link, bare, column
from qsql.repair.joins import bring_in
from qsql.repair.scope import Frame, frames
from qsql.values import Match, ValueIndex

ENOUGH = 85.0  # how alike a cell has to be, of 100
SAME = 99.0  # in another table


Held = Callable[[Table, str, str], bool]  # whether the column of this name has this text now


def repair_literals(
    sql: str, schema: Schema, index: ValueIndex, named: Sequence[Match] = (), held: Held = lambda table, name, text: False
) -> Repaired:
    """`column = 'text'` with a text that the column does not hold, set right; the same SQL where nothing is certain.

    `named` are the cells that the question names: a code that the model guessed for one of them is looked up by it. `held` is asked
    last: the database may have got a cell that the index does not know.
    """
    try:
        root = exp.Subquery(this=sqlglot.parse_one(sql, read=schema.dialect))
        catalog = Catalog(schema)
        changes = [change for frame in frames(root, catalog) for change in _mend(frame, catalog, index, named, held)]
        return Repaired(root.this.sql(dialect=schema.dialect), tuple(changes)) if changes else Repaired(sql, ())
    except (SqlglotError, RecursionError):
        return Repaired(sql, ())


def _mend(frame: Frame, catalog: Catalog, index: ValueIndex, named: Sequence[Match], held: Held) -> Iterator[str]:
    for node, literal in list(_comparisons(frame, catalog)):
        table = _table_of(node, frame)
        name = column(table, node.name).name if table else ""
        text = literal.name
        if not table or not text.strip() or _held(table, name, text, index) or held(table, name, text):
            continue
        change = _same_column(literal, table, name, text, index) or _by_key(node, literal, table, name, text, catalog, index)
        change = change or _same_table(node, literal, table, text, index) or _other_table(node, literal, frame, text, catalog, index)
        change = change or _guessed(node, table, name, text, catalog, named)
        if change:
            yield change


def _comparisons(frame: Frame, catalog: Catalog) -> Iterator[tuple[exp.Column, exp.Expression]]:
    """Columns of this SELECT that are compared with a text, and that text; in SQLite it may stand in double quotes."""
    for node in frame.select.find_all(exp.EQ):
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, exp.Column) and node.find_ancestor(exp.Select) is frame.select and _is_text(other, frame, catalog):
                yield one, other


def _is_text(node: exp.Expression, frame: Frame, catalog: Catalog) -> bool:
    if isinstance(node, exp.Literal):
        return node.is_string
    quoted = isinstance(node, exp.Column) and not node.table and node.this.args.get("quoted")
    return bool(quoted and not catalog.strict and not frame.sees(node))


def _table_of(node: exp.Column, frame: Frame) -> Table | None:
    owners = [source.table for source in frame.tables if not node.table or source.alias.lower() == node.table.lower()]
    return next((table for table in owners if column(table, node.name)), None)


def _held(table: Table, name: str, text: str, index: ValueIndex) -> bool:
    """Whether the column has this text, or may have it, or has it but for blanks around it: those are left to the person."""
    if not index.holds(table.name, name):
        return _numeric(text) or not any(name in key.columns for key in table.foreign_keys)
    return any(
        match.value.strip() == text.strip() and (match.table, match.column) == (table.name, name)
        for match in index.near(text, (table.name, name))
    )


def _same_column(literal: exp.Expression, table: Table, name: str, text: str, index: ValueIndex) -> str | None:
    found = _meant(text, [match for match in index.near(text, (table.name, name)) if (match.table, match.column) == (table.name, name)])
    return _set(literal, text, found.value, table, name) if found else None


def _same_table(node: exp.Column, literal: exp.Expression, table: Table, text: str, index: ValueIndex) -> str | None:
    found = _meant(text, [match for match in index.near(text) if match.table == table.name])
    if not found:
        return None
    node.set("this", exp.to_identifier(found.column))
    return _set(literal, text, found.value, table, found.column)


def _meant(text: str, matches: Sequence[Match]) -> Match | None:
    """The best of them, where it is near enough and no other is as near."""
    near = [match for match in matches if match.score >= ENOUGH and _alike(text, match.value)]
    rivals = [match for match in near[1:] if match.score >= near[0].score and match.value != near[0].value]
    return near[0] if near and not rivals else None


def _alike(text: str, value: str) -> bool:
    """A cell may say more than the text does, but not much less."""
    return text.strip().casefold() in value.casefold() or len(value.strip()) >= 0.75 * len(text.strip())


def _by_key(
    node: exp.Column, literal: exp.Expression, table: Table, name: str, text: str, catalog: Catalog, index: ValueIndex
) -> str | None:
    """The column is a key of another table, and a cell of that table is meant."""
    links = [link for other in catalog.tables for link in catalog.links(table, other) if link.pairs[0][0].lower() == name.lower()]
    for link in links:
        found = _meant(text, [match for match in index.near(text) if match.table == link.end.name])
        if len(link.pairs) == 1 and found:
            node.parent.replace(_lookup(node, link, found.column, found.value, catalog))
            return f"No {bare(table)}.{name} is {text!r}; {bare(link.end)}.{found.column} is {found.value!r}, and was looked up."
    return None


def _other_table(node: exp.Column, literal: exp.Expression, frame: Frame, text: str, catalog: Catalog, index: ValueIndex) -> str | None:
    """The very text stands in another table: one of the query, or the nearest that the keys lead to, which is joined."""
    tables = [source.table for source in frame.tables]
    found = {match.table: match for match in reversed(index.near(text)) if match.score >= SAME}
    ways = [(len(catalog.path(tables, target)), target) for name in found if (target := catalog.table(name))]
    near = [(length, target) for length, target in ways if length or target in tables]
    if not near:
        return None
    target = min(near, key=lambda item: item[0])[1]
    source = next((source for source in frame.tables if source.table is target), None)
    match, wrong = found[target.name], node.sql()
    node.set("table", exp.to_identifier(source.alias if source else bring_in(frame, target, catalog)))
    node.set("this", exp.to_identifier(match.column))
    literal.replace(exp.Literal.string(match.value))
    return f"No {wrong} is {text!r}; {bare(target)}.{match.column} is, and was taken."


def _guessed(node: exp.Column, table: Table, name: str, text: str, catalog: Catalog, named: Sequence[Match]) -> str | None:
    """The column is a key, no row has this code, and the question names one row of the table that the key leads to."""
    for link in (link for other in catalog.tables for link in catalog.links(table, other)):
        meant = [match for match in named if match.table == link.end.name and match.score >= SAME]
        if len(link.pairs) == 1 and link.pairs[0][0].lower() == name.lower() and len(meant) == 1:
            node.parent.replace(_lookup(node, link, meant[0].column, meant[0].value, catalog))
            return f"No {bare(table)}.{name} is {text!r}; the one of {meant[0].value!r} was looked up."
    return None


def _lookup(node: exp.Column, link: Link, name: str, value: str, catalog: Catalog) -> exp.Expression:
    inner = exp.select(exp.column(link.pairs[0][1])).from_(exp.to_table(link.end.name, dialect=catalog.dialect))
    inner = inner.where(exp.EQ(this=exp.column(name), expression=exp.Literal.string(value)))
    return exp.In(this=node.copy(), query=inner.subquery())


def _set(literal: exp.Expression, text: str, value: str, table: Table, name: str) -> str:
    literal.replace(exp.Literal.string(value))
    return f"No row has {text!r}; {bare(table)}.{name} has {value!r}, which was taken."


def _numeric(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdigit()
