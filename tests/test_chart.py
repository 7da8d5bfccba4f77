"""Which chart rows call for, what is drawn of them, and what cannot be drawn; no browser is needed."""

import json
import math
import re
import shutil
import subprocess
import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow
import pytest

from qsql.chart import TYPES, Chart, begin_with, check, spec, suggest, to_png, to_svg, to_vega_lite
from qsql.chart.save import CannotDraw
from qsql.errors import BadInput
from qsql.texts import Words

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
CITIES = ["Rome", "Oslo", "Bern", "Lima"]
LONG = [f"The {word} Airline Company" for word in ("First", "Second", "Third")]


def table(**columns) -> pyarrow.Table:
    return pyarrow.table(columns)


def twins(name: str, *columns: list) -> pyarrow.Table:
    """Several columns of one name."""
    return pyarrow.Table.from_arrays([pyarrow.array(column) for column in columns], names=[name] * len(columns))


def days(count: int, start=date(2013, 1, 1)) -> list[date]:
    return [start + timedelta(days=place) for place in range(count)]


def wavy(count: int) -> list[float]:
    return [round(50 + 20 * math.sin(place) + place % 7, 2) for place in range(count)]


def pairs(first: list, second: list) -> tuple[list, list]:
    return [one for one in first for _ in second], [other for _ in first for other in second]


YEARS, OF_YEARS = pairs([2012, 2013], list(range(1, 13)))
MONTH_OF, CITY_OF = pairs(list(range(1, 13)), CITIES)
ONE_OF, OTHER_OF = pairs(list("abcd"), ["x", "y", "z"])
DAY_OF, HOUR_OF = pairs(list(range(7)), list(range(24)))

