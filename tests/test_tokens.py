"""Text out of pieces and tokens: stop words that straddle them, characters of several bytes, and whose turn it is."""

from threading import Event, Thread

import pytest

from qsql.models.base import Options
from qsql.models.stop import StopFilter
from qsql.models.tokens import BROKEN, Candidate, shared
from qsql.models.waiting import Room

CASES = [
    ("SELECT 1;", (";",), "SELECT 1", True),
    ("SELECT 1;\nmore", (";\n",), "SELECT 1", True),
    ("a;b;\n", (";\n",), "a;b", True),
    ("aaab", ("aab",), "a", True),
    ("one two three", ("three", "two"), "one ", True),
    ("one two", ("x", ""), "one two", False),
    ("ends with the beginning of a st", ("stop",), "ends with the beginning of a st", False),
    ("", ("a",), "", False),
]


@pytest.mark.parametrize(("text", "words", "shown", "hit"), CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_text_ends_before_a_stop_word_however_it_is_cut(text, words, shown, hit, size):
    stop = StopFilter(words)
    pieces = [stop.feed(text[start : start + size]) for start in range(0, len(text), size)]
    assert "".join(pieces) + stop.rest() == shown
    assert stop.hit == hit


def decode(ids) -> str:
    return bytes(ids).decode("utf-8", "replace")


def test_only_whole_characters_are_shown():
    text = "数据 naïve 🛩️"
    candidate = Candidate(0, decode, frozenset(), ())
    pieces = [candidate.add(byte, -0.5, 1000) for byte in text.encode()]
    assert "".join(pieces) == text
    assert BROKEN not in "".join(pieces)


def test_bytes_that_are_no_text_do_not_hold_up_what_follows():
    candidate = Candidate(0, decode, frozenset(), ())
    shown = "".join(candidate.add(byte, -0.5, 1000) for byte in b"a" + b"\xff" * 20 + b"b")
    assert shown.startswith("a") and shown.endswith("b")


def test_the_end_tells_how_sure_the_tokens_before_it_were():
    candidate = Candidate(0, decode, frozenset({0}), ())
    for token, logprob in [(ord("a"), -0.5), (ord("b"), -2.0), (0, -9.0)]:
        candidate.add(token, logprob, 1000)
    end = candidate.piece("", (5, 3)).end
    assert (end.logprob, end.weakest, end.completion_tokens) == (-2.5, -2.0, 3)


@pytest.mark.parametrize(("one", "other", "length"), [([1, 2, 3], [1, 2, 4], 2), ([1, 2], [1, 2, 3], 2), ([], [1], 0), ([1], [2], 0)])
def test_what_two_prompts_share(one, other, length):
    assert shared(one, other) == length


def test_a_share_that_is_too_large_waits_for_all_and_is_not_overtaken():
    room, order = Room(10), []
    assert room.take(4, Options())
    large = Thread(target=lambda: (room.take(99, Options()), order.append("large"), room.give(99)))
    large.start()
    while not room._waiting:
        pass
    small = Thread(target=lambda: (room.take(1, Options()), order.append("small"), room.give(1)))
    small.start()
    room.give(4)
    large.join(5)
    small.join(5)
    assert order == ["large", "small"] and room.wait_until_empty(0)


def test_a_first_text_goes_before_the_further_candidates_of_another():
    room, order = Room(8), []
    assert room.take(8, Options())

    def wait(name: str, options: Options) -> Thread:
        thread = Thread(target=lambda: (room.take(8, options), order.append(name), room.give(8)))
        count = len(room._waiting)
        thread.start()
        while len(room._waiting) == count:
            pass
        return thread

    waiting = [wait("candidates", Options(candidates=4)), wait("first", Options()), wait("second", Options())]
    room.give(8)
    for thread in waiting:
        thread.join(5)
    assert order == ["first", "second", "candidates"]


def test_who_waits_hears_the_cancel():
    room, cancel = Room(1), Event()
    assert room.take(1, Options())
    cancel.set()
    assert not room.take(1, Options(cancel=cancel))
    room.give(1)
    assert room.take(1, Options())
