"""What a worker process costs: the same queries through it, and with the engine in this process, in turn.

python -m benchmarks.execution [ROUNDS]
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb as engine

from qsql.databases import duckdb, open_database
from qsql.databases.base import Limits
from qsql.settings import Settings
from qsql.sql import read_query

ROWS = (1, 10_000, 1_000_000)
ROUNDS = 15
LIMITS = Limits(max_rows=2_000_000, max_bytes=1_000_000_000)


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.duckdb"
        with engine.connect(str(path)) as connection:
            connection.execute(
                f"CREATE TABLE t AS SELECT range AS a, range * 1.5::DOUBLE AS b, 'name' || range AS s FROM range({ROWS[-1]})"
            )
        ways = {"directly": duckdb.open(path, Settings()), "worker": open_database(path)}
        print(f"{'rows':>9}  {'directly ms':>18}  {'worker ms':>18}  {'more ms':>8}  ratio   (median, and least to most, of {rounds})")
        for rows in ROWS:
            print(_line(rows, _times(ways, rows, rounds)))
        for database in ways.values():
            database.close()


def _times(ways: dict, rows: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each round, after two that are not counted."""
    query, times = read_query(f"SELECT * FROM t LIMIT {rows}", "duckdb"), {name: [] for name in ways}
    for number in range(rounds + 2):
        for name, database in ways.items():
            start = time.perf_counter()
            result = database.run(query, LIMITS)
            if number >= 2:
                times[name].append((time.perf_counter() - start) * 1000)
            assert result.rows.num_rows == rows and not result.truncated
    return times


def _line(rows: int, times: dict[str, list[float]]) -> str:
    direct, worker = (statistics.median(times[name]) for name in ("directly", "worker"))
    shown = (f"{statistics.median(found):.1f} ({min(found):.1f}-{max(found):.1f})" for found in times.values())
    return f"{rows:>9,}  {'  '.join(f'{text:>18}' for text in shown)}  {worker - direct:>8.1f}  {worker / direct:.2f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
