"""Where the model may see no rows, no text that reaches it holds a cell of the database, whatever builds that text.

Each cell of the database is marked. The same ways without the switch do tell cells, so that a way which is not gone through is found out.
"""

import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import duckdb
import pytest

from artifacts.fix import fix_request
from artifacts.records import Data, Page
from artifacts.write import write
from qsql import assist
from qsql.ask import answers
from qsql.databases import open_database
from qsql.databases.base import Limits
from qsql.errors import BadInput, QsqlError
from qsql.models.base import Options
from qsql.models.echo import Echo
from qsql.models.lazy import LazyModel
from qsql.plan import Plan
from qsql.records import Question, Turn
from qsql.settings import Settings
from qsql.steps.knowledge import knowledge_of
from qsql.suggest import suggest
from qsql.ui import tools
from qsql.ui.workspace import Workspace
from qsql.warm import Warmer
from tests.test_warm import until

MARK = "zqx"  # in every text; every number begins with 7319
SCRIPT = """
CREATE TABLE shops (id INTEGER PRIMARY KEY, town VARCHAR, status VARCHAR, price VARCHAR);
CREATE TABLE sales (id INTEGER PRIMARY KEY, shop_id INTEGER, amount INTEGER, sold DATE);
INSERT INTO shops VALUES (73191, 'Zqxtown', 'Zqxopen', 'zqx-free'), (73192, 'Zqxville', 'Zqxclosed', 'zqx-dear'), (73193, 'Zqx''s Mill', 'Zqxopen', 'zqx');
INSERT INTO sales VALUES (73194, 73191, 73195, '7319-01-02'), (73196, 73192, 73197, '7319-03-04');
"""
WHOLE = Plan("high", seconds=60)
HIDDEN = Plan.of("high", rows=False)


class Recording(Echo):
    """A model that is computed here, as far as anybody can see, and keeps all that it is told."""

    backend = "qsql.models.llamacpp"

    def __init__(self, *script: str, name: str = "qwen2.5-coder-1.5b") -> None:
        super().__init__(script)
        self.name, self.told = name, []

    def stream(self, prompt, options=Options()):
        self.told += [message.text for message in prompt.messages] + [prompt.begun, prompt.json_schema or "", *prompt.stop]
        yield from super().stream(prompt, options)

    def fill(self, prefix, suffix, stop=(), options=Options()):
        self.told += [prefix, suffix, *stop]
        yield from super().fill(prefix, suffix, stop, options)

    @contextmanager
    def restored(self, prompt):
        self.told += [message.text for message in prompt.messages]
        yield

    @property
    def cells(self) -> list[str]:
        """What it was told of cells, with a little around it."""
        text = "\n".join(self.told).lower()
        return [text[max(0, at - 40) : at + 40] for mark in (MARK, "7319") if (at := text.find(mark)) >= 0]


