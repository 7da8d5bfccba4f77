"""The address of a Spark Connect server, sc://host:port/;name=value;...: its parts, and what may be shown of it."""

import re
from urllib.parse import urlsplit

from qsql.errors import CannotOpen

PORT = 15002
SHOWN = ("use_ssl",)  # of the parameters; the others may be secrets
WRITTEN = re.compile(r"sc://[^/;?#\s]+(/(;[\w-]+=[^;\s]*)*;?)?", re.IGNORECASE)


def read(source: str) -> tuple[str, int, dict[str, str]]:
    """Host, port and parameters. Raises CannotOpen."""
    try:
        parts = urlsplit(source)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:  # which may hold a secret
        host, port = None, PORT
    if not host or "@" in source.partition("/;")[0] or not WRITTEN.fullmatch(source):
        raise CannotOpen(
            "This address cannot be read.", "Write it as sc://host:15002, with /;token=... after it where the server wants one."
        )
    return host, port, dict(pair.split("=", 1) for pair in source.partition("/;")[2].split(";") if pair)


def readable(source: str) -> str:
    """The address without its secrets. Raises CannotOpen."""
    host, port, parameters = read(source)
    kept = "".join(f";{name}={value}" for name, value in parameters.items() if name in SHOWN)
    return f"sc://{f'[{host}]' if ':' in host else host}:{port}" + (f"/{kept}" if kept else "")


def secrets(source: str) -> list[str]:
    """The values that no message may hold, the longest first."""
    return sorted((value for name, value in read(source)[2].items() if name not in SHOWN and value), key=len, reverse=True)
