"""An answer of one row, said in words, in both languages; nothing is said that the row does not hold."""

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow
import pytest

from qsql.records import Result
from qsql.telling import name, number, tell, value
from qsql.texts import Words

EN, ZH = Words("en"), Words("zh")


def result(names: list[str], *rows: tuple, truncated: bool = False) -> Result:
    columns = [pyarrow.array(list(column)) for column in zip(*rows)] or [pyarrow.array([], pyarrow.int64())] * len(names)
    return Result(pyarrow.Table.from_arrays(columns, names=names), truncated, 0.0)


@pytest.mark.parametrize(
    "answer, english, chinese",
    [
        (result(["flights"], (10023,)), "flights: 10,023", "flights：10,023"),
        (result(["count_star()"], (10023,)), "number of rows: 10,023", "行数：10,023"),
        (
            result(["name", "delay"], ("ExpressJet Airlines Inc.", 19.9553)),
            "name: ExpressJet Airlines Inc., delay: 19.96",
            "name：ExpressJet Airlines Inc.，delay：19.96",
        ),
        (result(["航班数"], (5,)), "航班数: 5", "航班数：5"),
        (result(["avg(dep_delay)"], (None,)), "average dep delay: no value", "dep delay 的平均值：无值"),
        (result(["max(价格)"], (9.5,)), "maximum 价格: 9.5", "价格的最大值：9.5"),
        (result(["n", "n"], (1, 2)), "n: 1, n: 2", "n：1，n：2"),
        (result(["year", "n"], (2013, 2013)), "year: 2013, n: 2,013", "year：2013，n：2,013"),
        (result(["late"], (True,)), "late: yes", "late：是"),
        (result(["day"], (date(2013, 7, 4),)), "day: 2013-07-04", "day：2013-07-04"),
        (result(["tags"], ([1, 2],)), "tags: [1, 2]", "tags：[1, 2]"),
    ],
)
def test_one_row_is_a_sentence(answer, english, chinese):
    assert (tell(answer, EN), tell(answer, ZH)) == (english, chinese)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        result(["n"]),
        result(["n"], (1,), (2,)),
        result(["n"], (1,), truncated=True),
        result([f"c{place}" for place in range(7)], tuple(range(7))),
        Result(pyarrow.table({}), False, 0.0),
    ],
)
def test_what_is_not_one_row_of_few_columns_is_no_sentence(answer):
    assert tell(answer) == ""


@pytest.mark.parametrize(
    "column, english, chinese",
    [
        ("count(*)", "number of rows", "行数"),
        ("COUNT(1)", "number of rows", "行数"),
        ("count", "count", "数量"),
        ("count(tailnum)", "number of tailnum", "tailnum 的数量"),
        ("count(DISTINCT f.tailnum)", "number of different tailnum", "不同 tailnum 的数量"),
        ("sum(distance)", "sum of distance", "distance 的总和"),
        ("round(avg(f.dep_delay), 2)", "average dep delay", "dep delay 的平均值"),
        ('avg("dep delay")', "average dep delay", "dep delay 的平均值"),
        ("AVG(CAST(x AS DECIMAL(10, 2)))", "average x", "x 的平均值"),
        ("CAST(avg(x) AS INTEGER)", "average x", "x 的平均值"),
        ("median(`a b`)", "median a b", "a b 的中位数"),
        ("min([Unit Price])", "minimum Unit Price", "Unit Price 的最小值"),
        ("total", "total", "total"),
        ("avg_dep_delay", "avg dep delay", "avg dep delay"),
        ("On-time %", "On-time %", "On-time %"),
        ("(6 * 7)", "result", "结果"),
        ("max(length(x))", "result", "结果"),
        ("CASE WHEN a THEN 1 ELSE 2 END(x)", "result", "结果"),
        ("?column?", "result", "结果"),
        ("", "result", "结果"),
    ],
)
def test_a_column_is_called_by_what_it_means(column, english, chinese):
    assert (name(column, EN), name(column, ZH)) == (english, chinese)


@pytest.mark.parametrize(
    "given, said",
    [
        (0, "0"),
        (-1234567, "-1,234,567"),
        (2**70, "1,180,591,620,717,411,303,424"),
        (19.9553, "19.96"),
        (1234567.891, "1,234,567.89"),
        (3.0, "3"),
        (0.1234567, "0.1235"),
        (0.30000000000000004, "0.3"),
        (0.000123456, "0.0001235"),
        (1.5e-9, "1.5e-09"),
        (-0.5, "-0.5"),
        (1e22, "1e+22"),
        (Decimal("1234.50"), "1,234.50"),
        (Decimal("1234.56789"), "1,234.57"),
        (Decimal("0.000123456"), "0.0001235"),
        (Decimal(10) ** 30, "1,000,000,000,000,000,000,000,000,000,000"),
        (math.nan, "NaN"),
        (-math.inf, "-∞"),
    ],
)
def test_a_number_has_the_digits_that_one_needs(given, said):
    assert number(given) == said


@pytest.mark.parametrize(
    "given, column, said",
    [
        (2013, "year", "2013"),
        (2013, "出生年份", "2013"),
        (123456, "year_total", "123,456"),
        (10234, "customer_id", "10234"),
        (90210, "zipCode", "90210"),
        (10234, "flight_number", "10234"),
        (10234, "total_number", "10,234"),
        (10234, "unpaid", "10,234"),
        (13800000000, "电话", "13800000000"),
        (datetime(2013, 7, 4), "", "2013-07-04"),
        (datetime(2013, 7, 4, 5, 6, 7, 8), "", "2013-07-04 05:06:07"),
        (datetime(2013, 7, 4, tzinfo=UTC), "", "2013-07-04 00:00:00+00:00"),
        (time(5, 6), "", "05:06:00"),
        (timedelta(hours=30), "", "1 day, 6:00:00"),
        ("two\nlines", "", "two lines"),
        ("<b>&", "", "<b>&"),
        ("x" * 500, "", "x" * 160 + "…"),
        (b"\x01\xff", "", "01ff"),
        ({"a": None}, "", '{"a": null}'),
    ],
)
def test_a_value_is_said_as_it_is_meant(given, column, said):
    assert value(given, column) == said
