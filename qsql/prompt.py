"""Schema + Question -> Prompt, within a token budget: the text-to-SQL prompt that the Qwen2.5-Coder family was measured with.

The wording lies in `prompts/`, and follows the family's own evaluation (QwenLM/Qwen2.5-Coder, qwencoder-eval, 2024). What
depends on the question comes last, so that a model's cache of the schema serves the next question. Pure: knows nothing
of models or databases; how to count tokens is handed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files

from qsql.errors import BadInput, PromptTooLong
from qsql.records import Attempt, Message, Prompt, Question, Schema, Table

MAX_CELL = 200  # characters: one long text or blob must not crowd out the schema
MAX_QUESTION = 4000  # characters
MAX_TURNS = 3  # earlier questions that a follow-up is shown with
MAX_EARLIER = 1000  # characters of each, and of its SQL
MAX_NAMES = 20  # names listed in a notice
STOP = ("\n```", ";\n")  # the end of a fence, the end of a statement; a ';' inside a literal is not an end


def write_prompt(
    schema: Schema,
    question: Question,
    count_tokens: Callable[[str], int],
    budget: int,
    style: str = "official",
    hints: Sequence[str] = (),
    failed: Attempt | None = None,
) -> Prompt:
    """One user turn of at most `budget` tokens, by `count_tokens`; after a `failed` attempt, its SQL and its error follow.

    `hints` are lines of knowledge about words of the question; they stand before it. A question that goes on from earlier ones
    is the last turn of a conversation: they are asked and answered first, the tables before the first of them.

    Where the schema is too large, example rows are left out first, then tables from the end; the prompt's `notices` and a
    comment in it say what is missing. Raises BadInput for an empty question, PromptTooLong where not one table fits.
    """
    check_question(question)
    first, *rest = _conversation(schema, question, hints, failed)
    room = budget - sum(count_tokens(message.text) for message in (first, *rest))
    tables, notices = _fit(schema, STYLES[style], count_tokens, room)
    return Prompt(messages=(Message("user", tables + first.text), *rest), stop=STOP, notices=notices)


def write_judge(
    schema: Schema, question: Question, count_tokens: Callable[[str], int], budget: int, style: str, hints: Sequence[str]
) -> Prompt:
    """The same beginning, then only whether the question can be answered: a yes or no, for a model that has the tables in its cache."""
    text = write_prompt(schema, question, count_tokens, budget, style, hints).messages[0].text
    tables, asked, _ = text.rpartition("Question: ")
    return Prompt((Message("user", tables + _template("judge").format(question=question.text.strip())),))


def write_translation(question: Question) -> Prompt:
    """The question to be put into English, without the tables: beside them it takes three times as long, and comes out no better.

    The examples are turns of the conversation. In one text with the question, they were given for its translation now and then.
    """
    rule, *examples = _template("translate").split("\n\n")
    turns = [Message(role, text) for example in examples for role, text in zip(("user", "assistant"), example.splitlines())]
    first, *others = [*turns, Message("user", _line(question.text))]
    return Prompt((Message("user", f"{rule}\n\n{first.text}"), *others), stop=("\n",))


def check_question(question: Question) -> None:
    """Raises BadInput for one that is empty or too long."""
    if not question.text.strip():
        raise BadInput("The question is empty.", "Ask something about the tables, in your own words.")
    if len(question.text) + len(question.evidence) > MAX_QUESTION:
        raise BadInput(f"The question is longer than {MAX_QUESTION} characters.", "Say it in fewer words.")


def _conversation(schema: Schema, question: Question, hints: Sequence[str], failed: Attempt | None) -> list[Message]:
    """The earlier turns with their answers, then the question."""
    messages, wording = [], "question"
    for turn in question.earlier[-MAX_TURNS:]:
        asked = _template(wording).format(product=schema.product, knowledge="", question=_line(turn.text)[:MAX_EARLIER])
        answered = _template("answered").format(sql=turn.sql.strip().rstrip("; \n")[:MAX_EARLIER])
        messages += [Message("user", asked), Message("assistant", answered)]
        wording = "change"
    text = question.text.strip() + _failure(failed)
    knowledge = _knowledge(question, hints)
    return [*messages, Message("user", _template(wording).format(product=schema.product, knowledge=knowledge, question=text))]


def _knowledge(question: Question, hints: Sequence[str]) -> str:
    knowledge = "".join(_template("hint").format(hint=_line(hint)) for hint in hints)
    return knowledge + (_template("evidence").format(evidence=_line(question.evidence)) if question.evidence.strip() else "")


def _failure(failed: Attempt | None) -> str:
    if failed is None:
        return ""
    sql = failed.query.sql if failed.query else failed.text
    return "\n\n" + _template("again").format(sql=sql.strip(), error=_line(getattr(failed.error, "message", str(failed.error))))


def _line(text: str) -> str:
    return " ".join(text.split())


def _fit(schema: Schema, style: "Style", count_tokens: Callable[[str], int], room: int) -> tuple[str, tuple[str, ...]]:
    """The largest of: everything in this style; all tables without rows; as many tables without rows as fit."""
    tables, whole = schema.tables, style(schema)
    if count_tokens(whole) <= room:
        return whole, ()
    bare = "".join(map(_without_rows, tables))
    if count_tokens(bare) <= room:
        return bare, ("The schema is large: the model was shown all tables, but no example rows.",)
    shown, left_out = _choose(tables, count_tokens, room)
    names = ", ".join(table.name for table in left_out[:MAX_NAMES]) + (", ..." if len(left_out) > MAX_NAMES else "")
    comment = _template("left_out").format(count=len(left_out), names=names)
    notice = f"The schema is larger than the model can read: {len(left_out)} of {len(tables)} tables were left out ({names})."
    return "".join(map(_without_rows, shown)) + comment, (notice,)


def _choose(tables: tuple[Table, ...], count_tokens: Callable[[str], int], room: int) -> tuple[list[Table], list[Table]]:
    comment = _template("left_out").format(count=len(tables), names=", ".join(t.name for t in tables[:MAX_NAMES]))
    room -= count_tokens(comment)
    shown, left_out = [], []
    for table in tables:
        need = count_tokens(_without_rows(table))
        (shown if need <= room else left_out).append(table)
        room -= need if need <= room else 0
    if not shown:
        raise PromptTooLong(
            "Not one table of this database fits into what the model can read.",
            "Use a model with a longer context, or a database with smaller tables.",
        )
    return shown, left_out


def _with_rows(table: Table) -> str:
    if table.rows is None:
        return _without_rows(table)
    rows = "".join("    ".join(map(_cell, row)) + "\n" for row in table.rows)
    header = "    ".join(column.name for column in table.columns)
    return _template("table").format(ddl=table.ddl, name=table.name, header=header, rows=rows) + "\n"


Style = Callable[[Schema], str]


def official(schema: Schema) -> str:
    """Each table's CREATE statement and its first rows, as the family was measured with."""
    return "".join(map(_with_rows, schema.tables))


