"""Questions that fit a database, made from its schema by rule: words only, real values, several kinds, several tables."""

import re
import sqlite3
from contextlib import closing

import pytest

from qsql.databases import sqlite
from qsql.records import Column, Schema, Table
from qsql.steps.knowledge import knowledge_of
from qsql.subjects import Noun, noun_of, words_of
from qsql.suggest import SAMPLE, suggest
from qsql.texts import LANGUAGES
from tests import shop

SCHOOL = """
CREATE TABLE tbl_Students (StudentID INTEGER PRIMARY KEY, FullName TEXT, birth_date TEXT, Sex TEXT, HomeCity TEXT, GPA REAL);
CREATE TABLE courses (course_id INTEGER PRIMARY KEY, course_title TEXT, dept_code TEXT, credits INTEGER);
CREATE TABLE student_courses (
    student_id INTEGER REFERENCES tbl_Students, course_id INTEGER REFERENCES courses, PRIMARY KEY (student_id, course_id)
);
CREATE TABLE archive_of_old_things (id INTEGER, kind TEXT);
INSERT INTO tbl_Students VALUES (1, 'Ann', '2001-02-03', 'f', 'New_York', 3.5), (2, 'Bo', '2002-02-03', 'm', 'Rome', 3.1);
INSERT INTO courses VALUES (1, 'Logic', 'PHI_1', 5), (2, 'Botany', 'BIO_2', 6);
INSERT INTO student_courses VALUES (1, 1), (1, 2), (2, 2);
"""
PLAIN = """
CREATE TABLE "data" (x1 INTEGER, qty INTEGER, "Unit Price" REAL, region TEXT);
INSERT INTO "data" VALUES (1, 4, 2.5, 'North'), (2, 3, 3.5, 'South');
"""
CHINESE = """
CREATE TABLE 订单 (编号 INTEGER PRIMARY KEY, 客户名称 TEXT, 城市 TEXT, 金额 REAL, 日期 TEXT);
INSERT INTO 订单 VALUES (1, '王芳', '北京', 12.5, '2024-01-02'), (2, '李雷', '上海', 8, '2024-02-03');
"""
WORDLESS = "CREATE TABLE xkcd (a INTEGER, b_1 INTEGER, ___ TEXT); INSERT INTO xkcd VALUES (1, 2, 'c_d');"


def made(tmp_path, script: str, language: str = "en", most: int = 8) -> tuple[str, ...]:
    (tmp_path / "some.sqlite").unlink(missing_ok=True)
    with closing(sqlite3.connect(tmp_path / "some.sqlite")) as connection:
        connection.executescript(script)
    database = sqlite.open(tmp_path / "some.sqlite")
    try:
        return suggest(database.schema(), knowledge_of(database, 20), language, most)
    finally:
        database.close()


def test_of_the_shop_it_asks_in_several_ways_of_several_tables(tmp_path):
    assert made(tmp_path, shop.SCRIPT, most=4) == (
        "How many customers have the city 北京?",
        "Which customer has the most orders?",
        "How many orders are there in each month?",
        "Which 5 products have the highest price?",
    )
    assert made(tmp_path, shop.SCRIPT, "zh", most=2) == ("customers 中，city 是北京的有多少？", "哪个 customers 的 orders 最多？")


def test_names_become_words_and_a_table_of_keys_links_two_others(tmp_path):
    asked = made(tmp_path, SCHOOL)
    assert "Which course has the most students?" in asked or "Which student has the most courses?" in asked
    assert "How many students are there in each year?" in asked
    assert "What is the average gpa of students for each sex?" in asked
    assert not [question for question in asked if "archive" in question or "New" in question or "ID" in question]


def test_a_table_whose_name_says_nothing_has_rows(tmp_path):
    asked = made(tmp_path, PLAIN)
    assert "How many rows have the region North?" in asked and "What is the average unit price of rows for each region?" in asked


def test_chinese_tables_are_asked_of_in_both_languages(tmp_path):
    assert "How many 订单 have the 城市 北京?" in made(tmp_path, CHINESE)
    assert made(tmp_path, CHINESE, "zh", 4)[:3] == (
        "订单中，城市是北京的有多少？",
        "每种城市的订单，平均金额是多少？",
        "每个月有多少订单？",
    )


def test_of_what_has_no_words_or_no_rows_it_asks_nothing(tmp_path):
    assert made(tmp_path, WORDLESS) == ()
    assert suggest(Schema("sqlite", "SQLite", ()), None) == ()
    assert suggest(Schema("sqlite", "SQLite", (Table("cats", (Column("kind", "TEXT"),), "", row_count=0),)), None) == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("script", [shop.SCRIPT, SCHOOL, PLAIN, CHINESE, WORDLESS])
def test_each_is_a_sentence_of_plain_words_and_none_comes_twice(tmp_path, script, language):
    asked = made(tmp_path, script, language)
    assert len(set(asked)) == len(asked) <= 8
    for question in asked:
        assert "_" not in question and question[-1] in "?？" and len(question) <= 110 and "  " not in question
        assert bool(re.search("[\u4e00-\u9fff]", question)) or language == "en"


def test_an_inferred_key_is_as_good_as_a_declared_one(tmp_path):
    script = "CREATE TABLE shops (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE sales (shop_id INTEGER, amount REAL);"
    assert "Which shop has the most sales?" in made(
        tmp_path, script + "INSERT INTO shops VALUES (1, 'A'); INSERT INTO sales VALUES (1, 2.5);"
    )


def test_the_sample_has_its_own():
    schema = Schema("duckdb", "DuckDB", ())
    assert suggest(schema, None, "en", 3, "sample") == SAMPLE["en"][:3] and "How many flights left JFK in July?" in SAMPLE["en"]
    assert suggest(schema, None, "zh", 1, "sample") == ("每个月有多少航班？列出月份和数量",)


@pytest.mark.parametrize(
    "name, noun",
    [
        ("flights", ("flight", "flights")),
        ('"Back Room".boxes', ("box", "boxes")),
        ("order_items", ("order item", "order items")),
        ("tbl_CarMakers", ("car maker", "car makers")),
        ("cars_data", ("car", "cars")),
        ("weather", ("weather record", "weather records")),
        ("TV_Channel", ("TV channel", "TV channels")),
        ("EMPLOYEES", ("employee", "employees")),
        ("people", ("person", "people")),
        ("城市", ("城市", "城市")),
        ("sheet1", ("row", "rows")),
        ("t_2023", ("row", "rows")),
        ("xkcd_qwrt", None),
    ],
)
def test_what_the_rows_of_a_table_are_called(name, noun):
    assert noun_of(Table(name, (), ""), "en") == (Noun(*noun) if noun else None)


def test_a_chinese_comment_names_a_table_and_a_column():
    columns = (Column("cust_nm", "TEXT", comment="客户名称"), Column("amt", "REAL", comment="金额"), Column("oid", "INT"))
    table = Table("t_ord", columns, "", ("oid",), (), (("王芳", 2.5, 1),), 1, "订单表")
    assert suggest(Schema("duckdb", "DuckDB", (table,)), None, "zh")[0] == "金额最高的 5 个订单是哪些？"


@pytest.mark.parametrize(
    "name, words", [("dep_delay", "dep delay"), ("HomeCity", "home city"), ("GPA", "gpa"), ("avgGPA", "avg GPA"), ("x1", ""), ("___", "")]
)
def test_the_words_of_a_name(name, words):
    assert words_of(name) == words
