import random
import time

import pytest

from qsql.records import Column, Schema, Table
from qsql.values import Caps, Match, build

CELLS = {
    "people": {
        "full name": ["Anna Smith", "José Álvarez", "O'Hare, Pat", "Zhang Wei", None],
        "sex": ["F", "M"],
        "grade": ["A", "A+", "i"],
        "home": ["New York", "New York City", "Boston", "boston", "Paris"],
    },
    "airports": {
        "code": ["JFK", "LAX", "OR", "CAR"],
        "city": ["New York", "Los Angeles ", "Paris", "Washington, D.C."],
        "note": ["which", "name", "airport", "Year", "total", "5", "747"],
    },
    "airlines": {"carrier": ["UA", "B6"], "name": ["JetBlue Airways", "United Air Lines Inc.", "Yahoo! Air", "countries"]},
    "cities": {
        "city": ["北京", "北京大学", "上海", "南京市", "长江大桥", "T3航站楼", "男", "Paris", "名称"],
        "year_text": ["2014", "2015"],
    },
    "pets": {"kind": ["cat", "Dog", "mouse", "in_progress"], "number": [1, 2], "other": ["Paris", "ＡＣＭＥ Corp", 2014]},
}
TYPES = {"number": "INTEGER", "city": "varchar(40)", "other": "", "kind": "ENUM('cat')"}


def schema(cells: dict) -> Schema:
    tables = (Table(table, tuple(Column(name, TYPES.get(name, "TEXT")) for name in columns), "") for table, columns in cells.items())
    return Schema("sqlite", "SQLite", tuple(tables))


def index(cells: dict = CELLS, /, **caps: int):
    return build(schema(cells), lambda table, column, limit: cells[table.name][column.name][:limit], Caps(**caps))


@pytest.fixture(scope="module")
def values():
    return index()


def named(matches: tuple[Match, ...]) -> list[str]:
    return list(dict.fromkeys(f"{match.words} -> {match.value}" for match in matches))


NAMES = {
    "as it is": ("Who is Anna Smith?", ["Anna Smith -> Anna Smith"]),
    "in another case": ("flights of jetblue airways", ["jetblue airways -> JetBlue Airways"]),
    "with space around it": ("flights to los angeles", ["los angeles -> Los Angeles "]),
    "without the accents": ("the age of Jose Alvarez", ["Jose Alvarez -> José Álvarez"]),
    "without the punctuation": ("flights to Washington DC", ["Washington DC -> Washington, D.C."]),
    "with the punctuation": ("planes of Yahoo! Air", ["Yahoo! Air -> Yahoo! Air"]),
    "underscores as spaces": ("orders in progress", ["in progress -> in_progress"]),
    "in wide letters": ("staff of ACME Corp", ["ACME Corp -> ＡＣＭＥ Corp"]),
    "possessive": ("What is JFK's busiest day?", ["JFK -> JFK"]),
    "plural": ("Who has cats?", ["cats -> cat"]),
    "the longer hides the shorter": ("people of New York City", ["New York City -> New York City"]),
    "a slip in a name": ("Who flies with JetBlue Airwayz?", ["JetBlue Airwayz -> JetBlue Airways"]),
    "a slip in the first letter": ("Who lives in Bostom or Foston?", ["Bostom -> Boston", "Foston -> Boston"]),
    "neighbours that changed places": ("Who lives in Pairs?", ["Pairs -> Paris"]),
    "a slip in small letters": ("flights of jetblu airways", ["jetblu airways -> JetBlue Airways"]),
    "its own spelling first": ("who is from boston", ["boston -> boston"]),
    "capitals of one letter": ("How many people with sex F?", ["F -> F"]),
    "capitals of two letters": ("How many UA flights?", ["UA -> UA"]),
    "a code that is a word too": ("airports in OR", ["OR -> OR"]),
    "a sign at its end": ("who has an A+", ["A+ -> A+"]),
    "a number in a column of text": ("concerts in 2014", ["2014 -> 2014"]),
    "exact before near, longer before shorter": (
        "JetBlue Airwais to Paris for Anna Smith",
        ["Anna Smith -> Anna Smith", "Paris -> Paris", "JetBlue Airwais -> JetBlue Airways"],
    ),
    "in quotes, though short": ("people with grade 'i'", ["i -> i"]),
    "in quotes, though common": ('notes that say "which"', ["which -> which"]),
    "in quotes, though the schema's": ("notes that say “airport”", ["airport -> airport"]),
    "in quotes, with punctuation": ("who is 'O'Hare, Pat'", ["O'Hare, Pat -> O'Hare, Pat"]),
    "Chinese": ("北京有多少个机场？", ["北京 -> 北京"]),
    "Chinese, the longer": ("北京大学在哪里", ["北京大学 -> 北京大学"]),
    "Chinese, side by side": ("南京市长江大桥有多长", ["长江大桥 -> 长江大桥", "南京市 -> 南京市"]),
    "Chinese with letters": ("去T3航站楼的航班", ["T3航站楼 -> T3航站楼"]),
    "Chinese in quotes": ("性别是「男」的人", ["男 -> 男"]),
    "Chinese with an English name": ("JetBlue Airways到上海的航班", ["JetBlue Airways -> JetBlue Airways", "上海 -> 上海"]),
}


@pytest.mark.parametrize("question, expected", NAMES.values(), ids=NAMES)
def test_a_question_names(values, question, expected):
    assert named(values.find(question)) == expected


