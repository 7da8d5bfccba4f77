"""Rules for joins: tables brought in along the foreign keys, conditions that name no such column, exclusion by the wrong column."""

from sqlglot import exp

from qsql.records import Table
from qsql.repair.catalog import Catalog, Link, bare, column, flat
from qsql.repair.scope import Frame, Source, columns, frames


def mend_joins(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A join on a column that is not there becomes a join by the keys, through the tables between where it takes some."""
    changes = []
    for frame in frames(tree, catalog):
        for join in list(frame.select.args.get("joins", ())):
            on = join.args.get("on")
            if on is None or all(frame.sees(node) for node in on.find_all(exp.Column)):
                continue
            source = next(source for source in frame.sources if source.node is join.this)
            if source.table is not None and (text := _rejoin(join, source, frame, catalog)):
                changes.append(text)
    return changes


def exclude_by_key(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """`SELECT name FROM a EXCEPT SELECT name FROM b`, where b has no such column but a key of a: the rows of a without one in b."""
    changes = []
    for node in list(tree.find_all(exp.Except)):
        left, right = (list(frames(side, catalog)) for side in (node.left, node.right))
        if not (left and right and len(left[0].tables) == 1 and right[0].tables) or all(map(right[0].sees, columns(right[0].select))):
            continue
        keys = [(source, link) for source in right[0].tables for link in catalog.links(left[0].tables[0].table, source.table)]
        if len(left[0].select.expressions) != len(right[0].select.expressions) or not keys:
            continue
        source, link = keys[0]
        here, there = link.pairs[0]
        inner = right[0].select.copy()
        inner.set("expressions", [exp.column(there, source.alias)])
        outer = left[0].select.copy().where(exp.Not(this=exp.In(this=exp.column(here), query=inner.subquery())), copy=False)
        node.replace(outer)
        changes.append(
            f"{bare(left[0].tables[0].table)} and {bare(source.table)} have no such column in common; they were compared by {here}."
        )
    return changes


def compare_by_key(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """`a.x IN (SELECT y FROM b)` with an x that a lacks, or a y that b lacks: compared by the key between a and b."""
    changes = []
    for node in tree.find_all(exp.In):
        query = node.args.get("query")
        inner = query.find(exp.Select) if query is not None else None
        pair = _frames_of(tree, node.find_ancestor(exp.Select), inner, catalog) if isinstance(node.this, exp.Column) and inner else None
        if not pair or len(inner.expressions) != 1 or not isinstance(inner.expressions[0], exp.Column):
            continue
        outer, inside = pair
        shown = inner.expressions[0]
        if outer.sees(node.this) and any(source.has(shown.name) for source in inside.sources):
            continue
        links = [(one, other, link) for one in outer.tables for other in inside.tables for link in catalog.links(one.table, other.table)]
        fitting = [found for found in links if flat(shown.name) in (flat(name) for name in found[2].pairs[0])] or links
        if fitting:
            one, other, link = fitting[0]
            here, there = link.pairs[0]
            node.set("this", exp.column(here, one.alias if len(outer.sources) > 1 else None))
            inner.set("expressions", [exp.column(there, other.alias if len(inside.sources) > 1 else None)])
            changes.append(f"{bare(one.table)} and {bare(other.table)} were compared by their keys, {here} and {there}.")
    return changes


def bring_in(frame: Frame, table: Table, catalog: Catalog) -> str | None:
    """Join `table` to what the SELECT has, along the keys; its alias there, or None where no key leads to it."""
    ways = catalog.path([source.table for source in frame.tables], table)
    if not ways:
        return None
    aliases = {source.table.name: source.alias for source in reversed(frame.tables)}
    _qualify_all(frame)
    for link in ways:
        aliases[link.end.name] = free_alias(frame.select, bare(link.end))
        frame.select.append("joins", _join(link, aliases, catalog))
    return aliases[table.name]


def _frames_of(tree: exp.Expression, outer: exp.Select, inner: exp.Select, catalog: Catalog) -> tuple[Frame, Frame] | None:
    known = {id(frame.select): frame for frame in frames(tree, catalog)}
    return (known[id(outer)], known[id(inner)]) if id(outer) in known and id(inner) in known else None


def free_alias(select: exp.Select, wanted: str) -> str:
    taken = {table.alias_or_name.lower() for table in select.find_all(exp.Table)}
    return next(name for name in (wanted, *(f"{wanted}_{number}" for number in range(2, 99))) if name.lower() not in taken)


def _rejoin(join: exp.Join, source: Source, frame: Frame, catalog: Catalog) -> str | None:
    before = frame.tables[: frame.tables.index(source)]
    ways = catalog.path([other.table for other in before], source.table) if before else []
    if not ways:
        return None
    aliases = {other.table.name: other.alias for other in reversed(before)} | {source.table.name: source.alias}
    joins = frame.select.args["joins"]
    place = next(index for index, other in enumerate(joins) if other is join)
    between = []
    for link in ways[:-1]:
        aliases[link.end.name] = free_alias(frame.select, bare(link.end))
        between.append(_join(link, aliases, catalog))
    _qualify_all(frame)
    join.set("on", _condition(ways[-1], aliases))
    frame.select.set("joins", [*joins[:place], *between, *joins[place:]])
    start, end, through = bare(ways[0].start), bare(source.table), ", ".join(bare(link.end) for link in ways[:-1])
    return f"{start} and {end} were joined by their keys through {through}." if through else f"{start} and {end} were joined by their keys."


def _join(link: Link, aliases: dict[str, str], catalog: Catalog) -> exp.Join:
    table = exp.to_table(link.end.name, dialect=catalog.dialect)
    if aliases[link.end.name].lower() != table.name.lower():
        table = exp.alias_(table, aliases[link.end.name], table=True)
    return exp.Join(this=table, on=_condition(link, aliases))


def _condition(link: Link, aliases: dict[str, str]) -> exp.Expression:
    start, end = aliases[link.start.name], aliases[link.end.name]
    return exp.and_(*(exp.EQ(this=exp.column(here, start), expression=exp.column(there, end)) for here, there in link.pairs))


def _qualify_all(frame: Frame) -> None:
    """Before a table comes in that may have columns of the same names."""
    for node in columns(frame.select):
        owner = next((source for source in frame.tables if column(source.table, node.name)), None)
        if (
            not node.table
            and owner
            and not isinstance(node.this, exp.Star)
            and not (frame.names(node.name) and node.find_ancestor(exp.Ordered))
        ):
            node.set("table", exp.to_identifier(owner.alias))