# rows, question -> type, x, y, colour, sort; None where no chart is better
SUGGESTED = {
    "names and an amount": (table(city=CITIES, n=[4, 3, 2, 1]), "", ("column", 0, 1, None, "rows")),
    "long names lie along": (table(name=LONG, delay=[20.1, 18.0, 3.3]), "", ("bar", 0, 1, None, "rows")),
    "many names lie along": (table(carrier=[f"C{n}" for n in range(16)], n=list(range(16))), "", ("bar", 0, 1, None, "rows")),
    "chinese names": (table(城市=["北京", "上海", "广州"], 人口=[2189, 2487, 1868]), "", ("column", 0, 1, None, "rows")),
    "long chinese names": (table(航空公司=["中国国际航空公司", "中国南方航空公司", "海南航空"], 数量=[3, 2, 1]), "", ("bar", 0, 1, None, "rows")),
    "the amount comes first": (table(n=[4, 3, 2, 1], city=CITIES), "", ("column", 1, 0, None, "rows")),
    "decimals": (table(city=CITIES, price=[Decimal("1.50"), Decimal("2.25"), None, Decimal("9.99")]), "", ("column", 0, 1, None, "rows")),
    "big integers": (table(city=CITIES, n=[2**60, 2**61, 5, 7]), "", ("column", 0, 1, None, "rows")),
    "beyond any machine's numbers": (table(city=CITIES, n=[Decimal(10) ** 37, Decimal(1), Decimal(2), Decimal(3)]), "", ("column", 0, 1, None, "rows")),
    "an absent name is one too": (table(city=["Rome", None, "Bern"], n=[3, 2, 1]), "", ("column", 0, 1, None, "rows")),
    "below zero": (table(city=CITIES, growth=[-4.0, 3.0, -2.0, 1.0]), "", ("column", 0, 1, None, "rows")),
    "truth values are names": (table(late=[True, False], n=[3, 9]), "", ("column", 0, 1, None, "rows")),
    "a key where nothing else names": (table(customer_id=[17, 4, 230], total=[9.5, 8.1, 7.7]), "", ("column", 0, 1, None, "rows")),
    "a key beside a name": (table(id=[1, 2, 3], name=["Ann", "Bo", "Cy"], total=[9.5, 8.1, 7.7]), "", ("column", 1, 2, None, "rows")),
    "a code beside its name": (table(code=["AA", "BB", "CC"], name=LONG, n=[3, 2, 1]), "", ("bar", 1, 2, None, "rows")),
    "two amounts, sorted by one": (table(city=CITIES, a=[1.5, 7.1, 2.2, 5.0], n=[9, 7, 4, 1]), "", ("column", 0, 2, None, "rows")),
    "an amount that the question names": (
        table(city=CITIES, air_time=[1, 7, 2, 5], n=[9, 7, 4, 1]),
        "Average air time by city",
        ("column", 0, 1, None, "rows"),
    ),
    "one name for two columns": (twins("n", ["a", "b", "c"], [5, 4, 3]), "", ("column", 0, 1, None, "rows")),
    "parts of a whole": (table(origin=["A", "B", "C"], share=[0.5, 0.3, 0.2]), "", ("pie", 0, 1, None, "rows")),
    "parts of a hundred": (table(origin=["A", "B", "C"], percent=[35.88, 33.04, 31.08]), "", ("pie", 0, 1, None, "rows")),
    "chinese parts": (table(机场=["甲", "乙"], 占比=[60.0, 40.0]), "", ("pie", 0, 1, None, "rows")),
    "percentages of different things": (table(origin=["A", "B", "C"], late_pct=[35.8, 33.0, 21.0]), "", ("column", 0, 1, None, "rows")),
    "many parts": (table(c=list("abcdefgh"), share=[0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]), "", ("column", 0, 1, None, "rows")),
    "a pie that is asked for": (table(city=CITIES, n=[4, 3, 2, 1]), "Draw a pie chart of cities", ("pie", 0, 1, None, "rows")),
    "a pie that cannot be": (table(city=CITIES, n=[4, 3, -2, 1]), "用饼图画出来", ("column", 0, 1, None, "rows")),
    "days": (table(day=days(60), n=wavy(60)), "", ("line", 0, 1, None, "x")),
    "moments": (table(at=[datetime(2013, 1, 1, hour) for hour in range(24)], n=wavy(24)), "", ("line", 0, 1, None, "x")),
    "moments with a zone": (
        table(at=[datetime(2013, 1, 1, hour, tzinfo=UTC) for hour in range(24)], n=wavy(24)),
        "",
        ("line", 0, 1, None, "x"),
    ),
    "days from the last to the first": (table(day=days(60)[::-1], n=wavy(60)), "", ("line", 0, 1, None, "x")),
    "the busiest days are a ranking": (table(day=[days(300)[n] for n in (200, 7, 90, 31)], n=[9, 8, 7, 6]), "", ("bar", 0, 1, None, "rows")),
    "the number of a month": (table(month=list(range(1, 13)), n=wavy(12)), "", ("line", 0, 1, None, "x")),
    "all months, by amount": (table(month=[7, 8, 10, 3, 5, 4, 6, 12, 9, 11, 1, 2], n=list(range(12, 0, -1))), "", ("line", 0, 1, None, "x")),
    "months by name": (table(month=MONTHS, n=wavy(12)), "", ("line", 0, 1, None, "x")),
    "chinese months": (table(月份=[f"{n}月" for n in range(1, 13)], 数量=wavy(12)), "", ("line", 0, 1, None, "x")),
    "a month's number and its name": (table(month_number=list(range(1, 13)), month_name=MONTHS, n=wavy(12)), "", ("line", 0, 2, None, "x")),
    "months as text": (table(ym=[f"2013-{n:02}" for n in range(1, 13)], n=wavy(12)), "", ("line", 0, 1, None, "x")),
    "days as text": (table(d=[str(day) for day in days(30)], n=wavy(30)), "", ("line", 0, 1, None, "x")),
    "chinese months of years": (table(时间=[f"2013年{n}月" for n in range(1, 13)], n=wavy(12)), "", ("line", 0, 1, None, "x")),
    "a year's text of SQL": (pyarrow.table({"strftime('%Y', d)": [str(n) for n in range(2001, 2011)], "count(*)": list(range(10))}), "", ("line", 0, 1, None, "x")),
    "years": (table(year=list(range(1995, 2015)), n=wavy(20)), "", ("line", 0, 1, None, "x")),
    "few years": (table(year=[2011, 2012, 2013], n=[5, 9, 7]), "", ("column", 0, 1, None, "x")),
    "years that are not called so": (table(season=[2011, 2012, 2013, 2014], goals=[51, 99, 71, 80]), "", ("column", 0, 1, None, "x")),
    "hours": (table(hour=list(range(24)), avg_delay=wavy(24)), "", ("line", 0, 1, None, "x")),
    "weekdays": (table(weekday=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], n=wavy(7)), "", ("line", 0, 1, None, "x")),
    "one year's months": (table(year=[2013] * 12, month=list(range(1, 13)), n=wavy(12)), "", ("line", 1, 2, None, "x")),
    "two years' months": (table(year=YEARS, month=OF_YEARS, n=wavy(24)), "", ("line", 1, 2, 0, "x")),
    "weekdays and hours": (table(dow=DAY_OF, hour=HOUR_OF, n=wavy(168)), "", ("heat", 1, 2, 0, "x")),
    "months and names": (table(month=MONTH_OF, city=CITY_OF, n=wavy(48)), "", ("line", 0, 2, 1, "x")),
    "two years and names": (table(year=[2012, 2012, 2013, 2013], city=["a", "b"] * 2, n=[1, 2, 3, 5]), "", ("column", 0, 2, 1, "x")),
    "names and names": (table(a=ONE_OF, b=OTHER_OF, n=wavy(12)), "", ("column", 0, 2, 1, "rows")),
    "many names and names": (table(a=[f"a{n // 9}" for n in range(180)], b=[f"b{n % 9}" for n in range(180)], n=wavy(180)), "", ("heat", 0, 2, 1, "rows")),
    "two amounts": (table(dep_delay=wavy(1000), arr_delay=wavy(1000)[::-1]), "", ("scatter", 0, 1, None, "rows")),
    "two amounts of kinds": (table(kind=list("ab") * 20, size=wavy(40), weight=wavy(40)[::-1]), "", ("scatter", 1, 2, 0, "rows")),
    "two amounts of many names": (table(name=[f"n{n}" for n in range(40)], size=wavy(40), weight=wavy(40)[::-1]), "", ("scatter", 1, 2, None, "rows")),
    "where things are": (table(name=list("abcdefg"), lat=[1.0, 2, 3, 4, 5, 6, 7], lon=[5.0, 3, 4, 9, 1, 2, 8]), "", ("scatter", 2, 1, None, "rows")),
    "how often a number is there": (table(passengers=[0, 1, 2, 3, 4], count=[5, 90, 40, 9, 2]), "", ("column", 0, 1, None, "x")),
    "one number": (table(n=[10023]), "", ("figure", None, 0, None, "rows")),
    "without a row": (table(city=[], n=[]), "", None),
    "without a column": (pyarrow.table({}), "", None),
    "one row of many columns": (pyarrow.table({f"c{n}": [n] for n in range(9)}), "", None),
    "one row of two": (table(city=["Rome"], n=[4]), "", None),
    "500 columns": (pyarrow.table({f"c{n}": [1, 2] for n in range(500)}), "", None),
    "only text": (table(a=CITIES, b=list("wxyz")), "", None),
    "one text": (table(a=["yes"]), "", None),
    "one key": (table(customer_id=[17]), "", None),
    "no value": (table(n=pyarrow.array([None], pyarrow.int64())), "", None),
    "all absent": (table(city=CITIES, n=pyarrow.array([None] * 4, pyarrow.float64())), "", None),
    "mostly absent": (table(city=CITIES, n=[1.0, None, None, None]), "", None),
    "no type": (table(city=CITIES, n=pyarrow.nulls(4)), "", None),
    "all the same": (table(city=CITIES, n=[7, 7, 7, 7]), "", None),
    "not a number": (table(city=CITIES, n=[math.nan, math.inf, -math.inf, math.nan]), "", None),
    "too many names": (table(city=[f"c{n}" for n in range(105)], n=list(range(105))), "", None),
    "a thousand rows": (table(name=[f"c{n}" for n in range(1000)], n=wavy(1000)), "", None),
    "several rows of a name": (table(city=["a", "a", "b"], n=[1, 2, 3]), "", None),
    "several rows of a day": (table(day=days(5) * 2, n=wavy(10)), "", None),
    "ids are no amounts": (table(order_id=list(range(100, 140)), customerId=list(range(40))), "", None),
    "codes are no amounts": (table(city=CITIES, zipcode=[10115, 20095, 50667, 80331]), "", None),
    "years are no amounts": (table(name=CITIES, first_year=[1999, 2001, 1987, 2010]), "", None),
    "phones are no amounts": (table(姓名=["甲", "乙"], 电话=[13800000000, 13900000000]), "", None),
    "places are no amounts": (table(name=CITIES, lat=[41.9, 59.9, 46.9, -12.0], lon=[12.5, 10.7, 7.4, -77.0]), "", None),
    "the number of a thing and its amount": (table(flight=list(range(1, 90)), n=wavy(89)), "", None),
    "shares below zero": (table(city=CITIES, share=[0.5, 0.7, -0.3, 0.1]), "", None),
    "nested values": (table(city=CITIES, tags=[[1], [2, 3], [], None]), "", None),
    "nested values beside": (table(city=CITIES, tags=[[1], [2, 3], [], None], n=[4, 3, 2, 1]), "", ("column", 0, 2, None, "rows")),
    "prose": (table(review=[f"{word} " * 40 for word in "abc"], stars=[1, 2, 5]), "", None),
    "bytes": (table(hash=[b"a", b"b"], n=[1, 2]), "", None),
    "spells of time": (table(city=["a", "b"], spell=[timedelta(1), timedelta(2)]), "", None),
    "days without one": (table(day=[days(2)[0], None, days(2)[1]], n=[1, 2, 3]), "", None),
    "mostly missing pairs": (table(a=[f"a{n}" for n in range(10)] * 2, b=[f"b{n // 2}" for n in range(20)], n=wavy(20)), "", None),
    "four amounts": (table(city=CITIES, a=[1, 2, 3, 5], b=[1, 2, 3, 5], c=[1, 2, 3, 5], d=[1, 2, 3, 5]), "", None),
    "two points": (table(a=[1.5, 2.5], b=[3.5, 9.5]), "", None),
}  # fmt: skip


