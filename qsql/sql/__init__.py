"""Text -> Query: find the SQL in what a model wrote, parse it, and let through one reading statement.

The checks here give good messages; safety is the engine's own read-only lock. Pure: runs nothing.
"""

import re
from collections.abc import Callable

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token

from qsql.errors import BadInput, NoSqlFound, NotReadOnly, SqlSyntax
from qsql.records import Query
from qsql.sql.functions import MACHINE, PATH, Effect, effect_of
from qsql.sql.parsing import Text, parse, tokenize

MAX_LENGTH = 20_000  # characters; beyond it an engine may plan for minutes without hearing an interrupt

FENCE = re.compile(r"```[ \t]*(\w*)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
START = re.compile(r"^[ \t(]*(?:SELECT\b|WITH\s+(?:RECURSIVE\s+)?[\w\"`]+\s*(?:\(|AS\b))", re.IGNORECASE | re.MULTILINE)
SELECT = re.compile(r"\bSELECT\b")

READING = (exp.Query, exp.Values, exp.Describe, exp.Summarize, exp.Show, exp.Pivot)
WRITING = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.DDL, exp.Drop, exp.Alter, exp.Copy, exp.Into, exp.Lock, exp.Command)
# First words of statements that the parser may not know in full.
NEVER_READ = """alter analyze attach begin call checkpoint comment commit copy create deallocate declare delete detach do drop execute
    export fetch force grant handler import insert install kill listen load lock merge notify pragma prepare reindex release rename
    replace reset revoke rollback savepoint set start truncate unlisten unlock update use vacuum"""
PLAIN_SHOW = re.compile(r'[\w\s."]*')  # where the parser knows only some forms of SHOW
COMMENT = re.compile(r"/\*(?P<runs>M?!)|/\*.*?\*/|(?:#|--)[^\n]*", re.DOTALL)
ELSEWHERE = re.compile(r"[/\\*]")  # a folder, an address or a pattern; a file's bare name may be a slip for a table


def quoted(name: str, dialect: str) -> str:
    """A column's name as SQL has it, whatever is in it."""
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def text_of(text: str, dialect: str) -> str:
    """A text as SQL has it."""
    return exp.Literal.string(text).sql(dialect=dialect)


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

    Raises BadInput (empty, too long), SqlSyntax (where, and what was unexpected) or NotReadOnly (what was found, and where).
    """
    if not sql.strip():
        raise BadInput("There is no SQL to run.", "Write a query that begins with SELECT.")
    if len(sql) > MAX_LENGTH:
        raise BadInput(f"The query is longer than {MAX_LENGTH:,} characters.", "Shorten it.")
    text = tokenize(sql, dialect)
    for check in BEFORE_PARSING:
        check(text)
    tree = _tree(text)
    for check in CHECKS:
        check(text, tree)
    return Query(sql=sql.strip("; \t\r\n"), dialect=dialect, tables=_tables(tree))


def one_statement(text: Text) -> None:
    begins = [token for before, token in zip((None, *text.tokens), text.tokens, strict=False) if _begins(before, token)]
    if not begins:
        raise BadInput("There is no SQL to run, only a comment.", "Write a query that begins with SELECT.")
    if len(begins) > 1:
        line, column = text.place(begins[1].start)
        found = f"Only one statement can run at a time; this has {len(begins)}, the second at line {line}, column {column}."
        raise NotReadOnly(found, "Keep the one that you want.")


def no_executable_comment(text: Text) -> None:
    if text.dialect != "mysql":
        return
    for start, gap in text.gaps():
        for found in COMMENT.finditer(gap):
            if found["runs"]:
                line, column = text.place(start + found.start())
                raise NotReadOnly(f"The comment of the kind /*! ... */ at line {line}, column {column} may run as code.", "Take it out.")


def no_assignment(text: Text) -> None:
    found = next((token for token in text.tokens if token.token_type == TokenType.COLON_EQ), None)
    if text.dialect == "mysql" and found:
        line, column = text.place(found.start)
        what = f"Only queries that read can run here; this one sets a variable at line {line}, column {column}."
        raise NotReadOnly(what, "Ask for rows with SELECT.")


def only_reads(text: Text, root: exp.Expression) -> None:
    if _is_show(root, text.dialect):
        return
    found = next((node for node in root.walk() if isinstance(node, WRITING)), None)
    described = root.this if isinstance(root, exp.Describe) else None
    if found is None and isinstance(root, READING) and (described is None or isinstance(described, (exp.Table, *READING))):
        return
    raise _writes(text, found)


def only_reads_by_function(text: Text, root: exp.Expression) -> None:
    for node in root.find_all(exp.Func):
        for name in [node.name] if isinstance(node, exp.Anonymous) else node.sql_names():
            if effect := effect_of(name, text.dialect):
                raise _refused(text.at(name.lower(), node.meta.get("start")), effect)


def only_reads_tables(text: Text, root: exp.Expression) -> None:
    """DuckDB reads a file where a text that is no table's name stands for a table."""
    if text.dialect != "duckdb":
        return
    for name in (node.this for node in root.find_all(exp.Table, exp.Summarize)):
        start = name.meta.get("start") if name is not None else None
        is_text = name is not None and (name.is_string or (start is not None and text.sql[start] == "'"))
        if is_text and ELSEWHERE.search(name.name):
            raise _refused(text.at(repr(name.name), start), PATH)
        if name is not None and effect_of(name.name, text.dialect) == MACHINE:  # a view of the same name as the function
            raise _refused(text.at(name.name, start), MACHINE)


