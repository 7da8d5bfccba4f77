"""The noun of this package: a page as a model wrote it. Knows nothing of models or screens."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A web page in one file, as far as it has been written.

    `complete` says that the model came to its end; `notices` are sentences for the person about what was mended or will not work.
    """

    html: str
    title: str
    request: str
    complete: bool = False
    notices: tuple[str, ...] = ()