@pytest.mark.parametrize("case", SUGGESTED)
def test_rows_get_the_chart_that_they_call_for(case):
    rows, question, expected = SUGGESTED[case]
    chart = suggest(rows, question)
    assert (chart and (chart.type, chart.x, chart.y, chart.colour, chart.sort)) == expected
    if chart and chart.type != "figure":
        assert json.loads(to_vega_lite(spec(chart, rows)))["data"]["values"]


def test_a_moment_beyond_pythons_is_no_reason_to_fail():
    far = pyarrow.array([2**62, 5], pyarrow.timestamp("s"))
    assert suggest(pyarrow.table({"at": far, "n": [1, 2]})) is None


def drawn(chart: Chart, rows: pyarrow.Table, words: Words = Words()) -> list[tuple]:
    values = spec(chart, rows, words)["data"]["values"]
    return [tuple(value[field] for field in ("x", "colour", "y") if field in value) for value in values]


FLOWN = table(city=["b", "a", "b", "c", "a"], kind=["x", "x", "y", "y", "y"], n=[1, 2, 5, None, 8])


@pytest.mark.parametrize(
    "aggregate, sort, expected",
    [
        ("sum", "rows", [("b", 6), ("a", 10)]),
        ("mean", "x", [("a", 5), ("b", 3)]),
        ("median", "up", [("b", 3), ("a", 5)]),
        ("min", "down", [("a", 2), ("b", 1)]),
        ("max", "x", [("a", 8), ("b", 5)]),
        ("count", "x", [("a", 2), ("b", 2), ("c", 1)]),
    ],
)
def test_rows_of_one_name_are_combined_and_sorted(aggregate, sort, expected):
    assert drawn(Chart("bar", 0, 2, sort=sort, aggregate=aggregate), FLOWN) == expected


