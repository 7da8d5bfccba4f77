"""The texts of the screen: the same in both languages, chosen as the person or the browser says, and sentences by their templates."""

import re
import time
from string import Formatter

import pytest

from qsql.texts import BROWSERS, LANGUAGES, Words, labels, words_for
from qsql.texts.sentences import translate

EN, ZH = (labels()[BROWSERS[language]] for language in LANGUAGES)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TEMPLATES = {
    "Check it.": "查。",
    "Port {} of {} is taken.": "{1} 的端口 {0} 被占用。",
    "Not done: {}": "未完成:{}",
    "{} is long.": "{} 很长。",
    "{} is long and wide.": "{} 又长又宽。",
    "It {}.": "它 {}。",
    "{}, and it {}": "{},且{}",  # longer than some that hold it
    "is old": "老",
    "is like {}": "像 {}",
    "is big at {}": "大（在 {}）",
}
SAME = {"SQL", "CSV", "Parquet", "Excel", "JSON", "PNG", "SVG", "Vega-Lite"}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_texts():
    assert list(EN) == sorted(EN) and list(EN) == list(ZH)


@pytest.mark.parametrize("key", EN)
def test_a_text_is_filled_with_the_same_in_both_and_is_in_its_language(key):
    assert names_in(EN[key]) == names_in(ZH[key])
    assert EN[key].strip() and (CHINESE.search(ZH[key]) or EN[key] in SAME or not re.search(r"[a-zA-Z]{2}", EN[key]))


@pytest.mark.parametrize(
    "headers, language",
    [
        ({}, "en"),
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh"),
        ({"accept-language": "zh-TW"}, "zh"),
        ({"accept-language": "de-DE,de;q=0.9"}, "en"),
        ({"accept-language": "de, zh;q=0.3, en;q=0.7"}, "en"),
        ({"accept-language": "en;q=x, zh;q=0.1"}, "zh"),
        ({"accept-language": "zh-CN", "cookie": "a=b; qsql_language=en"}, "en"),
        ({"accept-language": "zh-CN", "cookie": "qsql_language=tlh"}, "zh"),
        ({"cookie": "qsql_language=zh"}, "zh"),
        ({"cookie": "\x00;=;"}, "en"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_browsers(headers, language):
    assert words_for(headers).language == language


@pytest.mark.parametrize(
    "english, said",
    [
        ("Check it.", "查。"),
        ("Port 7 of x is taken.", "x 的端口 7 被占用。"),
        ("Not done: Check it.", "未完成:查。"),
        ("Nobody wrote this.", "Nobody wrote this."),
        ("a\nb is long.", "a\nb 很长。"),
        ("Port 7 of x is taken. Check it.", "x 的端口 7 被占用。查。"),
        ("a. b is long. Check it. Port 7 of x is taken.", "a. b 很长。查。x 的端口 7 被占用。"),
        ("Port 7 of x is taken. Nobody wrote this.", "Port 7 of x is taken. Nobody wrote this."),
        ("Not done: x is long.", "未完成:x 很长。"),
        ("x is long and wide.", "x 又长又宽。"),
        ("It is old, and it is big at 7, and it is like 'a'.", "它老,且大（在 7）,且像 'a'。"),
    ],
)
def test_a_sentence_is_found_by_its_template(english, said):
    assert translate(english, TEMPLATES) == said


def test_a_long_text_of_others_is_looked_through_at_once():
    said = "no such column: a and b is taken. " * 1000
    start = time.perf_counter()
    assert translate(f"Not done: {said}Check it", TEMPLATES) == f"未完成:{said}Check it"
    assert time.perf_counter() - start < 1


def test_what_fills_a_hole_may_hold_braces():
    assert translate("{x} is {0}.", {"{} is {}.": "{} 是 {}。"}) == "{x} 是 {0}。"


def test_english_needs_no_translation():
    assert Words("en").sentence("Anything.") == "Anything." and Words("zh").sentence("Check the path.") == "请检查路径。"
