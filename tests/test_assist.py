"""Help for a person who writes SQL: with scripted models over a real database, and with the real small one."""

from threading import Event

import pytest

from qsql.assist import complete_at, differences, explain, failure, fix
from qsql.databases import open_database
from qsql.databases.base import Limits
from qsql.errors import BadInput, NotReadOnly, QsqlError, QueryFailed, SqlSyntax, Stopped
from qsql.models.base import Options, Weights
from qsql.models.echo import Echo
from qsql.records import Column, Question, Schema, Table
from qsql.settings import Settings
from tests import shop
from tests.model_files import small_gguf  # noqa: F401

SQL = "SELECT city, count(*) FROM customers WHERE vip GROUP BY city ORDER BY 2"


class Hearing(Echo):
    """Keeps what it was asked."""

    def stream(self, prompt, options=Options()):
        self.asked = prompt.messages[-1].text
        yield from super().stream(prompt, options)

    def fill(self, prefix, suffix, stop=(), options=Options()):
        self.asked, self.stop = (prefix, suffix), stop
        yield from super().fill(prefix, suffix, stop, options)


def says(*script):
    model = Hearing(script)
    return model, lambda: model


def never():
    raise AssertionError("the model was loaded")


def stopped():
    event = Event()
    event.set()
    return event


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    opened = open_database(shop.make_duckdb(tmp_path_factory.mktemp("assist") / "shop.duckdb"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def schema(database):
    return database.schema()


@pytest.fixture(scope="module")
def small(small_gguf):  # noqa: F811
    from qsql.models import llamacpp

    model = llamacpp.load(Weights("llamacpp", "small", str(small_gguf), context=4096), Settings())
    yield lambda: model
    model.close()


# In words.


def test_an_explanation_grows_and_knows_the_tables(schema):
    model, load = says("It counts the cities. <b>That is all.</b>")
    texts = list(explain(load, schema, SQL + ";", "en"))
    assert texts[0] == "It" and texts[-1] == "It counts the cities. <b>That is all.</b>" and len(texts) == 7
    assert f"\n{SQL};\n" in model.asked and "CREATE TABLE customers" in model.asked and "plain English" in model.asked


@pytest.mark.parametrize(
    "sql, asks, leaves", [(SQL, "满足哪些条件，结果怎样排列", "只取多少条"), ("SELECT 1 LIMIT 1", "要找什么，只取多少条", "条件")]
)
def test_in_chinese_only_what_is_there_is_asked_for(schema, sql, asks, leaves):
    model, load = says("城市。")
    assert list(explain(load, schema, sql, "zh"))[-1] == "城市。"
    assert asks in model.asked and leaves not in model.asked


def test_an_explanation_can_be_stopped(schema):
    with pytest.raises(Stopped):
        list(explain(says("It counts.")[1], schema, SQL, "en", Options(cancel=stopped())))


def test_what_is_too_long_or_nothing_is_refused_before_a_model_is_loaded(schema):
    for sql in ("", "  \n", "SELECT '" + "x" * 10_000 + "'"):
        with pytest.raises(BadInput):
            list(explain(never, schema, sql, "en"))
        with pytest.raises(BadInput):
            complete_at(never, schema, sql, "")


def test_a_large_schema_is_cut_to_the_tables_that_the_sql_names():
    tables = tuple(Table(f"t{n}", tuple(Column(f"c{m}", "INTEGER") for m in range(200)), "CREATE TABLE " + "x" * 3000) for n in range(50))
    model, load = says("Yes.")
    list(explain(load, Schema("duckdb", "DuckDB", tables), "SELECT c150 FROM t49", "en"))
    assert "CREATE TABLE t49 (c150 INTEGER)" in model.asked and len(model.asked) < 5000


# At the cursor.


@pytest.mark.parametrize(
    "before, after, added", [("SELECT name FROM s", "", "old"), ("select ci", "", "ty"), ("SELECT BAR", " FROM products", "code")]
)
def test_a_name_that_has_begun_is_finished_without_a_model(schema, before, after, added):
    assert complete_at(never, schema, before, after) == added


@pytest.mark.parametrize(
    "written, added",
    [("er_id) FROM orders", "er_id"), ("dogs)", "er"), ("ers", "ers")],  # customers and customer_id both go on
)
def test_of_several_names_the_model_chooses_one(schema, written, added):
    _, load = says(written)
    assert complete_at(load, schema, "SELECT max(custom", "") == added


@pytest.mark.parametrize(
    "before, after, written, added",
    [
        ("SELECT ", " FROM products", "name FROM products LIMIT 3", "name"),
        ("SELECT count(", ") FROM orders", "*) FROM orders WHERE", "*"),
        ("SELECT name FROM ", "", "  products WHERE price > 3; DROP TABLE x", "products WHERE price > 3"),
        ("SELECT name\n", "", "FROM products\n\nAnd so on", "FROM products"),
        ("SELECT name FROM products WHERE name = 'prod", "", "uce'", "uce'"),
        ("-- all prod", "", "ucers\nSELECT 1", "ucers\nSELECT 1"),
        ("SELECT nam", "e FROM products", "ely", "ely"),
    ],
)
def test_else_the_model_goes_on_up_to_an_end(schema, before, after, written, added):
    model, load = says(written)
    assert complete_at(load, schema, before, after) == added
    assert (
        model.asked[0].startswith("/* DuckDB\nCREATE TABLE") and model.asked == (model.asked[0], after) and model.asked[0].endswith(before)
    )
    assert {";", "\n\n"} <= set(model.stop)


def test_nothing_to_add_is_said(schema):
    with pytest.raises(BadInput, match="nothing to add"):
        complete_at(says(" ")[1], schema, "SELECT 1 ", "")
    with pytest.raises(Stopped):
        complete_at(says("x")[1], schema, "SELECT 1 ", "", Options(cancel=stopped()))


def test_the_real_model_goes_on_with_the_names_of_the_tables(small):
    sample = open_database("sample")
    try:
        schema = sample.schema()
    finally:
        sample.close()
    assert ("SELECT name FROM airl" + complete_at(small, schema, "SELECT name FROM airl", "")).endswith("airlines")
    assert complete_at(small, schema, "SELECT origin, avg(dep_delay) FROM flights GROUP BY ", "").startswith("origin")
    joined = complete_at(small, schema, "SELECT name, count(*) FROM flights JOIN airlines ", " GROUP BY name")
    assert joined.startswith("ON flights.carrier = airlines.carrier")


# After an error.


def test_a_rule_mends_what_it_can_without_a_model(database):
    fixed = fix(database, never, "SELECT nam FROM product;")
    assert fixed.sql == "SELECT name FROM products" and len(fixed.changes) == 2
    assert failure(database, fixed.sql, Limits()) is None


def test_else_the_model_is_told_the_error_and_what_it_writes_has_run(database):
    model, load = says("```sql\nSELECT name FROM products;\n```")
    fixed = fix(database, load, "SELEC name FROM products")
    assert (fixed.sql, fixed.changes) == ("SELECT name FROM products", ())
    assert "SELEC name FROM products\n-- This SQL cannot be read as duckdb" in model.asked and "correct only what is wrong" in model.asked


def test_the_question_that_it_should_answer_is_told(database):
    model, load = says("SELECT nam FROM products")  # which a rule mends
    fixed = fix(database, load, "SELECT FROM", Question("What is sold?"))
    assert fixed.sql == "SELECT name FROM products" and "What is sold?" in model.asked


@pytest.mark.parametrize(
    "sql, script, kind, said",
    [
        ("SELECT name FROM products", "", BadInput, "runs as it is"),
        ("DROP TABLE products", "", NotReadOnly, "DROP"),
        ("SELEC 1", "I cannot.", QsqlError, "wrote no SQL"),
        ("SELEC 1", "SELECT frob(1)", QueryFailed, "does not run either: .*frob"),
        ("SELEC 1", "DELETE FROM products", QsqlError, "wrote no SQL"),
        ("SELEC 1", "SELECT 1 FROM (DELETE FROM products)", QsqlError, "does not run either"),
    ],
)
def test_what_cannot_be_mended_says_why(database, sql, script, kind, said):
    with pytest.raises(kind, match=said):
        fix(database, says(script)[1] if script else never, sql)


def test_mending_can_be_stopped(database):
    with pytest.raises(Stopped):
        fix(database, says("SELECT 1")[1], "SELEC 1", options=Options(cancel=stopped()))
    with pytest.raises(Stopped):
        fix(database, never, "SELECT count(*) FROM range(100000000000)", limits=Limits(cancel=stopped()))


def test_a_known_error_is_not_looked_for_again(database):
    model, load = says("SELECT 1")
    assert fix(database, load, "SELECT x y z", error=SqlSyntax("It is odd.")).sql == "SELECT 1" and "-- It is odd." in model.asked


@pytest.mark.parametrize(
    "old, new, pairs",
    [
        ("SELEC a FROM t", "SELECT a\nFROM t", (("SELEC", "SELECT"),)),
        ("SELECT TOP 5 a FROM t", "SELECT a FROM t LIMIT 5", (("TOP 5", ""), ("", "LIMIT 5"))),
        ("SELECT 'a b'", "SELECT 'a c'", (("'a b'", "'a c'"),)),
        ("SELECT 1", "SELECT  1", ()),
    ],
)
def test_what_differs_is_told_in_pairs(old, new, pairs):
    assert differences(old, new) == pairs
