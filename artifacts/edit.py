"""Replacements that a model names -> the changed file: all of them exactly, or nothing. Pure."""

import re

_BLOCK = re.compile(r"^<{5,}[^\n]*\n(.*?)^={5,}[^\n]*\n(.*?)^>{5,}[^\n]*$", re.M | re.S)


def apply(html: str, said: str) -> str:
    """`html` after the replacements in `said`. Raises ValueError, for whoever calls, where there is none or one does not fit exactly."""
    blocks = _BLOCK.findall(said)
    if not blocks:
        raise ValueError("no replacement")
    for old, new in blocks:
        if not old.strip() or html.count(old) != 1:
            raise ValueError("a replacement that does not fit")
        html = html.replace(old, new)
    return html
