"""English sentences of the library -> another language, by templates in which `{}` stands for whatever the sentence was filled with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

HOLE = "{}"
MARKS = (".", "?", ":")
END = ". "  # of a sentence that another follows
MOST = 4  # places at which a text may be two sentences
EDGE = "\b"  # of Chinese in a hole, where no space is wanted; no sentence has it


def translate(english: str, templates: Mapping[str, str]) -> str:
    """The sentence by the template that it was made from; itself where there is none.

    Of several templates it is one that ends with a hole for another sentence (`Left out: {}`), else the one with most words of its
    own. Several sentences are translated one by one, and what fills a hole is where it is a sentence itself. The n-th hole of a
    translation is the n-th of the template, or one that is numbered, as in `{1}`, counted from 0.
    """
    return _table(tuple(templates.items())).translated(english) or english


@dataclass(frozen=True)
class _Filled:
    """A template as what stands around its holes, and its translation."""

    pieces: tuple[str, ...]
    translation: str

    @cached_property
    def introduces(self) -> bool:
        """Whether its end is a hole for another sentence."""
        return bool(self.pieces[0]) and not self.pieces[-1] and self.pieces[-2].endswith((": ", "? "))

    @cached_property
    def joins(self) -> bool:
        """Whether it stands between two holes, as a comma does."""
        return len(self.pieces) == 3 and not self.pieces[0] and not self.pieces[-1]

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
    """`filled` are the templates with holes, in the order in which they are tried."""

    whole: Mapping[str, str]
    filled: Sequence[_Filled]

    def translated(self, text: str) -> str | None:
        """None for what is of no template."""
        return self.whole.get(text) or self._several(text) or self._joined(text) or self._one(text)

    def _several(self, text: str) -> str | None:
        """Two sentences or more. A long text is not searched through."""
        for first, last in _halves(text):
            if (further := self.whole.get(last) or self._one(last)) and (said := self._ended(first)):
                return said + further
        return None

    def _ended(self, text: str) -> str | None:
        """What comes before another sentence does not take it for its own."""
        return self.whole.get(text) or self._several(text) or self._one(text, introducing=False)

    def _joined(self, text: str) -> str | None:
        """Two parts of a sentence that are each of a template."""
        for one in () if text.endswith(MARKS) else self.filled:
            if one.joins and (values := one.values(text)) and all(parts := [self.translated(value) for value in values]):
                return one.translation.format(*parts)
        return None

    def _one(self, text: str, introducing: bool = True) -> str | None:
        """By a template that ends as the text does."""
        mark = text[-1:] if text.endswith(MARKS) else ""
        for one in self.filled:
            ends = one.pieces[-1].endswith(mark) or (introducing and one.introduces)
            if ends and (values := one.values(text)) is not None:
                said = one.translation.format(*map(self._value, values))
                return said.replace(f" {EDGE}", "").replace(f"{EDGE} ", "").replace(EDGE, "")
        return None

    def _value(self, text: str) -> str:
        said = self.translated(text)
        if said is None:
            return text
        return (EDGE if said[0] > "\u2e80" else "") + said + (EDGE if said[-1] > "\u2e80" else "")


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Before and after the end of a sentence, the last one first."""
    at = len(text)
    for _ in range(MOST):
        at = text.rfind(END, 0, at)
        if at < 0:
            return
        yield text[: at + 1], text[at + len(END) :]


@lru_cache(maxsize=4)
def _table(templates: tuple[tuple[str, str], ...]) -> _Table:
    filled = [_Filled(tuple(template.split(HOLE)), said) for template, said in templates if HOLE in template and template.strip() != HOLE]
    return _Table(dict(templates), sorted(filled, key=lambda one: (not one.introduces, -sum(map(len, one.pieces)))))
