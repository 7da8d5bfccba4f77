"""What a person writes for a server: one address, or several of the same model, and the model's name after a #. Pure."""

import re
from urllib.parse import urlsplit

from qsql.errors import UnknownModel
from qsql.settings import is_local

ADDRESS = re.compile(r"https?://[^\s/,]\S*", re.IGNORECASE)
BETWEEN = re.compile(r"\s*,\s*(?=https?://)", re.IGNORECASE)


def addresses(name: str) -> tuple[str, ...]:
    """The addresses in this name of a model, without the model's own; none where it is no server's."""
    found = BETWEEN.split(name.strip().partition("#")[0])
    return tuple(dict.fromkeys(one.strip().rstrip("/,") for one in found)) if all(map(ADDRESS.fullmatch, found)) else ()


def model_at(name: str) -> str:
    """The model that is named after the addresses; empty where none is. Raises UnknownModel where another address follows."""
    model = name.strip().partition("#")[2].strip()
    if BETWEEN.search(model):
        raise UnknownModel("The servers have to be of one model.", "Write it once, after the last address: http://a/v1,http://b/v1#model.")
    return model


def bare(address: str) -> str:
    """Without what may be secret: a user, a password, what follows a question mark."""
    try:
        parts = urlsplit(address)
    except ValueError:  # a bracket that is not closed
        return address.partition("?")[0].rpartition("@")[2]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def elsewhere(name: str) -> tuple[str, ...]:
    """Of the servers that this name of a model means, those that are not this machine, without their secrets."""
    return tuple(bare(address) for address in addresses(name) if not is_local(_host(address)))


def readable_on_the_way(name: str) -> bool:
    """Whether anything goes to another machine without encryption."""
    return any(address.lower().startswith("http:") for address in elsewhere(name))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
