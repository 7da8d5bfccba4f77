"""Which tables a question is about, among more than a model can be shown."""

import sqlite3
from dataclasses import replace

import pytest

import qsql
from qsql.models.echo import Echo
from qsql.records import Column, ForeignKey, Question, Schema, Table
from qsql.tables import CHOSEN, about, choose, fits, unfamiliar
from qsql.values import Match

CONTEXT = 16_384  # tokens
THINGS = ("order", "ledger", "parcel", "sensor", "valve", "pump", "tenant", "permit", "badge", "crate")
PARTS = ("audit", "batch", "quota", "trace", "draft", "proof", "index", "stage", "queue", "frame")


def table(name: str, *columns: str, comment: str = "", to: tuple[str, ...] = (), kind: str = "TEXT") -> Table:
    keys = tuple(ForeignKey((f"{other}_id",), other, ("id",)) for other in to)
    names = ("id", *columns, *(f"{other}_id" for other in to))
    lines = ",\n".join(f"  {column} {kind}" for column in names)
    ddl = f"CREATE TABLE {name} (\n{lines}\n)"
    return Table(name, tuple(Column(column, kind) for column in names), ddl, foreign_keys=keys, comment=comment)


FEW = (
    table("singers", "name", "birthYear"),
    table("concerts", "title", "venue_id"),
    table("singer_in_concert", to=("singers", "concerts")),
    table("tbl_017", "grp", comment="members of staff, with their salaries"),
    table("病人", "姓名", comment="门诊病人"),
    table("departments", "head"),
    table("sales.OrderItems", "productId", "quantity"),
    table('"Back Room".shelves', "aisle", comment="Where the stock of the warehouse stands"),
)
MANY = Schema(
    "shop",
    "SQLite",
    (
        *FEW,
        *(
            table(f"{thing}_{part}_{number}", "amount", "status", "created", kind="INTEGER")
            for thing in THINGS
            for part in PARTS
            for number in range(3)
        ),
    ),
)

ASKED = {
    "Which singers were born after 1980?": {"singers"},
    "How many singers sang in each concert?": {"singers", "concerts", "singer_in_concert"},
    "What is the highest salary of the staff?": {"tbl_017"},
    "Who is the head of each dept?": {"departments"},
    "How many singrs are there?": {"singers"},
    "有多少个病人？": {"病人"},
    "How many order items were sold?": {"sales.OrderItems"},
    "What is the amount of valve queue 2?": {"valve_queue_2"},
    "Which aisles hold stock?": {'"Back Room".shelves'},
}


def names(schema: Schema) -> set[str]:
    return {one.name for one in schema.tables}


@pytest.mark.parametrize("question", ASKED)
def test_what_the_question_names_is_among_the_chosen(question):
    assert not fits(MANY, CONTEXT)
    chosen = choose(MANY, question, (), CONTEXT)
    assert ASKED[question] <= names(chosen)
    assert sum(len(one.ddl) for one in chosen.tables) <= CHOSEN and fits(chosen, CONTEXT)


def test_what_fits_depends_on_the_model():
    small = Schema("shop", "SQLite", FEW)
    assert fits(small, CONTEXT) and not fits(small, 100)
    assert names(choose(small, "Which singers were born after 1980?", (), 100)) < names(small)


def test_they_keep_their_order_and_the_keys_between_them():
    chosen = choose(MANY, "How many singers sang in each concert?", (), CONTEXT)
    assert [one.name for one in chosen.tables] == [one.name for one in MANY.tables if one.name in names(chosen)]
    (link,) = [one for one in chosen.tables if one.name == "singer_in_concert"]
    assert {key.to_table for key in link.foreign_keys} == {"singers", "concerts"}
    assert about(chosen, ["singer_in_concert"]).tables[0].foreign_keys == ()


def test_a_cell_that_the_question_names_tells_its_table():
    assert "pump_trace_1" in names(
        choose(MANY, "What about Kathmandu?", [Match("pump_trace_1", "status", "Kathmandu", "Kathmandu", 100.0)], CONTEXT)
    )


def test_where_nothing_is_found_the_first_table_is_taken():
    assert names(choose(MANY, "???", (), CONTEXT)) == {"singers"}


def test_one_table_that_is_larger_than_the_room_is_taken_all_the_same():
    wide = table("measurements", *(f"reading_{number}" for number in range(2000)))
    chosen = choose(replace(MANY, tables=(*MANY.tables, wide)), "What was the mean reading of the measurements?", (), CONTEXT)
    assert "measurements" in names(chosen)


def test_cells_of_any_kind_may_stand_in_it():
    odd = replace(FEW[0], rows=(({"a": [1]}, [2], b"3"),))
    assert "singers" in names(choose(replace(MANY, tables=(odd, *MANY.tables[1:])), "How many singers are there?", (), CONTEXT))


@pytest.mark.parametrize(
    ("question", "strange"),
    [
        ("Which pilots flew the most in July?", True),
        ("What is the capital of France?", True),
        ("Which singers were born after 1980?", False),
        ("How many singrs are there?", False),
        ("Where is the back room?", False),
        ("How many are there?", False),
        ("Wie viele Sänger sind in der Stadt?", False),
        ("有多少架飞机？", False),
        ("???", False),
    ],
)
def test_a_question_without_a_word_of_the_schema_is_told_from_one_that_has_one(question, strange):
    assert unfamiliar(MANY, question) == strange


def test_the_person_is_told_that_no_word_is_known_but_a_value_is_one(wide):
    model = Echo(("SELECT count(*) FROM singers",))
    pilot = "Which pilot is the tallest?"
    explained = Question(pilot, evidence="a pilot is a singer of this kind")
    strange, value, told = (qsql.ask(wide, question, model) for question in (pilot, "How tall is Ella?", explained))
    assert any("No word of the question" in notice for notice in strange.notices)
    assert not any("No word of the question" in notice for notice in (*value.notices, *told.notices))


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A database with the tables above."""
    path = tmp_path_factory.mktemp("wide") / "wide.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(";\n".join(one.ddl for one in MANY.tables if "." not in one.name))
        connection.execute("INSERT INTO singers (id, name) VALUES ('1', 'Ella')")
    connection.close()
    database = qsql.open_database(str(path))
    yield database
    database.close()


def test_the_model_is_shown_them_and_the_person_is_told(wide):
    answer = qsql.ask(wide, "How many singers are there?", Echo(("SELECT count(*) FROM singers",)))
    prompt = answer.best.prompt.messages[0].text
    assert "singers" in prompt and "valve_queue_2" not in prompt
    assert any(
        notice.startswith("The database has 306 tables; the model was shown the") and "singers" in notice for notice in answer.notices
    )
    assert answer.result.column(0).to_pylist() == [1]


def test_what_a_person_chooses_goes_before(wide):
    *_, answer = qsql.answers(wide, qsql.Question("How many singers are there?"), Echo(("SELECT 1",)), tables=("valve_queue_2",))
    assert "valve_queue_2" in answer.best.prompt.messages[0].text and "singers (" not in answer.best.prompt.messages[0].text
    assert not any("was shown" in notice for notice in answer.notices)
