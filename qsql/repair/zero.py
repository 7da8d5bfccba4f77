"""SQL that gave no row -> the conditions in it that can be looked at alone, each with the query that finds a row for it.

Knows a schema and SQL; runs nothing. It looks only where an empty part makes the whole empty: not below NOT, OR or an outer join.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from qsql.records import Column, Schema, Table
from qsql.repair.catalog import Catalog, bare, column
from qsql.repair.scope import Frame, Source, columns, frames

RANGED = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
COMPARED = (exp.EQ, exp.In, exp.Like, exp.ILike, *RANGED)
# What an empty SELECT may stand in so that all around it is empty too.
EMPTYING = (exp.Paren, exp.Subquery, exp.And, exp.Where, exp.From, exp.Join, exp.With, exp.CTE, exp.Select, exp.SetOperation)
EMPTYING += (exp.In, exp.Exists, exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
MOST = 10  # conditions of one SELECT that are looked at
SHOWN = 120  # characters of a condition


@dataclass(frozen=True)
class Compared:
    """One column of `table` and the one literal that it is compared with; `ends` and `values` are queries for what the column has."""

    table: Table
    column: Column
    literal: str
    ranged: bool
    ends: str
    values: str


@dataclass(frozen=True)
class Condition:
    """`text` as the query has it, without aliases; `probe` gives a row where a row of `table` (as people call it) meets it."""

    text: str
    table: str
    probe: str
    compared: Compared | None = None


@dataclass(frozen=True)
class Parts:
    """Of one SELECT: its tables, each with a query for a row of it; its conditions, and those of HAVING in `groups`.

    `together` has all conditions of a table as one. `grouped` gives a row where there is any group. `whole` says that it holds nothing
    else that keeps rows away but the ways in which its tables are joined.
    """

    tables: tuple[tuple[str, str], ...]
    conditions: tuple[Condition, ...]
    together: tuple[Condition, ...]
    groups: tuple[Condition, ...]
    grouped: str
    whole: bool


def parts(sql: str, schema: Schema) -> tuple[Parts, ...]:
    """Of the query, then of each SELECT in it that makes it empty by being empty; nothing where it cannot be read."""
    try:
        tree = sqlglot.parse_one(sql, read=schema.dialect)
        found = [frame for frame in frames(tree, Catalog(schema)) if _empties(frame.select, tree)]
        return tuple(_parts(frame, schema.dialect) for frame in found)
    except (SqlglotError, RecursionError):
        return ()


def _parts(frame: Frame, dialect: str) -> Parts:
    if dialect == "sqlite":
        _read_texts(frame)
    nodes = list(_conjuncts(frame.select))
    found = [(source, node) for node in nodes if (source := _alone(node, frame))][:MOST]
    by_source: dict[str, list[exp.Expression]] = {}
    for source, node in found:
        by_source.setdefault(source.alias, []).append(node)
    several = [(frame.source(alias), exp.and_(*group)) for alias, group in by_source.items() if len(group) > 1]
    return Parts(
        tuple({bare(source.table): _probe(source, dialect) for source in frame.tables}.items()),
        tuple(_condition(source, node, dialect) for source, node in found),
        tuple(_condition(source, node, dialect) for source, node in several),
        tuple(_groups(frame.select, dialect)),
        _grouped(frame.select, None, dialect),
        _is_whole(frame, nodes, [node for _, node in found]),
    )


def _read_texts(frame: Frame) -> None:
    """SQLite takes a double-quoted name that nothing has for a text."""
    for node in columns(frame.select):
        if not node.table and node.this.args.get("quoted") and not frame.sees(node):
            node.replace(exp.Literal.string(node.name))


def _conjuncts(select: exp.Select) -> Iterator[exp.Expression]:
    """What each row must meet: of WHERE, and of the ON of joins where none is an outer one."""
    joins = select.args.get("joins") or []
    inner = [] if any(join.side for join in joins) else joins
    for holder in (*(join.args.get("on") for join in inner), getattr(select.args.get("where"), "this", None)):
        yield from _flat(holder) if holder is not None else ()


def _flat(node: exp.Expression) -> Iterator[exp.Expression]:
    node = node.unnest()
    if not isinstance(node, exp.And):
        yield node
        return
    for one in node.flatten():
        yield from _flat(one)


def _alone(node: exp.Expression, frame: Frame) -> Source | None:
    """The one table that a condition with a literal is about; None where it is about more, or may be met by a row that is not there."""
    if not node.find(exp.Literal, exp.Boolean) or node.find(exp.Query, exp.AggFunc, exp.Window):
        return None
    owners = {id(owner): owner for one in node.find_all(exp.Column) for owner in [_owner(one, frame)]}
    source = next(iter(owners.values())) if len(owners) == 1 else None
    outer = any(join.side for join in frame.select.args.get("joins") or [])
    return source if source and (not outer or _compared(node, source, "")) else None


def _owner(node: exp.Column, frame: Frame) -> Source | None:
    if node.table:
        source = frame.source(node.table)
    else:
        owners = [source for source in frame.sources if source.has(node.name)]
        source = owners[0] if len(owners) == 1 else None
    return source if source and source.table is not None else None


def _condition(source: Source, node: exp.Expression, dialect: str) -> Condition:
    return Condition(_shown(node, dialect), bare(source.table), _probe(source, dialect, node), _compared(node, source, dialect))


def _compared(node: exp.Expression, source: Source, dialect: str) -> Compared | None:
    """None where it is not one column of the table and one literal."""
    if not isinstance(node, COMPARED) or (isinstance(node, exp.In) and len(node.expressions) != 1):
        return None
    left, right = node.this, node.args["low"] if isinstance(node, exp.Between) else node.args.get("expression") or node.expressions[0]
    if isinstance(right, exp.Column):
        left, right = right, left
    left = left.this if isinstance(left, (exp.Lower, exp.Upper)) else left
    found = column(source.table, left.name) if isinstance(left, exp.Column) else None
    if found is None or not isinstance(right, exp.Literal):
        return None
    ranged = isinstance(node, RANGED) or not right.is_string
    ends = _select(source, exp.Min(this=left.copy()), exp.Max(this=left.copy())).sql(dialect=dialect)
    values = _select(source, left.copy()).distinct().where(exp.Not(this=exp.Is(this=left.copy(), expression=exp.Null())))
    return Compared(source.table, found, right.name.strip("%"), ranged, ends, values.sql(dialect=dialect))


def _groups(select: exp.Select, dialect: str) -> Iterator[Condition]:
    having = select.args.get("having")
    for node in _flat(having.this) if having is not None else ():
        yield Condition(_shown(node, dialect), "", _grouped(select, node, dialect))


def _grouped(select: exp.Select, node: exp.Expression | None, dialect: str) -> str:
    """The SELECT with this alone for its HAVING, inside the WITH of the query around it; empty where it has no HAVING."""
    if not select.args.get("having"):
        return ""
    inner, around = select.copy(), select.root().args.get("with_")
    for name in ("order", "limit", "offset", "distinct"):
        inner.set(name, None)
    inner.set("having", exp.Having(this=node.copy()) if node is not None else None)
    if around and not inner.args.get("with_"):
        inner.set("with_", around.copy())
    return inner.sql(dialect=dialect)


def _probe(source: Source, dialect: str, node: exp.Expression | None = None) -> str:
    query = _select(source, exp.Literal.number(1))
    return (query.where(node.copy()) if node is not None else query).sql(dialect=dialect)


def _select(source: Source, *what: exp.Expression) -> exp.Select:
    table = source.node.copy()
    for name in ("joins", "laterals", "pivots"):
        table.set(name, None)
    return exp.select(*what).from_(table)


def _is_whole(frame: Frame, nodes: list[exp.Expression], found: list[exp.Expression]) -> bool:
    select = frame.select
    joins = all(node.find(exp.Literal, exp.Query) is None for node in nodes if not any(node is one for one in found))
    limit = select.args.get("limit")
    bounded = any(select.args.get(name) for name in ("qualify", "offset", "with_")) or (limit and limit.expression.name == "0")
    return joins and not bounded and len(list(select.find_all(exp.Query))) == 1 and select.parent is None


def _empties(select: exp.Select, tree: exp.Expression) -> bool:
    """Whether the whole gives no row where this gives none."""
    node: exp.Expression = select
    while node is not tree and node.parent is not None:
        around = node.parent
        if not isinstance(around, EMPTYING) or (isinstance(around, exp.Join) and around.side):
            return False
        if isinstance(around, exp.Except) and around.args.get("expression") is node:
            return False
        if isinstance(around, exp.Select) and node.arg_key not in ("where", "from_", "joins", "with_"):
            return False
        node = around
    return True


def _shown(node: exp.Expression, dialect: str) -> str:
    plain = node.copy()
    for one in plain.find_all(exp.Column):
        one.set("table", None)
    text = plain.sql(dialect=dialect)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