def test_colours_stand_beside_each_other_in_one_order():
    chart = Chart("column", 0, 2, 1, "x")
    assert drawn(chart, FLOWN) == [("a", "x", 2), ("a", "y", 8), ("b", "x", 1), ("b", "y", 5)]
    encoding = spec(chart, FLOWN)["encoding"]
    assert encoding["color"]["scale"]["domain"] == encoding["xOffset"]["scale"]["domain"] == ["x", "y"]


def test_parts_of_time_are_in_their_own_order_on_both_sides():
    rows = table(month=["Feb", "Jan", "Feb", "Jan"], weekday=["Tue", "Tue", "Mon", "Mon"], n=[1, 2, 3, 4])
    made = spec(Chart("heat", 0, 2, 1, "x"), rows)["encoding"]
    assert made["x"]["scale"]["domain"] == ["Jan", "Feb"] and made["y"]["scale"]["domain"] == ["Mon", "Tue"]


def test_a_line_has_a_gap_where_there_is_no_value():
    assert drawn(Chart("line", 0, 1), table(year=[2011, 2012, 2013], n=[1, None, 3])) == [(2011, 1), (2012, None), (2013, 3)]


def test_days_are_places_on_a_line_and_keep_what_a_person_reads():
    made = spec(Chart("line", 0, 1), table(day=days(2, date(1969, 12, 31)), n=[Decimal("1234.50"), Decimal(2)]))
    assert [(value["x"], value["x_text"], value["y_text"]) for value in made["data"]["values"]] == [
        (-86_400_000, "1969-12-31", "1,234.50"),
        (0, "1970-01-01", "2"),
    ]


