"""What all backends say in the same words, and how those write that give one token for another: `Writer` over an `Engine`.

An engine only computes. What is reused of the last prompt, when to stop, and what text the tokens are, is decided here.
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

from qsql.errors import ModelBroken, ModelError, PromptTooLong, QsqlError
from qsql.models.base import Options
from qsql.models.kept import Reading
from qsql.models.stop import StopFilter
from qsql.models.waiting import Room
from qsql.records import End, Piece, Prompt, StopReason

BROKEN = "\N{REPLACEMENT CHARACTER}"  # what a decoder writes for a character whose bytes have not all come
SHORTER = "Ask about fewer tables, or choose a model with a longer context."
Decode = Callable[[Sequence[int]], str]
Chosen = tuple[int, float]  # a token, and the natural logarithm of its probability before any temperature

CHAT_ENDS = ("<|im_end|>", "<|endoftext|>")  # the family's; a converted model's settings often name only one
FILL = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")  # the family's: before each text, and before what is to be written
FILL_ENDS = (*CHAT_ENDS, *FILL, "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>")

WORTH = 128  # tokens: to read fewer takes no longer than to find a file that has read them
BEGINNINGS = 32  # of prompts, as many as are looked for on the disk


class Engine(Protocol):
    """What a library computes. Its state is what it has read: one row of tokens, and several equal ones after `begin`."""

    batch: int  # prompt tokens to read between two looks at cancel

    def keep(self, length: int) -> int:
        """Forget all but the first `length` tokens of the one row; how many were kept, all or none."""

    def read(self, tokens: Sequence[int]) -> None:
        """Go on with these."""

    def begin(self, rows: int, temperature: float, seed: int | None) -> None:
        """From here on `rows` texts are written side by side."""

    def step(self, last: Sequence[int]) -> list[Chosen]:
        """Read one token for each row; the next one of each."""

    def select(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""

    def save(self, path: Path) -> None:
        """Write the one row to a file."""

    def load(self, path: Path) -> int:
        """Have the row of a file instead; how many tokens it is. Raises anything where the file is not one that `save` has written."""

    def close(self) -> None:
        """Give the memory back."""


class Writer:
    """A Model over an engine and its tokenizer (of the transformers library); one call computes at a time."""

    def __init__(self, name: str, context: int, engine: Engine, tokenizer: object, reading: Reading | None = None) -> None:
        self.name, self.context = name, context
        self._engine, self._tokenizer, self._reading = engine, tokenizer, reading
        self._beginnings: dict[str, list[int]] = {}  # by their keys, the last ones first
        self._ends = end_tokens(tokenizer)
        self._turn, self._tokenizing, self._closed = Room(1), Lock(), Event()
        self._held: list[int] = []  # what the engine has read of the last prompt

    def stream(self, prompt: Prompt, options: Options = Options()) -> Iterator[Piece]:
        """See models.base. All candidates are computed together."""
        yield from self._compute(self._tokens(prompt), prompt.stop, options)

    def fill(self, prefix: str, suffix: str, stop: tuple[str, ...] = (), options: Options = Options()) -> Iterator[Piece]:
        """See models.base."""
        yield from self._compute(self._gap(prefix, suffix), stop, replace(options, candidates=1))

    def _compute(self, ids: list[int], stop: tuple[str, ...], options: Options) -> Iterator[Piece]:
        most = room_for(len(ids), self.context, options)
        if not self._turn.take(1, options):
            yield from ends("cancelled", options.candidates)
            return
        try:
            self._check_open()
            if options.keep:
                self._begins(ids)
            self._recall(ids)
            yield from self._write(ids, most, stop, options)
            if options.keep and not self._over(options):
                self._save(ids)
        except QsqlError:
            self._held = []  # who knows how far the engine came
            raise
        finally:
            if not self._closed.is_set():
                self._keep(len(self._held))
            self._turn.give(1)

    @contextmanager
    def restored(self, prompt: Prompt) -> Iterator[None]:
        """Around a question whose prompt begins so: what was read of that, by this program or an earlier one, is taken from the disk where
        it is no longer in memory."""
        self._begins(self._tokens(prompt))
        yield

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`, exactly."""
        with self._tokenizing:
            return len(self._tokenizer.encode(text, add_special_tokens=False))

    def close(self) -> None:
        """Stop what is being written and give the memory back."""
        if not self._closed.is_set():
            self._closed.set()
            self._turn.wait_until_empty(seconds=60)
            self._engine.close()

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise ModelBroken(f"The model {self.name!r} was closed.", "Load it again.")

    def _over(self, options: Options) -> bool:
        return options.cancelled or self._closed.is_set()

    def _tokens(self, prompt: Prompt) -> list[int]:
        messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
        with self._tokenizing:  # it changes its own settings as it works
            asked = list(self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False))
        return [*asked, *self._plain(prompt.begun, self._tokenizer.get_added_vocab())] if prompt.begun else asked

    def _gap(self, prefix: str, suffix: str) -> list[int]:
        special = self._tokenizer.get_added_vocab()
        if any(mark not in special for mark in FILL):
            raise cannot_fill(self.name)
        before, after, middle = (special[mark] for mark in FILL)
        return [before, *self._plain(prefix, special), after, *self._plain(suffix, special), middle]

    def _plain(self, text: str, special: dict[str, int]) -> list[int]:
        """Its tokens, none of which is a mark: what spells one is cut after its first character."""
        cuts = sorted(place.start() + 1 for mark in special for place in re.finditer(re.escape(mark), text))
        with self._tokenizing:
            parts = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)])]
            return [token for part in parts for token in self._tokenizer.encode(part, add_special_tokens=False)]

    def _write(self, ids: list[int], most: int, stop: tuple[str, ...], options: Options) -> Iterator[Piece]:
        cached = self._read(ids, options)
        live = [Candidate(number, self._decode, self._ends, stop) for number in range(options.candidates)]
        last = [ids[-1]] * len(live)
        if not self._over(options):
            self._engine.begin(len(live), options.temperature, options.seed)
        while live and not self._over(options):
            for candidate, chosen in zip(live, self._engine.step(last)):
                piece = candidate.piece(candidate.add(*chosen, most), (len(ids), cached))
                if piece.text or piece.end:
                    yield piece
            going = [row for row, candidate in enumerate(live) if not candidate.reason]
            if 0 < len(going) < len(live):
                self._engine.select(going)
            live = [live[row] for row in going]
            last = [candidate.tokens[-1] for candidate in live]
        for candidate in live:
            yield candidate.piece(candidate.cancel(), (len(ids), cached))

    def _read(self, ids: list[int], options: Options) -> int:
        """Read all but the last token, as far as no cancel comes; how many were read before."""
        end = len(ids) - 1
        cached = self._keep(min(shared(ids, self._held), end))
        for start in range(cached, end, self._engine.batch):
            if self._over(options):
                break
            chunk = ids[start : min(start + self._engine.batch, end)]
            self._engine.read(chunk)
            self._held += chunk
        return cached

    def _begins(self, ids: list[int]) -> None:
        if self._reading:
            newest_first = {self._reading.key(ids): ids} | self._beginnings
            self._beginnings = dict(islice(newest_first.items(), BEGINNINGS))

    def _recall(self, ids: list[int]) -> None:
        """The beginning that these have most in common with, where that is more than with what is in memory."""
        key, begun = max(self._beginnings.items(), key=lambda one: shared(ids, one[1]), default=("", []))
        if shared(ids, begun) < shared(ids, self._held) + WORTH or not (path := self._reading.states.find(key)):
            return
        try:
            whole = self._engine.load(path) == len(begun) - 1
        except Exception:  # of whichever library reads it: it is read anew
            logging.getLogger(__name__).info("what was kept of a prompt could not be read", exc_info=True)
            whole = False
        self._held = begun[:-1] if whole else []
        if not whole:
            self._reading.states.drop(path)
            self._engine.keep(0)

    def _save(self, ids: list[int]) -> None:
        """Keep what was read of a prompt, unless it is kept."""
        if not self._reading or len(ids) <= WORTH:
            return
        key = self._reading.key(ids)
        if not self._reading.states.find(key) and self._keep(len(self._held)) == len(ids) - 1:
            self._reading.states.keep(key, lambda name: self._engine.save(self._reading.states.folder / name))

    def _keep(self, length: int) -> int:
        kept = self._engine.keep(length)
        self._held = self._held[:kept]
        return kept

    def _decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


