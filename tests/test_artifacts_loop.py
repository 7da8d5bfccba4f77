"""A model that repeats itself is stopped, and what it said once is kept."""

import pytest

from artifacts.loop import loop_start
from artifacts.write import LOOPED, write
from qsql.models.echo import Echo

HEAD = "<!DOCTYPE html>\n<html><head><title>x</title></head><body><main><p id=there>x</p>\n<script>\n"
STATEMENT = 'document.getElementById("there").addEventListener("click", () => {\n  console.log("a line that is long enough to be told apart");\n});\n'


def test_the_page_is_closed_after_what_was_said_once():
    *_, page = write(Echo((HEAD + STATEMENT * 200,)), "a page")
    assert page.html.count("addEventListener") == 1 and page.html.count("{") == page.html.count("}") == 1
    assert page.html.rstrip().endswith("</html>") and LOOPED in page.notices and not page.complete


def test_nothing_more_is_asked_for_than_shows_that_it_repeats_itself():
    model = Echo((HEAD + STATEMENT * 200,))
    heard = 0
    stream = model.stream

    def counted(prompt, options):
        nonlocal heard
        for piece in stream(prompt, options):
            heard += len(piece.text)
            yield piece

    model.stream = counted
    list(write(model, "a page"))
    assert heard < len(HEAD) + 2500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<td></td>" * 100,  # a board of ten by ten
        "".join(f"<li>{number}</li>\n" for number in range(500)),
        STATEMENT * 3,
        STATEMENT * 100 + "done",
    ],
)
def test_what_goes_somewhere_or_is_a_grid_is_no_loop(text):
    assert loop_start(text) is None


def test_a_loop_begins_with_its_first_repetition():
    assert loop_start("x" + STATEMENT * 100) == len("x" + STATEMENT)
    assert loop_start("x" + "<td></td>" * 1000) == len("x" + "<td></td>")
