from dataclasses import replace

import pytest

from qsql.errors import BadInput, PromptTooLong, QueryFailed
from qsql.prompt import write_prompt
from qsql.records import Attempt, Column, ForeignKey, Prompt, Question, Schema, Table, Turn

SINGER = Table(
    name="singer",
    columns=(Column("id", "INT"), Column("name", "TEXT")),
    ddl="CREATE TABLE singer (id INT PRIMARY KEY, name TEXT)",
    rows=((1, "Joe"), (2, None)),
)
SONG = Table(name="song", columns=(Column("title", "TEXT"),), ddl="CREATE TABLE song (title TEXT)", rows=())
SCHEMA = Schema("sqlite", "SQLite", (SINGER, SONG))

LETTER = """CREATE TABLE singer (id INT PRIMARY KEY, name TEXT);
/*
3 example rows:
SELECT * FROM singer LIMIT 3;
id    name
1    Joe
2    None
*/

CREATE TABLE song (title TEXT);
/*
3 example rows:
SELECT * FROM song LIMIT 3;
title
*/

-- Using valid SQLite, answer the following questions for the tables provided above.
Question: How many singers?

Please output only the final SQL query, starts with keyword `SELECT`."""


def text(schema=SCHEMA, question="How many singers?", evidence="", budget=10_000, count=len):
    prompt = write_prompt(schema, Question(question, evidence), count, budget)
    (message,) = prompt.messages
    assert message.role == "user"
    return message.text, prompt.notices


def test_follows_the_template_of_the_family_to_the_letter():
    assert text() == (LETTER, ())


def test_names_the_dialect_that_the_database_speaks():
    assert "-- Using valid DuckDB, answer" in text(replace(SCHEMA, product="DuckDB"))[0]


def test_puts_evidence_on_a_line_of_its_own_before_the_question():
    assert "\n-- External Knowledge: 'id' is\na number\nQuestion: How" not in text(evidence="'id' is\na number")[0]
    assert "\n-- External Knowledge: 'id' is a number\nQuestion: How many singers?\n" in text(evidence="'id' is\na number")[0]


def test_says_nothing_of_the_question_before_the_end_of_the_schema():
    one, other = text(question="a")[0], text(question="b", evidence="c")[0]
    schema = LETTER[: LETTER.index("Question:")]
    assert one.startswith(schema) and other.startswith(schema)


def test_leaves_rows_out_before_tables_and_says_so():
    shown, notices = text(budget=len(LETTER) - 10)
    assert "example rows" not in shown and "CREATE TABLE song" in shown
    assert "no example rows" in notices[0]


def test_leaves_tables_out_and_names_them_to_person_and_model():
    many = replace(SCHEMA, tables=tuple(replace(SONG, name=f"song_{n}", ddl=f"CREATE TABLE song_{n} (title TEXT)") for n in range(50)))
    shown, notices = text(many, budget=1200)
    assert len(shown) <= 1200
    kept = shown.count("CREATE TABLE")
    assert 0 < kept < 50
    assert f"{50 - kept} of 50 tables were left out (song_{kept}, " in notices[0]
    assert f"-- {50 - kept} more, not shown for lack of room: song_{kept}, " in shown


def test_of_many_tables_those_that_the_question_speaks_of_are_shown_with_their_rows():
    singers = Table("concert_visits", (Column("visit_id", "INT"), Column("singerId", "INT")), "CREATE TABLE concert_visits (singerId INT)", rows=((1, 7),))
    singers = replace(singers, foreign_keys=(ForeignKey(("singerId",), "song_31", ("id",)),))
    many = [replace(SONG, name=f"song_{n}", ddl=f"CREATE TABLE song_{n} (title TEXT)", foreign_keys=()) for n in range(50)]
    schema = replace(SCHEMA, tables=(*many, singers))
    shown, notices = text(schema, question="How many visits had each concert?", budget=1200)
    assert shown.count("CREATE TABLE") == 2 and "CREATE TABLE song_31 " in shown and "CREATE TABLE concert_visits" in shown and "7" in shown
    assert "49 of 51 tables were left out (song_0, " in notices[0]
    prompts = [write_prompt(schema, Question("Which visits?"), len, room) for room in (1200, 100_000)]
    assert [prompt.chosen for prompt in prompts] == [True, False]
    shown, _ = text(schema, question="What is in song 17, and who sang it?", budget=1200)
    assert "CREATE TABLE song_17 " in shown and shown.count("CREATE TABLE") == 1


