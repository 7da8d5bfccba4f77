"""Answer -> HTML that shows how it came about: what agreed, what was changed, what was tried, the prompt. Every text is escaped."""

from collections import Counter
from html import escape

from qsql.records import Answer, Attempt

STEPS = {
    "draft": "First try",
    "sample": "Another try",
    "again": "Asked again with the error",
    "recall": "Kept from an earlier question",
}


def how_html(answer: Answer) -> str:
    """One line in sight, all else folded away."""
    best = answer.best
    lines = [*_agreement(answer), *(f"Changed: {change}" for change in best.changes)]
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    tables = f"<p>Tables used: {escape(', '.join(best.query.tables))}</p>" if best.query and best.query.tables else ""
    hints = "".join(f"<li><code>{escape(hint)}</code></li>" for hint in answer.hints)
    found = f"<h4>Words found among the cells</h4><ul>{hints}</ul>" if hints else ""
    tried = "".join(_attempt(attempt, count) for attempt, count in _distinct(answer))
    prompt = "\n\n".join(message.text for message in best.prompt.messages)
    seen = f"<details><summary>The prompt</summary><pre>{escape(prompt)}</pre></details>" if prompt else ""
    return f"{said}<details><summary>How this came about</summary>{tables}{found}<h4>What was tried</h4><ol>{tried}</ol>{seen}</details>"


def _agreement(answer: Answer) -> list[str]:
    if answer.vote is None:
        return []
    return [f"{answer.vote.agreed} of {answer.vote.voted} candidates gave these rows."]


def _distinct(answer: Answer) -> list[tuple[Attempt, int]]:
    """Each query once, with how often it came, in the order in which they came."""
    count = Counter(map(_sql, answer.attempts))
    first = {_sql(attempt): attempt for attempt in reversed(answer.attempts)}
    return [(first[sql], count[sql]) for sql in dict.fromkeys(map(_sql, answer.attempts))]


def _sql(attempt: Attempt) -> str:
    return attempt.query.sql if attempt.query else attempt.text


def _attempt(attempt: Attempt, count: int) -> str:
    times = f", {count} times" if count > 1 else ""
    outcome = str(attempt.error) if attempt.error else f"{attempt.result.rows.num_rows:,} rows" if attempt.result else "was not run"
    changes = "".join(f"<br>{escape(change)}" for change in attempt.changes)
    step = STEPS.get(attempt.step, attempt.step)
    return f"<li>{escape(step)}{times}: {escape(outcome)}{changes}<pre>{escape(_sql(attempt))}</pre></li>"
