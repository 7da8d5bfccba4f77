"""Rules for names of tables, and for texts in double quotes."""

from sqlglot import exp

from qsql.repair.catalog import Catalog, column_like
from qsql.repair.scope import columns, frames


def find_tables(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A table that does not exist becomes the one whose name is nearest."""
    changes = []
    defined = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.find_all(exp.Table):
        if not node.name or node.name.lower() in defined or catalog.table(f"{node.db}.{node.name}" if node.db else node.name):
            continue
        if found := catalog.like(node.name):
            wrong = node.name
            if not node.alias and found.name.lower() != wrong.lower():
                _rename(node, wrong, found.name, catalog)
            node.set("db", None)
            node.set("this", exp.to_table(found.name, dialect=catalog.dialect).this)
            changes.append(f"The table {wrong} does not exist; {found.name} was taken.")
    return changes


def read_strings(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A word in double quotes that is no column is a text, where the engine does not see that itself."""
    if not catalog.strict:
        return []
    changes = []
    for frame in frames(tree, catalog):
        for node in columns(frame.select):
            if node.table or not node.this.args.get("quoted") or frame.sees(node) or frame.lists(node) or _nearly(node, frame):
                continue
            changes.append(f'"{node.name}" is no column; it was read as a text.')
            node.replace(exp.Literal.string(node.name))
    return changes


def _nearly(node: exp.Column, frame) -> bool:
    return any(column_like(source.table, node.name) for source in frame.tables)


def _rename(table: exp.Table, wrong: str, right: str, catalog: Catalog) -> None:
    select = table.find_ancestor(exp.Select)
    for node in columns(select) if select else ():
        if node.table.lower() == wrong.lower():
            node.set("table", exp.to_table(right, dialect=catalog.dialect).this.copy())
