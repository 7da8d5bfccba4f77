"""What each SELECT of a tree can see: its tables by their aliases, the columns of its subqueries, and the SELECT around it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from qsql.records import Table
from qsql.repair.catalog import Catalog, column


@dataclass(frozen=True)
class Source:
    """One thing in a FROM clause. `table` is None for a subquery, whose `outputs` are its columns (None: unknown)."""

    alias: str
    node: exp.Expression
    table: Table | None = None
    outputs: frozenset[str] | None = None

    def has(self, name: str) -> bool:
        if self.table is not None:
            return column(self.table, name) is not None
        return self.outputs is None or name.lower() in self.outputs


@dataclass(frozen=True)
class Frame:
    """One SELECT: its sources in order, the names that it gives, and the frame around it."""

    select: exp.Select
    sources: tuple[Source, ...]
    outer: "Frame | None" = None

    def source(self, alias: str) -> Source | None:
        return next((source for source in self.sources if source.alias.lower() == alias.lower()), None)

    @property
    def tables(self) -> list[Source]:
        return [source for source in self.sources if source.table is not None]

    def names(self, name: str) -> bool:
        """Whether the SELECT gives something this name itself."""
        return any(item.alias.lower() == name.lower() for item in self.select.expressions if isinstance(item, exp.Alias))

    def sees(self, node: exp.Column) -> bool:
        """Whether the engine would find this column."""
        if isinstance(node.this, exp.Star):
            return True
        if node.table:
            source = self.source(node.table)
            return source.has(node.name) if source else bool(self.outer and self.outer.sees(node))
        if any(source.has(node.name) for source in self.sources):
            return True
        own = self.names(node.name) and not _in_projection(node, self.select)
        return own or bool(self.outer and not self.lists(node) and self.outer.sees(node))

    def lists(self, node: exp.Expression) -> bool:
        """Whether this SELECT is the list of `x IN (SELECT ...)`, and the node is what it gives.

        An engine looks outside for that too, and finds the same value for all rows of the list: nobody means that who does not say whose it is.
        """
        holder = self.select.parent
        return isinstance(holder, exp.Subquery) and isinstance(holder.parent, exp.In) and self.select.expressions == [node]


def frames(tree: exp.Expression, catalog: Catalog) -> Iterator[Frame]:
    """The frames of all SELECTs, outer ones first."""
    made: dict[int, Frame] = {}
    shared = _with_outputs(tree)
    for select in tree.find_all(exp.Select, bfs=True):
        around = select.find_ancestor(exp.Select)
        frame = Frame(select, tuple(_sources(select, catalog, shared)), made.get(id(around)))
        made[id(select)] = frame
        yield frame


def columns(select: exp.Select) -> list[exp.Column]:
    """The columns that stand in this SELECT itself, not in one inside it."""
    return [node for node in select.find_all(exp.Column) if node.find_ancestor(exp.Select) is select]


def _sources(select: exp.Select, catalog: Catalog, shared: dict[str, frozenset[str] | None]) -> Iterator[Source]:
    start = select.args.get("from_")
    for node in [start, *select.args.get("joins", ())]:
        item = node.this if node is not None else None
        if isinstance(item, exp.Table) and item.name:
            key = item.name.lower()
            known = None if key in shared else catalog.table(f"{item.db}.{item.name}" if item.db else item.name)
            outputs = shared.get(key) if key in shared else None
            yield Source(item.alias_or_name, item, known, outputs)
        elif item is not None:
            yield Source(item.alias_or_name, item, None, _outputs(item))


def _with_outputs(tree: exp.Expression) -> dict[str, frozenset[str] | None]:
    return {cte.alias.lower(): _outputs(cte) for cte in tree.find_all(exp.CTE)}


def _outputs(item: exp.Expression) -> frozenset[str] | None:
    inner = item.this if isinstance(item, (exp.Subquery, exp.CTE)) else None
    alias = item.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return frozenset(name.name.lower() for name in alias.args["columns"])
    if not isinstance(inner, exp.Query) or inner.is_star:
        return None
    return frozenset(name.lower() for name in inner.named_selects)


def _in_projection(node: exp.Expression, select: exp.Select) -> bool:
    while node.parent is not select:
        node = node.parent
    return node.arg_key == "expressions"
