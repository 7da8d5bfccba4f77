"""More candidates, where they may change the answer."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from qsql.errors import Stopped
from qsql.models.base import completions
from qsql.records import Answer, Attempt
from qsql.steps.base import Asking, execute, has_rows
from qsql.steps.vote import AGREED, group, split

CANDIDATES = 4  # in one call
TEMPERATURE = 0.7
SHORTEST = 64  # tokens that a candidate may have at least; beyond twice the first one's length it only costs time
SURE = -1.0  # natural logarithm: where no token of the first candidate was less likely, more of them hardly change the answer


def sample(asking: Asking, answer: Answer) -> Iterator[Answer]:
    """Candidates at a temperature, from one prompt in one call; once, and once more where they do not agree."""
    for seed in (1, 2):
        if not asking.time_left or not _wanted(asking, answer, seed):
            return
        answer = replace(answer, attempts=answer.attempts + _candidates(asking, answer, seed))
        yield answer


def _wanted(asking: Asking, answer: Answer, seed: int) -> bool:
    if asking.plan.effort != "auto":
        return asking.plan.effort == "high"
    if seed > 1:
        return split(answer.attempts)
    end = answer.best.completion.end if answer.best.completion else None
    unsure = end is not None and (end.weakest is None or end.weakest < SURE)
    return unsure or bool(answer.best.changes) or not has_rows(answer.best)


def _candidates(asking: Asking, answer: Answer, seed: int) -> tuple[Attempt, ...]:
    """As many as can still change the answer, in order; of those that are still being written then, nothing is waited for."""
    prompt = answer.attempts[0].prompt
    first = answer.attempts[0].completion.end.completion_tokens
    most = min(asking.options.max_tokens, max(SHORTEST, 2 * first))
    options = replace(asking.options, max_tokens=most, candidates=CANDIDATES, temperature=TEMPERATURE, seed=seed)
    seen = {attempt.text: attempt for attempt in answer.attempts}
    found: dict[int, Attempt] = {}
    with closing(completions(asking.model, prompt, options)) as written:
        for number, completion in written:
            if completion.end.reason == "cancelled":
                raise Stopped()
            attempt = Attempt(prompt, "sample", completion.text, completion)
            same = seen.get(completion.text)
            found[number] = replace(same, step="sample", completion=completion) if same else execute(asking, attempt)
            if asking.plan.effort == "auto" and _decided((*answer.attempts, *found.values()), CANDIDATES - len(found)):
                break
    return tuple(found[number] for number in sorted(found))


def _decided(attempts: Sequence[Attempt], left: int) -> bool:
    """Whether four in five of all, those left included, have given the same rows: no other then wins, and none is doubted."""
    largest = max(group(attempts), key=len, default=[])
    return bool(largest) and has_rows(largest[0]) and len(largest) >= AGREED * (len(attempts) + left)
