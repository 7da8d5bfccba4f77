"""A query -> how its engine would run it, as lines of text. The query is not run; see `qsql.sql.explain`."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow

from qsql import show
from qsql.databases.base import Database, Limits
from qsql.sql.explain import plan_query

MOST_LINES = 2000


def plan_of(database: Database, sql: str, limits: Limits = Limits()) -> str:
    """Raises what reading and running a query raises, and BadInput for what has no plan."""
    rows = database.run(plan_query(sql, database.dialect), replace(limits, max_rows=MOST_LINES)).rows
    return LAYOUTS[database.dialect](rows).rstrip("\n")


def _last_column(rows: pyarrow.Table) -> str:
    """Lines, or one text of several lines, as the engine drew them."""
    return "\n".join(str(line) for line in rows.column(rows.num_columns - 1).to_pylist())


def _tree(rows: pyarrow.Table) -> str:
    """SQLite's steps: id, the id of the step that each belongs to, and what is done."""
    steps = [(row[0], row[1], row[-1]) for row in zip(*(column.to_pylist() for column in rows.columns))]
    known = {number for number, _, _ in steps}

    def lines(parent: int | None, indent: str) -> list[str]:
        own = [step for step in steps if (step[1] if step[1] in known else None) == parent]
        drawn: list[str] = []
        for place, (number, _, detail) in enumerate(own, 1):
            last = place == len(own)
            drawn += [f"{indent}{'└─' if last else '├─'} {detail}", *lines(number, indent + ("   " if last else "│  "))]
        return drawn

    return "\n".join(lines(None, ""))


def _grid(rows: pyarrow.Table) -> str:
    """Columns under their names, each as wide as what is in it."""
    cells = [rows.column_names, *([show.NULL if value is None else show.text(value) for value in row] for row in show.rows(rows))]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells)


LAYOUTS: dict[str, Callable[[pyarrow.Table], str]] = {"duckdb": _last_column, "sqlite": _tree, "postgres": _last_column, "mysql": _grid}
