"""What goes wrong with a server -> sentences, and whether to ask again. They name the address, never the key or a password in it."""

import re
from dataclasses import dataclass

from qsql.errors import ModelError, ModelUnreachable, PromptTooLong, QsqlError, UnknownModel
from qsql.models import tokens
from qsql.models.addresses import bare

TOO_LONG = re.compile(r"context.{0,20}(length|size|window|limit)|(too many|maximum) tokens|max_model_len|prompt is too long", re.IGNORECASE)
BUSY = (429, 502, 503)  # what a server says that may do better in a moment
LOST = (*BUSY, 500, 504)  # and what another server may do better
NO_SUCH_ADDRESS = (404, 405, 501)
PAUSE, MOST_PAUSE = 1.0, 10.0  # seconds until a server is asked again: where it does not say, and at most


@dataclass(frozen=True)
class Border:
    """Turns the library's errors into ours, for the server at `source`."""

    source: str
    key: str

    @property
    def url(self) -> str:
        return bare(self.source)

    def garbage(self) -> ModelUnreachable:
        """The answer was not one of this protocol."""
        return ModelUnreachable(
            f"{self.url} did not answer as an OpenAI-compatible server does.", "Check the address; it usually ends in /v1."
        )

    def broken_off(self) -> ModelUnreachable:
        return ModelUnreachable(f"{self.url} cannot be reached, or broke off.", "Start the server, or check the address and the port.")

    def closed(self) -> ModelUnreachable:
        return ModelUnreachable(f"The connection to {self.url} was closed.", "Load the model again.")

    def no_filling(self) -> ModelError:
        """The server only answers questions."""
        what = f"{self.url} answers questions, but cannot complete a text in its middle."
        return ModelError(what, "Use a server that has /completions, with a model of the Qwen2.5-Coder family.")

    def translated(self, error: BaseException) -> QsqlError:
        """What went wrong, for the person."""
        import openai

        if isinstance(error, QsqlError):
            return error
        if isinstance(error, openai.APITimeoutError):
            return ModelUnreachable(f"{self.url} did not answer in time.", "Check that the server runs and is not overloaded.")
        if isinstance(error, openai.APIConnectionError):
            return self.broken_off()
        if not isinstance(error, openai.APIError) or isinstance(error, openai.APIResponseValidationError):
            return self.garbage()
        said = self._said(error)
        if TOO_LONG.search(said) or error.code == "context_length_exceeded" or error.type == "exceed_context_size_error":
            return PromptTooLong(f"The prompt is longer than the server's model takes: {said}", tokens.SHORTER)
        if (status := status_of(error)) in STATUS:
            message, hint = STATUS[status]
            return ModelUnreachable(message.format(self.url), hint)
        return ModelUnreachable(f"{self.url} could not answer: {said}.", "Look at the server's own messages.")

    def _said(self, error) -> str:
        """The server's own words, which may repeat the key."""
        said = error.body.get("message") if isinstance(error.body, dict) else None
        return str(said or error.message).replace(self.key, "***")[:300].strip().rstrip(".")


class NotBegun(Exception):
    """A request that failed before anything of the answer came. `told` is what to tell if it stays so; `wait` see pause_before_again."""

    def __init__(self, told: QsqlError, wait: float | None) -> None:
        super().__init__(told)
        self.told, self.wait = told, wait


def has_no_list(error: QsqlError) -> bool:
    """Whether a server that was asked for its models is there, but has no such list."""
    import openai

    cause = error.__cause__
    return status_of(cause) in NO_SUCH_ADDRESS or not isinstance(cause, openai.APIConnectionError | openai.APIStatusError | None)


def status_of(error: BaseException | None) -> int:
    """The status that the server answered with; 0 where it did not."""
    return getattr(error, "status_code", 0) or 0


def better_elsewhere(error: BaseException | None) -> bool:
    """Whether another server of the same model may answer: this one is not there, or not able."""
    import openai

    if isinstance(error, UnknownModel):
        return True
    slow = isinstance(error, openai.APITimeoutError) and not _never_connected(error)  # whoever waited so long is told so
    return (isinstance(error, openai.APIConnectionError) and not slow) or status_of(error) in LOST


def pause_before_again(error: BaseException | None) -> float | None:
    """Seconds after which the same server may be asked again; None where that would be of no use."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return None
    if isinstance(error, openai.APIConnectionError):
        return PAUSE
    if status_of(error) not in BUSY:
        return None
    asked = _retry_after(error)
    return asked if asked <= MOST_PAUSE else None


def _never_connected(error: BaseException) -> bool:
    return type(error.__cause__).__name__ == "ConnectTimeout"


def _retry_after(error) -> float:
    """What the server asks for, in seconds; a date, which it may give as well, counts as not told."""
    try:
        return max(0.0, float(error.response.headers.get("retry-after", PAUSE)))
    except ValueError:
        return PAUSE


STATUS = {
    307: ("{} sends the request on to another address.", "Name that address, if you trust it."),
    308: ("{} sends the request on to another address.", "Name that address, if you trust it."),
    401: ("{} refused the key.", "Set QSQL_API_KEY to the server's key."),
    403: ("{} does not allow this key to use the model.", "Set QSQL_API_KEY to another key, or choose another model."),
    404: ("{} knows no such model or address.", "Check the address (it usually ends in /v1), and the model's name after a #."),
    429: ("{} takes no more requests now.", "Wait a little, or check your account with it."),
    503: ("{} is not ready.", "It may still load its model: try again in a moment."),
}
