"""Which tables a question speaks of."""


import pytest

from qsql.records import Column, ForeignKey, Table
from qsql.relevant import MOST, relevant


def table(name, *columns, comment="", keys=()):
    return Table(name, tuple(Column(column, "TEXT") for column in columns), "", comment=comment, foreign_keys=tuple(keys))


WAREHOUSE = [
    table("sales.OrderItems", "order_id", "productId", "quantity", keys=[ForeignKey(("order_id",), "sales.orders", ("id",))]),
    table("sales.orders", "id", "customer_id", "placed_at"),
    table("hr.employees", "id", "name", "salary", "hired_at"),
    table("hr.departments", "id", "name", "head_id"),
    table('"Back Room".shelves', "id", "aisle", comment="Where the stock of the warehouse stands"),
    table("客户", "编号", "姓名", "城市"),
    table("hr.leave_2024", "employee_id", "days"),
]
CASES = [
    ("What is the average salary of employees by department?", ["hr.employees", "hr.departments"]),
    ("How many order items were sold?", ["sales.OrderItems", "sales.orders"]),
    ("Which aisles hold stock?", ['"Back Room".shelves']),
    ("每个城市有多少客户？", ["客户"]),
    ("Leave days taken in 2024", ["hr.leave_2024"]),
]


@pytest.mark.parametrize(("question", "found"), CASES)
def test_the_tables_that_share_its_words_come_first(question, found):
    assert {one.name for one in relevant(WAREHOUSE, question)[: len(found)]} == set(found)


def test_a_table_that_a_key_points_at_comes_too():
    assert [one.name for one in relevant(WAREHOUSE, "What quantity of each?")] == ["sales.OrderItems", "sales.orders"]


@pytest.mark.parametrize("question", ["Hello?", "", "What is the id?"])
def test_where_no_word_tells_all_are_given_in_their_order(question):
    assert relevant(WAREHOUSE, question) == WAREHOUSE
    assert relevant([], question) == []


def test_of_thousands_not_many_are_chosen_and_soon():
    many = [table(f"area.fact_{number}", "id", "city", f"measure_{number % 40}") for number in range(3000)]
    found = relevant(many, "Sum of measure 7 of fact 2047 by city")
    assert found[0].name == "area.fact_2047" and len(found) <= MOST
