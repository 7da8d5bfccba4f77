"""Rules for columns: one that its table lacks is looked for in the tables at hand, by looser and looser spellings, then beyond."""

from sqlglot import exp

from qsql.records import Column
from qsql.repair.catalog import Catalog, bare, column, column_like, column_of, column_with, misspelt
from qsql.repair.joins import bring_in
from qsql.repair.scope import Frame, Source, columns, frames

# From the surest spelling to the loosest; each is tried on the tables of the query, or on those that the keys lead to.
LOOKUPS = (
    ("at hand", (column, column_like, column_with)),
    ("beyond", (column, column_like)),
    ("at hand", (column_of, misspelt)),
    ("beyond", (column_of,)),
)


def find_columns(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A column that is not where the query looks for it is taken from where it is; its table is joined where it must be."""
    changes, before = [], None
    while before != len(changes) < 20:  # a table that came in changes what can be seen
        before = len(changes)
        for frame in reversed(list(frames(tree, catalog))):  # inner ones first: what comes into an outer one can be seen inside
            missing = next((node for node in columns(frame.select) if not frame.sees(node) and not _is_text(node, catalog)), None)
            if missing is not None and (change := _find(missing, frame, catalog)):
                changes.append(change)
                break
    return changes


def qualify_ambiguous(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A bare column that several tables have is taken from the first of them."""
    changes = []
    for frame in frames(tree, catalog):
        for node in columns(frame.select):
            owners = [source for source in frame.sources if source.table and column(source.table, node.name)]
            if not node.table and len(owners) > 1 and not _merged(node.name, frame) and not frame.names(node.name):
                node.set("table", exp.to_identifier(owners[0].alias))
                changes.append(f"{node.name} is in several tables; it was taken from {bare(owners[0].table)}.")
    return changes


def _find(node: exp.Column, frame: Frame, catalog: Catalog) -> str | None:
    for where, matches in LOOKUPS:
        change = _at_hand(node, frame, matches) if where == "at hand" else _beyond(node, frame, catalog, matches)
        if change:
            return change
    return None


def _at_hand(node: exp.Column, frame: Frame, matches: tuple) -> str | None:
    """Take it from a table of the SELECT, its own before the others."""
    wanted = node.sql()
    own = [source for source in frame.tables if node.table and source.alias.lower() == node.table.lower()]
    for match in matches:
        for source in own + [source for source in frame.tables if source not in own]:
            if (found := match(source.table, node.name)) and not _itself(node, source, found):
                _point(node, source.alias if node.table or len(frame.sources) > 1 else "", found.name)
                return f"{wanted} does not exist; {bare(source.table)}.{found.name} was taken."
    return None


def _beyond(node: exp.Column, frame: Frame, catalog: Catalog, matches: tuple) -> str | None:
    """Take it from a table that the keys lead to, the one that the query names before the nearest, and join that."""
    wanted = node.sql()
    present = {source.table.name for source in frame.tables}
    starts = [source.table for source in frame.tables]
    named = (catalog.table(node.table) or catalog.like(node.table)) if node.table else None
    for match in matches:
        found = [(table, hit) for table in catalog.tables if table.name not in present and (hit := match(table, node.name))]
        near = [(table is not named, len(way), table, hit) for table, hit in found if (way := catalog.path(starts, table))]
        if near:
            *_, table, hit = min(near, key=lambda item: item[:2])
            _point(node, bring_in(frame, table, catalog), hit.name)
            return f"{wanted} does not exist; {bare(table)}.{hit.name} was taken, and {bare(table)} joined."
    return None


def _is_text(node: exp.Column, catalog: Catalog) -> bool:
    """SQLite takes a word in double quotes that is no column for a text."""
    return bool(not catalog.strict and not node.table and node.this.args.get("quoted"))


def _itself(node: exp.Column, source: Source, found: Column) -> bool:
    """Whether the other side of the comparison is that very column: `x = x` says nothing."""
    parent = node.parent
    if not isinstance(parent, exp.EQ):
        return False
    other = parent.right if parent.left is node else parent.left
    return isinstance(other, exp.Column) and other.name.lower() == found.name.lower() and other.table.lower() == source.alias.lower()


def _merged(name: str, frame: Frame) -> bool:
    using = [identifier.name.lower() for join in frame.select.args.get("joins", ()) for identifier in join.args.get("using") or ()]
    natural = any(join.args.get("method") == "NATURAL" for join in frame.select.args.get("joins", ()))
    return natural or name.lower() in using


def _point(node: exp.Column, alias: str, name: str) -> None:
    node.set("this", exp.to_identifier(name))
    node.set("table", exp.to_identifier(alias) if alias else None)
