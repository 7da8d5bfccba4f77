"""Rules for aggregates: in WHERE, in ORDER BY without a group, and beside columns that no group fixes."""

from sqlglot import exp

from qsql.repair.catalog import Catalog, bare
from qsql.repair.joins import bring_in
from qsql.repair.scope import Frame, frames


def move_aggregates(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A condition on an aggregate belongs into HAVING."""
    changes = []
    for select in tree.find_all(exp.Select):
        where = select.args.get("where")
        if where is None or not _own_aggregates(where, select):
            continue
        parts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
        moved = [part for part in parts if _own_aggregates(part, select)]
        kept = [part for part in parts if part not in moved]
        select.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
        select.having(exp.and_(*moved), copy=False)
        if not select.args.get("group"):
            _group_by_plain(select)
        changes.append("A condition on a total was moved to where totals are known (HAVING).")
    return changes


def group_for_order(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """An order by an aggregate of rows that were never grouped: group them by what is shown."""
    changes = []
    for select in tree.find_all(exp.Select):
        order = select.args.get("order")
        grouped = select.args.get("group") or any(_own_aggregates(item, select) for item in select.expressions)
        if order is None or grouped or not _own_aggregates(order, select):
            continue
        frame = next(frame for frame in frames(tree, catalog) if frame.select is select)
        if joined := _count_partners(frame, order, catalog):
            changes.append(joined)
        if _group_by_plain(select):
            changes.append("The rows were grouped by what is shown, so that they can be put in order of a total.")
    return changes


def _count_partners(frame: Frame, order: exp.Order, catalog: Catalog) -> str | None:
    """`count(*)` over the rows of one table that show its key or its name can only mean the rows that point at them."""
    counts = [node for node in _own_aggregates(order, frame.select) if isinstance(node, exp.Count) and isinstance(node.this, exp.Star)]
    if not counts or len(frame.sources) != 1 or not frame.tables or not frame.tables[0].table.primary_key:
        return None
    child = catalog.pointing_at(frame.tables[0].table)
    if child is None or not bring_in(frame, child, catalog):
        return None
    return f"The rows of {bare(child)} that belong to each of {bare(frame.tables[0].table)} were counted."


def pick_ungrouped(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """What SQLite does by itself: a column that no group fixes is taken from any row, or from the row of the only maximum or minimum."""
    if not catalog.strict:
        return []
    changes = []
    for select in tree.find_all(exp.Select):
        totals = [node for item in select.expressions for node in _own_aggregates(item, select)]
        if not (totals or select.args.get("group")) or select.args.get("distinct"):
            continue
        keys = [key.sql() for key in select.args["group"].expressions] if select.args.get("group") else []
        names = {item.alias for item in select.expressions if isinstance(item, exp.Alias) and item.alias in keys}
        parts = [*select.expressions, *filter(None, (select.args.get("having"), select.args.get("order")))]
        for node in [node for part in parts for node in part.find_all(exp.Column) if _ungrouped(node, select, keys, names)]:
            changes.append(f"{node.name} has several values in a group; one was taken.")
            node.replace(_any(node, totals, bool(keys)))
    return changes


def _any(node: exp.Column, totals: list[exp.AggFunc], grouped: bool) -> exp.Expression:
    extreme = totals[0] if len(totals) == 1 and isinstance(totals[0], (exp.Max, exp.Min)) else None
    if extreme is not None:
        kind = exp.ArgMax if isinstance(extreme, exp.Max) else exp.ArgMin
        return kind(this=node.copy(), expression=extreme.this.copy())
    return exp.AnyValue(this=node.copy())


def _ungrouped(node: exp.Column, select: exp.Select, keys: list[str], names: set[str]) -> bool:
    inside = node.find_ancestor(exp.AggFunc, exp.Select)
    if node.find_ancestor(exp.Select) is not select or isinstance(inside, exp.AggFunc) or isinstance(node.this, exp.Star):
        return False
    aliases = {item.alias for item in select.expressions if isinstance(item, exp.Alias)}
    if node.name in aliases and node.find_ancestor(exp.Order, exp.Having):
        return False
    plain = {key.rpartition(".")[2].strip('"').lower() for key in keys}
    return node.sql() not in keys and node.name.lower() not in plain and node.name not in names


def _group_by_plain(select: exp.Select) -> bool:
    plain = [item.unalias() for item in select.expressions if not _own_aggregates(item, select) and not item.is_star]
    if plain:
        select.group_by(*(item.copy() for item in plain), copy=False)
    return bool(plain)


def _own_aggregates(node: exp.Expression, select: exp.Select) -> list[exp.AggFunc]:
    """Aggregates that belong to this SELECT: not a subquery's, not a window's."""
    found = node.find_all(exp.AggFunc)
    return [one for one in found if one.find_ancestor(exp.Select) is select and not isinstance(one.parent, exp.Window)]
