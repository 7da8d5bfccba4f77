"""How an answer came about, as HTML: one line in sight, the rest folded, every text escaped."""

import re
from html import unescape

import pyarrow
import pytest

from qsql.errors import QueryFailed
from qsql.records import Answer, Attempt, Message, Prompt, Question, Result, Vote
from qsql.sql import read_query
from qsql.ui.how import how_html

PROMPT = Prompt((Message("user", "CREATE TABLE t (a)"),))


def attempt(sql="SELECT a FROM t", rows=3, step="draft", truncated=False, **more):
    result = None if rows is None else Result(pyarrow.table({"a": list(range(rows))}), truncated, 0.01)
    return Attempt(PROMPT, step, sql, query=read_query(sql, "sqlite"), result=result, **more)


def shown(*attempts, **more):
    return how_html(Answer(Question("What?"), "db", "echo", attempts, **more))


def in_sight(html):
    return unescape(re.sub("<[^>]+>", "", re.search("<summary>(.*?)</summary>", html)[1]))


def tried(html):
    return [unescape(text) for text in re.findall("<li>(.*?)</li>", html.partition("What was tried")[2], re.DOTALL)]


def test_how_many_agreed_is_in_sight():
    assert in_sight(shown(attempt(), vote=Vote(4, 5))) == "How this came about 4 of 5 candidates gave these rows."


def test_agreement_on_nothing_is_said_to_be_on_nothing():
    html = shown(attempt(rows=0), vote=Vote(2, 5))
    assert "2 of 5 candidates gave no rows." in in_sight(html) and "First try: 0 rows" in tried(html)[0]


def test_without_a_vote_or_a_change_there_is_nothing_to_say():
    assert in_sight(shown(attempt())) == "How this came about"


@pytest.mark.parametrize("changes, more", [(1, ""), (2, " 1 more change."), (3, " 2 more changes.")])
def test_what_was_changed_is_in_sight_and_all_of_it_in_the_list(changes, more):
    html = shown(attempt(changes=tuple(f"change {number}." for number in range(changes))))
    assert in_sight(html) == f"How this came about Changed: change 0.{more}"
    assert tried(html)[0].count("Changed: change") == changes


def test_all_else_is_folded():
    html = shown(attempt(), hints=("t.a = 'x'",), vote=Vote(1, 1))
    assert html.startswith("<details><summary>") and html.endswith("</details>") and "<details open" not in html
    assert html.count("<details>") == html.count("</details>") == 2


def test_the_same_query_is_listed_once_with_how_often_it_was_written():
    one, other = attempt(), attempt("SELECT 1", rows=1, step="sample")
    html = shown(one, other, attempt(step="sample"), attempt(step="sample"), chosen=0)
    heads = [text.partition("<pre>")[0] for text in tried(html)]
    assert heads == ["First try, written 3 times: 3 rows <em>chosen</em>", "Another try: 1 row"]


def test_a_single_query_is_not_said_to_be_chosen():
    assert "chosen" not in shown(attempt(), attempt(step="sample"))


@pytest.mark.parametrize(
    "one, outcome",
    [
        (attempt(rows=0), "0 rows"),
        (attempt(rows=1), "1 row"),
        (attempt(rows=1000, truncated=True), "The first 1,000 rows of more"),
        (attempt(rows=None), "was not run"),
        (attempt(rows=None, error=QueryFailed("There is no b.", "Try a.")), "There is no b. Try a."),
    ],
)
def test_each_try_says_what_came_of_it(one, outcome):
    assert f"First try: {outcome}<pre>" in tried(shown(one))[0]


def test_a_text_without_sql_is_shown_as_it_was_written():
    html = shown(Attempt(PROMPT, text="I cannot.", error=QueryFailed("No SQL.")))
    assert "<pre>I cannot.</pre>" in html and "Tables used" not in html


def test_recalled_sql_has_no_prompt():
    html = shown(Attempt(Prompt(()), "recall", "SELECT 1", query=read_query("SELECT 1", "sqlite")))
    assert "Accepted before" in html and "The prompt" not in html


def test_every_text_is_escaped():
    evil = "<img src=x onerror=alert(1)>"
    one = Attempt(
        Prompt((Message("user", evil),)),
        evil,
        query=read_query(f"SELECT '{evil}' FROM \"{evil}\"", "sqlite"),
        changes=(evil, evil),
        error=QueryFailed(evil),
    )
    html = shown(one, Attempt(PROMPT, text=evil), hints=(evil,), chosen=0)
    assert "<img" not in html and html.count("&lt;img") >= 8
