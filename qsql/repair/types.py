"""Rules for engines that do not compare texts with numbers: what SQLite would convert by itself is converted in words."""

from sqlglot import exp

from qsql.repair.catalog import Catalog, column
from qsql.repair.scope import Frame, columns, frames

TEXT = ("CHAR", "TEXT", "STRING", "CLOB")
NUMBER = ("INT", "DOUBLE", "FLOAT", "REAL", "DECIMAL", "NUMERIC")
COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
FOUR_BYTES = ("duckdb", "postgres")
ARITHMETIC = (exp.Sum, exp.Avg)


def match_types(tree: exp.Expression, catalog: Catalog) -> list[str]:
    """A text column compared with a number, or summed, is read as numbers; a number column compared with a text that is none, as text."""
    if not catalog.strict:
        return []
    changes = []
    for frame in frames(tree, catalog):
        for node in columns(frame.select):
            kind = _kind(node, frame)
            if kind and (change := _convert(node, kind, frame)):
                changes.append(change)
    return changes


def widen(tree: exp.Expression, dialect: str) -> list[str]:
    """CAST(... AS REAL) as DOUBLE, where REAL has four bytes and so six digits: models know it from SQLite, where it has eight."""
    casts = [node for node in tree.find_all(exp.Cast) if node.to.this == exp.DataType.Type.FLOAT] if dialect in FOUR_BYTES else []
    for node in casts:
        node.set("to", exp.DataType.build("DOUBLE", dialect=dialect))
    return ["REAL was read as DOUBLE, which keeps all digits."] if casts else []


def _convert(node: exp.Column, kind: str, frame: Frame) -> str | None:
    parent = node.parent
    if kind == "text" and isinstance(parent, ARITHMETIC):
        return _cast(node, "DOUBLE")
    other = _other_side(node)
    if isinstance(other, exp.Literal):
        if kind == "text" and not other.is_string:
            return _cast(node, "DOUBLE")
        if kind == "number" and other.is_string and not _numeric(other.name):
            return _cast(node, "VARCHAR")
    if isinstance(other, exp.Column) and kind == "text" and _kind(other, frame) == "number":
        return _cast(node, "DOUBLE")
    if isinstance(parent, exp.Like) and kind == "number":
        return _cast(node, "VARCHAR")
    return None


def _other_side(node: exp.Column) -> exp.Expression | None:
    parent = node.parent
    if isinstance(parent, COMPARISONS):
        return parent.right if parent.left is node else parent.left
    if isinstance(parent, exp.Between) and parent.this is node:
        return parent.args["low"]
    if isinstance(parent, exp.In) and parent.this is node and parent.expressions:
        return parent.expressions[0]
    return None


def _kind(node: exp.Column, frame: Frame) -> str | None:
    owners = [source for source in frame.tables if (not node.table or source.alias.lower() == node.table.lower())]
    found = next((hit for source in owners if (hit := column(source.table, node.name))), None)
    if found is None:
        return None
    kind = found.type.upper()
    return "text" if any(word in kind for word in TEXT) else "number" if any(word in kind for word in NUMBER) else None


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cast(node: exp.Column, kind: str) -> str:
    node.replace(exp.TryCast(this=node.copy(), to=exp.DataType.build(kind)))
    return f"{node.name} was read as {'numbers' if kind == 'DOUBLE' else 'texts'}."