class Candidate:
    """One text as it grows: whole characters only, and nothing from a stop word on.

    `reason` is None until it has ended.
    """

    def __init__(self, number: int, decode: Decode, ends: frozenset[int], stop: tuple[str, ...]) -> None:
        self.number, self.tokens, self.reason = number, [], None
        self._logprobs: list[float] = []
        self._decode, self._ends, self._filter = decode, ends, StopFilter(stop)
        self._from = self._shown = 0  # decoding starts a few tokens back, because a token's text can depend on the one before

    def add(self, token: int, logprob: float, max_tokens: int) -> str:
        """Take the next token; the text to show for it."""
        self.tokens.append(token)
        if token in self._ends:
            self.reason = "stop"
            return self._filter.rest()
        self._logprobs.append(logprob)
        text = self._filter.feed(self._new_text())
        if self._filter.hit:
            self.reason = "stop"
        elif len(self.tokens) >= max_tokens:
            self.reason = "length"
            text += self._filter.rest()
        return text

    def cancel(self) -> str:
        """End it here; what was kept back of its text."""
        self.reason = "cancelled"
        return self._filter.rest()

    def _new_text(self) -> str:
        before = self._decode(self.tokens[self._from : self._shown])
        now = self._decode(self.tokens[self._from :])
        if now.endswith(BROKEN) and len(self.tokens) - self._shown < 8:  # no character has more bytes than that
            return ""
        self._from, self._shown = self._shown, len(self.tokens)
        return now[len(before) :]

    def piece(self, text: str, prompt: tuple[int, int]) -> Piece:
        """`text`, with the end where it has ended; `prompt` is its tokens and how many of them were cached."""
        return Piece(text, self.number, self._end(prompt) if self.reason else None)

    def _end(self, prompt: tuple[int, int]) -> End:
        sure = self._logprobs or [0.0]
        return End(self.reason, *prompt, len(self.tokens), sum(sure), min(sure))


