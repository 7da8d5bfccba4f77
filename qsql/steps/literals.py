"""A text in a query that no row has, looked up among the cells before the answer is given; see qsql.repair.literals."""

from collections.abc import Iterator
from dataclasses import replace

from qsql.databases.base import Limits
from qsql.errors import QsqlError
from qsql.records import Answer, Attempt, Table
from qsql.repair.literals import Held, repair_literals
from qsql.sql import quoted, read_query, text_of
from qsql.steps.base import Asking, execute, instead

LOOK = Limits(max_rows=1, seconds=2.0)


def literals(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Run the query with the cell that was meant in place of one that asked for none."""
    named = asking.index.find(asking.question.text) if asking.index else ()
    for attempt in answer.attempts if asking.index else ():
        if attempt.result is None:
            continue
        found = repair_literals(attempt.query.sql, asking.schema, asking.index, named, _held(asking))
        ran = execute(asking, replace(attempt, text=found.sql, result=None)) if found.changes else attempt
        if ran is not attempt and ran.error is None:
            answer = instead(answer, attempt, _kept(attempt, ran, found.changes))
            yield answer


def _held(asking: Asking) -> Held:
    """Cells that have come since the index was made are not mended away; nor is a text where this cannot be told."""
    database, dialect = asking.database, asking.database.dialect

    def held(table: Table, name: str, text: str) -> bool:
        try:
            query = read_query(f"SELECT 1 AS held FROM {table.name} WHERE {quoted(name, dialect)} = {text_of(text, dialect)}", dialect)
            return database.run(query, LOOK).rows.num_rows > 0
        except QsqlError:
            return True

    return held


def _kept(attempt: Attempt, ran: Attempt, changes: tuple[str, ...]) -> Attempt:
    return replace(ran, text=attempt.text, changes=(*attempt.changes, *changes))
