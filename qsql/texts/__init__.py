"""What the screen says, in the person's language: every text of both tabs lies in `en.json` and `zh.json` beside this file.

    words = words_for(request.headers)
    words("rows.counted", rows="1,000")        a text of the screen, by its key
    words.sentence("Check the path.")          a sentence of the library, which is written in English where it arises

Labels of components are chosen in the browser instead: give Gradio the key, and `labels()` to its `launch`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files

from qsql.texts.sentences import translate

LANGUAGES = {"en": "English", "zh": "中文"}
COOKIE = "qsql_language"
BROWSERS = {"en": "en", "zh": "zh-CN"}  # what Gradio calls them; it has texts of its own in both


@dataclass(frozen=True)
class Words:
    """The texts of one language."""

    language: str = "en"

    def __call__(self, key: str, **values: object) -> str:
        """The text with this key, its `{names}` filled in. Raises KeyError for one that is not there."""
        return _file(self.language)["texts"][key].format(**values)

    def under(self, prefix: str) -> dict[str, str]:
        """The texts whose keys begin with `prefix.`, by the rest of the key, as they are before they are filled in."""
        texts = _file(self.language)["texts"]
        return {key.removeprefix(f"{prefix}."): text for key, text in texts.items() if key.startswith(f"{prefix}.")}

    def joined(self, *sentences: str) -> str:
        """One after the other, without the empty ones; Chinese has no space between sentences."""
        return ("" if self.language == "zh" else " ").join(filter(None, sentences))

    def sentence(self, english: str) -> str:
        """An English sentence of the library in this language; English where it has no other words."""
        return english if self.language == "en" else translate(english, _file(self.language)["sentences"])


def words_for(headers: Mapping[str, str]) -> Words:
    """By the language that the person chose (a cookie), else by the browser's. `headers` as of a request, in any case."""
    lower = {name.lower(): value for name, value in headers.items()}
    chosen = _cookie(lower.get("cookie", ""))
    return Words(chosen if chosen in LANGUAGES else _accepted(lower.get("accept-language", "")))


def labels() -> dict[str, dict[str, str]]:
    """The texts by the browser's names of the languages."""
    return {BROWSERS[language]: _file(language)["texts"] for language in LANGUAGES}


def _accepted(header: str) -> str:
    """The language that a browser wants most, of those that are there (RFC 9110, 12.5.4)."""
    ranked = []
    for place, part in enumerate(header.split(",")):
        name, _, weight = part.strip().partition(";q=")
        ranked.append((-_weight(weight), place, name.strip().lower().partition("-")[0]))
    return next((language for _, _, language in sorted(ranked) if language in LANGUAGES), "en")


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


@cache
def _file(language: str) -> dict[str, dict[str, str]]:
    return json.loads(files("qsql").joinpath("texts", f"{language}.json").read_text(encoding="utf-8"))
