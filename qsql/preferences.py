"""Settings that last: what a person chose on the screen, kept in a JSON file of this machine, and as it holds for this run.

A flag or an environment variable wins over what is kept, for the run that it was given to. What the file has of no use (an unknown
name, a value of the wrong kind) is passed over with a sentence, and stays in it. Knows nothing of the other settings.
"""

import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from qsql.errors import BadInput
from qsql.plan import EFFORTS
from qsql.texts import LANGUAGES

FILE = "preferences.json"  # in the folder for the user's data
THEMES = ("system", "light", "dark")
MOST_ROWS, MOST_SECONDS, LONGEST = 100_000, 3600.0, 500  # the last: characters of a model's name


@dataclass(frozen=True)
class Preferences:
    """`max_rows` and `seconds` bound every query; with `sample_rows` the model sees rows of the tables, and cells that a question names.

    `language` is empty where the browser decides it, as it does `system` of `theme`.
    """

    model: str = "auto"
    effort: str = "auto"
    max_rows: int = 1000
    seconds: float = 30.0
    language: str = ""
    theme: str = "system"
    sample_rows: bool = True


@dataclass(frozen=True)
class Saved:
    """What the file says that is of use, and sentences on what is not."""

    values: Mapping[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


class Kept:
    """`now` is what holds for this run. `path` is None where nothing is kept. Safe to use from several threads."""

    def __init__(self, path: Path | None, now: Preferences) -> None:
        self.path, self.now = path, now
        self._lock = threading.Lock()

    def change(self, **values: object) -> Preferences:
        """These hold from now on, and in later runs. Raises BadInput: for a wrong value, which changes nothing, and where they
        cannot be kept, though they hold."""
        checked = {name: check(name, value) for name, value in values.items()}
        with self._lock:
            self.now = replace(self.now, **checked)
            if self.path is not None:
                _write(self.path, {**_content(self.path), **checked})
        return self.now


def read(path: Path) -> Saved:
    """What is kept there; nothing, where there is no such file."""
    try:
        content = _parsed(path)
    except (OSError, ValueError) as error:
        return Saved() if isinstance(error, FileNotFoundError) else Saved(notices=(_unread(path),))
    values, notices = {}, []
    for name, value in content.items():
        try:
            values[name] = check(name, value)
        except BadInput as error:
            notices.append(f"A saved setting is not used: {error.message}")
    return Saved(values, tuple(notices))


def check(name: str, value: object) -> object:
    """The value as it is kept. Raises BadInput."""
    if name not in CHECKS:
        raise BadInput(f"There is no setting {name[:LONGEST]!r}.", f"There are {', '.join(CHECKS)}.")
    return CHECKS[name](name, value)


def _chosen(*choices: str) -> Callable[[str, object], str]:
    def check_choice(name: str, value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise BadInput(f"{str(value)[:LONGEST]!r} is not a value for {name}.", f"Choose one of: {', '.join(filter(None, choices))}.")
        return value

    return check_choice


def _between(kind: type, most: float) -> Callable[[str, object], float]:
    def check_number(name: str, value: object) -> float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= most
        if not number or kind(value) != value:
            what = "a whole number" if kind is int else "a number"
            raise BadInput(f"{str(value)[:LONGEST]!r} is not a value for {name}.", f"Give {what} of more than 0, {most:,.0f} at most.")
        return kind(value)

    return check_number


def _switched(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BadInput(f"{str(value)[:LONGEST]!r} is not a value for {name}.", "Give true or false.")
    return value


def _named(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST:
        raise BadInput(f"{str(value)[:LONGEST]!r} is not a value for {name}.", "Give the name of a model, or auto.")
    return value.strip()


CHECKS: dict[str, Callable[[str, object], object]] = {
    "model": _named,
    "effort": _chosen(*EFFORTS),
    "max_rows": _between(int, MOST_ROWS),
    "seconds": _between(float, MOST_SECONDS),
    "sample_rows": _switched,
    "language": _chosen("", *LANGUAGES),
    "theme": _chosen(*THEMES),
}
assert set(CHECKS) == set(asdict(Preferences()))


def _parsed(path: Path) -> dict[str, object]:
    content = json.loads(path.read_text("utf-8"))
    if not isinstance(content, dict):
        raise ValueError
    return content


def _content(path: Path) -> dict[str, object]:
    """All that is there, also what this version has no use for; nothing where it cannot be read."""
    try:
        return _parsed(path)
    except (OSError, ValueError):
        return {}


def _unread(path: Path) -> str:
    return f"The saved settings in {str(path)!r} cannot be read, and are not used."


def _write(path: Path, content: Mapping[str, object]) -> None:
    """All at once: whoever reads it meanwhile, or after a crash, finds the old or the new."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(number, "w", encoding="utf-8") as file:
                file.write(json.dumps(dict(content), ensure_ascii=False, indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            os.unlink(unfinished)
            raise
    except (OSError, ValueError) as error:  # the second: half a character, which only a program sends
        hint = "See that you may write there, or choose another folder with QSQL_DATA."
        raise BadInput(f"This holds only until the app ends: it could not be kept in {str(path)!r}.", hint) from error
