"""How large a model is, by its name. Pure."""

import re

_BILLIONS = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?) ?b(?![a-z\d])", re.I)


def billions(name: str) -> float | None:
    """Its parameters in billions; None where the name does not tell."""
    found = _BILLIONS.findall(name)
    return float(found[-1]) if found else None