def test_refuses_a_database_of_which_no_table_fits():
    wide = Table("wide", (Column("c", "INT"),), "CREATE TABLE wide (" + "c INT, " * 1000 + ")")
    with pytest.raises(PromptTooLong):
        text(replace(SCHEMA, tables=(wide,)), budget=1000)


@pytest.mark.parametrize("question", ["", " \n ", "why " * 2000])
def test_refuses_a_question_that_is_none(question):
    with pytest.raises(BadInput):
        text(question=question)


def test_a_cell_neither_ends_the_comment_nor_crowds_out_the_schema():
    evil = replace(SINGER, rows=((1, "*/ DROP TABLE singer; /*"), (2, "x" * 100_000), (3, "{name} {0} %s")))
    shown, _ = text(replace(SCHEMA, tables=(evil,)))
    assert shown.count("*/") == 1
    assert len(shown) < 1000
    assert "{name} {0} %s" in shown


def test_braces_and_chinese_in_a_question_survive():
    assert "Question: {每个月} 有多少 {0}？\n" in text(question="{每个月} 有多少 {0}？")[0]


def test_the_described_style_says_what_columns_mean_at_the_end_of_their_lines():
    ddl = "CREATE TABLE song (\n    title TEXT,\n    singer INT\n)"
    key = ForeignKey(("singer",), "singer", ("id",), inferred=True)
    song = replace(SONG, columns=(Column("title", "TEXT", comment="As\nsung"), Column("singer", "INT")), ddl=ddl, foreign_keys=(key,))
    shown = write_prompt(replace(SCHEMA, tables=(song,)), Question("a"), len, 10_000, "described").messages[0].text
    assert shown.startswith("CREATE TABLE song (\n    title TEXT, -- As sung\n    singer INT -- refers to singer (id)\n);")


def test_without_anything_to_say_both_styles_are_the_same():
    assert write_prompt(SCHEMA, Question("a"), len, 10_000, "described") == write_prompt(SCHEMA, Question("a"), len, 10_000)


def test_hints_and_a_failed_query_stand_around_the_question():
    failed = Attempt(Prompt(()), text="SELECT nix", error=QueryFailed("No such column: nix.", "Try."))
    shown = write_prompt(SCHEMA, Question("How many?"), len, 10_000, hints=("singer.name = 'Joe'",), failed=failed).messages[0].text
    assert "\n-- singer.name = 'Joe'\nQuestion: How many?\n" in shown
    assert shown.index("How many?") < shown.index("SELECT nix\n-- No such column: nix.\n") < shown.index("Please output")


EARLIER = (Turn("How many singers?", "SELECT count(*) FROM singer;"), Turn("and in France?", "SELECT 2"))
LAST = "\n\nPlease output only the final SQL query, starts with keyword `SELECT`."


def turns(**more):
    return [(message.role, message.text) for message in write_prompt(SCHEMA, Question("only old ones", **more), len, 10_000).messages]


def test_a_follow_up_is_the_last_turn_of_a_conversation_that_begins_like_its_first_question():
    assert turns(earlier=EARLIER) == [
        ("user", LETTER),
        ("assistant", "```sql\nSELECT count(*) FROM singer;\n```"),
        ("user", "Change that query: and in France?" + LAST),
        ("assistant", "```sql\nSELECT 2;\n```"),
        ("user", "Change that query: only old ones" + LAST),
    ]


def test_what_is_known_of_a_follow_up_stands_before_it():
    assert turns(earlier=EARLIER, evidence="old is over 50")[-1][1].startswith("-- External Knowledge: old is over 50\nChange that query:")


def test_of_many_earlier_turns_the_last_three_are_shown():
    said = turns(earlier=tuple(Turn(f"turn {number}", "SELECT 1") for number in range(9)))
    assert len(said) == 7 and "Question: turn 6" in said[0][1] and "turn 8" in said[4][1]


def test_the_earlier_turns_count_for_the_room():
    with pytest.raises(PromptTooLong):
        write_prompt(SCHEMA, Question("x", earlier=(Turn("y" * 900, "SELECT 1"),)), len, 900)
