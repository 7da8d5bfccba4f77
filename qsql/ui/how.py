"""Answer -> HTML that shows how it came about: what agreed, what was changed, what was tried, the prompt. Every text is escaped."""

from collections import Counter
from html import escape

from qsql.records import Answer, Attempt
from qsql.ui.status import counted, sentence

STEPS = {
    "draft": "First try",
    "sample": "Another try",
    "again": "Asked again with the error",
    "recall": "Accepted before",
}


def how_html(answer: Answer) -> str:
    """One line in sight, all else folded away behind it."""
    said = " ".join((*_agreement(answer), *_changed(answer.best)))
    line = f"<b>How this came about</b> <span>{escape(said)}</span>" if said else "<b>How this came about</b>"
    return f"<details><summary>{line}</summary>{_tables(answer.best)}{_hints(answer)}{_tried(answer)}{_prompt(answer.best)}</details>"


def _agreement(answer: Answer) -> list[str]:
    if answer.vote is None or answer.best.result is None:
        return []
    gave = "these rows" if answer.best.result.rows.num_rows else "no rows"
    return [f"{answer.vote.agreed} of {answer.vote.voted} candidates gave {gave}."]


def _changed(attempt: Attempt) -> list[str]:
    """The first change, and how many more there are in the list of what was tried."""
    more = len(attempt.changes) - 1
    counts = [f"{more} more {'change' if more == 1 else 'changes'}."] if more > 0 else []
    return [f"Changed: {change}" for change in attempt.changes[:1]] + counts


def _tables(attempt: Attempt) -> str:
    tables = attempt.query.tables if attempt.query else ()
    return f"<h4>Tables used</h4><p>{escape(', '.join(tables))}</p>" if tables else ""


def _hints(answer: Answer) -> str:
    hints = "".join(f"<li><code>{escape(hint)}</code></li>" for hint in answer.hints)
    return f"<h4>What the database says of its words</h4><ul>{hints}</ul>" if hints else ""


def _tried(answer: Answer) -> str:
    """Each query once, with how often it came, in the order in which they came."""
    count, first = Counter(map(_sql, answer.attempts)), {_sql(attempt): attempt for attempt in reversed(answer.attempts)}
    chosen = _sql(answer.best) if len(count) > 1 else None
    tried = "".join(_attempt(first[sql], count[sql], sql == chosen) for sql in count)
    return f"<h4>What was tried</h4><ol>{tried}</ol>"


def _attempt(attempt: Attempt, count: int, chosen: bool) -> str:
    times = f", written {count} times" if count > 1 else ""
    mark = " <em>chosen</em>" if chosen else ""
    changes = "".join(f"<p>Changed: {escape(change)}</p>" for change in attempt.changes)
    head = f"{escape(STEPS.get(attempt.step, attempt.step))}{times}: {escape(_outcome(attempt))}{mark}"
    return f"<li>{head}{changes}<pre>{escape(_sql(attempt))}</pre></li>"


def _outcome(attempt: Attempt) -> str:
    if attempt.error:
        return sentence(attempt.error)
    return counted(attempt.result) if attempt.result else "was not run"


def _prompt(attempt: Attempt) -> str:
    prompt = "\n\n".join(message.text for message in attempt.prompt.messages)
    return f"<details><summary>The prompt</summary><pre>{escape(prompt)}</pre></details>" if prompt else ""


def _sql(attempt: Attempt) -> str:
    return attempt.query.sql if attempt.query else attempt.text
