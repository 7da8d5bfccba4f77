import pytest

from qsql.links import MOST_TABLES, infer
from qsql.records import Column, ForeignKey, Schema, Table

CELLS = {
    ("city", "code"): ["ROM", "OSL", "MIL"],
    ("trip", "city_code"): ["ROM", "OSL", "XXX"] + ["MIL"] * 9,
    ("trip", "code"): ["A", "B"],
    ("trip", "driver"): ["1", "2"],
    ("car", "plate"): ["R1", "R2"],
    ("trip", "plate"): ["R1", "R2"],
    ("toll", "plate"): ["S7", "S8"],
    ("stop", "trip"): [1, 2],
    ("stop", "place"): [1, 2],
    ("bill", "trip"): [2, 1],
    ("bill", "place"): [1, 2],
}
TABLES = (
    Table("city", (Column("code", "TEXT"),), "", ("code",)),
    Table("car", (Column("plate", "VARCHAR"),), "", ("plate",)),
    Table(
        "trip",
        tuple(Column(name, "VARCHAR") for name in ("city_code", "code", "plate"))
        + (Column("driver", "TEXT", comment="Refers to car.plate"),),
        "",
    ),
    Table("toll", (Column("plate", "VARCHAR"),), ""),
    Table("stop", (Column("trip", "INTEGER"), Column("place", "INTEGER")), "", ("trip", "place")),
    Table("bill", (Column("trip", "INTEGER"), Column("place", "INTEGER")), ""),
)


def distinct(table, column, limit):
    return CELLS.get((table.name, column.name))


def keys(table: str, tables=TABLES, distinct=distinct) -> set:
    found = infer(Schema("sqlite", "SQLite", tables), distinct)
    return {
        (key.columns, key.to_table, key.to_columns)
        for item in found.tables
        if item.name == table
        for key in item.foreign_keys
        if key.inferred
    }


@pytest.mark.parametrize(
    "columns, to_table, to_columns",
    [(("plate",), "car", ("plate",)), (("city_code",), "city", ("code",)), (("driver",), "car", ("plate",))],
    ids=["the same name", "the table's name and the key's", "the comment says so"],
)
def test_finds_a_key_that_is_not_declared(columns, to_table, to_columns):
    assert (columns, to_table, to_columns) in keys("trip")


def test_finds_a_key_of_two_columns():
    assert keys("bill") == {(("trip", "place"), "stop", ("trip", "place"))}


def test_names_without_values_in_common_are_no_key():
    assert keys("toll") == set()


def test_a_name_that_many_tables_have_is_no_key():
    assert all(columns != ("code",) for columns, *_ in keys("trip"))


def test_values_that_cannot_be_read_are_no_key():
    assert keys("trip", distinct=lambda *_: None) == {(("driver",), "car", ("plate",))}


def test_what_is_declared_stays_and_is_not_inferred_again():
    declared = Table("trip", (Column("plate", "VARCHAR"),), "", foreign_keys=(ForeignKey(("plate",), "car", ("plate",)),))
    assert keys("trip", (*TABLES[:2], declared)) == set()


def test_a_very_large_database_is_left_as_it_is():
    many = tuple(Table(f"t{number}", (Column("plate", "VARCHAR"),), "", ("plate",)) for number in range(MOST_TABLES + 1))
    schema = Schema("sqlite", "SQLite", many)
    assert infer(schema, lambda *_: pytest.fail("it was read")) is schema