@pytest.mark.parametrize(
    "largest, language, unit, title",
    [
        (999_999, "en", 1, "n"),
        (2_500_000, "en", 1e6, "n (million)"),
        (2_500_000_000, "en", 1e9, "n (billion)"),
        (99_999, "zh", 1, "n"),
        (250_000, "zh", 1e4, "n（单位：万）"),
        (250_000_000, "zh", 1e8, "n（单位：亿）"),
        (10**37, "en", 1e12, "n (trillion)"),
    ],
)
def test_large_numbers_are_counted_in_what_the_language_counts_in(largest, language, unit, title):
    rows = table(city=["a", "b"], n=[Decimal(largest), Decimal(1)])
    made = spec(Chart("column", 0, 1), rows, Words(language))
    assert made["encoding"]["y"]["title"] == title and made["data"]["values"][0]["y"] == pytest.approx(largest / unit)
    assert made["data"]["values"][0]["y_text"] == f"{largest:,}"


@pytest.mark.parametrize(
    ("column", "language", "title"),
    [
        ("count_star()", "en", "number of rows"),
        ("round(avg(dep_delay), 1)", "zh", "dep delay 的平均值"),
        ("Price (EUR)", "en", "Price (EUR)"),
        ("x(1)", "en", "x(1)"),
    ],
)
def test_a_title_says_what_an_expression_means(column, language, title):
    made = spec(Chart("column", 0, 1), table(**{"city": ["a", "b"], column: [1, 2]}), Words(language))
    assert made["encoding"]["y"]["title"] == title


def test_a_title_says_how_rows_were_combined():
    made = spec(Chart("bar", 0, 2, aggregate="mean"), FLOWN)["encoding"]
    assert made["x"]["title"] == "average n"


EVIL = '"}]);alert(1)//\' + datum["x"] \u2028 <img src=x onerror=alert(1)> [0].a.b\\'


def test_names_and_cells_are_data_and_titles_only():
    rows = pyarrow.Table.from_arrays([pyarrow.array([EVIL, "{{a}}", "http://a.b/c.png"]), pyarrow.array([1, 2, 3])], names=["image", EVIL])
    made = spec(Chart("column", 0, 1), rows)
    assert {"expr", "signal", "url", "href", "transform", "params"}.isdisjoint(keys_of(made))
    assert fields_of(made) <= {"x", "x_text", "y", "y_text", "colour", "rank"}
    titles = [channel["title"] for channel in made["encoding"]["tooltip"]]
    assert "image" not in titles and titles[0].strip() == "image"  # a tooltip would fetch a picture from what is called so
    assert to_svg(made).count("<image") == 0


def test_two_columns_of_one_name_are_both_in_the_tooltip():
    titles = [channel["title"] for channel in spec(Chart("scatter", 0, 1), twins("n", [1, 2], [3, 4]))["encoding"]["tooltip"]]
    assert len(set(titles)) == 2 and {title.strip() for title in titles} == {"n"}


def keys_of(node) -> set:
    if isinstance(node, dict):
        return set(node).union(*map(keys_of, node.values()))
    return set().union(*map(keys_of, node)) if isinstance(node, list) else set()


def fields_of(node) -> set:
    if isinstance(node, dict):
        return ({node["field"]} if "field" in node else set()).union(*map(fields_of, node.values()))
    return set().union(*map(fields_of, node)) if isinstance(node, list) else set()


