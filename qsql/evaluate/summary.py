"""Lines of a run -> figures: a table by group and in total, and what differs between two runs. Pure.

An interval is where 95% of the means of resampled questions lie: what another draw of as many questions might have given.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from qsql.errors import BadInput

RESAMPLES = 2000
NOISE = 0.03, 500  # a difference below the first on as many questions as the second is noise, whatever its interval says
NOISE_SAID = "An interval that contains zero, or fewer than three points on 500 questions (more on fewer), is noise."


@dataclass(frozen=True)
class Share:
    """How many are right, of all, from 0 to 1, and its 95% interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """The figures of one group. `gold_fails` counts as not right and is told apart, because nobody could be right."""

    name: str
    questions: int
    scores: dict[str, Share]
    gold_fails: int
    errors: int
    median_seconds: float
    slowest_seconds: float
    completion_tokens: int


@dataclass(frozen=True)
class Difference:
    """What the second run has more than the first by one scorer; `right` it turned right, `broken` it broke."""

    scorer: str
    questions: int
    share: Share
    right: int
    broken: int

    @property
    def is_noise(self) -> bool:
        least, questions = NOISE
        small = abs(self.share.mean) < least * math.sqrt(questions / self.questions)
        return small or self.share.low <= 0 <= self.share.high


def summarize(lines: Sequence[dict]) -> list[Row]:
    """A row a group, in the order in which they come first, and one for all."""
    groups = dict.fromkeys(line["group"] for line in lines)
    rows = [_row(group, [line for line in lines if line["group"] == group]) for group in groups]
    return rows if len(rows) == 1 else [*rows, _row("total", lines)]


def compare(first: Sequence[dict], second: Sequence[dict]) -> list[Difference]:
    """By each scorer of both, over the questions of both. Raises BadInput where these are not the same questions."""
    before, after = ({line["id"]: line for line in lines} for lines in (first, second))
    shared = [name for name in before if name in after]
    if not shared:
        raise BadInput("The two files have no question in common.", "Choose two runs over the same folder.")
    for name in shared:
        if any(before[name].get(key) != after[name].get(key) for key in ("database", "question", "gold")):
            raise BadInput(f"Question {name} is not the same in the two files.", "Choose two runs over the same folder.")
    scorers = [scorer for scorer in before[shared[0]]["scores"] if scorer in after[shared[0]]["scores"]]
    return [_difference(scorer, [(before[name]["scores"][scorer], after[name]["scores"][scorer]) for name in shared]) for scorer in scorers]


def bootstrap(values: Sequence[int], seed: int = 0) -> Share:
    """The same seed draws the same places, so that figures over the same questions are paired."""
    draw, count = random.Random(seed), len(values)
    means = sorted(sum(draw.choices(values, k=count)) / count for _ in range(RESAMPLES))
    return Share(sum(values) / count, means[round(0.025 * (RESAMPLES - 1))], means[round(0.975 * (RESAMPLES - 1))])


def _difference(scorer: str, pairs: list[tuple[bool, bool]]) -> Difference:
    changes = [int(after) - int(before) for before, after in pairs]
    return Difference(scorer, len(pairs), bootstrap(changes), changes.count(1), changes.count(-1))


def _row(name: str, lines: Sequence[dict]) -> Row:
    seconds = sorted(line["seconds"] for line in lines)
    return Row(
        name=name,
        questions=len(lines),
        scores={scorer: bootstrap([int(line["scores"][scorer]) for line in lines]) for scorer in lines[0]["scores"]},
        gold_fails=sum(line["gold_error"] is not None for line in lines),
        errors=sum(line["error"] is not None for line in lines),
        median_seconds=median(seconds),
        slowest_seconds=seconds[math.ceil(0.95 * len(seconds)) - 1],
        completion_tokens=sum(line["tokens"]["completion"] for line in lines),
    )
