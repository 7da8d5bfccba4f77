"""What a database with very many tables costs: how long until it is open and can be asked, and whether the right tables are chosen.

python -m benchmarks.schemas FOLDER OUT [--foreign 0,1000,5000]

Puts all databases of a folder in Spider's layout into one, in OUT, among as many foreign tables as are said, with the same questions: again a
folder in that layout, so that `python app.py evaluate OUT/1000 --limit 4` asks them. The foreign tables have names, columns and rows of words
that are usual in such. A database with a table of a name that is there already is left out, and its questions too.
"""

import argparse
import json
import random
import sqlite3
import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import sqlglot

from qsql import open_database
from qsql.databases.base import Database
from qsql.steps.knowledge import knowledge_of
from qsql.tables import choose, fits

CONTEXT = 16_384  # tokens of the model
PATIENCE = 900.0  # seconds until all is known of a database
WORDS = """customer order invoice product supplier warehouse shipment employee department project task ticket account payment refund campaign
lead contact region branch store vehicle driver route delivery sensor reading machine part contract vendor asset budget forecast policy claim
patient doctor visit prescription lab sample course lesson grade exam teacher classroom book author publisher loan member event booking room
hotel guest flight seat airport airline city country language address phone message thread post comment tag image video song album artist
playlist review rating coupon cart session device log metric alert user role permission group team match player score season club stadium""".split()
ENDINGS = "history dimension fact staging archive summary daily backup".split()
COLUMNS = """name code status type created updated amount price quantity total date time year month city country email phone title description
rate score level begins ends region category owner_id parent_id note currency weight height size""".split()


@dataclass(frozen=True)
class Opening:
    """Seconds until its tables are known, and until a question finds its cells too."""

    tables: float
    cells: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--foreign", default="0,1000,5000")
    arguments = parser.parse_args()
    print(
        "| tables | open, s | cells known, s | choosing, ms | all of the query's tables chosen | chosen, median |\n|---|---|---|---|---|---|"
    )
    for foreign in map(int, arguments.foreign.split(",")):
        path, questions = merge(arguments.folder, arguments.out / str(foreign), foreign)
        print(measured(path, questions), flush=True)


def merge(folder: Path, out: Path, foreign: int) -> tuple[Path, list[dict]]:
    """The database and its questions."""
    path = out / "database" / "all" / "all.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    cases = sorted(json.loads((folder / "dev.json").read_text("utf-8")), key=itemgetter("db_id"))
    questions = []
    with closing(sqlite3.connect(path)) as connection, connection:
        taken: set[str] = set()
        for name, group in groupby(cases, itemgetter("db_id")):
            if _copied(connection, folder / "database" / name / f"{name}.sqlite", taken):
                questions += [case | {"db_id": "all"} for case in group]
        _add_foreign(connection, foreign, taken)
    (out / "dev.json").write_text(json.dumps(questions, ensure_ascii=False, indent=1), "utf-8")
    return path, questions


def _copied(connection: sqlite3.Connection, path: Path, taken: set[str]) -> bool:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as other:
        other.text_factory = bytes  # a text need not be UTF-8
        found = [
            (name.decode(), sql.decode())
            for name, sql in other.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(b"sqlite_")
        ]
        if taken & {name.lower() for name, _ in found}:
            print(f"{path.stem} is left out: a table of it is in another one too")
            return False
        for name, sql in found:
            taken.add(name.lower())
            connection.execute(sql)
            rows = other.execute(f'SELECT * FROM "{name}"').fetchall()
            if rows:
                values = [[cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell for cell in row] for row in rows]
                connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', values)
    return True


def _add_foreign(connection: sqlite3.Connection, count: int, taken: set[str]) -> None:
    chance, added = random.Random(1), 0
    while added < count:
        first, second = chance.sample(WORDS, 2)
        name = f"{first}_{second}" if chance.random() < 0.7 else f"{first}_{chance.choice(ENDINGS)}_{chance.randint(1, 99)}"
        if name in taken:
            continue
        taken.add(name)
        added += 1
        last = f"{chance.choice(WORDS)}_{chance.choice(('id', 'name', 'count'))}"
        columns = list(dict.fromkeys([f"{first}_id", *chance.sample(COLUMNS, chance.randint(3, 9)), last]))
        connection.execute(f"CREATE TABLE {name} ({' TEXT, '.join(columns)} TEXT)")
        for row in range(3):
            values = [str(row) if column.endswith("id") else f"{column} {chance.randint(1, 50)}" for column in columns]
            connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(values))})", values)


def measured(path: Path, questions: list[dict]) -> str:
    start = time.perf_counter()
    with closing(open_database(str(path))) as database:
        tables = len(database.schema().tables)
        opened = time.perf_counter() - start
        knowledge_of(database, PATIENCE)
        opening = Opening(opened, time.perf_counter() - start)
        return f"| {tables:,} | {opening.tables:.1f} | {opening.cells:.1f} | {_chosen(database, questions)} |"


def _chosen(database: Database, questions: list[dict]) -> str:
    known = knowledge_of(database)
    seconds, whole, counts = [], 0, []
    for case in questions:
        start = time.perf_counter()
        chosen = choose(known.schema, case["question"], known.index.find(case["question"]), CONTEXT)
        seconds.append(time.perf_counter() - start)
        names = {table.name.strip('"').lower() for table in chosen.tables}
        whole += {table.name.lower() for table in sqlglot.parse_one(case["query"], dialect="sqlite").find_all(sqlglot.exp.Table)} <= names
        counts.append(len(names))
    share = f"{whole} of {len(questions)} ({100 * whole / len(questions):.1f} %)"
    return f"{1000 * statistics.median(seconds):.0f} | {share} | {statistics.median(counts):.0f}{' (but all are shown)' if fits(known.schema, CONTEXT) else ''}"


if __name__ == "__main__":
    main()
