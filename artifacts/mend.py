"""What a script looks for and the page does not have is put there: the commonest fault of small models, mended by rule. Pure."""

import html as entities
import re

_LOOKED_FOR = re.compile(r"""getElementById\(\s*["']([A-Za-z][\w-]*)["']\s*\)|querySelector\(\s*["']#([A-Za-z][\w-]*)["']\s*\)""")
_MADE = re.compile(r"""\.id\s*=\s*(?!["'][^"'+]*["']\s*[;,)\n])|\bid=\\?["']?[^"'<>\s]*\$\{|["']id["']\s*,\s*(?!["'][^"'+]*["']\s*\))""")
_SCRIPT = re.compile(r"<script\b[^>]*>", re.I)
_BODY = re.compile(r"<body\b|<main\b", re.I)
MOST = 12  # a page that lacks more is another page


def add_missing(html: str) -> tuple[str, tuple[str, ...]]:
    """The page with an element for each id that its scripts look for and that is neither there nor made by them; and those ids.

    They stand before the first script of the body, where there is one. Where a script makes ids as it runs, nothing is known of them.
    """
    body = _BODY.search(html)
    script = _SCRIPT.search(html, body.end()) if body else None
    missing = [name for name in _looked_for(html) if not _is_there(html, name)]
    if script is None or not missing or len(missing) > MOST or _MADE.search(html):
        return html, ()
    elements = "".join(f"{_element(html, name)}\n" for name in missing)
    return f"{html[: script.start()]}{elements}{html[script.start() :]}", tuple(missing)


def _looked_for(html: str) -> list[str]:
    return list(dict.fromkeys(one or other for one, other in _LOOKED_FOR.findall(html)))


def _is_there(html: str, name: str) -> bool:
    """As an attribute, or as what a script gives to an element."""
    return re.search(rf"""\bid["']?\s*[=:,]\s*["'`]?{re.escape(name)}(?![\w-])""", html) is not None


def _element(html: str, name: str) -> str:
    """Of the kind that the script takes it for."""
    found = rf"""["']#?{re.escape(name)}["']\s*\)"""
    variable = re.search(rf"(\w+)\s*=\s*document\.\w+\(\s*{found}", html)
    either = rf"(?:{found}|\b{variable.group(1)})" if variable else found
    if re.search(rf"{either}\s*\.getContext\(", html):
        return f'<canvas id="{name}" width="400" height="400"></canvas>'
    if re.search(rf"{either}\s*\.value\b", html):
        return f'<input id="{name}">'
    if re.search(rf"""{either}\s*\.(?:addEventListener\(\s*["']click|onclick)""", html):
        return f'<button id="{name}">{entities.escape(_label(name))}</button>'
    return f'<div id="{name}"></div>'


def _label(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[-_]+", " ", name).lower()
    return words[:1].upper() + words[1:]
