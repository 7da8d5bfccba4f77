"""A schema as a program is told it."""

import json

import pytest

from qsql.errors import BadInput
from qsql.outline import MOST, outline
from qsql.records import Column, ForeignKey, Schema, Table

SHOP = Table(
    "shop",
    (Column("id", "INTEGER", nullable=False), Column("note", "VARCHAR", comment="what they say")),
    "CREATE TABLE shop (id INTEGER, note VARCHAR)",
    primary_key=("id",),
    foreign_keys=(ForeignKey(("id",), "owners", ("shop",), inferred=True),),
    rows=((1, "tea" * 100), (2**60, None), (3, "x"), (4, "y")),
    row_count=4,
)


def schema(*tables: Table) -> Schema:
    return Schema("duckdb", "DuckDB", tables)


def test_a_table_is_told_with_its_keys_and_three_short_rows():
    told = outline(schema(SHOP))
    (table,) = told["tables"]
    assert table["columns"][0] == {"name": "id", "type": "INTEGER", "nullable": False, "comment": ""}
    assert table["columns"][1]["comment"] == "what they say" and table["primary_key"] == ["id"]
    assert table["foreign_keys"] == [{"columns": ["id"], "to_table": "owners", "to_columns": ["shop"], "inferred": True}]
    assert table["first_rows"] == [[1, "tea" * 20 + "…"], [str(2**60), None], [3, "x"]] and table["row_count"] == 4
    assert told["left_out"] == [] and told["tables_in_all"] == 1


def many(count: int, columns: int) -> Schema:
    names = [Column(f"column_{number}", "VARCHAR") for number in range(columns)]
    return schema(*(Table(f"t{number}", tuple(names), "") for number in range(count)))


def test_of_many_tables_some_are_only_named_and_can_be_asked_for():
    told = outline(many(3000, 20))
    assert 1 < len(told["tables"]) < 100 and len(told["left_out"]) == 500 and told["tables_in_all"] == 3000
    assert len(json.dumps(told)) < MOST * 1.5
    first = told["left_out"][0]
    assert outline(many(3000, 20), [first, "T2999"])["tables"][1]["name"] == "t2999"


def test_a_table_of_many_columns_is_told_in_part():
    told = outline(many(2, 9000))
    assert len(told["tables"][0]["columns"]) == 200 and told["tables"][0]["columns_left_out"] == 8800


def test_comments_are_cut():
    (table,) = outline(schema(Table("t", (Column("c", "INTEGER", comment="c" * 9000),), "", comment="t" * 9000)))["tables"]
    assert table["comment"] == "t" * 300 + "…" and table["columns"][0]["comment"] == "c" * 300 + "…"


def test_a_name_that_no_table_has_is_refused_with_those_that_there_are():
    with pytest.raises(BadInput, match="There is no table 'shops'. Its tables are: shop."):
        outline(schema(SHOP), ["shops"])


def test_no_table_at_all():
    assert outline(schema()) == {"dialect": "duckdb", "tables": [], "left_out": [], "tables_in_all": 0}
