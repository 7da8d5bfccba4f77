"""The address of a server: what to connect with, what may be shown of it, and how to keep its secrets out of a text."""

import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from qsql.databases.servers import ALIASES, SERVERS
from qsql.errors import CannotOpen

SECRET = re.compile(r"pass|pwd|secret|token|key|credential(?!s_path)|auth|private", re.IGNORECASE)  # in the name of a parameter
HINT = "Write it as scheme://user:password@host:port/database, with %40 for an @ in the password."


def read(source: str) -> URL:
    """With the driver that is used here. Raises CannotOpen."""
    url = _parsed(source)
    if url is None or "@" in (url.host or ""):  # an @ in the password, whose rest would pass for the host
        raise CannotOpen("This address cannot be read.", HINT)
    server, scheme = SERVERS[url.get_backend_name()], url.drivername.partition("+")
    usual = server.driver and scheme[2] in ("", *server.instead_of)
    return url.set(drivername=f"{scheme[0]}+{server.driver}") if usual else url


def written(scheme: str, host: str, port: int | None, database: str, user: str, password: str) -> str:
    """The address of these parts, each escaped as it must be. Raises CannotOpen for parts that make none."""
    url = URL.create(scheme, user or None, password or None, host, port, database or None)
    text = url.render_as_string(hide_password=False)
    if "@" in host or _parsed(text) != url:  # a host that is none
        raise CannotOpen("These parts make no address.", "Write only the server's name or number as its host.")
    return text


def shown(url: URL) -> URL:
    """Without its secrets."""
    query = {name: value for name, value in url.query.items() if not SECRET.search(name)}
    return URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)


def readable(source: str) -> str:
    """The address without its secrets, as a person would write it. Raises CannotOpen."""
    return shown(read(source)).set(drivername=source.partition("://")[0]).render_as_string(hide_password=False)


def redactor(url: URL) -> Callable[[str], str]:
    """What takes the secrets of this address out of a text, however they are written there."""
    secrets = [url.password] + [value for name in url.query if SECRET.search(name) for value in url.normalized_query[name]]
    plain = [str(secret) for secret in secrets if secret]
    written = {form for secret in plain for form in (secret, quote(secret), quote(secret, ""), quote_plus(secret), repr(secret)[1:-1])}
    longest_first = sorted(written, key=len, reverse=True)

    def redact(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, "***")
        return text

    return redact


def _parsed(source: str) -> URL | None:
    try:
        scheme, rest = source.split("://", 1)
        return make_url(f"{ALIASES.get(scheme.lower(), scheme.lower())}://{rest}")
    except (ArgumentError, ValueError):  # which may hold the password
        return None
