"""Rows of an answer in a page: as a constant that no text in them can break, and in the prompt as columns and three rows."""

import json
import re

import pytest

from artifacts.data import data_script, told
from artifacts.prompt import page_prompt
from artifacts.records import Data, Page
from artifacts.sandbox import download, srcdoc

HOSTILE = '</script><script>window.broken = 1</script><!--\u2028"\\'
DATA = Data("How many?", "SELECT 1", ("name", HOSTILE), ("text", "number"), ((HOSTILE, 1), ("b", None), ("c", 2.5), ("d", 4)))


def test_a_page_without_rows_is_what_it_was():
    assert data_script(None) == told(None) == "" and 'keep(window, "qsql"' not in srcdoc(Page("<p>x", "t", "r"), "ab")
    assert 'keep(window, "qsql"' in srcdoc(Page("<p>x", "t", "r", data=DATA), "ab")


@pytest.mark.parametrize("document", [srcdoc(Page("<p>x", "t", "r", data=DATA), "ab"), download(Page("<p>x", "t", "r", data=DATA))])
def test_no_text_in_the_rows_ends_the_script(document):
    assert "window.broken = 1</script" not in document and document.count("<!--") == 0
    (given,) = re.findall(r"JSON\.parse\((.*)\), names", document)
    assert json.loads(json.loads(given))["rows"][0] == [HOSTILE, 1]


def test_the_page_cannot_change_the_rows(browser):
    page = browser.new_page()
    page.set_content(data_script(DATA) + "<p>there</p>")
    change = "() => { try { qsql.rows[0].name = 1 } catch {} ; try { qsql = 2 } catch {} ; qsql.rows.length = 0; return qsql.rows.length }"
    with pytest.raises(Exception, match="length"):
        page.evaluate("() => { 'use strict'; qsql.rows.length = 0 }")
    assert page.evaluate(change.replace("qsql.rows.length = 0; ", "")) == 4
    assert page.evaluate("[qsql.rows[0].name, qsql.sql, window.broken]") == [HOSTILE, "SELECT 1", None]
    page.close()


def test_a_model_sees_the_columns_and_three_rows():
    text = page_prompt("a table", DATA).messages[-1].text
    assert text.startswith("a table") and '"name" (text)' in text and "the 4 rows" in text
    assert '"c"' in text and '"d"' not in text
