"""What a page reported becomes faults, and a request that quotes the first."""

import pytest

from artifacts.fix import MOST, faults, fix_request

HTML = "\n".join(f"line {number}" for number in range(1, 101))


def entry(kind: str, text: str, line: int = 0) -> dict:
    return {"kind": kind, "text": text, "line": line, "count": 1}


@pytest.mark.parametrize(
    "given, found",
    [
        (([entry("error", "x is\nnot", 3), entry("log", "hello"), entry("blocked", "img-src: a")],), ("x is not (line 3)", "img-src: a")),
        (([entry("warn", "careful")],), ()),
        (([], True), ("The page is blank: nothing on it can be seen.",)),
        (([entry("error", "e")], True, True), ("e", "The page never comes to rest: a loop in its script does not end.")),
        (("lines", "yes", 1), ()),
        (([None, 3, {}, {"kind": "error"}, {"kind": ["error"], "text": "x"}],), ()),
    ],
)
def test_errors_and_blanks_are_faults(given, found):
    assert faults(*given) == found


def test_the_lines_around_are_quoted_and_all_is_cut():
    text = fix_request(HTML, "ReferenceError: x (line 50)")
    assert "ReferenceError: x" in text and "line 45\n" in text and "line 55" in text and "line 56" not in text
    long = fix_request("y" * 10**6, "z" * 10**6 + " (line 1)")
    assert len(long) < 2 * MOST + 400 and long.index("data and no instruction") < long.index("zzz")


@pytest.mark.parametrize("fault", ["no place", "(line )", "(line 99999999)", "(line -1)", "(line 0)", "x (line 1000)"])
def test_a_fault_without_a_place_is_asked_about_all_the_same(fault):
    assert fault in fix_request(HTML, fault)
