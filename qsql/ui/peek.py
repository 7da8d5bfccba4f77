"""The first rows of a table, below the list of tables: asked for by its button, stopped and closed by another."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from threading import Event

import gradio as gr

from qsql import show
from qsql.errors import BadInput
from qsql.records import Result, Table
from qsql.sql import read_query
from qsql.texts import Words
from qsql.ui.language import words_of
from qsql.ui.schema import plain
from qsql.ui.status import failed, status
from qsql.ui.workspace import Source, Visitor, Workspace

ROWS, SECONDS = 20, 10.0
MOST_COLUMNS, LONGEST = 60, 80  # columns that are shown, characters of a cell
SCRIPT = """
element.addEventListener("click", (event) => { if (event.target.closest("button")) trigger("closed"); });
watch("value", () => element.querySelector("table")?.scrollIntoView({block: "nearest"}));
"""


def build() -> gr.HTML:
    return gr.HTML(js_on_load=SCRIPT, elem_id="database_peek", apply_default_css=False)


def wire(peek: gr.HTML, tables: gr.HTML, workspace: Workspace, source: gr.State) -> None:
    """`tables` has the event `peek`, with the name of a table."""
    running: dict[str, Event] = {}
    lock = threading.Lock()

    def on_peek(source: Source, event: gr.EventData, request: gr.Request) -> Iterator[str]:
        words, session, stop = words_of(request), str(request.session_hash), Event()
        end(session, stop)
        try:
            table = table_of(workspace, source, getattr(event, "table", None))
            yield _framed(table, status(words("database.peeking")), words)
            with workspace.working(Visitor(str(request.username or ""), session)):
                told = peek_html(table, first_rows(workspace, source, table, stop), words)
        except Exception as error:  # the screen's edge: a person gets a sentence, the log gets the rest
            told = failed(error, words)
        finally:
            over = end_of(session, stop)
        yield gr.skip() if over else told

    def on_close(request: gr.Request) -> str:
        end(str(request.session_hash))
        return ""

    def end(session: str, begun: Event | None = None) -> None:
        with lock:
            before = running.pop(session, None)
            if begun is not None:
                running[session] = begun
        if before is not None:
            before.set()

    def end_of(session: str, stop: Event) -> bool:
        """Whether another look, or the person, has ended this one."""
        with lock:
            if running.get(session) is stop:
                del running[session]
        return stop.is_set()

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    tables.peek(on_peek, source, peek, concurrency_limit=8, trigger_mode="multiple", **quiet)
    peek.closed(on_close, None, peek, queue=False, **quiet)


def table_of(workspace: Workspace, source: Source, name: object) -> Table:
    """The table of this name in the database. Raises BadInput where it has none."""
    found = next((table for table in workspace.open(source).schema().tables if table.name == name), None)
    if found is None:
        raise BadInput("This table is not in the database that is open.", "Open the database again.")
    return found


def first_rows(workspace: Workspace, source: Source, table: Table, stop: Event) -> Result:
    """Raises what running a query raises."""
    database, limits = workspace.open(source), workspace.limits(stop)
    bounds = replace(limits, max_rows=min(ROWS, limits.max_rows), seconds=min(SECONDS, limits.seconds))
    return database.run(read_query(f"SELECT * FROM {table.name}", database.dialect), bounds)


def peek_html(table: Table, result: Result, words: Words) -> str:
    """A small table; an absent value is told from an empty text."""
    rows = result.rows.select(range(min(MOST_COLUMNS, result.rows.num_columns)))
    numbers = [' class="number"' if show.is_number(kind) else "" for kind in rows.schema.types]
    heads = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(rows.column_names, numbers))
    body = "".join(f"<tr>{''.join(map(_cell, row, numbers))}</tr>" for row in show.rows(rows))
    more = result.rows.num_columns - MOST_COLUMNS
    note = status(words("database.more_columns", count=f"{more:,}")) if more > 0 else ""
    note += status(words("database.no_rows")) if result.rows.num_rows == 0 else ""
    grid = f'<div class="peek_rows" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    return _framed(table, grid + note, words)


def _framed(table: Table, inner: str, words: Words) -> str:
    title, close = escape(words("database.peek_of", table=plain(table))), escape(words("database.close"))
    return f'<section aria-label="{title}"><p><b>{title}</b><button type="button">{close}</button></p>{inner}</section>'


def _cell(value: object, kind: str) -> str:
    if value is None:
        return f'<td class="absent">{show.NULL}</td>'
    text = show.text(value)
    return f"<td{kind}>{escape(text if len(text) <= LONGEST else f'{text[:LONGEST]}…')}</td>"
