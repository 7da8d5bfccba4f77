"""SQL -> tokens and a tree, by sqlglot, within bounds; what it cannot read becomes a sentence that says where."""

import logging
import re
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import Dialect, TokenType, exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token

from qsql.errors import SqlSyntax

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it cannot parse is refused, with a better sentence

STEPS = 4  # of the parser for each token; a query takes one or two
MORE_STEPS = 20_000  # and so many besides: a query of a dozen joins without conditions takes them

EXPLAIN = {  # the words that may stand between EXPLAIN and the query that it explains
    "duckdb": ("ANALYZE",),
    "sqlite": ("QUERY", "PLAN"),
    "postgres": ("ANALYZE", "VERBOSE"),
}
EXPLAIN_OPTIONS = re.compile(r"\(\s*(?:ANALYZE|VERBOSE|COSTS|BUFFERS|TIMING|SUMMARY|FORMAT|SETTINGS|WAL|MEMORY)\b[^()]*\)", re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """SQL and its tokens, without a leading EXPLAIN."""

    sql: str
    dialect: str
    tokens: tuple[Token, ...]

    def place(self, start: int) -> tuple[int, int]:
        """The line and the column of an offset, counted from 1."""
        return self.sql.count("\n", 0, start) + 1, start - self.sql.rfind("\n", 0, start)

    def at(self, what: str, start: int | None) -> str:
        """For a sentence: what stands at an offset, and where that is, where it is known."""
        if start is None:
            return what
        line, column = self.place(start)
        return f"{what} at line {line}, column {column}"

    def find(self, word: str) -> int | None:
        """The offset of the first such word that is neither a text nor a quoted name."""
        plain = (token for token in self.tokens if token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER))
        return next((token.start for token in plain if token.text.upper() == word), None)

    def gaps(self) -> list[tuple[int, str]]:
        """What stands between the tokens, space and comments, each with its offset."""
        starts = [0, *(token.end + 1 for token in self.tokens)]
        ends = [*(token.start for token in self.tokens), len(self.sql)]
        return [(start, self.sql[start:end]) for start, end in zip(starts, ends, strict=True)]


def tokenize(sql: str, dialect: str) -> Text:
    """Raises SqlSyntax."""
    tokens = _tokens(sql, dialect)
    if dialect not in EXPLAIN or not tokens or tokens[0].text.upper() != "EXPLAIN":
        return Text(sql, dialect, tuple(tokens))
    rest, words = sql, ("EXPLAIN", *EXPLAIN[dialect])
    while tokens:  # the tokenizer takes all after such a word for one text
        options = EXPLAIN_OPTIONS.match(rest, tokens[0].start)
        if not options and tokens[0].text.upper() not in words:
            break
        rest = _blanked(rest, options.end() if options else tokens[0].end + 1)
        tokens = _tokens(rest, dialect)
    return Text(sql, dialect, tuple(tokens))


def parse(text: Text) -> exp.Expression:
    """The tree of its one statement. Raises SqlSyntax: where, and what was unexpected."""
    try:
        parser = _bounded(text.dialect)(dialect=Dialect.get_or_raise(text.dialect))
        parser.steps = STEPS * len(text.tokens) + MORE_STEPS
        trees = [tree for tree in parser.parse(list(text.tokens), text.sql) if tree is not None and not isinstance(tree, exp.Semicolon)]
    except (RecursionError, _Tangled) as error:
        raise SqlSyntax("The query is nested too deeply to be read.", "Simplify it, and give each JOIN its ON or USING.") from error
    except SqlglotError as error:
        raise _wrong(text.dialect, _reason(error)) from error
    if len(trees) != 1:
        raise _wrong(text.dialect, f"it is no statement, near {text.tokens[0].text[:40]!r}")
    return trees[0]


class _Tangled(Exception):
    """The parser has used up its steps."""


@cache
def _bounded(dialect: str) -> type[sqlglot.Parser]:
    """The dialect's parser, but it gives up after so many steps: each JOIN without ON in a row takes it twice as long."""

    class Bounded(Dialect.get_or_raise(dialect).parser_class):
        steps = 0

        def _advance(self, times: int = 1) -> None:
            self.steps -= 1
            if self.steps < 0:
                raise _Tangled
            super()._advance(times)

    return Bounded


def _tokens(sql: str, dialect: str) -> list[Token]:
    try:
        return sqlglot.tokenize(sql, read=dialect)
    except SqlglotError as error:
        raise _wrong(dialect, str(error).splitlines()[0].rstrip(".")) from error


def _blanked(sql: str, end: int) -> str:
    """Nothing but space before `end`, so that all after it stands where it stood."""
    return re.sub(r"[^\n]", " ", sql[:end]) + sql[end:]


def _reason(error: SqlglotError) -> str:
    for found in getattr(error, "errors", []):
        near = found.get("highlight") or ""
        description = re.sub(r" (?:but got|for) <.*", "", found["description"], flags=re.DOTALL).rstrip(".")  # no Python objects
        if not found.get("line"):
            return f"{description}, near {near!r}" if near else description
        line, column = found["line"], max(1, found["col"] - len(near) + 1)
        return f"{description} at line {line}, column {column}" + (f", near {near!r}" if near else "")
    return str(error).splitlines()[0].rstrip(".")


def _wrong(dialect: str, reason: str) -> SqlSyntax:
    return SqlSyntax(f"This SQL cannot be read as {dialect}: {reason}.", "Correct it, or ask again.")
