"""Replacements that a model names: all of them exactly, or nothing."""

import pytest

from artifacts.edit import apply

HTML = "<p>one</p>\n<p>two</p>\n<p>two</p>\n"


def block(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


@pytest.mark.parametrize(
    "said, html",
    [
        (block("<p>one</p>\n", "<b>1</b>\n"), "<b>1</b>\n<p>two</p>\n<p>two</p>\n"),
        ("Sure:\n" + block("<p>one</p>\n", "") + "Done.", "<p>two</p>\n<p>two</p>\n"),
        (block("<p>one</p>\n", "<p>1</p>\n<p>1b</p>\n") + block("<p>1b</p>\n", "<hr>\n"), "<p>1</p>\n<hr>\n<p>two</p>\n<p>two</p>\n"),
    ],
)
def test_what_fits_is_replaced(said, html):
    assert apply(HTML, said) == html


@pytest.mark.parametrize(
    "said",
    [
        "",
        "No.",
        block("<p>two</p>\n", "x\n"),
        block("<p>nine</p>\n", "x\n"),
        block("\n", "x\n"),
        block("<p>one</p>\n", "x\n") + block("<p>gone</p>\n", "y\n"),
    ],
)
def test_what_does_not_fit_changes_nothing(said):
    with pytest.raises(ValueError):
        apply(HTML, said)
