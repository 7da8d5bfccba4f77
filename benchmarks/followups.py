"""How many follow-ups on the sample are answered right: `.venv/bin/python benchmarks/followups.py [MODEL]`.

Each case of followups.jsonl is a question that was answered by `sql`, and a `change` of it whose right rows are those of one of `gold`.
It is asked as the app asks it, with all steps; an answer with further columns beside the right ones counts as right.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))
from qsql import ask, open_database, show  # noqa: E402
from qsql.databases.base import Database  # noqa: E402
from qsql.evaluate.equal import same_rows  # noqa: E402
from qsql.followups import goes_on  # noqa: E402
from qsql.models import load_model  # noqa: E402
from qsql.records import Question, Turn  # noqa: E402
from qsql.settings import Settings  # noqa: E402
from qsql.sql import read_query  # noqa: E402

CASES = Path(__file__).with_name("followups.jsonl")
Rows = list[tuple]


def rows(database: Database, sql: str) -> Rows:
    return [tuple(row) for row in show.rows(database.run(read_query(sql, database.dialect)).rows)]


def holds(right: Rows, given: Rows) -> bool:
    """Whether the right rows are there, maybe with more columns."""
    if same_rows(right, given, ordered=False):
        return True
    values = [{str(value) for row in table for value in row} for table in (right, given)]
    return len(right) == len(given) and values[0] <= values[1]


def main(arguments: Sequence[str]) -> None:
    database, model = open_database("sample"), load_model(arguments[0] if arguments else "auto", Settings.load())
    ask(database, "How many airlines are there?", model)  # the tables are read once
    cases, seconds, right, taken = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()], [], 0, 0
    for case in cases:
        start = time.perf_counter()
        answer = ask(database, Question(case["change"], earlier=(Turn(case["question"], case["sql"]),)), model)
        seconds.append(time.perf_counter() - start)
        given = [tuple(row) for row in show.rows(answer.result)] if answer.result is not None else None
        good = given is not None and any(holds(rows(database, gold), given) for gold in case["gold"])
        right, taken = right + good, taken + goes_on(case["change"])
        if not good:
            print(f"wrong: {case['question']} / {case['change']}\n       {answer.sql}")
    print(
        f"{model.name}: {right} of {len(cases)} right, {taken} taken for follow-ups by their words; median {median(seconds):.1f} s, longest {max(seconds):.1f} s"
    )
    model.close()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
