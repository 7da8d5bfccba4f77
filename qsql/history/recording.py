"""What one asking leaves in the history, whatever becomes of it. A history that cannot be written is no reason not to answer."""

import logging
from collections.abc import Callable, Iterator

from qsql.errors import BadInput, QsqlError, Stopped
from qsql.history import History
from qsql.records import Answer, Question, Result
from qsql.userdata import Place


class Recording:
    """`entry` is its number in the history, None where none is kept. Begun when it is made; `history` is None where nothing is kept."""

    def __init__(self, history: History | None, place: Place, question: Question, follows: int | None = None) -> None:
        self._history = history
        self.entry: int | None = None
        if history is not None:
            self.entry = self._kept(lambda: history.start(place, question, follows))

    def of(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        """The same answers; the last is kept, or why there is none."""
        latest = None
        try:
            for latest in answers:
                yield latest
        except BaseException as error:  # also that nobody wants more of them
            self.failed(Stopped() if isinstance(error, GeneratorExit) else error)
            raise
        if latest is not None:
            self._answered(latest)

    def ran(self, sql: str, result: Result) -> None:
        """SQL that a person wrote gave these rows."""
        self._end(lambda history, number: history.finish(number, sql, result, seconds=result.seconds))

    def failed(self, error: BaseException) -> None:
        """It ended with no answer."""
        self._end(lambda history, number: history.fail(number, *_sentences(error)))

    def _answered(self, answer: Answer) -> None:
        best, (error, hint) = answer.best, _sentences(answer.error)
        self._end(
            lambda history, number: history.finish(
                number,
                answer.sql or best.text,
                best.result,
                error=error,
                hint=hint,
                model=answer.model,
                seconds=answer.seconds,
                tokens=sum(attempt.completion.end.completion_tokens for attempt in answer.attempts if attempt.completion),
                vote=answer.vote,
            )
        )

    def _end(self, change: Callable[[History, int], None]) -> None:
        if self._history is not None and self.entry is not None:
            self._kept(lambda: change(self._history, self.entry))

    def _kept(self, write: Callable[[], int | None]) -> int | None:
        try:
            number = write()
            self._history.trouble = ""
            return number
        except BadInput as error:
            self._history.trouble = str(error)
            logging.getLogger(__name__).warning("the history is not kept: %s", error)
            return None


def _sentences(error: BaseException | None) -> tuple[str, str]:
    """What is wrong, and what to do."""
    if isinstance(error, QsqlError):
        return error.message, error.hint
    return (f"The app made a mistake ({type(error).__name__}).", "Try again.") if error else ("", "")
