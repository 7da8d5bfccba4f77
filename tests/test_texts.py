"""The texts of the screen: the same in both languages, chosen as the person or the browser says, and sentences by their templates."""

import re
from string import Formatter

import pytest

from qsql.texts import BROWSERS, LANGUAGES, Words, labels, words_for
from qsql.texts.sentences import translate

EN, ZH = (labels()[BROWSERS[language]] for language in LANGUAGES)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
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
    ],
)
def test_a_sentence_is_found_by_its_template(english, said):
    templates = {"Check it.": "查。", "Port {} of {} is taken.": "{1} 的端口 {0} 被占用。", "Not done: {}": "未完成:{}", "{} is long.": "{} 很长。"}
    assert translate(english, templates) == said


def test_what_fills_a_hole_may_hold_braces():
    assert translate("{x} is {0}.", {"{} is {}.": "{} 是 {}。"}) == "{x} 是 {0}。"


def test_english_needs_no_translation():
    assert Words("en").sentence("Anything.") == "Anything." and Words("zh").sentence("Check the path.") == "请检查路径。"