@pytest.fixture(scope="module", params=["duckdb", "sqlite"])
def database(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("marked") / f"marked.{request.param}"
    with {"duckdb": duckdb, "sqlite": sqlite3}[request.param].connect(path) as connection:
        connection.execute(SCRIPT) if request.param == "duckdb" else connection.executescript(SCRIPT)
    connection.close()
    opened = open_database(str(path))
    knowledge_of(opened, 60)
    yield opened
    opened.close()


def asked(database, model: Recording, question: Question, plan: Plan):
    *_, answer = answers(database, question, model, plan=replace(plan, effort="high"))
    return answer


SQL = "SELECT town FROM shops WHERE status = 'open'"


@pytest.mark.parametrize(
    "said, question",
    [
        ((SQL,), Question("Which shops are open in Town, and which were zq-open?")),  # a literal that a cell is near to
        ((SQL, "SELECT 1", "SELECT town FROM shops", "no"), Question("Which shops are there?")),  # doubts: yes or no
        (("SELECT nothing FROM shops",), Question("Which shops are there?")),  # asked again
        (("SELECT CAST(price AS INTEGER) FROM shops",), Question("How dear are they?")),  # of DuckDB fails by a cell
        (("SELECT strptime(town, '%Y') FROM shops",), Question("When?")),
        ((SQL,), Question("only the last", earlier=(Turn("Which shops are there?", "SELECT * FROM shops"),))),
    ],
)
def test_a_question_tells_no_cell(database, said, question):
    model = Recording(*said)
    answer = asked(database, model, question, HIDDEN)
    assert model.told and not model.cells, answer
    shown = Recording(*said)
    asked(database, shown, question, WHOLE)
    assert shown.cells and shown.told[0].startswith("CREATE TABLE")


def test_a_cell_that_the_question_names_is_not_told_as_it_is_stored(database):
    question = Question("How many shops are in ZQX'S MILL?")  # the person's own word may go
    hidden, shown = Recording(SQL), Recording(SQL)
    asked(database, hidden, question, HIDDEN)
    asked(database, shown, question, WHOLE)
    assert "Zqx" in "".join(shown.told) and "Zqx" not in "".join(hidden.told)
    assert not hidden.cells or "zqx's mill" in hidden.cells[0]


def test_a_looked_up_cell_does_not_come_into_the_sql_that_a_later_question_goes_on_from(database):
    sql = "SELECT count(*) FROM shops WHERE town = 'zq town'"
    before = asked(database, Recording(sql), Question("How many shops in zq town?"), HIDDEN)
    model = Recording(sql)
    asked(database, model, Question("and closed?", earlier=(Turn("How many?", before.sql),)), HIDDEN)
    assert not model.cells


def test_an_error_of_the_query_itself_is_told_all_the_same(database):
    model = Recording("SELECT nothing FROM shops")
    asked(database, model, Question("Which shops?"), HIDDEN)
    assert any("nothing" in text and "failed" in text for text in model.told)


def test_an_error_that_quotes_a_cell_is_not_told(tmp_path):
    with duckdb.connect(tmp_path / "d.duckdb") as connection:
        connection.execute(SCRIPT)
    with_cells = open_database(str(tmp_path / "d.duckdb"))
    failing, model = "SELECT CAST(price AS INTEGER) FROM shops", Recording(SQL)
    assert MARK in assist.failure(with_cells, failing, Limits()).message
    assist.fix(with_cells, lambda: model, failing, rows=False)
    assert not model.cells and "It failed while it read the rows." in "".join(model.told)
    shown = Recording(SQL)
    assist.fix(with_cells, lambda: shown, failing)
    assert "zqx-free" in "".join(shown.told)
    with_cells.close()


def test_help_with_sql_tells_no_cell(database):
    model, schema = Recording("town"), database.schema()
    list(assist.explain(lambda: model, schema, SQL, "en"))
    assist.complete_at(lambda: model, schema, "SELECT  ", " FROM shops")
    with pytest.raises(QsqlError):
        assist.fix(database, lambda: model, "SELECT nothing FROM shops ORDER", rows=False)
    assert len(model.told) > 3 and not model.cells


def test_what_is_read_ahead_is_what_a_question_begins_with(database):
    for plan, cells in ((HIDDEN, False), (WHOLE, True)):
        model = Recording(SQL)
        warmer = Warmer(lambda model=model: model, lambda plan=plan: plan)
        warmer.warm(database, keep=False)
        until(lambda warmer=warmer: not warmer.at_work)
        warmer.close()
        ahead = model.told[0]
        assert bool(model.cells) is cells
        asked(database, model, Question("Which shops are there?"), plan)
        assert all(text.startswith(ahead.partition("Question:")[0]) for text in model.told if text.startswith("CREATE TABLE"))
        assert bool(model.cells) is cells


def test_a_suggested_question_names_no_cell(database):
    known = knowledge_of(database)
    assert MARK in " ".join(suggest(database.schema(), known, most=9)).lower()
    assert MARK not in (said := " ".join(suggest(database.schema(), known, most=9, cells=False)).lower()) and "7319" not in said and said


ROWS = Data(
    "Which shops?", "SELECT town, amount FROM shops", ("town", "amount"), ("text", "number"), (("Zqxtown", 73195), ("Zqxville", 73197))
)
PAGE = "<!DOCTYPE html><html><head><title>T</title></head><body><script>const rows = window.qsql.rows</script></body></html>"
SPEC = '{"title": "T", "parts": [{"kind": "table", "title": "x", "columns": []}], "filters": [], "theme": "light", "accent": "blue"}'


@pytest.mark.parametrize("size", ["1.5b", "32b"])  # the first lays rows out by a template, the second writes the page
@pytest.mark.parametrize("before", [False, True])
def test_a_page_tells_no_cell(size, before):
    page = Page(PAGE, "T", "a table", True, data=ROWS, spec=SPEC if size == "1.5b" else "") if before else None
    for rows in (False, True):
        model = Recording(SPEC if size == "1.5b" else PAGE, name=f"qwen2.5-coder-{size}")
        *_, made = write(model, "a bar chart", data=ROWS, before=page, rows=rows)
        assert bool(model.cells) is rows and '"town"' in "".join(model.told)


def test_columns_that_are_named_by_cells_are_not_told():
    pivoted = replace(ROWS, sql="PIVOT shops ON town USING count(*)", columns=("Zqxtown", "Zqxville"), kinds=("number", "number"))
    for size in ("1.5b", "32b"):
        model = Recording(PAGE, name=f"qwen2.5-coder-{size}")
        with pytest.raises(BadInput, match="named by cells"):
            list(write(model, "a bar chart", data=pivoted, rows=False))
        assert not model.told


def test_what_a_page_with_rows_reports_is_told_by_its_place_only():
    html, fault = "\n".join(["<p>"] * 20), "Error: no town Zqxtown (line 12)"
    assert MARK not in fix_request(html, fault, quoted=False).lower() and "line 12" in fix_request(html, fault, quoted=False)
    assert "Zqxtown" in fix_request(html, fault)


def test_the_app_and_its_programs_ask_as_the_setting_says_now(database, tmp_path):
    settings, model = Settings(data=tmp_path, cache=tmp_path, database="marked", sample_rows=False), Recording(SQL)
    workspace = Workspace(settings, LazyModel(lambda: model), database)
    for rows in (False, True):
        workspace.kept.change(sample_rows=rows)
        assert workspace.plan("low") == Plan.of("low", rows)
        list(tools.ask(workspace, "marked", Question("Which shops are in ville?"), workspace.limits(Event())))
        assert bool(model.cells) is rows
        (told,) = tools.schema(workspace, "marked")
        assert (MARK in str(told).lower()) is rows and len(told["tables"]) == 2
    workspace.warmer.close()


def test_a_command_does_not_forget_that_rows_are_kept_here(tmp_path):
    Settings(data=tmp_path).kept().change(sample_rows=False, effort="high")
    assert Settings.load_for_command(data=tmp_path) == replace(Settings.load(data=tmp_path), sample_rows=False)
    assert Settings.load_for_command(data=tmp_path, sample_rows=True).sample_rows
