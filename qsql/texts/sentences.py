"""English sentences of the library -> another language, by templates in which `{}` stands for whatever the sentence was filled with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

HOLE = "{}"
END = ". "  # of a sentence that another follows
MOST = 4  # places at which a text may be two sentences


def translate(english: str, templates: Mapping[str, str]) -> str:
    """The sentence by the template that it was made from, of several the one with most words of its own; itself where there is none.

    Several sentences are translated one by one. What fills a hole is translated too where it is a sentence itself. The n-th hole of
    a translation is the n-th of the template, or one that is numbered, as in `{1}`, counted from 0.
    """
    return _Table(templates, _filled(tuple(templates.items()))).translated(english) or english


@dataclass(frozen=True)
class _Filled:
    """A template as what stands around its holes, and its translation."""

    pieces: tuple[str, ...]
    translation: str

    def values(self, text: str) -> Sequence[str] | None:
        """What fills the holes, the first as long as may be; None where the text is not made by this template."""
        first, *middle, last = self.pieces
        start, end = len(first), len(text) - len(last)
        if start > end or not text.startswith(first) or not text.endswith(last):
            return None
        values = []
        for piece in reversed(middle):
            at = text.rfind(piece, start, end)
            if at < 0:
                return None
            values.append(text[at + len(piece) : end])
            end = at
        return [text[start:end], *reversed(values)]


@dataclass(frozen=True)
class _Table:
    whole: Mapping[str, str]
    filled: Sequence[_Filled]

    def translated(self, text: str) -> str | None:
        """None for what is of no template."""
        return self.whole.get(text) or self._several(text) or self._one(text)

    def _several(self, text: str) -> str | None:
        """Two sentences or more, each of a template that ends as it does. A long text is not searched through."""
        at = len(text)
        for _ in range(MOST):
            at = text.rfind(END, 0, at)
            if at < 0:
                return None
            first, last = text[: at + 1], text[at + len(END) :]
            if (further := self.whole.get(last) or self._one(last)) and (said := self._ending(first)):
                return said + further
        return None

    def _ending(self, text: str) -> str | None:
        return self.whole.get(text) or self._several(text) or self._one(text, text[-1:])

    def _one(self, text: str, end: str = "") -> str | None:
        for one in self.filled:
            if one.pieces[-1].endswith(end) and (values := one.values(text)) is not None:
                return one.translation.format(*(self.translated(value) or value for value in values))
        return None


@lru_cache(maxsize=4)
def _filled(templates: tuple[tuple[str, str], ...]) -> list[_Filled]:
    """Those with holes, with most words of their own first."""
    found = [_Filled(tuple(template.split(HOLE)), said) for template, said in templates if HOLE in template and template.strip() != HOLE]
    return sorted(found, key=lambda one: -sum(map(len, one.pieces)))