BEFORE_PARSING: tuple[Callable[[Text], None], ...] = (one_statement, no_executable_comment, no_assignment)
CHECKS: tuple[Callable[[Text, exp.Expression], None], ...] = (only_reads, only_reads_by_function, only_reads_tables)


def _tree(text: Text) -> exp.Expression:
    """Raises SqlSyntax, and NotReadOnly for what the parser does not know but is known to write."""
    try:
        return parse(text)
    except SqlSyntax as error:
        if text.tokens[0].text.lower() in NEVER_READ.split():
            raise _writes(text) from error
        if text.dialect == "mysql" and text.find("INTO") is not None:
            raise _writes(text, exp.Into()) from error
        raise


def _writes(text: Text, node: exp.Expression | None = None) -> NotReadOnly:
    """`node` is what writes; None where the statement as a whole is of no reading kind."""
    if node:
        verb = _verb(node)
        what = f"Only queries that read can run here; this one has {text.at(verb, text.find(verb.split()[-1]))}."
    else:
        what = f"Only queries that read can run here; this one begins with {text.tokens[0].text[:40]!r}."
    return NotReadOnly(what, "Ask for rows with SELECT.")


def _refused(what: str, effect: Effect) -> NotReadOnly:
    error = NotReadOnly(f"Only queries that read this database's tables can run here; {effect.does.format(what)}.", effect.hint)
    error.repairable = True  # a model that made up a file or a function may find the table when asked again
    return error


def _verb(node: exp.Expression) -> str:
    if isinstance(node, exp.Command):
        return str(node.this).upper()
    if isinstance(node, exp.Lock):
        return "FOR UPDATE" if node.args.get("update") else "FOR SHARE"
    return "SELECT INTO" if isinstance(node, exp.Into) else type(node).__name__.upper()


def _is_show(root: exp.Expression, dialect: str) -> bool:
    if dialect != "duckdb" or not isinstance(root, exp.Command) or str(root.this).upper() != "SHOW":
        return False
    shown = root.args.get("expression")
    return PLAIN_SHOW.fullmatch(shown.name if isinstance(shown, exp.Expression) else str(shown or "")) is not None


def _begins(before: Token | None, token: Token) -> bool:
    ended = before is None or before.token_type == TokenType.SEMICOLON
    return ended and token.token_type != TokenType.SEMICOLON


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
