"""`x IN (SELECT y FROM t)` that runs, and gives what nobody means."""

from sqlglot import exp

from qsql.repair.catalog import Catalog, bare, column
from qsql.repair.scope import columns, frames


def misplaced(tree: exp.Expression, catalog: Catalog) -> bool:
    """Whether t has no y, and the engine takes that of a table outside: then every row with a y equal to its x is in it, whatever t holds."""
    return any(frame.lists(node) and not frame.sees(node) for frame in frames(tree, catalog) for node in columns(frame.select))


def leave_out_nulls(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A list that may have a NULL in it goes without: `x NOT IN` such a list is true of no row at all."""
    changes = []
    for frame in frames(tree, catalog):
        listed = next((node for node in columns(frame.select) if frame.lists(node)), None)
        if listed is None or not isinstance(frame.select.parent.parent.parent, exp.Not):
            continue
        owner = next(
            (source for source in frame.tables if listed.table.lower() in ("", source.alias.lower()) and source.has(listed.name)), None
        )
        if owner and column(owner.table, listed.name).nullable:
            frame.select.where(exp.not_(exp.Is(this=listed.copy(), expression=exp.null())), copy=False)
            changes.append(
                f"{bare(owner.table)}.{listed.name} has empty cells, and NOT IN a list with one finds nothing; they were left out."
            )
    return changes
