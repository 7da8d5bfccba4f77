"""The nouns that cross a file border: small frozen records, each made by one verb.

    Question + Schema -> Prompt -> Piece... Completion -> Query -> Result -> Answer

Knows nothing of models, databases or screens; imports only the standard library and pyarrow.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow

StopReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True)
class Column:
    """One column of a table; `type` is the engine's own spelling."""

    name: str
    type: str
    nullable: bool = True
    comment: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of this table point at `to_columns` of `to_table`, in order; `inferred` where the database does not declare it."""

    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    inferred: bool = False


@dataclass(frozen=True)
class Table:
    """A table or view.

    `ddl` is its CREATE statement without the closing semicolon, the engine's own text where it keeps one.
    `name` is written as a query must write it (quoted and schema-qualified where needed). `rows` are its
    first rows in the order of `columns`, None where a model is to see none of them; `row_count` is None where counting would be slow or is not possible.
    """

    name: str
    columns: tuple[Column, ...]
    ddl: str
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    rows: tuple[tuple[object, ...], ...] | None = ()
    row_count: int | None = None
    comment: str = ""


@dataclass(frozen=True)
class Schema:
    """What a prompt may know of a database; `dialect` is sqlglot's name for its SQL, `product` is what people call it."""

    dialect: str
    product: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Turn:
    """A question that was asked before, and the SQL that answered it."""

    text: str
    sql: str


@dataclass(frozen=True)
class Question:
    """What the person asked; `evidence` is outside knowledge they gave with it, `earlier` the turns that it goes on from."""

    text: str
    evidence: str = ""
    earlier: tuple[Turn, ...] = ()

    @property
    def whole(self) -> str:
        """The questions that it goes on from, and it."""
        return "\n".join((*(turn.text for turn in self.earlier), self.text))


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class Prompt:
    """What a model is given: the turns, the words that end its answer, and what had to be left out.

    `json_schema` (JSON text, empty for none) is what the answer keeps to where the backend can hold it to that; whoever reads checks.
    `begun` is the beginning of the answer where that is there already: the model goes on from it. A server may begin anew all the same.
    """

    messages: tuple[Message, ...]
    stop: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    json_schema: str = ""
    begun: str = ""


@dataclass(frozen=True)
class End:
    """How a candidate ended. Token counts are those of this candidate, 0 where a server does not tell them.

    `cached_tokens` of its prompt were not computed again. `logprob` is the sum of the natural logarithms of its tokens'
    probabilities, `weakest` the lowest of them; None where the backend does not tell.
    """

    reason: StopReason
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    logprob: float | None = None
    weakest: float | None = None


@dataclass(frozen=True)
class Piece:
    """Text as a model writes it. The last piece of each candidate has an `end`, and may have no text."""

    text: str
    candidate: int = 0
    end: End | None = None


@dataclass(frozen=True)
class Completion:
    """One candidate's whole text."""

    text: str
    end: End
    seconds: float


@dataclass(frozen=True)
class Query:
    """SQL that was parsed and found to be one reading statement. Only `qsql.sql.read_query` makes one."""

    sql: str
    dialect: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """The rows of a query, at most `Limits.max_rows`; `truncated` says that there were more."""

    rows: pyarrow.Table
    truncated: bool
    seconds: float


@dataclass(frozen=True)
class Attempt:
    """One try at a question, as far as it has come: each field is None (or empty) until its step is done.

    `step` is the name of the step that made it. `changes` says in a sentence each what was changed in the model's SQL
    before it ran.
    """

    prompt: Prompt
    step: str = "draft"
    text: str = ""
    completion: Completion | None = None
    query: Query | None = None
    changes: tuple[str, ...] = ()
    result: Result | None = None
    error: Exception | None = None


@dataclass(frozen=True)
class Vote:
    """Of `voted` candidates that gave rows, `agreed` gave the chosen ones."""

    agreed: int
    voted: int


@dataclass(frozen=True)
class Answer:
    """A question, all that was tried, and how long it took; it may be an answer without rows (`error` says why).

    `chosen` is the place in `attempts` of the one that counts. `hints` are what the database's own cells say about words of the question,
    as the model was shown them. `english` is the question as the model was asked it, where it was put into English. `notices` are
    sentences for the person. `final` says that no further step is needed.
    """

    question: Question
    database: str
    model: str
    attempts: tuple[Attempt, ...] = ()
    seconds: float = 0.0
    chosen: int = -1
    vote: Vote | None = None
    hints: tuple[str, ...] = ()
    english: str = ""
    notices: tuple[str, ...] = ()
    final: bool = False

    @property
    def best(self) -> Attempt:
        return self.attempts[self.chosen]

    @property
    def sql(self) -> str | None:
        """The checked SQL; None where the model's text held none."""
        return self.best.query.sql if self.best.query else None

    @property
    def result(self) -> pyarrow.Table | None:
        """The rows as an Arrow table; None where there is no answer."""
        return self.best.result.rows if self.best.result else None

    @property
    def truncated(self) -> bool:
        return bool(self.best.result and self.best.result.truncated)

    @property
    def error(self) -> Exception | None:
        return self.best.error
