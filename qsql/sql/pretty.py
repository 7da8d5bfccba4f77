"""SQL -> the same SQL laid out over lines: a clause a line, and a part a line where a clause is long. Pure: runs nothing.

Only the space between sqlglot's tokens changes, and the case of the plainest words: no expression is written in another way, and
comments stay. The result is parsed again and compared, so that what would change the query is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import TokenType, exp

from qsql.errors import BadInput, SqlSyntax
from qsql.sql import COMMENT, MAX_LENGTH, no_executable_comment, one_statement
from qsql.sql.parsing import Text, parse, tokenize

WIDTH = 88  # characters of a clause that stays on one line
SHORT = 48  # of a query in brackets that does
INDENT = "  "
OPENS, CLOSES = ("(", "[", "{"), (")", "]", "}")
QUERIES = ("SELECT", "WITH", "FROM", "VALUES")  # what a query in brackets begins with
BEGINS = ("SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "JOIN")
JOINS = ("NATURAL", "ASOF", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "SEMI", "ANTI", "POSITIONAL")
LISTS = ("WITH", "SELECT", "FROM", "GROUP BY", "ORDER BY", "VALUES")  # their parts end in commas; those of others begin with AND and OR
PLAIN = "on and or not in is null as distinct case when then else end between like exists all using desc asc with over by partition".upper()
UPPER = {word for name in (*BEGINS, *JOINS, PLAIN) for word in name.split()}
COMPARES = (TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.GT, TokenType.LTE, TokenType.GTE)


@dataclass(frozen=True)
class Word:
    """A token as it was written, the comments on lines of their own `before` it, and the one `after` it on its line."""

    text: str
    spaced: bool  # from the token before it
    is_name: bool
    before: tuple[str, ...] = ()
    after: str = ""

    @property
    def upper(self) -> str:
        """Of several words, as GROUP BY, with one space between them; empty for a name."""
        return "" if self.is_name else " ".join(self.text.upper().split())


Item = Word | list  # a list is what stands in brackets, with its brackets


def pretty(sql: str, dialect: str) -> str:
    """`sql` laid out. Raises BadInput, SqlSyntax or NotReadOnly for what is not one statement that can be parsed."""
    if len(sql) > MAX_LENGTH:
        raise BadInput(f"The query is longer than {MAX_LENGTH:,} characters.", "Shorten it.")
    text = tokenize(sql, dialect)
    one_statement(text)
    no_executable_comment(text)
    tree = parse(text)
    head = _explain(text)
    try:
        made = _block(_nested(iter(_words(text, len(head)))), "")
    except RecursionError as error:
        raise BadInput("This SQL is nested too deeply to be laid out.", "It was left as it is.") from error
    if not _same(tree, made, dialect):
        raise BadInput("This SQL cannot be laid out without changing it.", "It was left as it is.")
    return f"{head.rstrip()}\n{made}".lstrip("\n")


def _same(tree: exp.Expression, made: str, dialect: str) -> bool:
    try:
        return parse(tokenize(made, dialect)) == tree
    except SqlSyntax:
        return False


def _explain(text: Text) -> str:
    """What stands before the query that is explained, with its comments."""
    before = text.sql[: text.tokens[0].start]
    return before if re.search(r"\bEXPLAIN\b", COMMENT.sub("", before), re.IGNORECASE) else ""


def _words(text: Text, start: int) -> list[Word]:
    """The tokens from `start` on, each with its comments."""
    words: list[Word] = []
    before: tuple[str, ...] = ()
    compares = False
    for (place, gap), token in zip(text.gaps(), (*text.tokens, None)):
        end = 0
        for found in COMMENT.finditer(gap) if place >= start else ():
            trails = words and not before and not words[-1].after and "\n" not in gap[end : found.start()]
            if trails:
                words[-1] = replace(words[-1], after=found[0].rstrip())
            else:
                before = (*before, found[0].rstrip())
            end = found.end()
        if token is None:
            break
        comparing = token.token_type in COMPARES
        name = token.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
        word = Word(text.sql[token.start : token.end + 1], bool(gap) or compares or comparing, name, before)
        if words and words[-1].text == ",":
            word = replace(word, spaced=True)
        if word.text == "," and words[-1].after:  # the comma goes before the comment
            words[-1], word = replace(words[-1], after=""), replace(word, after=words[-1].after)
        words.append(word)
        before, compares = (), comparing
    if before:
        words.append(Word("", False, True, before))
    return words


def _nested(words: Iterator[Word]) -> list[Item]:
    """What a bracket opens, up to what closes it, is a list of its own."""
    items: list[Item] = []
    for word in words:
        items.append([word, *_nested(words)] if word.upper in OPENS else word)
        if word.upper in CLOSES:
            break
    return items


def _block(items: list[Item], indent: str) -> str:
    """A query over lines, of which the first is not indented."""
    return f"\n{indent}".join(_clause(clause, indent) for clause in _cut(items, _beginnings(items)))


def _clause(clause: list[Item], indent: str) -> str:
    size, first = _head(clause), _upper(clause[0])
    body = clause[size:]
    parts = _cut(body, _after_commas(body) if first in LISTS else _before_ands(body))
    if not size or len(parts) < 2:
        return _inline(clause, indent)
    line = _inline(clause, indent) if _length(clause) <= WIDTH else "\n"
    if "\n" not in line and len(indent + line) <= WIDTH:
        return line
    head, deeper = _inline(clause[:size], indent), indent if first == "WITH" else indent + INDENT
    lists = first in LISTS and first != "WITH"
    start = f"\n{deeper}" if lists or clause[size - 1].after.startswith(("-", "#")) else " "
    return head + start + f"\n{deeper}".join(_inline(part, deeper if place or lists else indent) for place, part in enumerate(parts))


def _length(items: list[Item]) -> int:
    """No more characters than they take on one line."""
    return sum(_length(item) if isinstance(item, list) else len(item.text) for item in items)


def _cut(items: list[Item], places: list[int]) -> list[list[Item]]:
    return [items[start:end] for start, end in zip([0, *places], [*places, len(items)])]


def _beginnings(items: list[Item]) -> list[int]:
    """Where clauses begin, but for the first."""
    words = [_upper(item) for item in items]
    places = []
    for place in range(1, len(words)):
        before = words[place - 1]
        compares = words[place] == "FROM" and before == "DISTINCT" and words[place - 2] in ("IS", "NOT")  # IS DISTINCT FROM
        joins = words[place] in JOINS and next((word for word in words[place:] if word not in JOINS), "") == "JOIN"
        if (words[place] in BEGINS or joins) and before not in JOINS and not compares:
            places.append(place)
    return places


def _head(clause: list[Item]) -> int:
    """How many of its words say what clause it is."""
    words = [_upper(item) for item in clause]
    if words[0] in JOINS:
        return words.index("JOIN") + 1 if "JOIN" in words else 0
    if words[:2] == ["SELECT", "DISTINCT"]:
        return 2
    return 1 if words[0] in (*BEGINS, *LISTS) else 0


def _after_commas(items: list[Item]) -> list[int]:
    return [place + 1 for place, item in enumerate(items[:-1]) if _upper(item) == ","]


def _before_ands(items: list[Item]) -> list[int]:
    """The AND of a BETWEEN is none of them."""
    places, between = [], False
    for place, item in enumerate(items):
        word = _upper(item)
        if place and (word == "OR" or (word == "AND" and not between)):
            places.append(place)
        between = word == "BETWEEN" or (between and word != "AND")
    return places


def _inline(items: list[Item], indent: str) -> str:
    """On one line, but for queries in brackets and for comments."""
    made = ""
    for item in items:
        first, last = (item[0], item[-1]) if isinstance(item, list) else (item, item)
        made = _commented(made, first, indent)
        if made and first.spaced and not made.endswith(("\n" + indent, *OPENS)) and first.text not in (",", *CLOSES):
            made += " "
        made += _brackets(item, indent) if isinstance(item, list) else _text(item)
        made += _after(last, indent)
    return made.rstrip()


def _brackets(items: list[Item], indent: str) -> str:
    """Without the comment after them."""
    opens, inner, closes = items[0], items[1:-1], items[-1]
    deeper = indent + INDENT
    is_query = bool(inner) and _upper(inner[0]) in QUERIES
    if not is_query or _length(items) <= SHORT:
        line = _commented(opens.text + _after(opens, indent) + _inline(inner, indent), closes, indent) + closes.text
        if not is_query or ("\n" not in line and len(line) <= SHORT):
            return line
    made = f"{opens.text}{_after(opens, indent).rstrip()}\n{deeper}{_block(inner, deeper)}"
    return f"{_commented(made, closes, indent).rstrip()}\n{indent}{closes.text}"


def _commented(made: str, word: Word, indent: str) -> str:
    """With the comments that stand before a word, on lines of their own."""
    for comment in word.before:
        made = f"{made.rstrip()}\n{indent}{comment}\n{indent}" if made.strip() else f"{comment}\n{indent}"
    return made


def _after(word: Word, indent: str) -> str:
    """The comment after a word; where it ends its line, a new one."""
    if not word.after:
        return ""
    return f" {word.after}" if word.after.startswith("/*") else f" {word.after}\n{indent}"


def _text(word: Word) -> str:
    return word.upper if word.upper and set(word.upper.split()) <= UPPER else word.text


def _upper(item: Item) -> str:
    return item.upper if isinstance(item, Word) else ""
