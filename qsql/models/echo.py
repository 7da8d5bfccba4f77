"""A scripted model that needs no weights: for tests, and for a first look at the app."""

import html
import re
import time
from collections.abc import Iterator
from itertools import count
from textwrap import dedent

from qsql.models import tokens
from qsql.models.base import Options, Weights
from qsql.models.stop import StopFilter
from qsql.records import End, Piece, Prompt
from qsql.settings import Settings

WORD = re.compile(r"\s*\S+|\s+")  # with the space before it, as a tokenizer cuts; joined they are the text again
EXAMPLE = re.compile(r"^SELECT \* FROM .+ LIMIT 3;$", re.MULTILINE)
PAGE = dedent("""\
    <!DOCTYPE html>
    <html>
    <head><meta charset="utf-8"><title>Your request</title></head>
    <body style="font-family: sans-serif; margin: 2em">
    <h1>Your request</h1>
    <p>{request}</p>
    <p>The echo model cannot write more than this. Choose a real one to get a page.</p>
    </body>
    </html>
    """)


def load(weights: Weights, settings: Settings) -> "Echo":
    """The one without a script."""
    return Echo()


class Echo:
    """Answers with the texts of `script` in turn, one a candidate, and begins again after the last.

    Without a script it answers from the prompt: with the first `SELECT * FROM ... LIMIT 3;` that stands in it, else with a
    page that shows the request. A word counts as a token; `delay` is in seconds before each word.
    """

    def __init__(self, script: tuple[str, ...] = (), delay: float = 0.0) -> None:
        self.name, self.context = "echo", 32768
        self._script, self._delay = script, delay
        self._turns = count()
        self._last: list[str] = []

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base. Candidates are written side by side, a word of each at a time."""
        words = [word for text in (*(message.text for message in prompt.messages), prompt.begun) for word in WORD.findall(text)]
        yield from self._write(words, [self._answer(prompt) for _ in range(options.candidates)], prompt.stop, options)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """See models.base. Without a script: the rest of the first word in the text before that begins as its last one does."""
        begun = re.search(r"\w*$", prefix)[0]
        known = [word for word in re.findall(r"\w+", prefix) if begun and word.startswith(begun) and word != begun]
        said = self._scripted() if self._script else known[0][len(begun) :] if known else ""
        yield from self._write(WORD.findall(prefix + suffix), [said], stop, options)

    def _write(self, words: list[str], said: list[str], stop: tuple[str, ...], options: Options) -> Iterator[Piece]:
        most = tokens.room_for(len(words), self.context, options)
        counts = len(words), tokens.shared(words, self._last)
        self._last = words
        texts = [_Text(number, text, stop) for number, text in enumerate(said)]
        while texts:
            for text in texts:
                yield text.next(most, counts, self._cancelled(options))
            texts = [text for text in texts if not text.ended]

    def count_tokens(self, text: str) -> int:
        """Its words."""
        return len(WORD.findall(text))

    def close(self) -> None:
        """There is nothing to give back."""

    def _answer(self, prompt: Prompt) -> str:
        if self._script:
            return self._scripted()
        example = EXAMPLE.search("\n".join(message.text for message in prompt.messages))
        return example[0] if example else PAGE.format(request=html.escape(prompt.messages[-1].text))

    def _scripted(self) -> str:
        return self._script[next(self._turns) % len(self._script)]

    def _cancelled(self, options: Options) -> bool:
        """Wait before the next word; True as soon as it is not wanted any more."""
        if options.cancel is None:
            time.sleep(self._delay)
        elif not options.cancelled:
            options.cancel.wait(self._delay)
        return options.cancelled


class _Text:
    """One candidate, as it is written."""

    def __init__(self, number: int, answer: str, stop: tuple[str, ...]) -> None:
        self._number, self._words, self._filter = number, WORD.findall(answer), StopFilter(stop)
        self._written, self.ended = 0, False

    def next(self, most: int, counts: tuple[int, int], cancelled: bool) -> Piece:
        """The next word, with the end where this is the last."""
        if cancelled:
            return self._piece("", "cancelled", counts)
        word = self._words[self._written] if self._written < len(self._words) else ""
        self._written += bool(word)
        text = self._filter.feed(word)
        if self._filter.hit or self._written == len(self._words):
            return self._piece(text + self._filter.rest(), "stop", counts)
        if self._written == most:
            return self._piece(text + self._filter.rest(), "length", counts)
        return Piece(text, self._number)

    def _piece(self, text: str, reason: str, counts: tuple[int, int]) -> Piece:
        self.ended = True
        return Piece(text, self._number, End(reason, *counts, self._written))
