"""The commonest faults of small models, mended by rule: a script looks for what the page does not have, takes a field for plain text or
plain text for a field, changes what it has declared constant, or ends a text at an apostrophe. Pure."""

import html as entities
import re

_LOOKED_FOR = re.compile(r"""getElementById\(\s*["']([A-Za-z][\w-]*)["']\s*\)|querySelector\(\s*["']#([A-Za-z][\w-]*)["']\s*\)""")
_MADE = re.compile(r"""\.id\s*=\s*(?!["'][^"'+]*["']\s*[;,)\n])|\bid=\\?["']?[^"'<>\s]*\$\{|["']id["']\s*,\s*(?!["'][^"'+]*["']\s*\))""")
_SCRIPTS = re.compile(r"(<script\b[^>]*>)(.*?)(</script|\Z)", re.I | re.S)
_APOSTROPHE = re.compile(r"""((?:[=(,+:\[?{]|\breturn)\s*'(?:[^'"`\n\\]|\\.)*\w)'(?!(?:in|of|instanceof)\b)(?=[^\W\d_])""")
_SCRIPT = re.compile(r"<script\b[^>]*>", re.I)
_BODY = re.compile(r"<body\b|<main\b", re.I)
_FIELD = re.compile(r"""<(?:textarea|input(?![^>]*\btype\s*=\s*["']?(?:button|submit|reset|checkbox|radio|image)\b))\b[^>]*>""", re.I)
_PLAIN = re.compile(r"<(?:div|span|p|h[1-6]|td|th|pre|strong|b|em|label|section|header|footer)\b[^>]*>", re.I)
_ID = re.compile(r"""\bid\s*=\s*["']?([A-Za-z][\w-]*)""", re.I)
_CONSTANT = re.compile(r"\bconst\s+([A-Za-z_$][\w$]*)\s*=(?!=)")
_CHANGES = r"(?<![\w.$])(?<!const )(?<!let )(?<!var ){0}\s*(?:[-+*/%]?=(?![=>])|\+\+|--)|(?:\+\+|--){0}(?![\w$])"
MOST = 12  # a page that lacks more is another page


def mend(html: str) -> tuple[str, tuple[str, ...]]:
    """The page as all rules leave it, and a sentence of each that changed something."""
    notices = []
    for rule, told in RULES:
        html, names = rule(html)
        notices += [told.format(", ".join(names))] if names else []
    return html, tuple(notices)


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


def put_right(html: str) -> tuple[str, tuple[str, ...]]:
    """The page with scripts that write a field's value as a value, and the text of any other element as text; and the ids of those elements."""
    changed = []
    for tag, wrong, right in ((_FIELD, "(?:textContent|innerText|innerHTML)", "value"), (_PLAIN, "value", "textContent")):
        for name in (found[1] for opening in tag.findall(html) if (found := _ID.search(opening))):
            now = re.sub(rf"({_accesses(html, name)}\s*\.\s*){wrong}\b", rf"\g<1>{right}", html)
            changed += [name] if now != html else []
            html = now
    return html, tuple(changed)


def let_change(html: str) -> tuple[str, tuple[str, ...]]:
    """The page with `let` for each `const` that its scripts give another value later, and their names. Nothing that worked works otherwise."""
    changed = tuple(name for name in dict.fromkeys(_CONSTANT.findall(html)) if re.search(_CHANGES.format(re.escape(name)), html))
    for name in changed:
        html = re.sub(rf"\bconst(\s+{re.escape(name)}\s*=)", r"let\1", html)
    return html, changed


def escape_apostrophes(html: str) -> tuple[str, tuple[str, ...]]:
    """The page with 'It\\'s' for 'It's' in its scripts, and the words concerned: where a letter follows a text at once, the text was meant to go on."""
    words: list[str] = []

    def escaped(script: re.Match) -> str:
        opening, code, closing = script.groups()
        while found := _APOSTROPHE.search(code):
            code = f"{code[: found.end(1)]}\\{code[found.end(1) :]}"
            words.append(re.search(r"\w+$", found[1])[0] + re.match(r"'\w+", code[found.end(1) + 1 :])[0])
        return opening + code + closing

    return _SCRIPTS.sub(escaped, html), tuple(dict.fromkeys(words))


def _accesses(html: str, name: str) -> str:
    """A pattern of how the scripts say this element: looked for, or by the one variable that holds it and nothing else."""
    looked_for = rf"""document\.(?:getElementById\(\s*["']|querySelector\(\s*["']#){re.escape(name)}["']\s*\)"""
    variable = re.search(rf"(\w+)\s*=\s*{looked_for}\s*(?:[;,\n])", html)
    alone = variable and len(re.findall(rf"(?<![\w.]){variable[1]}\s*=(?!=)", html)) == 1
    return rf"(?:{looked_for}|(?<![\w.]){variable[1]})" if alone else rf"(?:{looked_for})"


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


RULES = (  # each with what a person is told of it
    (add_missing, "The script looks for {}, which the model had left out; it was added."),
    (put_right, "The script took {} for another kind of element; that was put right."),
    (let_change, "The script changes {}, which it had declared constant; that was put right."),
    (escape_apostrophes, "The script ended a text at the apostrophe of {}; that was put right."),
)