NOISE = {
    "everyday words": "Which of the airports has the most flights in total?",
    "names of the schema": "Show the name and the year of each airport",
    "one small letter": "a list of f and m",
    "I and A": "I want A list",
    "two small letters": "tell us of ua or of b6",
    "a code within a word": "flights of UAB and JFKX",
    "a code in the plural": "how many cars",
    "a number of one sign": "more than 5 flights",
    "a number nearly": "planes of model 748 since 2013",
    "a small word nearly": "how many house pets",
    "all in capitals": "LIST THE CITIES IN EUROPE OR ASIA",
    "one Chinese sign": "有多少男学生",
    "a common Chinese word": "显示所有的名称",
    "nothing": "",
    "spaces": "  \n\t ",
}


@pytest.mark.parametrize("question", NOISE.values(), ids=NOISE)
def test_a_question_does_not_name(values, question):
    assert values.find(question) == ()


def test_a_match_says_where_and_how_well(values):
    assert values.find("what does b6 or B6 stand for?") == (Match("airlines", "carrier", "B6", "B6", 100.0),)
    assert values.find("who has cats")[0].score == 97
    assert 85 < values.find("flights of JetBlue Airwayz")[0].score < 97


def test_equal_cells_are_told_of_three_columns_first_those_that_the_question_speaks_of(values):
    assert [(match.table, match.column) for match in values.find("which cities are like Paris?")] == [
        ("cities", "city"),
        ("airports", "city"),
        ("people", "home"),
    ]


def test_what_one_part_names_in_many_columns_does_not_hide_the_others(values):
    assert named(values.find("Paris, New York, JFK", limit=3)) == ["New York -> New York", "Paris -> Paris", "JFK -> JFK"]


NEAR = {
    "its beginning": ("jetblue", ("airlines", "name"), "JetBlue Airways"),
    "another case": ("PARIS", ("people", "home"), "Paris"),
    "space around it": ("Los Angeles", ("airports", "city"), "Los Angeles "),
    "a word of it": ("air lines", ("airlines", "name"), "United Air Lines Inc."),
    "more than it": ("JetBlue Airways Corporation", ("airlines", "name"), "JetBlue Airways"),
    "a slip": ("Bostn", ("people", "home"), "boston"),
    "another column": ("Anna Smith", ("airlines", "name"), "Anna Smith"),
    "any column": ("jfk", None, "JFK"),
    "a column that is not there": ("jfk", ("no", "such"), "JFK"),
    "Chinese": ("长江", None, "长江大桥"),
}


@pytest.mark.parametrize("literal, column, expected", NEAR.values(), ids=NEAR)
def test_near_a_literal(values, literal, column, expected):
    assert expected.casefold() == values.near(literal, column)[0].value.casefold()


@pytest.mark.parametrize("literal", ["", " ", "%", "zzzz", "2013", "x" * 100_000, "\0", "\ud800", "京"])
def test_near_nothing(values, literal):
    assert values.near(literal) == ()


def test_near_is_best_first_and_limited(values):
    found = values.near("New York", limit=2)
    assert [match.value for match in found] == ["New York", "New York"] and found[0].score == 100


def test_only_whole_columns_of_text_are_held(values):
    assert values.holds("airports", "city") and values.holds("pets", "other") and values.holds("people", "full name")
    assert not values.holds("pets", "number") and not values.holds("no", "such")
    long = index({"notes": {"text": ["short", "x" * 61], "photo": [b"\xff"]}})
    assert named(long.find("which are short")) == ["short -> short"]
    assert not long.holds("notes", "text") and not long.holds("notes", "photo") and long.notice == ""


CAPS = {
    "distinct cells of a column": ({"column": 4}, "people.full name"),
    "cells": ({"cells": 6}, "people.grade"),
    "characters": ({"characters": 45}, "people.home"),
}


@pytest.mark.parametrize("caps, left_out", CAPS.values(), ids=CAPS)
def test_what_is_too_much_is_left_out_whole_and_said(caps, left_out):
    capped = index(**caps)
    assert left_out in capped.notice and not capped.holds(*left_out.split("."))


def test_no_notice_where_all_is_in(values):
    assert values.notice == ""


def test_a_column_that_cannot_be_read_is_left_out_and_said():
    broken = build(schema(CELLS), lambda table, column, limit: None if table.name == "people" else CELLS[table.name][column.name])
    assert "people.full name, people.sex" in broken.notice and not broken.holds("people", "sex")
    assert named(broken.find("flights from JFK")) == ["JFK -> JFK"]


def test_a_database_without_cells():
    empty = build(Schema("sqlite", "SQLite", ()), lambda *_: None)
    assert empty.find("Who is Anna?") == empty.near("Anna") == () and empty.notice == ""


def test_any_cell_and_any_question_is_borne():
    chance = random.Random(7)
    letters = "aB \0\n'\"“”「」《》`%_.,-éß ı İ ﬁ 北京男５\ud800\udfff\u0301\u200b😀"

    def text() -> str:
        return "".join(chance.choices(letters, k=chance.randrange(30)))

    odd = index({"t": {"odd": [text() for _ in range(300)] + [b"x", None, 1.5, True, float("nan"), "", "\0"]}})
    for _ in range(300):
        question = text() + text()
        assert all(match.words in question for match in odd.find(question))
        odd.near(question)


LONG = ["Anna Smith " * 400, "北京大学" * 1000, "'\"“" * 1300, "x" * 4000, "a-" * 2000]


@pytest.mark.parametrize("question", LONG, ids=lambda text: text[:4])
def test_a_long_question_is_read_in_part(values, question):
    started = time.thread_time()  # its own work, not what the machine does beside it
    values.find(question)
    assert time.thread_time() - started < 2
