"""One frozen Settings from flags and environment; no other file reads the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from platformdirs import user_cache_path, user_data_path

from qsql.errors import BadInput
from qsql.plan import EFFORTS
from qsql.preferences import FILE, Kept, Preferences, read

HOST = "127.0.0.1"
SHORTEST = 8  # characters of a password
SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Settings:
    """What can be chosen at start. A flag wins over its variable, which is `QSQL_` and the field's name in capitals.

    `cache` holds what can be made again: models and the sample database; `data` what cannot: the SQL that was accepted.
    `api_key` is for an OpenAI-compatible server that asks for one. `seconds` and `max_rows` bound every query. `effort` is
    low, auto or high: how many candidates the model writes before one is chosen. `threads` are those that compute on the
    processor; 0 means one fewer than there are cores. Without `sample_rows` no prompt holds a row or a cell of a database.

    `share` asks for a public link, and a `host` that is not this machine's own name lets others in too: both are the share
    mode. Its visitors give `password` (one is made where it is empty). Of each visitor, `share_minute` questions a minute,
    `share_upload` megabytes of uploads and `share_databases` open databases are taken, and all is dropped after `share_idle`
    minutes without use; `share_questions` run at once for all of them.
    """

    model: str = "auto"
    database: str = field(default="sample", repr=False)  # an address may hold a password
    port: int = 7860
    cache: Path = user_cache_path("qsql")
    data: Path = user_data_path("qsql")
    api_key: str = field(default="", repr=False)
    sample_rows: bool = True
    max_rows: int = 1000
    seconds: float = 30.0
    effort: str = "auto"
    threads: int = 0
    host: str = HOST
    share: bool = False
    password: str = field(default="", repr=False)
    share_questions: int = 4
    share_minute: int = 12
    share_upload: int = 100
    share_databases: int = 3
    share_idle: int = 60

    @property
    def shared(self) -> bool:
        """Whether people at other machines are let in."""
        return self.share or not is_local(self.host)

    @classmethod
    def load(cls, saved: Mapping[str, object] = MappingProxyType({}), **flags: object) -> "Settings":
        """Flags that are None count as not given; `saved` values (see qsql.preferences) give way to flags and variables.

        Raises BadInput for a value of the wrong kind.
        """
        return cls(**{field.name: _value(field, flags.get(field.name), saved.get(field.name)) for field in fields(cls)})

    @classmethod
    def load_saved(cls, **flags: object) -> "Settings":
        """With what was kept in the folder `data`. Raises BadInput."""
        return cls.load(read(cls.load(**flags).data / FILE).values, **flags)

    @classmethod
    def load_for_command(cls, **flags: object) -> "Settings":
        """Of what was kept, only that the model is to see no rows, which nothing may forget. Raises BadInput."""
        saved = read(cls.load(**flags).data / FILE).values
        return cls.load({name: value for name, value in saved.items() if name == "sample_rows"}, **flags)

    def kept(self) -> Kept:
        """What of these settings, and of the screen's, can be changed while the app runs.

        In the share mode nothing is kept, and visitors see the screen as their own browsers want it.
        """
        saved = {} if self.shared else read(self.data / FILE).values
        screen = {name: saved[name] for name in ("language", "theme") if name in saved}
        now = Preferences(self.model, self.effort, self.max_rows, self.seconds, sample_rows=self.sample_rows, **screen)
        return Kept(None if self.shared else self.data / FILE, now)


def _value(option, flag: object, saved: object) -> object:
    given = flag if flag is not None else os.environ.get(f"QSQL_{option.name.upper()}")
    if given in (None, ""):
        given = saved
    if given in (None, ""):
        return option.default
    try:
        value = _switch(given) if isinstance(option.default, bool) else type(option.default)(given)
    except ValueError:
        raise BadInput(f"{given!r} is not a value for {option.name}.", f"It takes something like {option.default!r}.") from None
    _check(option.name, value)
    return value.expanduser() if isinstance(value, Path) else value


def _check(name: str, value: object) -> None:
    if name == "effort" and value not in EFFORTS:
        raise BadInput(f"{value!r} is not an effort.", f"Choose {', '.join(EFFORTS[:-1])} or {EFFORTS[-1]}.")
    if name == "password" and len(value) < SHORTEST:
        raise BadInput("The password is too short.", f"Give at least {SHORTEST} characters, or none, and one is made.")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value <= 0:
        raise BadInput(f"{name} must be more than zero, not {str(value)!r}.")


def is_local(host: str) -> bool:
    """Whether this name or address can be reached from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _switch(given: object) -> bool:
    word = str(given).lower()
    if word not in SWITCH:
        raise ValueError
    return SWITCH[word]


NEEDED = ("PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LANG", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def bare_environment() -> dict[str, str]:
    """Of this process's environment what Python and the engines need, and nothing that may be a secret."""
    return {name: value for name, value in os.environ.items() if name in NEEDED or name.startswith(("LC_", "PYTHON"))}
