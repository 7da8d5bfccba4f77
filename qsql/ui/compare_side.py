"""One model's side of a comparison -> HTML and sentences: how far it has come, what it took, and whether both say the same."""

import time
from html import escape

from qsql.compare import Side, same_rows, tokens
from qsql.errors import Stopped
from qsql.models.choose import gigabytes
from qsql.records import Answer
from qsql.texts import Words
from qsql.ui.answer import progress, timed
from qsql.ui.status import failed, sentence, status


def head(side: Side, told: tuple[int, int, str] | None, words: Words) -> str:
    """The model and how far it has come; `told` is what was last heard of its files: bytes done, in all, what is done."""
    return f"<h3>{escape(side.answer.model if side.answer else side.name)}</h3>{_stage(side, told, words)}"


def facts(answer: Answer, words: Words) -> str:
    """The seconds, the tokens, how many candidates agreed, and what else is to be known."""
    took, counted = [words("compare.took", seconds=f"{answer.seconds:.1f}")], tokens(answer)
    if counted.read or counted.written:
        took.append(words("compare.tokens", read=f"{counted.read:,}", written=f"{counted.written:,}"))
    if answer.vote and answer.best.result:
        took.append(words("compare.agreed", agreed=answer.vote.agreed, voted=answer.vote.voted))
    notices = "".join(f"<p>{escape(words.sentence(text))}</p>" for text in answer.notices)
    return "<ul>" + "".join(f"<li>{escape(fact)}</li>" for fact in took) + f"</ul>{notices}"


def verdict(sides: tuple[Side, Side], words: Words) -> str:
    """Whether the rows are the same, in words."""
    if any(isinstance(side.error, Stopped) for side in sides):
        return sentence(Stopped(), words)
    answered = [side.answer for side in sides if side.answer is not None and side.answer.result is not None]
    if len(answered) < 2:
        return words("compare.only_one", name=answered[0].model) if answered else words("compare.neither")
    said = "same" if same_rows(*answered) else "differ"
    return words(f"compare.{said}_of_first" if any(answer.truncated for answer in answered) else f"compare.{said}")


def _stage(side: Side, told: tuple[int, int, str] | None, words: Words) -> str:
    if side.error is not None:
        return failed(side.error, words)
    if side.stage == "done":
        return status(timed(side.answer.best.result, words), "done")
    seconds = time.perf_counter() - side.began
    if side.stage == "asking":
        return progress(side.answer, seconds, words)
    if side.stage == "loading" and told and 0 < told[0] < told[1]:
        return status(words("compare.fetching", percent=f"{100 * told[0] / told[1]:.0f}", size=gigabytes(told[1])))
    return status(words(f"compare.{side.stage}", seconds=f"{seconds:.0f}"))
