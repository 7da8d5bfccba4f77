"""A question as a link of this app: it comes back as it was, and a link that no person would have made is none."""

from urllib.parse import parse_qsl

import pytest

from qsql.address import Link, from_link, link_to
from qsql.records import Question, Turn


@pytest.mark.parametrize("text", ["How many?", "每个月有多少航班？", "a & b = c? #1 + 100% ${x} {{y}} <b>", "two\nlines"])
@pytest.mark.parametrize("source", ["sample", "/data/my shop.db", "postgresql://me@host/db?sslmode=require", ""])
def test_a_link_comes_back_as_it_was(text, source):
    link = link_to(Question(text, "a & b"), source)
    assert link.startswith("?ask=") and link.isascii() and not set(link) & set(" \"'<>{}$#")
    assert from_link(dict(parse_qsl(link[1:]))) == Link(source, text, "a & b")


def test_a_question_that_goes_on_is_linked_to_with_those_before_it():
    link = link_to(Question("And in July?", earlier=(Turn("How many?", "SELECT 1"),)), "sample")
    assert from_link(dict(parse_qsl(link[1:]))).question == "How many?\nAnd in July?"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"__theme": "dark"},
        {"ask": "  "},
        {"database": "sample"},
        {"ask": "x" * 4001},
        {"ask": "a", "knowing": "x" * 4001},
        {"ask": "a", "database": "x" * 1001},
        {"ask": "a\x00b"},
        {"ask": "a\x1b[2J"},
        {"ask": "\ud800"},
        {"ask": "a", "database": "shop\u202ebd.exe"},
        {"ask": ["a"]},
        {"ask": "a", "knowing": 7},
        {"ask": None},
    ],
)
def test_what_asks_nothing_or_was_not_typed_is_no_link(parameters):
    assert from_link(parameters) is None