def described(schema: Schema) -> str:
    """The same, with what the database says of its columns, and what was inferred of its keys, at the end of each column's line."""
    return "".join(_with_rows(replace(table, ddl=_commented(table))) for table in schema.tables)


STYLES: dict[str, Style] = {style.__name__: style for style in (official, described)}


def _commented(table: Table) -> str:
    notes = {column.name: [_line(column.comment)] if column.comment else [] for column in table.columns}
    for key in table.foreign_keys:
        if key.inferred and not any(key.to_columns[-1] in note for note in notes[key.columns[-1]]):
            together = f"with {', '.join(key.columns[:-1])}, " if len(key.columns) > 1 else ""
            notes[key.columns[-1]].append(f"{together}refers to {key.to_table} ({', '.join(key.to_columns)})")
    lines = []
    for line in table.ddl.splitlines():
        first = line.split()[0].strip('`",') if line.split() else ""
        lines.append(f"{line} -- {'; '.join(notes.pop(first))[:MAX_CELL]}" if notes.get(first) and "--" not in line else line)
    return "\n".join(lines)


def _without_rows(table: Table) -> str:
    return _template("table_without_rows").format(ddl=table.ddl) + "\n"


def _cell(value: object) -> str:
    text = str(value).replace("*/", "* /")  # a cell must not end the comment that it stands in
    return text if len(text) <= MAX_CELL else text[:MAX_CELL] + "..."


def _template(name: str) -> str:
    return files("qsql").joinpath("prompts", f"{name}.txt").read_text(encoding="utf-8")
