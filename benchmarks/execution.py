"""What a worker process costs: the same rows from the bare engine, from its module in this process, and through a worker, in turn.

python -m benchmarks.execution [ROUNDS]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb as engine
import pyarrow

from qsql.databases import duckdb, open_database
from qsql.databases.base import Limits
from qsql.sql import read_query

ROWS = (1, 10_000, 1_000_000)
ROUNDS = 15
LIMITS = Limits(max_rows=2_000_000, max_bytes=1_000_000_000)
TABLE = "CREATE TABLE t AS SELECT range AS a, range * 1.5::DOUBLE AS b, 'name' || range AS s FROM range(1000000)"

Way = Callable[[str], pyarrow.Table]


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.duckdb"
        with engine.connect(str(path)) as connection:
            connection.execute(TABLE)
        module, worker = duckdb.open(path), open_database(path)
        ways: dict[str, Way] = {
            "engine": lambda sql: module._connection.cursor().sql(sql).to_arrow_table(),
            "module": lambda sql: module.run(read_query(sql, "duckdb"), LIMITS).rows,
            "worker": lambda sql: worker.run(read_query(sql, "duckdb"), LIMITS).rows,
        }
        print(f"Milliseconds: median (least to most) of {rounds} rounds\n")
        print("| rows | " + " | ".join(ways) + " | worker - module | worker / module |\n|---|---|---|---|---|---|")
        for rows in ROWS:
            print(_line(rows, _times(ways, rows, rounds)))
        module.close()
        worker.close()


def _times(ways: dict[str, Way], rows: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each round, after two that are not counted."""
    sql, times = f"SELECT * FROM t LIMIT {rows}", {name: [] for name in ways}
    for number in range(rounds + 2):
        for name, way in ways.items():
            start = time.perf_counter()
            found = way(sql)
            if number >= 2:
                times[name].append((time.perf_counter() - start) * 1000)
            assert found.num_rows == rows
    return times


def _line(rows: int, times: dict[str, list[float]]) -> str:
    medians = {name: statistics.median(found) for name, found in times.items()}
    shown = (f"{statistics.median(found):.1f} ({min(found):.1f} to {max(found):.1f})" for found in times.values())
    more, ratio = medians["worker"] - medians["module"], medians["worker"] / medians["module"]
    return f"| {rows:,} | {' | '.join(shown)} | {more:.1f} | {ratio:.2f} |"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
