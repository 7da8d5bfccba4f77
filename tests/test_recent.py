"""Questions about the same part of a large schema are shown the same tables first, so that their prompts begin alike."""

import sqlite3
from contextlib import closing

import pytest

import qsql
from qsql.models.echo import Echo
from qsql.recent import KEPT, after_the_last
from qsql.tables import CHOSEN, about, choose, size
from tests.test_tables import CONTEXT, MANY, names
from tests.test_translate import Small

FIRST, SECOND, OTHER = "How many singers are there?", "How many singers sang in each concert?", "What is the amount of valve queue 2?"


class Somewhere:
    """What the tables are remembered of."""


def shown(database, question: str) -> list[str]:
    return [one.name for one in after_the_last(database, MANY, choose(MANY, question, (), CONTEXT), CONTEXT).tables]


@pytest.fixture
def wide(tmp_path):
    path = tmp_path / "wide.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(";\n".join(one.ddl for one in MANY.tables if "." not in one.name))
    database = qsql.open_database(str(path))
    yield database
    database.close()


def asked(database, question: str) -> str:
    return qsql.ask(database, question, Echo(("SELECT 1 FROM singers",))).attempts[0].prompt.messages[0].text


def test_a_question_about_the_same_tables_has_a_prompt_that_begins_like_the_last(wide):
    first, second = asked(wide, FIRST), asked(wide, SECOND)
    tables = first.rpartition("-- Using valid")[0]
    assert second.startswith(tables) and "singer_in_concert" in second
    assert asked(wide, FIRST).startswith(second.rpartition("-- Using valid")[0])


def test_a_question_about_others_is_shown_only_those():
    database = Somewhere()
    first = shown(database, FIRST)
    assert not set(shown(database, OTHER)) & set(first)
    assert shown(database, FIRST) == first
    assert shown(Somewhere(), OTHER) == [one.name for one in choose(MANY, OTHER, (), CONTEXT).tables]


def test_what_grows_beyond_its_room_begins_anew():
    database, parts = Somewhere(), [one.name for one in MANY.tables]
    for start in range(0, 100, 9):
        needed = about(MANY, parts[start : start + 10])  # the last of these is the first of the next
        tables = after_the_last(database, MANY, needed, CONTEXT)
        assert names(needed) <= names(tables)
        assert size(tables) <= max(CHOSEN, size(needed))


def test_a_table_that_is_gone_is_shown_no_more():
    database = Somewhere()
    first = shown(database, SECOND)
    left = about(MANY, {one.name for one in MANY.tables} - {"concerts"})
    assert "concerts" in first
    assert "concerts" not in names(after_the_last(database, left, choose(left, FIRST, (), CONTEXT), CONTEXT))


def test_several_parts_are_remembered_but_not_without_end():
    database = Somewhere()
    parts = [about(MANY, [one.name]) for one in MANY.tables[8 : 8 + KEPT + 1]]
    for part in parts:
        after_the_last(database, MANY, part, CONTEXT)
    both = about(MANY, [parts[0].tables[0].name, "singers"])
    assert [one.name for one in after_the_last(database, MANY, both, CONTEXT).tables] == [one.name for one in both.tables]


def test_a_chinese_question_finds_the_tables_by_its_words_in_english(tmp_path):
    path = tmp_path / "wide.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(";\n".join(one.ddl for one in MANY.tables if one.ddl.isascii() and "." not in one.name))
    with closing(qsql.open_database(str(path))) as database:
        model = Small("How many singers are there?", "SELECT COUNT(*) FROM singers")
        answer = qsql.ask(database, "有多少位歌手？", model, plan=qsql.Plan("low"))
    assert "CREATE TABLE singers" in answer.best.prompt.messages[0].text and answer.english == "How many singers are there?"
    assert len(model.asked) == 2  # it is put into English once
