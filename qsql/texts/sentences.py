"""English sentences of the library -> another language, by templates in which `{}` stands for whatever the sentence was filled with."""

import re
from collections.abc import Mapping
from functools import lru_cache

HOLE = "{}"


def translate(english: str, templates: Mapping[str, str]) -> str:
    """The sentence by the template that it was made from, of several the one with most words of its own; itself where there is none.

    What fills a hole is translated too where it is a sentence itself. The n-th hole of a translation is the n-th of the template,
    or one that is numbered, as in `{1}`, counted from 0.
    """
    if english in templates:
        return templates[english]
    for pattern, translation in _patterns(tuple(templates.items())):
        if found := pattern.fullmatch(english):
            return translation.format(*(translate(value, templates) for value in found.groups()))
    return english


@lru_cache(maxsize=4)
def _patterns(templates: tuple[tuple[str, str], ...]) -> list[tuple[re.Pattern[str], str]]:
    with_holes = [(template, translation) for template, translation in templates if HOLE in template and template.strip() != HOLE]
    with_holes.sort(key=lambda pair: -len(pair[0].replace(HOLE, "")))
    return [(re.compile("(.*)".join(map(re.escape, template.split(HOLE))), re.DOTALL), translation) for template, translation in with_holes]
