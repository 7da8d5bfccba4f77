"""One asking as it is kept: its row in the file, what is kept of its rows, and whether its process still lives."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psutil
import pyarrow

from qsql.errors import BadInput
from qsql.records import Question, Result, Turn, Vote
from qsql.userdata import Place

MOST_ROWS, MOST_BYTES, MOST_RAW = 1000, 1_000_000, 8_000_000  # of an entry's rows; bytes as they are kept, and unpacked
COLUMNS = """id, asked, key, database, source, question, evidence, earlier, follows, sql, model, seconds, ran, tokens,
    agreed, voted, verdict, name, error, hint, state, process, born, row_count, truncated, cut"""

State = Literal["running", "done", "failed", "broken off"]
Verdict = Literal["right", "wrong", ""]


@dataclass(frozen=True)
class Entry:
    """One asking. `asked` is in UTC, `follows` the entry whose question this one goes on from; `name` is empty where it is not saved.

    `error` and `hint` are sentences, in English. `rows` it gave in all; `result` holds what is kept of them (`cut`: fewer), and is
    None in a list, which reads none.
    """

    id: int
    asked: datetime
    place: Place
    question: Question
    follows: int | None
    sql: str
    model: str
    seconds: float
    tokens: int
    vote: Vote | None
    verdict: Verdict
    name: str
    error: str
    hint: str
    state: State
    rows: int
    cut: bool
    result: Result | None = None


def entry_of(row: tuple) -> Entry:
    """From the values of COLUMNS, and of the rows where they were read."""
    number, asked, key, database, source, question, evidence, earlier, follows, sql, model, seconds, ran, tokens, *more = row
    agreed, voted, verdict, name, error, hint, state, process, born, count, truncated, cut, *packed = more
    table = unpack(packed[0]) if packed else None
    return Entry(
        id=number,
        asked=datetime.fromisoformat(asked),
        place=Place(key, database, source),
        question=Question(question, evidence, tuple(Turn(*turn) for turn in json.loads(earlier))),
        follows=follows,
        sql=sql,
        model=model,
        seconds=seconds,
        tokens=tokens,
        vote=Vote(agreed, voted) if voted is not None else None,
        verdict=verdict,
        name=name,
        error=error,
        hint=hint,
        state="broken off" if state == "running" and not _lives(process, born) else state,
        rows=count,
        cut=bool(cut),
        result=Result(table, bool(truncated or cut), ran) if table is not None else None,
    )


def gone() -> BadInput:
    return BadInput("This answer is no longer in the history.", "Ask its question again.")


def pack(rows: pyarrow.Table) -> tuple[bytes | None, int]:
    """The first rows as Arrow's IPC stream, compressed, and how many they are; None where they cannot be kept at all."""
    count = min(rows.num_rows, MOST_ROWS)
    while count and rows.slice(0, count).nbytes > MOST_RAW:
        count //= 2
    try:
        while len(packed := _stream(rows.slice(0, count))) > MOST_BYTES and count:
            count //= 2
    except pyarrow.ArrowException:  # a type that has no such form
        return None, 0
    return (packed, count) if len(packed) <= MOST_BYTES else (None, 0)


def unpack(packed: bytes | None) -> pyarrow.Table | None:
    """What `pack` made; None for what cannot be read."""
    try:
        return pyarrow.ipc.open_stream(packed).read_all() if packed else None
    except (pyarrow.ArrowException, OSError):
        return None


def _stream(rows: pyarrow.Table) -> bytes:
    sink = pyarrow.BufferOutputStream()
    options = pyarrow.ipc.IpcWriteOptions(compression="zstd", unify_dictionaries=True)
    with pyarrow.ipc.new_stream(sink, rows.schema, options=options) as stream:
        stream.write_table(rows)
    return sink.getvalue().to_pybytes()


def _lives(process: int, born: float) -> bool:
    """Whether the process that began an entry still runs; its time of birth tells it from a later one of the same number."""
    try:
        found = psutil.Process(process)
        return abs(found.create_time() - born) < 2 and found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
