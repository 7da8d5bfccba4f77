"""The candidates in one answer of an OpenAI-compatible server, as its chunks tell of them. Knows nothing of the connection."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qsql.models.stop import StopFilter
from qsql.records import End, Piece


@dataclass
class _Text:
    """One candidate as it comes."""

    number: int
    filter: StopFilter
    reason: str | None = None
    logprobs: list[float] = field(default_factory=list)


class Texts:
    """The candidates of one request, from `first` up to `total`, in the order in which the server begins them."""

    def __init__(self, stop: tuple[str, ...], first: int, total: int) -> None:
        self._stop, self._first, self._wanted = stop, first, total - first
        self._texts: dict[int, _Text] = {}
        self._finished: list[_Text] = []
        self._usages: list = []  # they come after the texts

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def all_cut(self) -> bool:
        """Whether stop words that the server did not heed ended them all; then there is nothing to wait for."""
        cut = [text for text in self._texts.values() if text.filter.hit and not text.reason]
        return len(cut) == self._wanted

    @property
    def all_ended(self) -> bool:
        return all(text.reason or text.filter.hit for text in self._texts.values())

    def read(self, chunk) -> Iterator[Piece]:
        """The text in one chunk, whose shape nobody has checked yet."""
        if chunk.usage:
            self._usages.append(chunk.usage)
        for choice in chunk.choices or ():
            text = self._text(int(choice.index))
            came = choice.delta.content if hasattr(choice, "delta") else choice.text
            if not text.filter.hit:
                text.logprobs += _logprobs(choice)
            shown = text.filter.feed(came or "")
            if choice.finish_reason and not text.reason:
                text.reason = "length" if choice.finish_reason == "length" else "stop"
                self._finished.append(text)
            if shown:
                yield Piece(shown, text.number)

    def ends(self, cancelled: bool) -> Iterator[Piece]:
        """The ends of all that came; after a cancel also of those that did not."""
        for index in range(self._wanted if cancelled else 0):
            if len(self) < self._wanted:
                self._text(-1 - index)
        for text in self._texts.values():
            reason = "stop" if text.filter.hit else text.reason or "cancelled"
            sure = (sum(text.logprobs), min(text.logprobs)) if text.logprobs else ()
            yield Piece(text.filter.rest(), text.number, End(reason, *self._counts(text), *sure))

    def _text(self, index: int) -> _Text:
        if index not in self._texts:
            if len(self) == self._wanted:
                raise ValueError("more candidates than were asked for")
            self._texts[index] = _Text(self._first + len(self), StopFilter(self._stop))
        return self._texts[index]

    def _counts(self, text: _Text) -> tuple[int, int, int]:
        """Prompt, cached and written tokens; 0 is what the server does not tell, or tells only of all candidates together."""
        if not self._usages:
            return 0, 0, 0
        each = len(self._usages) == len(self._finished) and text in self._finished
        usage = self._usages[self._finished.index(text) if each else -1]
        details = getattr(usage, "prompt_tokens_details", None)
        cached = getattr(details, "cached_tokens", None) or 0
        return usage.prompt_tokens or 0, cached, (usage.completion_tokens or 0) if each else 0


def _logprobs(choice) -> list[float]:
    """Of the tokens in it, where the server tells them."""
    return [float(token.logprob) for token in getattr(getattr(choice, "logprobs", None), "content", None) or ()]
