"""Text -> Query: find the SQL in what a model wrote, parse it, and let through one reading statement.

The checks here give good messages; safety is the engine's own read-only lock. Pure: runs nothing.
"""

import logging
import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from qsql.errors import BadInput, NoSqlFound, NotReadOnly, SqlSyntax
from qsql.records import Query

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it cannot parse is refused below, with a better sentence

MAX_LENGTH = 20_000  # characters; beyond it an engine may plan for minutes without hearing an interrupt

FENCE = re.compile(r"```[ \t]*(\w*)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
START = re.compile(r"^[ \t(]*(?:SELECT\b|WITH\s+(?:RECURSIVE\s+)?[\w\"`]+\s*(?:\(|AS\b))", re.IGNORECASE | re.MULTILINE)
SELECT = re.compile(r"\bSELECT\b")

READING = (exp.Query, exp.Values, exp.Describe, exp.Summarize, exp.Show, exp.Pivot)
WRITING = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.DDL, exp.Drop, exp.Alter, exp.Copy, exp.Into, exp.Lock, exp.Command)


def extract_sql(text: str, dialect: str) -> str:
    """The first statement in a model's text: inside a fence where there is one, else from the first SELECT or WITH.

    What follows the first semicolon is never run. Raises NoSqlFound.
    """
    blocks = FENCE.findall(text)
    chosen = next((body for language, body in blocks if language.lower() == "sql" or START.search(body)), None)
    if chosen is None:
        start = START.search(text) or SELECT.search(text)
        if not start:
            raise NoSqlFound(_said(text), "Ask in other words, or name the tables and columns that you mean.")
        chosen = text[start.start() :]
    return _first_statement(chosen.strip(), dialect)


def read_query(sql: str, dialect: str) -> Query:
    """Parse `sql` in sqlglot's `dialect` and check it.

    Raises BadInput (empty, too long), SqlSyntax (where, and what was unexpected) or NotReadOnly (what was found).
    """
    if not sql.strip():
        raise BadInput("There is no SQL to run.", "Write a query that begins with SELECT.")
    if len(sql) > MAX_LENGTH:
        raise BadInput(f"The query is longer than {MAX_LENGTH:,} characters.", "Shorten it.")
    trees = _parse(sql, dialect)
    for check in CHECKS:
        check(sql, trees)
    return Query(sql=sql.strip().rstrip(";").rstrip(), dialect=dialect, tables=_tables(trees[0]))


def one_statement(sql: str, trees: list[exp.Expression]) -> None:
    if not trees:
        raise BadInput("There is no SQL to run, only a comment.", "Write a query that begins with SELECT.")
    if len(trees) > 1:
        raise NotReadOnly(f"Only one statement can run at a time; this has {len(trees)}.", "Keep the one that you want.")


def no_executable_comment(sql: str, trees: list[exp.Expression]) -> None:
    if re.search(r"/\*(?:M?!)", sql) and any("!" in comment[:2] for tree in trees for comment in _comments(tree)):
        raise NotReadOnly("A comment of the kind /*! ... */ may run as code.", "Take it out.")


def only_reads(sql: str, trees: list[exp.Expression]) -> None:
    root = trees[0]
    found = next((node for node in root.walk() if isinstance(node, WRITING)), None)
    if found is None and isinstance(root, READING):
        return
    what = f"has {_verb(found)}" if found else f"begins with {sql.split()[0][:40]!r}"
    raise NotReadOnly(f"Only queries that read can run here; this one {what}.", "Ask for rows with SELECT.")


CHECKS: tuple[Callable[[str, list[exp.Expression]], None], ...] = (one_statement, no_executable_comment, only_reads)


def _parse(sql: str, dialect: str) -> list[exp.Expression]:
    try:
        return [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None and not isinstance(tree, exp.Semicolon)]
    except RecursionError as error:
        raise SqlSyntax("The query is nested too deeply to be read.", "Simplify it.") from error
    except SqlglotError as error:
        raise SqlSyntax(f"This SQL cannot be read as {dialect}: {_reason(error)}.", "Correct it, or ask again.") from error


def _reason(error: SqlglotError) -> str:
    for found in getattr(error, "errors", []):
        where = f" at line {found['line']}, column {found['col']}" if found.get("line") else ""
        near = f", near {found['highlight']!r}" if found.get("highlight") else ""
        description = found["description"].partition(" but got <")[0].rstrip(".")  # without the parser's own objects
        return f"{description}{where}{near}"
    return str(error).splitlines()[0].rstrip(".")


def _verb(node: exp.Expression) -> str:
    if isinstance(node, exp.Command):
        return str(node.this).upper()
    names = {exp.Into: "SELECT INTO", exp.Lock: "a locking clause (FOR UPDATE)"}
    return names.get(type(node), type(node).__name__.upper())


def _comments(tree: exp.Expression) -> list[str]:
    return [comment for node in tree.walk() for comment in node.comments or ()]


def _tables(tree: exp.Expression) -> tuple[str, ...]:
    defined = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    named = [table.name for table in tree.find_all(exp.Table) if table.name and table.name not in defined]
    return tuple(dict.fromkeys(named))


def _first_statement(sql: str, dialect: str) -> str:
    try:
        tokens = sqlglot.tokenize(sql, read=dialect)
    except SqlglotError:
        return sql
    end = next((token.start for token in tokens if token.token_type == sqlglot.TokenType.SEMICOLON), len(sql))
    return sql[:end].strip()


def _said(text: str) -> str:
    said = " ".join(text.split())
    shown = said[:200] + ("..." if len(said) > 200 else "")
    return f'The model wrote no SQL, but "{shown}".' if said else "The model wrote nothing."