def end_tokens(tokenizer: object) -> frozenset[int]:
    """The tokens that end a text: an answer's, and those that only stand around one that is filled in."""
    special = tokenizer.get_added_vocab()
    named = {special[name] for name in FILL_ENDS if name in special}
    return frozenset(named | {tokenizer.eos_token_id} - {None})


def ends(reason: StopReason, candidates: int) -> Iterator[Piece]:
    """The ends of candidates for which nothing was computed."""
    for number in range(candidates):
        yield Piece("", number, End(reason))


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(one, other))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def room_for(tokens: int, context: int, options: Options) -> int:
    """How many tokens may be written after a prompt of `tokens`. Raises PromptTooLong where there is room for none."""
    if tokens >= context:
        raise too_long(tokens, context)
    return min(options.max_tokens, context - tokens)


def cannot_fill(name: str) -> ModelError:
    """The model knows no marks for it."""
    what = f"The model {name!r} answers questions, but cannot complete a text in its middle."
    return ModelError(what, "Choose a model of the Qwen2.5-Coder family.")


def too_long(tokens: int, context: int) -> PromptTooLong:
    """`tokens` of the prompt against the `context` tokens that fit."""
    return PromptTooLong(f"The prompt has {tokens} tokens; the model takes {context} together with its answer.", SHORTER)
