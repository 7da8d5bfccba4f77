"""Help for a person who writes SQL: what a query means in words, what goes on at the cursor, how to mend what failed.

Knows databases and models, and nothing of a screen. What a model says is text: it is checked before it counts as SQL, and a query
that it corrected has run before it is given back.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from importlib.resources import files
from os.path import commonprefix

from qsql.databases.base import Database, Limits
from qsql.errors import BadInput, QsqlError, QueryFailed, QueryTimeout, Stopped
from qsql.models.base import Model, Options, complete
from qsql.prompt import write_prompt
from qsql.records import Attempt, Message, Prompt, Question, Schema, Table
from qsql.repair import repair
from qsql.sql import extract_sql, read_query
from qsql.steps.base import CHAT
from qsql.steps.knowledge import knowledge_of
from qsql.steps.withheld import without_cells, without_rows

MOST_SQL = 6000  # characters that are explained or gone on with
MOST_TABLES = 4000  # characters of CREATE statements that the model sees with them
MOST_TABLE = 1500  # of one; of a longer one only the columns that the SQL names
EXPLAINED, FILLED, FIXED = Options(max_tokens=200), Options(max_tokens=48), Options(max_tokens=400)
WORD = re.compile(r"\w+")
PIECES = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|[^\w\s]")


Load = Callable[[], Model]  # asked for the model only where one is needed


@dataclass(frozen=True)
class Fixed:
    """SQL that runs. `changes` says by rule what was changed, in a sentence each; empty where the model wrote it anew."""

    sql: str
    changes: tuple[str, ...] = ()


def explain(load: Load, schema: Schema, sql: str, language: str, options: Options = EXPLAINED) -> Iterator[str]:
    """What the query asks, in this language ("en" or "zh"): all of the text so far, again and again. Raises Stopped."""
    _check_length(sql)
    values = {"tables": _tables(schema, sql, only_named=True), "sql": sql.strip().rstrip("; \n"), "parts": _parts(sql)}
    request = Message("user", _wording(f"explain_{language}").format(**values))
    text = ""
    for piece in load().stream(Prompt((request,)), options):
        text += piece.text
        yield text.strip()
        if piece.end and piece.end.reason == "cancelled":
            raise Stopped()


def complete_at(load: Load, schema: Schema, before: str, after: str, options: Options = FILLED) -> str:
    """What goes on between these two: the rest of a name that has begun, else what the model writes, up to a `;` or an empty line.

    Raises Stopped, and BadInput where there is nothing to add.
    """
    _check_length(before + after)
    begun = "" if re.match(r"\w", after) or _in_text(before) else re.search(r"\w*$", before)[0]
    names = _names(schema, begun)
    if len(names) == 1:
        return names[0][len(begun) :]
    model = load()
    prefix = _wording("complete").format(product=schema.product, tables=_tables(schema, before + after))
    written = _filled(model, prefix + before, after, options)
    if names:
        name = _chosen(names, begun + written) or _chosen(names, _filled(model, (prefix + before)[: -len(begun)], after, options))
        written = (name or commonprefix(names))[len(begun) :] or names[0][len(begun) :]
    if not written.strip():
        raise BadInput("There is nothing to add here.", "Write on, or set the cursor elsewhere.")
    return written


def fix(
    database: Database,
    load: Load,
    sql: str,
    question: Question | None = None,
    error: QsqlError | None = None,
    options: Options = FIXED,
    limits: Limits = Limits(),
    rows: bool = True,
) -> Fixed:
    """The SQL so that it runs: by rule, else by the model, which is told the `error`; without one, it is run to get it.

    `question` is what it should answer, where that is known. Without `rows` the model sees none, and no error that may quote a cell.
    Raises the error where the SQL is not what is wrong, QueryFailed where what the model wrote does not run either, BadInput where the
    SQL runs as it is, and Stopped.
    """
    known = knowledge_of(database)
    schema = known.schema if known else database.schema()
    error = error or failure(database, sql, limits)
    if error is None:
        raise BadInput("This SQL runs as it is.", "Press Run to see its rows.")
    if not getattr(error, "repairable", False):
        raise error
    found = repair(sql.strip().rstrip("; \n"), schema, question.text if question else "")
    if found.changes and failure(database, found.sql, limits) is None:
        return Fixed(found.sql, found.changes)
    if not rows:
        schema, error = without_rows(schema), without_cells(database, sql, error, limits)
    return _rewritten(database, load(), schema, sql, question or Question(_wording("fix").strip()), error, options, limits)


def failure(database: Database, sql: str, limits: Limits) -> QsqlError | None:
    """What is wrong with the SQL; None where it runs, or only takes long. Raises Stopped."""
    try:
        database.run(read_query(sql, database.dialect), replace(limits, max_rows=1))
    except Stopped:
        raise
    except QueryTimeout:
        return None
    except QsqlError as error:
        return error
    return None


def differences(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """What stands where in the new SQL: pairs of what was there and what is there now, either of which may be empty."""
    before, after = PIECES.findall(old), PIECES.findall(new)
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return tuple((" ".join(before[a:b]), " ".join(after[c:d])) for code, a, b, c, d in codes if code != "equal")


def _rewritten(
    database: Database, model: Model, schema: Schema, sql: str, question: Question, error: QsqlError, options: Options, limits: Limits
) -> Fixed:
    failed = Attempt(Prompt(()), text=sql, error=error)
    room = model.context - options.max_tokens - CHAT
    (completion,) = complete(model, write_prompt(schema, question, model.count_tokens, room, "described", (), failed), options)
    if completion.end.reason == "cancelled":
        raise Stopped()
    written = extract_sql(completion.text, database.dialect)
    left = failure(database, written, limits)
    if left is not None:
        mended = repair(written, schema, question.text)
        if not mended.changes or failure(database, mended.sql, limits) is not None:
            raise QueryFailed(f"What the model wrote instead does not run either: {left.message}", left.hint)
        written = mended.sql
    return Fixed(written)


def _filled(model: Model, prefix: str, after: str, options: Options) -> str:
    """What the model writes between them, without what stands there already."""
    line = after.strip().splitlines()[0] if after.strip() else ""
    stop = (";", "\n\n", *([line] if len(line) > 2 else []))
    text = ""
    for piece in model.fill(prefix, after, stop, options):
        text += piece.text
        if piece.end and piece.end.reason == "cancelled":
            raise Stopped()
    text = (text.lstrip(" ") if prefix[-1:].isspace() else text).rstrip()
    again = next((size for size in range(min(len(text), len(after)), 2, -1) if text.endswith(after[:size])), 0)
    return text[: len(text) - again]


def _names(schema: Schema, begun: str) -> list[str]:
    """Names of tables and columns that go on from what has begun, as they are written without quotes."""
    every = [name for table in schema.tables for name in (table.name, *(column.name for column in table.columns))]
    low = begun.lower()
    found = [name for name in every if name.isidentifier() and len(name) > len(low) and name.lower().startswith(low)]
    return list(dict.fromkeys(found)) if begun and not begun.isdigit() else []


def _chosen(names: list[str], written: str) -> str | None:
    """The name that these words begin with, or end with, where it is one of these."""
    first = WORD.search(written)
    return next((name for name in names if first and name.lower() == first[0].lower()), None)


def _in_text(before: str) -> bool:
    """Whether the cursor stands within a literal or a comment."""
    line = before.rpartition("\n")[2]
    return before.count("'") % 2 == 1 or "--" in line or before.rfind("/*") > before.rfind("*/")


def _tables(schema: Schema, sql: str, only_named: bool = False) -> str:
    """CREATE statements: of all tables where they fit, in an order that does not change with the SQL; else first of those it names."""
    said = {word.lower() for word in WORD.findall(sql)}
    named = [table for table in schema.tables if said & {word.lower() for word in WORD.findall(table.name)}]
    tables: Sequence[Table] = schema.tables
    if only_named or sum(len(_ddl(table, set())) for table in tables) > MOST_TABLES:
        tables = [*named, *(table for table in schema.tables if not only_named and table not in named)]
    shown, room = "", MOST_TABLES
    for table in tables:
        ddl = _ddl(table, said)
        shown, room = (shown + ddl, room - len(ddl)) if len(ddl) <= room else (shown, room)
    return shown


def _ddl(table: Table, said: set[str]) -> str:
    if len(table.ddl) <= MOST_TABLE:
        return f"{table.ddl};\n"
    columns = [column for column in table.columns if column.name.lower() in said] or table.columns[:20]
    return f"CREATE TABLE {table.name} ({', '.join(f'{column.name} {column.type}' for column in columns[:60])});\n"


def _parts(sql: str) -> str:
    """What a small model is asked to tell of, in Chinese: not of an order or of conditions where there are none, or it makes them up."""
    parts = [line.split(": ") for line in _wording("explain_zh_parts").splitlines()]
    return "，".join(told for words, told in parts if re.search(rf"\b(?:{words})\b", sql, re.IGNORECASE))


def _wording(name: str) -> str:
    return files("qsql").joinpath("prompts", f"{name}.txt").read_text(encoding="utf-8")


def _check_length(sql: str) -> None:
    if not sql.strip():
        raise BadInput("There is no SQL here yet.", "Write some, or ask a question.")
    if len(sql) > MOST_SQL:
        raise BadInput(f"This is for SQL of no more than {MOST_SQL:,} characters.", "Take a part of it.")
