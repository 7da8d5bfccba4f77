"""One frozen Settings from flags and environment; no other file reads the environment."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from qsql.errors import BadInput
from qsql.plan import EFFORTS

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """What can be chosen at start. A flag wins over its variable, which is `QSQL_` and the field's name in capitals.

    `cache` holds what can be made again: models and the sample database; `data` what cannot: the SQL that was accepted.
    `api_key` is for an OpenAI-compatible server that asks for one. `seconds` and `max_rows` bound every query. `effort` is
    low, auto or high: how many candidates the model writes before one is chosen. `threads` are those that compute on the
    processor; 0 means one fewer than there are cores.
    """

    model: str = "auto"
    database: str = "sample"
    port: int = 7860
    cache: Path = user_cache_path("qsql")
    data: Path = user_data_path("qsql")
    api_key: str = ""
    max_rows: int = 1000
    seconds: float = 30.0
    effort: str = "auto"
    threads: int = 0

    @classmethod
    def load(cls, **flags: object) -> "Settings":
        """Flags that are None count as not given. Raises BadInput for a value of the wrong kind."""
        return cls(**{field.name: _value(field, flags.get(field.name)) for field in fields(cls)})


def _value(field, flag: object) -> object:
    given = flag if flag is not None else os.environ.get(f"QSQL_{field.name.upper()}")
    if given in (None, ""):
        return field.default
    try:
        value = type(field.default)(given)
    except ValueError:
        raise BadInput(f"{given!r} is not a value for {field.name}.", f"It takes something like {field.default!r}.") from None
    if field.name == "effort" and value not in EFFORTS:
        raise BadInput(f"{given!r} is not an effort.", f"Choose {', '.join(EFFORTS[:-1])} or {EFFORTS[-1]}.")
    if isinstance(value, (int, float)) and value <= 0:
        raise BadInput(f"{field.name} must be more than zero, not {given!r}.")
    return value.expanduser() if isinstance(value, Path) else value


NEEDED = ("PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LANG", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def bare_environment() -> dict[str, str]:
    """Of this process's environment what Python and the engines need, and nothing that may be a secret."""
    return {name: value for name, value in os.environ.items() if name in NEEDED or name.startswith(("LC_", "PYTHON"))}
