"""Answer -> HTML that shows how it came about: what agreed, what was changed, what was tried, the prompt. Every text is escaped."""

from collections import Counter
from html import escape

from qsql.records import Answer, Attempt
from qsql.texts import Words
from qsql.ui.status import counted, sentence

KNOWN = ("draft", "sample", "again", "recall")  # steps that write SQL


def how_html(answer: Answer, words: Words = Words()) -> str:
    """One line in sight, all else folded away behind it."""
    said = words.joined(*_agreement(answer, words), *_changed(answer.best, words))
    line = f"<b>{words('how.title')}</b> <span>{escape(said)}</span>" if said else f"<b>{words('how.title')}</b>"
    parts = (_english, _tables, _hints, _times, _tried, _prompt)
    return f"<details><summary>{line}</summary>{''.join(part(answer, words) for part in parts)}</details>"


def _agreement(answer: Answer, words: Words) -> list[str]:
    if answer.vote is None or answer.best.result is None:
        return []
    key = "how.agreed" if answer.best.result.rows.num_rows else "how.agreed_on_none"
    return [words(key, agreed=answer.vote.agreed, voted=answer.vote.voted)]


def _changed(attempt: Attempt, words: Words) -> list[str]:
    """The first change, and how many more there are in the list of what was tried."""
    more = len(attempt.changes) - 1
    counts = [words("how.one_more") if more == 1 else words("how.more", more=more)] if more > 0 else []
    return [words("how.changed", change=words.sentence(change)) for change in attempt.changes[:1]] + counts


def _english(answer: Answer, words: Words) -> str:
    return f"<h4>{words('how.english')}</h4><p>{escape(answer.english)}</p>" if answer.english else ""


def _tables(answer: Answer, words: Words) -> str:
    tables = answer.best.query.tables if answer.best.query else ()
    return f"<h4>{words('how.tables')}</h4><p>{escape(', '.join(tables))}</p>" if tables else ""


def _hints(answer: Answer, words: Words) -> str:
    hints = "".join(f"<li><code>{escape(hint)}</code></li>" for hint in answer.hints)
    return f"<h4>{words('how.hints')}</h4><ul>{hints}</ul>" if hints else ""


def _times(answer: Answer, words: Words) -> str:
    """How long each part took: the model's texts, the queries, and all together."""
    ends = [attempt.completion for attempt in answer.attempts if attempt.completion]
    if not ends:
        return ""
    values = {
        "all": f"{answer.seconds:.1f}",
        "first": f"{ends[0].seconds:.1f}",
        "queries": f"{sum(attempt.result.seconds for attempt in answer.attempts if attempt.result):.2f}",
        "read": f"{ends[0].end.prompt_tokens:,}",
        "cached": f"{ends[0].end.cached_tokens:,}",
        "written": f"{sum(end.end.completion_tokens for end in ends):,}",
    }
    return f"<h4>{words('how.times')}</h4><p>{escape(words('how.times_told', model=answer.model, **values))}</p>"


def _tried(answer: Answer, words: Words) -> str:
    """Each query once, with how often it came, in the order in which they came."""
    count, first = Counter(map(_sql, answer.attempts)), {_sql(attempt): attempt for attempt in reversed(answer.attempts)}
    chosen = _sql(answer.best) if len(count) > 1 else None
    tried = "".join(_attempt(first[sql], count[sql], sql == chosen, words) for sql in count)
    return f"<h4>{words('how.tried')}</h4><ol>{tried}</ol>"


def _attempt(attempt: Attempt, count: int, chosen: bool, words: Words) -> str:
    times = escape(words("how.times_written", count=count)) if count > 1 else ""
    mark = f" <em>{words('how.chosen')}</em>" if chosen else ""
    changes = "".join(f"<p>{escape(words('how.changed', change=words.sentence(change)))}</p>" for change in attempt.changes)
    step = words(f"how.{attempt.step}") if attempt.step in KNOWN else attempt.step
    head = f"{escape(step)}{times}{words('how.colon')}{escape(_outcome(attempt, words))}{mark}"
    return f"<li>{head}{changes}<pre>{escape(_sql(attempt))}</pre></li>"


def _outcome(attempt: Attempt, words: Words) -> str:
    if attempt.error:
        return sentence(attempt.error, words)
    return counted(attempt.result, words) if attempt.result else words("how.not_run")


def _prompt(answer: Answer, words: Words) -> str:
    prompt = "\n\n".join(message.text for message in answer.best.prompt.messages)
    return f"<details><summary>{words('how.prompt')}</summary><pre>{escape(prompt)}</pre></details>" if prompt else ""


def _sql(attempt: Attempt) -> str:
    return attempt.query.sql if attempt.query else attempt.text