@pytest.mark.parametrize(
    "chart, sentence",
    [
        (Chart("bar", 0, 1), "are no numbers"),
        (Chart("bar", 0, 2), "Several rows have the same X"),
        (Chart("scatter", 0, 2), "needs? numbers or dates"),
        (Chart("heat", 0, 2, aggregate="sum"), "has two sides"),
        (Chart("pie", 0, 3, aggregate="sum"), "above zero"),
        (Chart("column", 4, 2, aggregate="sum"), "too long to stand"),
        (Chart("bar", 0, 5, aggregate="sum"), "no row has a value"),
        (Chart("bar", 0, 99), "needs a column"),
        (Chart("bar", -1, 2), "needs a column"),
        (Chart("bar", None, 2), "needs a column"),
        (Chart("bar", True, 2), "needs a column"),
        (Chart("bar", "0", 2), "needs a column"),
        (Chart("bar", 0, 2, 99), "needs a column"),
        (Chart("sunburst", 0, 2), "no such chart"),
        (Chart(["bar"], 0, 2), "no such chart"),
        (Chart("figure", 0, 2), "no such chart"),
        (Chart("bar", 0, 2, sort="sideways"), "no such chart"),
        (Chart("bar", 0, 2, aggregate={}), "no such chart"),
    ],
)
def test_what_cannot_be_drawn_is_said(chart, sentence):
    absent = pyarrow.array([None] * 5, pyarrow.float64())
    rows = FLOWN.append_column("below", [[-1, -2, -3, -4, -5]]).append_column("prose", [["x" * 300] * 5]).append_column("none", [absent])
    with pytest.raises(BadInput, match=sentence):
        check(chart, rows)


@pytest.mark.parametrize(
    "kind, names, colours, sentence",
    [
        ("bar", 201, 1, "X has 201 values"),
        ("column", 401, 1, "X has 401 values"),
        ("pie", 13, 1, "X has 13 values"),
        ("heat", 401, 1, "X has 401 values"),
        ("scatter", 30, 21, "Colour has 21 values"),
        ("line", 30, 21, "Colour has 21 values"),
        ("heat", 70, 61, "Colour has 61 values"),
    ],
)
def test_what_nobody_could_tell_apart_is_said(kind, names, colours, sentence):
    rows = table(
        name=[n if kind == "scatter" else f"n{n}" for n in range(names)],
        n=list(range(names)),
        group=[f"g{n % colours}" for n in range(names)],
    )
    with pytest.raises(BadInput, match=sentence):
        check(Chart(kind, 0, 1, 2), rows)


@pytest.mark.parametrize(
    "rows, expected",
    [
        (table(a=[1], b=["x"], c=[2.5]), Chart("bar", 1, 0)),
        (table(id=[1], n=[2.5]), Chart("bar", 0, 1)),
        (table(id=[1]), Chart("bar", 0, 0)),
        (table(a=["x"]), None),
        (table(a=pyarrow.array([], pyarrow.int64())), None),
    ],
)
def test_a_person_begins_with_a_name_and_an_amount(rows, expected):
    assert begin_with(rows) == expected


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_valid_vega_lite_and_can_be_saved_as_a_picture(kind):
    altair = pytest.importorskip("altair")
    rows = table(day=days(6), kind=list("xyxyxy"), 数量=[3.5, 4.0, 2.5, 9.0, 1.0, 7.0])
    made = spec(Chart(kind, 0, 2, None if kind == "pie" else 1), rows, Words("zh"))
    altair.Chart.from_dict(made)  # raises for what the grammar does not know
    svg, png = to_svg(made), to_png(made)
    assert svg.startswith("<svg") and (kind == "pie" or "数量" in svg) and not re.search(r"NaN|undefined|\bnull\b", svg)
    assert png.startswith(b"\x89PNG") and len(png) > 3000


def test_a_picture_has_chinese_letters():
    if not shutil.which("fc-list") or not subprocess.run(["fc-list", ":lang=zh"], check=False, capture_output=True).stdout:
        pytest.skip("this machine has no Chinese font: install fonts-noto-cjk")
    unknown, chinese = ([f"{letter}{letter}", letter] for letter in ("\ue000", "京"))
    one, other = (to_png(spec(Chart("bar", 0, 1), table(x=names, n=[1, 2]))) for names in (unknown, chinese))
    assert one != other


def test_a_picture_asks_no_address():
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = spec(Chart("bar", 0, 1), table(x=["a", "b"], n=[1, 2]))
        with pytest.raises(CannotDraw, match="could not be drawn"):
            to_svg(made | {"data": {"url": f"http://127.0.0.1:{server.server_port}/rows.json"}})
        server.shutdown()
    assert asked == []


def test_a_thousand_rows_are_ready_in_a_moment():
    rows = table(a=wavy(1000), b=wavy(1000)[::-1])
    start = time.perf_counter()
    to_vega_lite(spec(suggest(rows), rows))
    assert time.perf_counter() - start < 0.5
