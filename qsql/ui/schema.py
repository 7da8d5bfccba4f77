"""A database -> HTML that lists its tables, and what is to be known of it. Every text is escaped: a database's names are not ours.

What its buttons, boxes and search do is in `database.js`; without it the list can still be read.
"""

import time
from collections.abc import Collection, Iterable
from html import escape

from qsql import show
from qsql.databases.base import Database
from qsql.records import Column, ForeignKey, Schema, Table
from qsql.texts import Words

MOST_COLUMNS = 20_000  # that are listed in all: some 3 MB of HTML, which a browser takes in within a second or two
MANY_TABLES = 8  # from here on, all can be ticked at once
EXAMPLES, LONGEST = 3, 24  # values of a column that are shown, and characters of each
LONGEST_COMMENT = 300


def schema_html(
    database: Database, words: Words = Words(), known: Schema | None = None, chosen: Collection[str] | None = None, opened: bool = True
) -> str:
    """Its tables, how files were read, and where its role may do too much, what to do about it.

    `known` is its schema with the keys that were inferred; `chosen` are the names of the tables that are ticked, None for all. What is
    not `opened` now takes the place of the same list, and keeps what is unfolded, ticked and searched for.
    """
    schema, reading = known or database.schema(), database.reading
    count = _count(len(schema.tables), words, "table", "tables")
    head = f'<p class="schema_head"><b>{escape(database.name)}</b><span>{escape(schema.product)}, {count}</span></p>'
    notes = {table.name: _read(table, words) for table in reading.tables} if reading else {}
    told = _paragraphs("comment", map(words.sentence, reading.notes)) if reading else ""
    warned = _paragraphs("schema_notice", map(words.sentence, database.notices))
    grants = _grants(database.grants(), words) if database.notices else ""
    listed = "".join(_tables(schema.tables, notes, words, chosen))
    mark = f' data-opened="{time.time_ns()}"' if opened else ""
    listed = f'<div class="schema_list">{listed}</div>{_empty(words)}'
    return f'<div class="schema"{mark}>{head}{warned}{grants}{told}{_tools(schema, words)}{listed}</div>'


def _count(count: int, words: Words, one: str, many: str) -> str:
    return words(f"database.{one}") if count == 1 else words(f"database.{many}", count=f"{count:,}")


def _grants(lines: str, words: Words) -> str:
    """For the administrator, to copy."""
    return f"<details><summary>{escape(words('database.grants'))}</summary><pre>{escape(lines)}</pre></details>" if lines else ""


def _read(table, words: Words) -> tuple[str, ...]:
    where = words("database.read_sheet", file=table.file, sheet=table.sheet) if table.sheet else words("database.read", file=table.file)
    return (where, *map(words.sentence, table.notes))


def _tools(schema: Schema, words: Words) -> str:
    """Search, ticking all that is in sight, and what a click on a name does."""
    search = escape(words("database.search"))
    ticks = [f'<button type="button" data-act="{act}">{escape(words(f"database.{act}"))}</button>' for act in ("all", "none")]
    tools = f'<input type="search" aria-label="{search}" placeholder="{search}" maxlength="200" autocomplete="off">'
    tools += "".join(ticks) if len(schema.tables) >= MANY_TABLES else ""
    return f'<div class="schema_tools">{tools}</div><p class="schema_hint">{escape(words("database.hint"))}</p>' if schema.tables else ""


def _empty(words: Words) -> str:
    return f'<p class="schema_none" role="status" hidden>{escape(words("database.no_match"))}</p>'


def _tables(tables: tuple[Table, ...], notes: dict, words: Words, chosen: Collection[str] | None) -> Iterable[str]:
    room = MOST_COLUMNS
    for table in tables:
        room -= len(table.columns)
        about = (*([table.comment] if table.comment else ()), *notes.get(table.name.strip('"'), ()))
        box = _box(table, chosen, words) if len(tables) > 1 else ""
        yield _table(table, about if room >= 0 else (*about, words("database.too_many")), words, box, room >= 0)


def _box(table: Table, chosen: Collection[str] | None, words: Words) -> str:
    ticked = " checked" if chosen is None or table.name in chosen else ""
    return f'<input type="checkbox"{ticked} aria-label="{escape(words("database.use", table=plain(table)))}">'


def _table(table: Table, about: Iterable[str], words: Words, box: str, listed: bool) -> str:
    rows = "" if table.row_count is None else f"<span>{_rows(table.row_count, words)}</span>"
    columns = "".join(_column(place, column, table, words) for place, column in enumerate(table.columns)) if listed else ""
    name = f'<button type="button" title="{escape(words("database.put"))}">{escape(plain(table))}</button>'
    peek = f'<button type="button" data-act="peek">{escape(words("database.peek"))}</button>'
    inner = f"<details><summary>{name}{rows}</summary>{_paragraphs('comment', about)}{peek}<ul>{columns}</ul></details>"
    return f'<div class="schema_table" data-table="{escape(table.name)}">{box}{inner}</div>'


def plain(table: Table) -> str:
    """The name as one says it: without the quotes that SQL wants."""
    return table.name.replace('"', "").replace("`", "")


def _rows(count: int, words: Words) -> str:
    return words("status.one_row") if count == 1 else words("status.rows", rows=f"{count:,}")


def _paragraphs(kind: str, texts: Iterable[str]) -> str:
    return "".join(f'<p class="{kind}">{escape(text)}</p>' for text in texts)


def _column(place: int, column: Column, table: Table, words: Words) -> str:
    """As short as may be: there can be very many."""
    marks = f"<em>{escape(words('database.key'))}</em>" if column.name in table.primary_key else ""
    marks += "".join(_key(key, words) for key in table.foreign_keys if column.name in key.columns)
    more = " · ".join(filter(None, (_shortened(column.comment, LONGEST_COMMENT), _examples(place, table, words))))
    told = f"<p>{escape(more)}</p>" if more else ""
    return f"<li><button>{escape(column.name)}</button>{marks}<i>{escape(column.type.lower())}</i>{told}</li>"


def _key(key: ForeignKey, words: Words) -> str:
    target = escape(key.to_table.replace('"', "").replace("`", ""))
    return (
        f'<em class="inferred" title="{escape(words("database.inferred"))}">&rarr; {target} ?</em>'
        if key.inferred
        else f"<em>&rarr; {target}</em>"
    )


def _examples(place: int, table: Table, words: Words) -> str:
    """The first different values of a column; none of what has no text."""
    cells = [row[place] for row in table.rows if place < len(row) and row[place] is not None and not isinstance(row[place], bytes)]
    shown = dict.fromkeys(text for cell in cells if (text := _shortened(show.text(cell), LONGEST)))
    return words("database.such_as", values=", ".join(list(shown)[:EXAMPLES])) if shown else ""


def _shortened(text: str, longest: int) -> str:
    line = " ".join(text[: 2 * longest].split())
    return line if len(line) <= longest else f"{line[:longest]}…"
